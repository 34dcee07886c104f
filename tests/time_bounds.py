"""A bound on the CPU time of a block, whatever else the machine does."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

HAS_CPU_CLOCK = sys.platform != "win32"


class TooSlow(BaseException):
    """A block took more CPU time than it may. No `except Exception` in it swallows that."""


@contextmanager
def cpu_seconds(seconds: float) -> Iterator[None]:
    """Raise `TooSlow` in the block once it has taken so much CPU time, where that has a clock."""
    if not HAS_CPU_CLOCK:
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"more than {seconds:g} s of CPU time")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
