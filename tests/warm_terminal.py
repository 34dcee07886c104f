"""A terminal for a run of the warm command, with what tests use of pexpect's `spawn`."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
import time
from collections.abc import Callable

from pexpect.fdpexpect import fdspawn

from e2e import PATIENCE

_ECHO, _INTERRUPT, _END = 3, "\x03", "\x04"
#: seconds from a question until the answer is waited for, far more than that takes
_UNTIL_IT_READS = 0.1


def open_terminal(*, columns: int) -> tuple[int, int]:
    """Return both sides of a new terminal: ours, and that of a run."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    return ours, theirs


class WarmTerminal(fdspawn):  # type: ignore[misc] # pexpect has no types
    """Our side of a terminal; `end` waits for the end of the run there, and returns its status."""

    def __init__(self, ours: int, *, end: Callable[[], int]) -> None:
        super().__init__(ours, encoding="utf-8", timeout=PATIENCE)
        self._end = end
        self.exitstatus: int | None = None

    def waitnoecho(self) -> None:
        """Wait until the terminal shows no longer what is typed."""
        while termios.tcgetattr(self.child_fd)[_ECHO] & termios.ECHO:
            time.sleep(0.01)

    def sendintr(self) -> None:
        """Interrupt a run that waits for an answer: a signal just before that comes in too late."""
        time.sleep(_UNTIL_IT_READS)
        self.send(_INTERRUPT)

    def sendeof(self) -> None:
        self.send(_END)

    def close(self, *, force: bool = True) -> None:
        """Hang up, which ends a run that goes on, and note its exit code, None after a signal."""
        del force  # it always does
        if self.closed:
            return
        super().close()
        code = os.waitstatus_to_exitcode(self._end())
        self.exitstatus = code if code >= 0 else None

    def __del__(self) -> None:
        self.close()
