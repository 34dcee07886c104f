"""Threads that do not outlive an interrupted run: a bounded number, and for a bounded time."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

#: seconds
_LOOK_EVERY = 0.2

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Raised:
    error: BaseException


def run_all(
    work: Callable[[Item], Result], items: Sequence[Item], *, jobs: int, seconds: float = math.inf
) -> Iterator[tuple[Item, Result]]:
    """Work on all items with up to `jobs` threads; yield each with its result as it finishes.

    The items end early if none finishes for so many seconds.

    The threads are daemons: an interrupted process ends without waiting for answers of the
    network, for which an executor of `concurrent.futures` would wait.
    """
    waiting: queue.SimpleQueue[Item] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Item, Result | _Raised]] = queue.SimpleQueue()
    abandoned = threading.Event()
    for item in items:
        waiting.put(item)

    def serve() -> None:
        while not abandoned.is_set():
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((item, work(item)))
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                done.put((item, _Raised(error)))

    for _ in range(min(max(1, jobs), len(items))):
        threading.Thread(target=serve, daemon=True).start()
    try:
        for _ in items:
            found = _get(done, seconds)
            if found is None:
                return
            item, result = found
            if isinstance(result, _Raised):
                raise result.error
            yield item, result
    finally:
        abandoned.set()


def _get(done: queue.SimpleQueue[Result], seconds: float) -> Result | None:
    """Return what comes within so many seconds.

    A signal that comes just before a wait does not end it: Python handles it after the wait.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        with suppress(queue.Empty):
            return done.get(timeout=min(left, _LOOK_EVERY))
    return None


def run_within(seconds: float, work: Callable[[], Result], *, late: Callable[[], Result]) -> Result:
    """Return what `work` gives, or what `late` gives where that takes longer.

    No timeout of a socket sees an answer that comes byte by byte, or a host name that takes forever
    to resolve. The thread that waits for it is left behind.
    """
    for _, result in run_all(lambda _: work(), [None], jobs=1, seconds=seconds):
        return result
    return late()
