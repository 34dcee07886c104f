"""Other programs: found where no one planted them, ended in time, and never left behind.

Each has a session of its own, so that it can be ended with all that it started: git's helpers, the
commands of a script. A process that starts a session of its own, as `gpg-agent` does, stays.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from sync_profiles.masked_lines import mask_program
from sync_profiles.text import quote
from sync_profiles.waiting import lent_terminal, waiting_for

#: seconds
_STEP = 0.2
_SECONDS_TO_END = 5.0

_lock = threading.Lock()
_running: set[Program] = set()
_is_over = False


def find_program(name: str) -> str | None:
    """Return the path of a program, or None; it is not looked for in the current directory."""
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which(name, path=os.pathsep.join(filter(os.path.isabs, places)))
    # Windows looks in the current directory first
    return found if found is not None and Path(found).is_absolute() else None


class Program(subprocess.Popen[bytes]):
    """A program whose output is read: it ends within its time, and before the run does.

    With `may_ask`, it can ask a question on the terminal, if there is one, as a
    `credential_process` of the AWS CLI can. It is then in the session of the terminal.
    `command` is the program's words, or a line for the shell.
    """

    def __init__(
        self,
        command: str | Sequence[str],
        *,
        seconds: float,
        may_ask: bool = False,
        **options: Any,  # noqa: ANN401 - those of Popen
    ) -> None:
        self._seconds = seconds
        words = command.split() if isinstance(command, str) else command
        self._name = mask_program(next(iter(words), ""))
        self._has_session = sys.platform != "win32" and not (may_ask and _has_terminal())
        self._waits = ExitStack()
        text = f"waiting for the program {quote(Path(self._name).name)}"
        # before the lock: to print may take long, and who ends the programs needs the lock
        if self._name:
            wait = waiting_for(text) if self._has_session else lent_terminal(text)
            self._waits.enter_context(wait)
        try:
            with _lock:
                _refuse_when_over()
                _running.add(self)
                with _held_signals():
                    super().__init__(
                        command,
                        start_new_session=self._has_session,
                        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
                    )
        except BaseException as error:
            if isinstance(error, OSError) and isinstance(error.filename, str):
                error.filename = mask_program(error.filename)
            # an interrupt may come after the program has started
            if getattr(self, "pid", None) is not None and self.returncode is None:
                self.end()
            with _lock:
                _running.discard(self)
            self._waits.close()
            raise

    def communicate(
        self,
        input: bytes | None = None,  # noqa: A002 - the standard library's name
        timeout: float | None = None,
    ) -> tuple[bytes, bytes]:
        """Return what the program printed; raises `TimeoutExpired`, with the program ended."""
        until = time.monotonic() + (self._seconds if timeout is None else timeout)
        try:
            # in short steps: a signal that comes just before a wait does not end it
            while (left := until - time.monotonic()) > _STEP:
                with suppress(subprocess.TimeoutExpired):
                    return super().communicate(input, _STEP)
                input = None  # noqa: A001 - sent already
            return super().communicate(input, max(0.0, left))
        except BaseException:
            self.end()
            for stream in (self.stdin, self.stdout, self.stderr):
                if stream is not None:
                    stream.close()
            raise
        finally:
            with _lock:
                _running.discard(self)
            self._waits.close()

    def end(self) -> None:
        """End the program and what it started, at once."""
        if sys.platform == "win32":
            _output_of("taskkill", "/F", "/T", "/PID", str(self.pid))
        elif self._has_session:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        else:
            for pid in _descendants(self.pid):
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        self.kill()  # also if it has no session of its own yet
        with suppress(subprocess.TimeoutExpired):  # a disk that hangs keeps it from ending
            self.wait(_SECONDS_TO_END)


def _refuse_when_over() -> None:
    if _is_over:
        raise InterruptedError


def end_programs() -> None:
    """End the programs that other threads still wait for; no further one is started."""
    global _is_over  # noqa: PLW0603 - as the process itself, it ends once
    with _lock:
        _is_over = True
        left = list(_running)
    for program in left:
        program.end()


@contextmanager
def _held_signals() -> Iterator[None]:
    """Let signals take effect after the block: in between, a program may have started unseen.

    On a busy machine, it can run for long before its parent gets to know its process ID.
    """
    if threading.current_thread() is not threading.main_thread():  # where they take effect
        yield
        return
    came: list[int] = []
    handlers = {
        number: handler
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
        if (number := getattr(signal, name, None)) is not None
        and callable(handler := signal.getsignal(number))
    }
    for number in handlers:  # what is ignored stays so for the program
        signal.signal(number, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


# an interrupted run, which ends without this, calls it itself
atexit.register(end_programs)


def _has_terminal() -> bool:
    if sys.platform != "win32":
        with suppress(OSError):
            os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
            return True
    return False


def _descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that these started.

    The result is empty on a system without `ps`.
    """
    children: dict[int, list[int]] = {}
    for line in _output_of("ps", "-A", "-o", "pid=,ppid=").splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found[1:]


def _output_of(name: str, *arguments: str) -> bytes:
    program = find_program(name)
    if program is None:
        return b""
    try:
        ended = subprocess.run(  # noqa: S603 - a program of the system
            [program, *arguments], capture_output=True, check=False, timeout=_SECONDS_TO_END
        )
    except (OSError, subprocess.SubprocessError):
        return b""
    return ended.stdout
