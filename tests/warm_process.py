"""The process behind `warm_command`: it loads everything, and forks for each run.

Its argument is the program, `sync-profiles` or `aws`. The first line that it reads names its files
for the output; each further one is a request.
"""

from __future__ import annotations

import ctypes
import functools
import gc
import getpass
import importlib
import io
import json
import os
import pkgutil
import runpy
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

START = "sitecustomize.py"
_SET_PTRACER = 0x59616D61  # from `linux/prctl.h`: Yama lets only parents trace otherwise
_ANYBODY = -1


def _warm_up(program: str) -> Callable[[], int | None]:
    """Load all that a run may load, by a run that changes nothing, and by name; return `main`."""
    from botocore_data import keep_in_memory

    keep_in_memory()
    main = _load_aws() if program == "aws" else _load_sync_profiles()
    with suppress(SystemExit):
        main()
    gc.collect()
    gc.freeze()  # a collection would copy all the memory that the runs share
    return main


def _load_aws() -> Callable[[], int | None]:
    """Load the AWS CLI, which reads the code of a device from its input."""
    # before the import, at which it takes the function
    getpass.getpass = lambda *_, **__: sys.stdin.readline().rstrip("\n")
    sys.argv = ["aws", "sts", "get-caller-identity"]
    main: Callable[[], int] = importlib.import_module("awscli.clidriver").main
    return main


def _load_sync_profiles() -> Callable[[], int | None]:
    import typer.main

    import sync_profiles
    from sync_profiles.__main__ import main

    # the commands are the same in every run
    typer.main.get_command = functools.cache(typer.main.get_command)
    sys.argv = ["sync-profiles", "check"]
    for module in pkgutil.walk_packages(sync_profiles.__path__, "sync_profiles."):
        if not module.name.startswith(("sync_profiles.sandbox", "sync_profiles.demo")) and (
            not module.name.endswith("__main__")
        ):
            importlib.import_module(module.name)
    importlib.import_module("filelock")
    return main


def _serve(requests: IO[str], answers: IO[str]) -> None:
    """Fork for every request; return in the child, ready to run."""
    for line in requests:
        request = json.loads(line)
        begin, tell = os.pipe()
        name = request.get("terminal")
        terminal = os.open(name, os.O_RDWR | os.O_NOCTTY) if name else None
        pid = os.fork()
        if not pid:
            os.close(tell)
            _become(request, begin, terminal)
            return
        os.close(begin)
        if terminal is not None:
            os.close(terminal)
        answers.write(f"{pid}\n")
        answers.flush()
        if request.get("waits"):
            requests.readline()
        os.close(tell)
        answers.write(f"{os.waitpid(pid, 0)[1]}\n")
        answers.flush()
    os._exit(0)


def _become(request: dict[str, object], begin: int, terminal: int | None) -> None:
    """Turn this process into the one that was asked for, and wait until it may begin."""
    arguments, environment = request["arguments"], request["environment"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    os.chdir(str(request["directory"]))
    set_by_import = {name: os.environ[name] for name in ("AWS_DATA_PATH",) if name in os.environ}
    os.environ.clear()
    os.environ.update(environment | set_by_import)
    if terminal is None:
        _redirect(str(request["output"]))
        _empty_cache(f"{request['output']}.cache")
        if request["together"]:
            os.dup2(1, 2)
    else:
        _take(terminal)
    if "PYTHONIOENCODING" in environment:
        for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
            assert isinstance(stream, io.TextIOWrapper)
            stream.reconfigure(encoding=environment["PYTHONIOENCODING"], errors=errors)
    tempfile.tempdir = None
    sys.argv = arguments
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if "PYTHONPATH" in environment:
        runpy.run_path(str(Path(environment["PYTHONPATH"], START)))
    if not request.get("waits"):
        signal.alarm(int(str(request["seconds"])))
    else:
        with suppress(AttributeError):
            ctypes.CDLL(None).prctl(_SET_PTRACER, ctypes.c_ulong(_ANYBODY), 0, 0, 0)
        os.read(begin, 1)
    os.close(begin)


def _empty_cache(directory: str) -> None:
    """Give the AWS CLI a cache of its own: it would answer from one profile for another."""
    shutil.rmtree(directory, ignore_errors=True)
    if (module := sys.modules.get("awscli.customizations.assumerole")) is not None:
        module.__dict__["CACHE_DIR"] = directory  # where it is was decided by the import


def _redirect(output: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, (path, mode) in enumerate(
        ((f"{output}.in", os.O_RDONLY), (f"{output}.out", flags), (f"{output}.err", flags))
    ):
        descriptor = os.open(path, mode, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)


def _take(terminal: int) -> None:
    """Make a terminal that of this process, as a shell does that starts it there."""
    import fcntl  # Windows, where only the start of this file is read, has neither
    import termios

    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for number in range(3):
        os.dup2(terminal, number)
    os.close(terminal)
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True)


if __name__ == "__main__":
    # the channels go out of the way of the standard streams, which belong to the runs
    channels = os.fdopen(os.dup(0), "r"), os.fdopen(os.dup(1), "w")
    _redirect(channels[0].readline().strip())
    run = _warm_up(sys.argv[1])
    channels[1].write("warm\n")
    channels[1].flush()
    _serve(*channels)
    code: object = None
    try:
        code = run()
    except SystemExit as ended:
        code = ended.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(
        code if isinstance(code, int) else 255 if code else 0
    )  # to tear all these modules down takes longer than a run
