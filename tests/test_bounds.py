"""Nothing is waited for longer than `reliability.md` says; programs are in `test_programs.py`.

Each test shortens one bound, for a run that would otherwise wait for as long as the test allows.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from pkgutil import resolve_name
from subprocess import PIPE, Popen

import pytest

import sync_profiles
from e2e import Home, role_profile
from rough_sts import RoughSts, drip, hang
from sync_profiles.sandbox import story as s

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX has these locks")

HERE = Path(__file__).parent
PACKAGE = Path(sync_profiles.__file__).parent
ROW = re.compile(r"\| [^|]+ \| (?P<seconds>\d+) s \| `(?P<name>\S+)`, `(?P<test>\S+)` \|\n")
SILENT_RESOLVER = """
import os, socket, time
if "NO_ANSWER" in os.environ:
    socket.getaddrinfo = lambda *_, **__: time.sleep(600)
"""
#: regions, at each of which a source can be asked who it is
PLACES = [f"eu-west-{number}" for number in range(80)]


def bounds() -> list[re.Match[str]]:
    text = (HERE.parent / "docs" / "explanation" / "reliability.md").read_text(encoding="utf-8")
    return [*ROW.finditer(text.partition("## How long a run waits")[2].partition("## ")[0])]


@pytest.mark.parametrize("row", bounds(), ids=lambda row: row["name"])
def test_a_bound_is_as_documented_and_has_a_test_that_shortens_it(row: re.Match[str]) -> None:
    assert resolve_name(f"sync_profiles.{row['name']}") == float(row["seconds"])
    assert row["name"].rpartition(".")[2] in (HERE.parent / row["test"]).read_text(encoding="utf-8")


def test_no_bound_of_a_program_or_a_call_is_left_out() -> None:
    found = {
        f"{'.'.join(file.relative_to(PACKAGE).with_suffix('').parts)}.{name}"
        for file in PACKAGE.rglob("*.py")
        for name in re.findall(
            r"^([A-Z_]*(?:SECONDS|TIMEOUT|TIMEOUT_SECONDS|LONGEST_CALL|LONGEST_SEARCH)) = \d",
            file.read_text(encoding="utf-8"),
            flags=re.MULTILINE,
        )
        if not name.startswith("_")
    }
    assert found == {row["name"] for row in bounds()}


@contextmanager
def a_lock_that_is_held(home: Home) -> Iterator[Home]:
    lock = home.path / ".aws" / ".config.sync-profiles.lock"
    holding = f"import filelock\nwith filelock.FileLock({str(lock)!r}):\n  print(1)\n  input()"
    with Popen([sys.executable, "-uc", holding], stdin=PIPE, stdout=PIPE) as holder:  # noqa: S603 - our own
        assert holder.stdout is not None
        holder.stdout.readline()
        yield home
        holder.kill()


@contextmanager
def an_answer_without_an_end(home: Home) -> Iterator[Home]:
    with RoughSts(drip, actions=frozenset({"AssumeRole", ""})) as rough:
        yield home.with_environment(AWS_ENDPOINT_URL=rough.url)


@contextmanager
def a_name_that_is_not_found(home: Home) -> Iterator[Home]:
    yield home.with_environment(AWS_ENDPOINT_URL="http://sts.example", NO_ANSWER="of the resolver")


@contextmanager
def many_places_without_an_answer(home: Home) -> Iterator[Home]:
    home.write(
        "".join(role_profile(place, s.ADMIN_ROLE.arn, "keys", region=place) for place in PLACES)
    )
    with RoughSts(hang, actions=frozenset({"GetCallerIdentity"})) as rough:
        yield home.with_environment(AWS_ENDPOINT_URL=rough.url)


@pytest.mark.parametrize(
    ("bounds", "waiting", "arguments", "said"),
    [
        pytest.param(
            {"disk.replacement.LOCK_TIMEOUT_SECONDS": 1.0},
            a_lock_that_is_held,
            ["--no-test", "--session-name", "ann"],
            "another sync-profiles is running",
            id="a lock that is held",
        ),
        pytest.param(
            {"aws.patience.LONGEST_CALL": 1.0},
            an_answer_without_an_end,
            ["import", "--no-sync", "--source-profile", "keys", "s3://team/config"],
            "no complete answer within 1 seconds",
            id="an object in S3 without an end",
        ),
        pytest.param(
            {"aws.patience.LONGEST_CALL": 1.0},
            an_answer_without_an_end,
            ["check"],
            "no complete answer within 1 seconds",
            id="an answer of STS without an end",
        ),
        pytest.param(
            {"aws.patience.LONGEST_CALL": 1.0},
            a_name_that_is_not_found,
            ["check"],
            "no complete answer within 1 seconds",
            id="the address of an endpoint",
        ),
        pytest.param(
            {"team.web.SECONDS": 1.0},
            a_name_that_is_not_found,
            ["import", "--no-sync", "https://team.example/config"],
            "did not answer in time",
            id="the address of a team's file",
        ),
        pytest.param(
            {"aws.identities.LONGEST_SEARCH": 1.0, "aws.client.READ_TIMEOUT": 0.2},
            many_places_without_an_answer,
            ["check"],
            "no test was sent",
            id="many places without an answer",
        ),
    ],
)
def test_what_does_not_end_is_given_up(
    bounds: Mapping[str, float],
    waiting: Callable[[Home], AbstractContextManager[Home]],
    arguments: list[str],
    said: str,
    work_home: Home,
    tmp_path: Path,
) -> None:
    shortened = "".join(
        f"import sync_profiles.{module} as it\nit.{name} = {seconds}\n"
        for bound, seconds in bounds.items()
        for module, _, name in [bound.rpartition(".")]
    )
    (tmp_path / "sitecustomize.py").write_text(f"{SILENT_RESOLVER}{shortened}", encoding="utf-8")
    home = work_home.write(role_profile("p", s.ADMIN_ROLE.arn, "keys"))
    with waiting(home) as there:
        ended = there.with_environment(PYTHONPATH=str(tmp_path)).run_installed(*arguments)
    assert said in " ".join((ended.stdout + ended.stderr).split())
    assert ended.code in (1, 3)
