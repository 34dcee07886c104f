"""The real AWS CLI as a witness: run it once per profile and return its exit codes.

Each run is `aws sts get-caller-identity --profile PROFILE` in a process of its own, with a cache of
its own (the cache does not tell callers apart, and would answer from one profile for another).

The AWS CLI is the one that the environment variable `SYNC_PROFILES_AWS` names, else the one of this
environment: v1, forked from a process that has imported it and read its data, which costs a tenth
of a start from nothing.
"""

from __future__ import annotations

import functools
import gc
import getpass
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn, Protocol, cast

from botocore_data import keep_in_memory
from e2e import Home

#: the AWS CLI to ask in place of that of this environment
CHOSEN = os.environ.get("SYNC_PROFILES_AWS")
#: what a person would type for the next profile
_typed: list[str] = []
#: far more than a slow start takes
_PATIENCE = 120


class _Driver(Protocol):
    """The part of `awscli.clidriver` that the command `aws` calls."""

    def main(self) -> int: ...


@functools.cache
def name_of_witness() -> str:
    """Return which AWS CLI is asked, such as `aws-cli/2.23.6`."""
    if CHOSEN is None:
        return f"aws-cli/{version('awscli')}"
    done = subprocess.run(  # noqa: S603 - the caller's own choice
        [CHOSEN, "--version"], capture_output=True, check=True, text=True, timeout=_PATIENCE
    )
    return done.stdout.split()[0]


def run_chosen(home: Home, profiles: Sequence[str], mfa_codes: Sequence[str]) -> dict[str, int]:
    """Return the exit codes of the chosen AWS CLI, as the function of `witness` does.

    It looks for its cache below the home: each run gets a home that links to all of this one's
    files, except for the cache.
    """
    assert CHOSEN is not None

    def run(number: int) -> int:
        with tempfile.TemporaryDirectory() as directory:
            own = _home_without_cache(Path(home.environment["HOME"]), Path(directory))
            return subprocess.run(  # noqa: S603 - the caller's own choice
                [CHOSEN, "sts", "get-caller-identity", "--profile", profiles[number]],
                env={**home.environment, "HOME": str(own)},
                cwd=home.path,
                input="".join(f"{code}\n" for code in mfa_codes[number : number + 1]),
                start_new_session=True,  # without a terminal, the code is read from the input
                capture_output=True,
                check=False,
                text=True,
                timeout=_PATIENCE,
            ).returncode

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(profiles, pool.map(run, range(len(profiles))), strict=True))


def _home_without_cache(home: Path, own: Path) -> Path:
    (own / ".aws").mkdir()
    for file in (*home.iterdir(), *(home / ".aws").iterdir()):
        if file.relative_to(home) not in {Path(".aws"), Path(".aws", "cli")}:
            (own / file.relative_to(home)).symlink_to(file)
    return own


@contextmanager
def witness(
    environment: Mapping[str, str],
) -> Iterator[Callable[[Home, Sequence[str], Sequence[str]], dict[str, int]]]:
    """Yield a function that returns the AWS CLI's exit codes for profiles of a home.

    It takes the home, the profiles, and what a person would type where a code is asked for: one for
    each profile, or none. `environment` is that of the process that imports the AWS CLI.
    """
    server = subprocess.Popen(  # noqa: S603 - this file
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(environment),
        text=True,
    )
    with server:
        assert server.stdin is not None
        assert server.stdout is not None
        requests, answers = server.stdin, server.stdout

        def ask(home: Home, profiles: Sequence[str], mfa_codes: Sequence[str]) -> dict[str, int]:
            request = {
                "environment": dict(home.environment),
                "directory": str(home.path),
                "profiles": list(profiles),
                "mfa_codes": list(mfa_codes),
            }
            requests.write(json.dumps(request) + "\n")
            requests.flush()
            codes: dict[str, int] = json.loads(answers.readline())
            return codes

        yield ask
        requests.close()


def main() -> None:
    """Answer one request after another, each a line of JSON."""
    ask_a_person = getpass.getpass
    # before the import, at which botocore takes the function
    getpass.getpass = lambda *words: _typed[-1] if _typed else ask_a_person(*words)
    aws = cast("_Driver", importlib.import_module("awscli.clidriver"))
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the output of the AWS CLI is for debugging failures
    _warm_up(aws)
    own_data = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}  # which the import has set
    for line in sys.stdin:
        request = json.loads(line)
        os.chdir(request["directory"])
        os.environ.clear()
        os.environ.update({**request["environment"], **own_data})
        answers.write(json.dumps(_ask(aws, request["profiles"], request["mfa_codes"])) + "\n")
        answers.flush()


def _ask(aws: _Driver, profiles: list[str], mfa_codes: list[str]) -> dict[str, int]:
    """Run all profiles, as many at once as there are processors."""
    codes: dict[str, int] = {}
    running: dict[int, str] = {}
    with tempfile.TemporaryDirectory() as caches:
        for number, profile in enumerate(profiles):
            _typed[:] = mfa_codes[number : number + 1]
            if len(running) == (os.cpu_count() or 1):
                _collect(running, codes)
            running[_start(aws, profile, cache=Path(caches, str(number)))] = profile
        while running:
            _collect(running, codes)
    return {profile: codes[profile] for profile in profiles}


def _warm_up(aws: _Driver) -> None:
    """Import what the AWS CLI imports during a run, and cache the data that it reads."""
    keep_in_memory()
    sys.argv = ["aws", "sts", "get-caller-identity"]
    with suppress(SystemExit):
        aws.main()
    gc.collect()
    gc.freeze()  # a collection would copy all the memory that the runs share


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
    main()
