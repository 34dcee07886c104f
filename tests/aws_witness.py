"""Run the real AWS CLI once for each profile, and print which exit codes it gave.

Usage: `python aws_witness.py PROFILE...`. It prints a JSON object, exit codes by profile.
WITNESS_MFA_CODES may have what a person would type where a code is asked for, one for each profile.

Each run is `aws sts get-caller-identity --profile PROFILE` in a process of its own, with a cache of
its own (the cache does not tell callers apart, and would answer from one profile for another).
Forked from a process that has imported the AWS CLI, it costs a fifth of a start from nothing.
"""

from __future__ import annotations

import getpass
import importlib
import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, Protocol, cast


class _Driver(Protocol):
    """The part of `awscli.clidriver` that the command `aws` calls."""

    def main(self) -> int: ...


def main(profiles: list[str]) -> None:
    """Ask for all profiles, as many at once as there are processors."""
    mfa_codes = os.environ.pop("WITNESS_MFA_CODES", "").split()
    typed: list[str] = []
    if mfa_codes:  # botocore takes the function when it is imported
        getpass.getpass = lambda *_: typed[-1]
    aws = cast("_Driver", importlib.import_module("awscli.clidriver"))
    _warm_up(aws)
    codes: dict[str, int] = {}
    running: dict[int, str] = {}
    with tempfile.TemporaryDirectory() as caches:
        for number, profile in enumerate(profiles):
            if mfa_codes:
                typed.append(mfa_codes[number])
            if len(running) == (os.cpu_count() or 1):
                _collect(running, codes)
            running[_start(aws, profile, cache=Path(caches, str(number)))] = profile
        while running:
            _collect(running, codes)
    json.dump({profile: codes[profile] for profile in profiles}, sys.stdout)


def _warm_up(aws: _Driver) -> None:
    """Import what the AWS CLI imports on its way."""
    sys.argv = ["aws", "--version"]
    sys.stdout.flush()
    shown = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    with suppress(SystemExit):
        aws.main()
    sys.stdout.flush()
    os.dup2(shown, 1)


def _start(aws: _Driver, profile: str, *, cache: Path) -> int:
    child = os.fork()
    if child == 0:
        _run(aws, profile, cache=cache)
    return child


def _run(aws: _Driver, profile: str, *, cache: Path) -> NoReturn:
    """Become `aws sts get-caller-identity` in this process."""
    code = 255
    try:
        # where it is was decided by the import
        sys.modules["awscli.customizations.assumerole"].__dict__["CACHE_DIR"] = str(cache)
        os.dup2(2, 1)  # what it prints is for whoever looks into a failure
        sys.argv = ["aws", "sts", "get-caller-identity", "--profile", profile]
        code = aws.main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 255
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _collect(running: dict[int, str], codes: dict[str, int]) -> None:
    child, status = os.wait()
    codes[running.pop(child)] = os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main(sys.argv[1:])
