"""Nothing is waited for longer than `reliability.md` says; programs are in `test_programs.py`.

Each row of `data/bounds.txt` shortens one, for a run that would otherwise wait for as long as the
test allows.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from pkgutil import resolve_name
from subprocess import PIPE, Popen

import pytest

import sync_profiles
from e2e import Home, role_profile
from examples import table
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


WAITING: dict[str, Callable[[Home], AbstractContextManager[Home]]] = {
    "a lock": a_lock_that_is_held,
    "an answer": an_answer_without_an_end,
    "a name": a_name_that_is_not_found,
    "many places": many_places_without_an_answer,
}


@pytest.mark.parametrize("row", table("bounds.txt"))
def test_what_does_not_end_is_given_up(row: str, work_home: Home, tmp_path: Path) -> None:
    bounds, waiting, arguments, said, _ = row.split(" | ")
    shortened = "".join(
        f"import sync_profiles.{module} as it\nit.{setting}\n"
        for module, setting in re.findall(r"(\S+)\.(\w+=\S+)", bounds)
    )
    (tmp_path / "sitecustomize.py").write_text(f"{SILENT_RESOLVER}{shortened}", encoding="utf-8")
    home = work_home.write(role_profile("p", s.ADMIN_ROLE.arn, "keys"))
    with WAITING[waiting](home) as there:
        ended = there.with_environment(PYTHONPATH=str(tmp_path)).run_installed(*arguments.split())
    assert said in " ".join((ended.stdout + ended.stderr).split())
    assert ended.code in (1, 3)
