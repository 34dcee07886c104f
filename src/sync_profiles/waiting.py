"""What this process waits for at the moment, for a display that shows it.

Waits begin deep inside of adapters, in many threads. As with logging, they are recorded for the
whole process. A display looks at them from time to time, and sets `on_end` to remove what it shows
before anything else is printed.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: called whenever a wait has ended, by the thread that waited
on_end: Callable[[], None] | None = None
_waits: dict[object, tuple[float, str]] = {}
_lock = threading.Lock()
_attempt: ContextVar[str] = ContextVar("attempt", default="")


@contextmanager
def waiting_for(text: str) -> Iterator[None]:
    """Record what is waited for inside of the block, as in `no answer from HOST yet`."""
    wait = object()
    again = _attempt.get()
    with _lock:
        # a further attempt goes on with the wait for the first one
        _waits[wait] = (0.0 if again else time.monotonic(), f"{text}{again}")
    try:
        yield
    finally:
        with _lock:
            del _waits[wait]
        if on_end is not None:
            on_end()


@contextmanager
def attempt(number: int, most: int) -> Iterator[None]:
    """Add the number of an attempt to the waits inside of the block, from the second one on."""
    token = _attempt.set(f", attempt {number} of {most}" if number > 1 else "")
    try:
        yield
    finally:
        _attempt.reset(token)


def longest_wait(seconds: float) -> str | None:
    """Return what has been waited for the longest, and for at least so long; None for nothing."""
    with _lock:
        found = min(_waits.values(), default=None)
    if found is None or time.monotonic() - found[0] < seconds:
        return None
    return found[1]
