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
    work: Callable[[Item], Result], items: Sequence[Item], *, jobs: int
) -> Iterator[tuple[Item, Result]]:
    """Work on all items with up to `jobs` threads; yield each with its result as it finishes.

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
            item, result = _get(done)
            if isinstance(result, _Raised):
                raise result.error
            yield item, result
    finally:
        abandoned.set()


def _get(done: queue.SimpleQueue[Result], seconds: float = math.inf) -> Result:
    """Return what comes within so many seconds; raises `queue.Empty` if nothing does.

    A signal that comes just before a wait does not end it: Python handles it after the wait.
    """
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > _LOOK_EVERY:
        with suppress(queue.Empty):
            return done.get(timeout=_LOOK_EVERY)
    return done.get(timeout=max(0.0, left))


def run_within(seconds: float, work: Callable[[], Result], *, late: Callable[[], Result]) -> Result:
    """Return what `work` gives, or what `late` gives where that takes longer.

    No timeout of a socket sees an answer that comes byte by byte, or a host name that takes forever
    to resolve. The thread that waits for it is a daemon, and is left behind.
    """
    done: queue.SimpleQueue[Result | _Raised] = queue.SimpleQueue()

    def attempt() -> None:
        try:
            done.put(work())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            done.put(_Raised(error))

    threading.Thread(target=attempt, daemon=True).start()
    try:
        result = _get(done, seconds)
    except queue.Empty:
        return late()
    if isinstance(result, _Raised):
        raise result.error
    return result
