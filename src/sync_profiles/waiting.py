"""What this process waits for at the moment, for a display that shows it.

Waits begin deep inside of adapters, in many threads. As with logging, they are recorded for the
whole process. A display looks at them from time to time, and sets `on_change` to remove what it
shows before anything else is printed, and to count the steps of a stage.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

#: called whenever a wait or a step has ended or the terminal is lent, by the thread that does so
on_change: Callable[[], None] | None = None
_waits: list[tuple[float, str]] = []
_lock = threading.Lock()
_lent: list[str] = []
_stages: list[Stage] = []
_attempt: ContextVar[tuple[int, int]] = ContextVar("attempt", default=(1, 1))


@dataclass(slots=True, eq=False)
class Stage:
    """A part of the run whose steps are counted; `unit` is what they are, as `tests`."""

    unit: str
    total: int
    done: int = 0
    begun: float = field(default_factory=time.monotonic)

    def advance(self, steps: int = 1) -> None:
        """Count steps as done."""
        with _lock:
            self.done += steps
        _tell_display()


@contextmanager
def stage_of(total: int, unit: str) -> Iterator[Stage]:
    """Begin a stage of so many steps, which ends with the block."""
    stage = Stage(unit, total)
    with _kept_in(_stages, stage):
        yield stage


def in_steps(items: Sequence[T], unit: str) -> Iterator[T]:
    """Yield the items of a stage, each of which is a step."""
    with stage_of(len(items), unit) as stage:
        for item in items:
            yield item
            stage.advance()


def current_stage() -> Stage | None:
    """Return the stage to show: one that begins within another one is a part of that one's."""
    return next(iter(_stages), None)


@contextmanager
def waiting_for(text: str) -> Iterator[None]:
    """Record what is waited for inside of the block, as in `no complete answer from HOST yet`."""
    number, most = _attempt.get()
    if most > 1:
        text = f"{text}, attempt {number} of {most}"
    # a further attempt goes on with the wait for the first one
    since = 0.0 if number > 1 else time.monotonic()
    with _kept_in(_waits, (since, text)):
        yield


@contextmanager
def _kept_in(items: list[T], item: T) -> Iterator[None]:
    """Keep an item in a list during the block; at its end, the display looks again."""
    with _lock:
        items.append(item)
    try:
        yield
    finally:
        with _lock:
            items.remove(item)
        _tell_display()


@contextmanager
def lent_terminal(text: str = "") -> Iterator[None]:
    """Leave the terminal to what is printed, or to a question, as of a program.

    `text` says what is waited for. It is shown before the block, which starts the program: what
    comes later would be in the middle of a question.
    """
    with _kept_in(_lent, text):
        _tell_display()
        yield


def read_stdin(size: int, what: str) -> bytes:
    """Return what the standard input has; on a terminal, ask for it: a person is to type it."""
    end = "Ctrl-Z and Enter" if sys.platform == "win32" else "Ctrl-D"
    asks = lent_terminal(f"paste {what}, and end it with {end} on a line of its own")
    with asks if sys.stdin.isatty() else nullcontext():
        return sys.stdin.buffer.read(size)


def lent_for() -> str | None:
    """Return what is waited for while the terminal is lent, None if it is not."""
    return next(reversed(_lent), None)


def _tell_display() -> None:
    tell = on_change  # the display may end meanwhile
    if tell is not None:
        tell()


@contextmanager
def attempt(number: int, most: int) -> Iterator[None]:
    """Add the number of an attempt to the waits inside of the block, if there may be several."""
    token = _attempt.set((number, most))
    try:
        yield
    finally:
        _attempt.reset(token)


def longest_wait(seconds: float) -> str | None:
    """Return what has been waited for the longest, and for at least so long; None for nothing."""
    with _lock:
        found = min(_waits, default=None)
    if found is None or time.monotonic() - found[0] < seconds:
        return None
    return found[1]
