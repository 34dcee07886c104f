"""The command in a process that has loaded all its modules, started anew by a fork for every run.

A run is a process of its own, on real files, and goes the way of the installed script from `main`
on. Loading the modules each time would make a thousand runs under a tracer take an hour.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from e2e import PATIENCE, Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from e2e import Home

_SET_PTRACER = 0x59616D61  # from `linux/prctl.h`: Yama lets only parents trace otherwise
_ANYBODY = -1


@dataclass(kw_only=True)
class WarmCommand:
    """The process that has loaded everything; `run` is like `Home.run`."""

    _server: subprocess.Popen[str]
    _output: Path
    _home: Home | None = field(default=None)

    def run(
        self, home: Home, *arguments: str, traced: Callable[[int], object] | None = None
    ) -> Ended:
        """Run the command; `traced` learns the process's id before it begins, and may attach."""
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


@contextmanager
def warm_command(home: Home, directory: Path) -> Iterator[WarmCommand]:
    """Yield a process that loads what a sync in this home loads; its files are in `directory`."""
    output = directory / "warm"
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
    sys.argv = arguments
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["waits"]:
        with suppress(AttributeError):
            ctypes.CDLL(None).prctl(_SET_PTRACER, ctypes.c_ulong(_ANYBODY), 0, 0, 0)
        os.read(begin, 1)
    os.close(begin)


def _redirect(output: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, (path, mode) in enumerate(
        ((os.devnull, os.O_RDONLY), (f"{output}.out", flags), (f"{output}.err", flags))
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
