"""Run the command, or the AWS CLI, in forks of a process that has already loaded all its modules.

A run is a process of its own, on real files, and goes the way of the installed script from `main`
on. To load the modules each time would take most of the time of all tests.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import warm_process
from e2e import PATIENCE, Ended, Home

if TYPE_CHECKING:  # Windows, which needs what is below, has no such terminals
    from warm_terminal import WarmTerminal

#: variables that are read when they are needed, not when a module is loaded
_READ_LATE = frozenset(
    {"COLUMNS", "HOME", "PATH", "TERM", "TMPDIR", "USERPROFILE", "http_proxy", "https_proxy"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING"}
    | {f"XDG_{name}_HOME" for name in ("CACHE", "CONFIG", "DATA", "STATE")}
    | {"GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GITHUB_WORKSPACE", "NO_COLOR", "SSL_CERT_FILE"}
)


class WarmCommand:
    """A process that has loaded all of a program; each run is a fork of it.

    Its modules are loaded in a home that is made to lead to the home of each run.
    """

    def __init__(self, program: str) -> None:
        from conftest import child_settings

        stack = ExitStack()
        atexit.register(stack.close)
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self._program = program
        self._lock = threading.Lock()
        self._output = directory / "warm"
        Path(f"{self._output}.in").touch()
        self._path = directory / "home"
        first = directory / "first"
        first.mkdir()
        self._lead_to(first)
        self._environment = child_settings(self._path)
        home = Home(path=self._path, environment=self._environment)
        with _answering(home) if program == "sync-profiles" else nullcontext(home) as ready:
            self._server = stack.enter_context(
                subprocess.Popen(  # noqa: S603 - our own script
                    [sys.executable, warm_process.__file__, program],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=dict(ready.environment),
                    cwd=ready.path,
                    text=True,
                )
            )
            self._say(str(self._output))
            assert self._hear() == "warm\n"

    def run(
        self,
        home: Home,
        *arguments: str,
        input_text: str | None = None,
        together: bool = False,
        traced: Callable[[int], object] | None = None,
    ) -> Ended | None:
        """Run the command, or return None if it needs a separate process.

        `together` sends what goes to stderr to stdout; `traced` learns the process's id before it
        begins, and may attach.
        """
        with self._leading_to(home) as can_run:
            if not can_run:
                return None
            Path(f"{self._output}.in").write_text(input_text or "", encoding="utf-8", newline="")
            output = {"output": str(self._output), "together": together}
            pid = self._start(home, arguments, waits=traced is not None, **output)
            if traced is not None:
                try:
                    traced(pid)
                finally:
                    self._say("go")
            status = int(self._hear())
        stdout, stderr = (
            Path(f"{self._output}.{name}").read_text(encoding="utf-8") for name in ("out", "err")
        )
        return Ended(code=os.waitstatus_to_exitcode(status), stdout=stdout, stderr=stderr)

    def start_on_terminal(self, home: Home, *arguments: str, columns: int) -> WarmTerminal | None:
        """Start the command on a terminal, or return None if it needs a separate process.

        No other run is ready before that terminal is closed.
        """
        from warm_terminal import WarmTerminal, open_terminal

        stack = ExitStack()
        if not stack.enter_context(self._leading_to(home)):
            stack.close()
            return None
        ours, theirs = open_terminal(columns=columns)
        self._start(home, arguments, terminal=os.ttyname(theirs))
        os.close(theirs)

        def end() -> int:
            status = int(self._hear())
            stack.close()
            return status

        return WarmTerminal(ours, end=end)

    @contextmanager
    def _leading_to(self, home: Home) -> Iterator[bool]:
        """Make this home lead to another one; yield whether a fork can run there.

        It cannot if the environment has something that is read while modules are loaded, and not
        twice at once.
        """
        is_late = reads_late(home.environment, self._environment)
        if not is_late or not self._lock.acquire(blocking=False):
            yield False
            return
        try:
            self._lead_to(Path(home.environment["HOME"]))
            yield True
        finally:
            self._lock.release()

    def _lead_to(self, home: Path) -> None:
        new = self._path.with_name("new")
        new.symlink_to(home)
        new.replace(self._path)

    def _start(self, home: Home, arguments: Sequence[str], **more: object) -> int:
        """Start the command; return the process's id."""
        request = {
            "arguments": [self._program, *arguments],
            "environment": dict(home.environment),
            "directory": str(home.path),
            "seconds": PATIENCE,
        }
        self._say(json.dumps(request | more))
        return int(self._hear())

    def _say(self, line: str) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(line + "\n")
        self._server.stdin.flush()

    def _hear(self) -> str:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        assert line, "the warm process has ended"
        return line


def _only_watches(directory: Path) -> bool:
    """Return whether a directory of modules has only one that Python runs when it starts.

    One that replaces parts of ours must run before they are loaded.
    """
    files = list(directory.glob("*.py"))
    return [file.name for file in files] == [warm_process.START] and "sync_profiles" not in files[
        0
    ].read_text(encoding="utf-8")


def reads_late(environment: Mapping[str, str], loaded: Mapping[str, str]) -> bool:
    """Return whether nothing that differs between two environments is read by loading modules."""
    return all(
        name in _READ_LATE
        or (name.startswith("AWS_") and name != "AWS_DATA_PATH")
        or (name == "PYTHONPATH" and _only_watches(Path(value)))
        or value == loaded.get(name)
        for name, value in environment.items()
    )


@contextmanager
def _answering(home: Home) -> Iterator[Home]:
    """Yield the home with profiles, and with an AWS that answers."""
    from e2e import keys, role_profile
    from sync_profiles.sandbox import Sandbox
    from sync_profiles.sandbox import story as s

    home.write(
        # one is refused, so that what explains a refusal is ready, too
        role_profile("p", s.ADMIN_ROLE.arn, "keys")
        + role_profile("q", s.STRANGERS_ROLE.arn, "keys"),
        keys("keys", s.WORK_API.credentials),
    )
    with Sandbox(s.STORY) as sandbox:
        yield home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)


#: the one for all tests of a process
shared_command = functools.cache(WarmCommand)
