"""The real AWS CLI as a witness: run it once per profile and return with which it works.

Each run is `aws sts get-caller-identity --profile PROFILE` in a process of its own, with a cache of
its own (the cache does not tell callers apart, and would answer from one profile for another).

The AWS CLI is the one that the environment variable `SYNC_PROFILES_AWS` names, else the one of this
environment: v1, forked from a process that has imported it and read its data, which costs a tenth
of a start from nothing.
"""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path

import pytest

from e2e import Home, installed

#: the AWS CLI to ask in place of that of this environment
CHOSEN = os.environ.get("SYNC_PROFILES_AWS")
#: far more than a slow start takes
_PATIENCE = 120


@functools.cache
def name_of_witness() -> str:
    """Return which AWS CLI is asked, such as `aws-cli/2.23.6`."""
    if CHOSEN is None:
        return f"aws-cli/{version('awscli')}"
    done = subprocess.run(  # noqa: S603 - the caller's own choice
        [CHOSEN, "--version"], capture_output=True, check=True, text=True, timeout=_PATIENCE
    )
    return done.stdout.split()[0]


def find_working(home: Home, profiles: Sequence[str], mfa_codes: Sequence[str]) -> set[str]:
    """Return the profiles with which the AWS CLI works; `mfa_codes` are typed, one for each."""
    typed = [f"{code}\n" if code else "" for _, code in zip_longest(profiles, mfa_codes)]
    if not hasattr(os, "fork") and mfa_codes:
        pytest.skip("codes are typed on a terminal")
    with ThreadPoolExecutor(os.cpu_count() if CHOSEN else 1) as pool:
        codes = pool.map(functools.partial(_run, home), profiles, typed)
        return {profile for profile, code in zip(profiles, codes, strict=True) if code == 0}


def _run(home: Home, profile: str, typed: str) -> int:
    """Return the exit code for a profile."""
    arguments = ["sts", "get-caller-identity", "--profile", profile]
    if not hasattr(os, "fork"):
        return home.run_aws(*arguments).code
    if CHOSEN is None:
        from warm_command import shared_command

        ended = shared_command("aws").run(home, *arguments, input_text=typed, together=True)
        if ended is not None:
            return ended.code
    with tempfile.TemporaryDirectory() as directory:
        own = _home_without_cache(Path(home.environment["HOME"]), Path(directory))
        return subprocess.run(  # noqa: S603 - the caller's own choice
            [CHOSEN or installed("aws"), *arguments],
            env={**home.environment, "HOME": str(own)},
            cwd=home.path,
            input=typed,
            start_new_session=True,  # without a terminal, the code is read from the input
            capture_output=True,
            check=False,
            text=True,
            timeout=_PATIENCE,
        ).returncode


def _home_without_cache(home: Path, own: Path) -> Path:
    """Link to all files of a home, except for the cache of the AWS CLI, which is below it."""
    (own / ".aws").mkdir()
    for file in (*home.iterdir(), *(home / ".aws").iterdir()):
        if file.relative_to(home) not in {Path(".aws"), Path(".aws", "cli")}:
            (own / file.relative_to(home)).symlink_to(file)
    return own
