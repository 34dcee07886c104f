"""Run the command in forks of a process that has already loaded all its modules.

A run is a process of its own, on real files, and goes the way of the installed script from `main`
on. To load the modules each time would take most of the time of all tests.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from e2e import PATIENCE, Ended, Home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_SET_PTRACER = 0x59616D61  # from `linux/prctl.h`: Yama lets only parents trace otherwise
_ANYBODY = -1
_START = "sitecustomize.py"
#: variables that are read when they are needed, not when a module is loaded
_READ_LATE = frozenset(
    {"COLUMNS", "HOME", "PATH", "TERM", "TMPDIR", "USERPROFILE", "http_proxy", "https_proxy"}
    | {"HTTP_PROXY", "HTTPS_PROXY", "no_proxy", "PYTHONDONTWRITEBYTECODE", "PYTHONIOENCODING"}
    | {f"XDG_{name}_HOME" for name in ("CACHE", "CONFIG", "DATA", "STATE")}
)


@dataclass(kw_only=True)
class WarmCommand:
    """The process that has loaded everything; `run` is like `Home.run`."""

    _server: subprocess.Popen[str]
    _output: Path

    def run(
        self,
        home: Home,
        *arguments: str,
        input_text: str | None = None,
        traced: Callable[[int], object] | None = None,
    ) -> Ended:
        """Run the command; `traced` learns the process's id before it begins, and may attach."""
        Path(f"{self._output}.in").write_text(input_text or "", encoding="utf-8", newline="")
        request = {
            "arguments": ["sync-profiles", *arguments],
            "environment": dict(home.environment),
            "directory": str(home.path),
            "output": str(self._output),
            "waits": traced is not None,
        }
        self._say(json.dumps(request))
        pid = int(self._hear())
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

    def _say(self, line: str) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(line + "\n")
        self._server.stdin.flush()

    def _hear(self) -> str:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        assert line, "the warm process has ended"
        return line


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmHome(Home):
    """A home in which the command runs in forks of a process that has loaded its modules."""

    command: WarmCommand

    def run(self, *arguments: str, input_text: str | None = None) -> Ended:
        """Run `sync-profiles` without a terminal."""
        if input_text is None:
            return self.command.run(self, *arguments)
        return super(WarmHome, self).run(*arguments, input_text=input_text)


@contextmanager
def warm_command(home: Home, directory: Path) -> Iterator[WarmCommand]:
    """Yield a process that loads what a sync in this home loads; its files are in `directory`."""
    output = directory / "warm"
    Path(f"{output}.in").touch()
    server = subprocess.Popen(  # noqa: S603 - this file
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(home.environment),
        cwd=home.path,
        text=True,
    )
    with server:
        command = WarmCommand(_server=server, _output=output)
        command._say(str(output))  # noqa: SLF001 - its own maker
        assert command._hear() == "warm\n"  # noqa: SLF001
        yield command
        assert server.stdin is not None
        server.stdin.close()
        server.wait(timeout=PATIENCE)


def _only_watches(directory: Path) -> bool:
    """Return whether a directory of modules has only one that Python runs when it starts.

    One that replaces parts of ours must run before they are loaded.
    """
    files = list(directory.glob("*.py"))
    return [file.name for file in files] == [_START] and "sync_profiles" not in files[0].read_text(
        encoding="utf-8"
    )


class SharedHome:
    """The home in which modules are loaded for all tests, made to lead to the home of each run."""

    def __init__(self) -> None:
        from conftest import child_settings

        self.stack = ExitStack()
        atexit.register(self.stack.close)
        self.directory = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.path = self.directory / "home"
        first = self.directory / "first"
        first.mkdir()
        self._lead_to(first)
        self.environment = child_settings(self.path)
        self._lock = threading.Lock()

    @contextmanager
    def leading_to(self, home: Home) -> Iterator[bool]:
        """Make this home lead to another one; yield whether a fork can run there.

        It cannot if the environment has something that is read while modules are loaded, and not
        twice at once.
        """
        reads_late = all(
            name in _READ_LATE
            or (name.startswith("AWS_") and name != "AWS_DATA_PATH")
            or (name == "PYTHONPATH" and _only_watches(Path(value)))
            or value == self.environment.get(name)
            for name, value in home.environment.items()
        )
        if not reads_late or not self._lock.acquire(blocking=False):
            yield False
            return
        try:
            self._lead_to(Path(home.environment["HOME"]))
            yield True
        finally:
            self._lock.release()

    def _lead_to(self, home: Path) -> None:
        new = self.path.with_name("new")
        new.symlink_to(home)
        new.replace(self.path)


class SharedCommand:
    """One warm command for all tests of a process."""

    def __init__(self) -> None:
        from e2e import Home, keys, role_profile
        from sync_profiles.sandbox import Sandbox
        from sync_profiles.sandbox import story as s

        self._shared = shared = SharedHome()
        with Sandbox(s.STORY) as sandbox:
            environment = {**shared.environment, "AWS_ENDPOINT_URL": sandbox.endpoint_url}
            home = Home(path=shared.path, environment=environment).write(
                role_profile("p", s.ADMIN_ROLE.arn, "keys"), keys("keys", s.WORK_API.credentials)
            )
            self._command = shared.stack.enter_context(warm_command(home, shared.directory))

    def run(self, home: Home, arguments: Sequence[str], *, input_text: str | None) -> Ended | None:
        """Run the command, or return None if it needs a separate process."""
        with self._shared.leading_to(home) as can_run:
            return self._command.run(home, *arguments, input_text=input_text) if can_run else None


class SharedWitness:
    """One real AWS CLI for all tests of a process, forked for every profile."""

    def __init__(self) -> None:
        from aws_witness import witness

        self._shared = SharedHome()
        self._ask = self._shared.stack.enter_context(witness(self._shared.environment))

    def ask(
        self, home: Home, names: Sequence[str], mfa_codes: Sequence[str]
    ) -> dict[str, int] | None:
        """Return exit codes by profile, or None if that needs a separate process."""
        with self._shared.leading_to(home) as can_run:
            return self._ask(home, names, mfa_codes) if can_run else None


shared_command = functools.cache(SharedCommand)
shared_witness = functools.cache(SharedWitness)


def _warm_up() -> None:
    """Load all that a run may load, by a run that changes nothing, and by name."""
    import sync_profiles
    from sync_profiles.__main__ import main

    sys.argv = ["sync-profiles", "check"]
    with suppress(SystemExit):
        main()
    for module in pkgutil.walk_packages(sync_profiles.__path__, "sync_profiles."):
        if not module.name.startswith(("sync_profiles.sandbox", "sync_profiles.demo")) and (
            not module.name.endswith("__main__")
        ):
            importlib.import_module(module.name)
    importlib.import_module("filelock")
    gc.collect()
    gc.freeze()  # a collection would copy all the memory that the runs share


def _serve(requests: IO[str], answers: IO[str]) -> None:
    """Fork for every request; return in the child, ready to run."""
    for line in requests:
        request = json.loads(line)
        begin, tell = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(tell)
            _become(request, begin)
            return
        os.close(begin)
        answers.write(f"{pid}\n")
        answers.flush()
        if request["waits"]:
            requests.readline()
        os.close(tell)
        answers.write(f"{os.waitpid(pid, 0)[1]}\n")
        answers.flush()
    os._exit(0)


def _become(request: dict[str, object], begin: int) -> None:
    """Turn this process into the one that was asked for, and wait until it may begin."""
    arguments, environment, output = (
        request["arguments"],
        request["environment"],
        request["output"],
    )
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.chdir(str(request["directory"]))
    os.environ.clear()
    os.environ.update(environment)
    _redirect(str(output))
    if "PYTHONIOENCODING" in environment:
        for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
            assert isinstance(stream, io.TextIOWrapper)
            stream.reconfigure(encoding=environment["PYTHONIOENCODING"], errors=errors)
    tempfile.tempdir = None
    sys.argv = arguments
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "PYTHONPATH" in environment:
        runpy.run_path(str(Path(environment["PYTHONPATH"], _START)))
    if not request["waits"]:
        signal.alarm(PATIENCE)
    else:
        with suppress(AttributeError):
            ctypes.CDLL(None).prctl(_SET_PTRACER, ctypes.c_ulong(_ANYBODY), 0, 0, 0)
        os.read(begin, 1)
    os.close(begin)


def _redirect(output: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, (path, mode) in enumerate(
        ((f"{output}.in", os.O_RDONLY), (f"{output}.out", flags), (f"{output}.err", flags))
    ):
        descriptor = os.open(path, mode, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)


if __name__ == "__main__":
    # the channels go out of the way of the standard streams, which belong to the runs
    channels = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    _redirect(channels[0].readline().strip())
    _warm_up()
    channels[1].write("warm\n")
    channels[1].flush()
    _serve(*channels)
    from sync_profiles.__main__ import main

    code = None
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code or 0))  # to tear all these modules down takes longer than a run
