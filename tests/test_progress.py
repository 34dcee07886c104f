"""A terminal shows what a run waits for; a pipe and `--quiet` show nothing."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from io import StringIO

import pytest
from filelock import FileLock
from rich.console import Console

from e2e import Home, finish, role_profile
from loopback import Gate
from rough_sts import RoughSts, hang_after_the_headers
from sync_profiles.sandbox import story as s
from sync_profiles.terminal.progress import Display
from sync_profiles.waiting import lent_terminal, stage_of, waiting_for

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
MANY = "".join(
    role_profile(f"p{n}", s.ADMIN_ROLE.arn, "keys", duration_seconds=str(900 + n), **name)
    for n, name in enumerate([{}, {"role_session_name": "alice"}] * 6)
)
CLEARED = "\r\x1b[K"


@pytest.fixture
def late(work_home: Home) -> Iterator[Home]:
    """Return a home whose AWS takes two seconds for an answer."""
    one = role_profile("admin", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api")
    behind = work_home.environment["AWS_ENDPOINT_URL"]
    with Gate(behind, rule=lambda _: time.sleep(2)) as gate:
        yield work_home.with_environment(AWS_ENDPOINT_URL=gate.url, TERM="xterm").write(one)


def test_a_slow_answer_is_waited_for_in_words(late: Home) -> None:
    shown = late.run_on_terminal("check").stdout
    assert shown.startswith(f"waiting up to 10 s for 127.0.0.1, attempt 1 of 5{CLEARED}")
    assert f"attempt 1 of 5, 1 s so far{CLEARED}" in shown
    assert shown.count("waiting") == shown.count(CLEARED)
    assert "waiting" not in late.run_on_terminal("check", "--quiet").stdout
    ended = late.run("check")
    assert "waiting" not in ended.stdout + ended.stderr


def test_a_dumb_terminal_shows_once_what_is_waited_for(late: Home) -> None:
    many = "".join(
        role_profile(f"p{n}", s.ADMIN_ROLE.arn, "keys", duration_seconds=str(900 + n))
        for n in range(6)
    )
    home = late.with_environment(TERM="dumb").write(many)
    shown = home.run_on_terminal("check", "--jobs", "3").stdout
    waits = shown.partition("source keys")[0].splitlines()
    assert waits[0] == "waiting up to 10 s for 127.0.0.1, attempt 1 of 5"
    assert "6 tests" in waits
    assert len(set(waits)) == len(waits)
    assert "\x1b" not in shown


def test_the_rest_of_an_answer_is_waited_for_in_words(work_home: Home) -> None:
    admin = role_profile("admin", s.ADMIN_ROLE.arn, "keys")
    work_home.write(admin)
    with RoughSts(hang_after_the_headers, actions=frozenset({"GetCallerIdentity"})) as rough:
        run = work_home.with_environment(AWS_ENDPOINT_URL=rough.url).start_on_terminal("check")
        run.expect_exact("no complete answer from 127.0.0.1 yet")
        run.sendintr()
        assert finish(run).code == 130


def test_a_program_for_credentials_is_named(empty_home: Home) -> None:
    config = "[profile keys]\ncredential_process = sh -c 'sleep 2; exit 1'\n"
    empty_home.write(config + role_profile("admin", s.ADMIN_ROLE.arn, "keys"))
    shown = empty_home.with_environment(TERM="xterm").run_on_terminal("check").stdout
    assert shown.startswith("waiting for the program `sh`\r\n")


def test_another_run_that_writes_is_named(work_home: Home) -> None:
    home = work_home.with_environment(TERM="xterm").write(
        role_profile("admin", s.ADMIN_ROLE.arn, "keys")
    )
    with FileLock(home.config_file.with_name(".config.sync-profiles.lock")):
        child = home.start_on_terminal()
        child.expect_exact("waiting for another sync-profiles, which writes `~/.aws/config`")
    ended = finish(child)
    assert ended.code == 0
    assert CLEARED in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        pytest.param(["trust-policy", "--check", "-"], "the policy", id="a policy"),
        pytest.param(["import", "-"], "the team's file", id="a team's file"),
    ],
)
def test_what_a_person_is_to_type_is_asked_for(
    arguments: list[str], what: str, work_home: Home
) -> None:
    child = work_home.start_on_terminal(*arguments)
    child.expect_exact(f"paste {what}, and end it with Ctrl-D on a line of its own")
    child.sendeof()
    assert finish(child).code in {1, 3}


def test_a_bar_counts_the_tests_of_each_stage(work_home: Home) -> None:
    home = work_home.with_environment(TERM="xterm").write(MANY)
    shown = home.run_on_terminal("--dry-run").stdout
    totals = [int(total) for total in re.findall(r"tests .*?/(\d+)", shown)]
    assert totals
    assert set(totals) <= {12}  # with the wanted name, then as configured
    # the cursor is shown at once, not only at the end
    assert shown.count("\x1b[?25h") == 2 * shown.count("\x1b[?25l")
    assert re.search(r"explanations .*?/12", home.run_on_terminal("explain", "p*").stdout)
    for arguments in (["--dry-run", "--quiet"],):
        assert "tests " not in home.run_on_terminal(*arguments).stdout
    ended = home.run("--dry-run")
    assert "tests " not in ended.stdout + ended.stderr


def test_a_bar_counts_the_sources_before_their_profiles_are_tested(work_home: Home) -> None:
    config = "".join(
        f"[profile s{n}]\ncredential_process = false\n"
        + role_profile(f"p{n}", s.ADMIN_ROLE.arn, f"s{n}")
        for n in range(8)
    )
    home = work_home.with_environment(TERM="xterm").write(config)
    assert re.search(r"sources .*?8/8", home.run_on_terminal("check").stdout)


def test_a_program_that_asks_has_the_terminal_to_itself_while_tests_go_on() -> None:
    screen = StringIO()
    shown = Display(Console(file=screen, force_terminal=True))
    with shown, stage_of(20, "tests") as stage:
        stage.advance()
        assert "/20" in screen.getvalue()
        with lent_terminal("waiting for `x`"):
            before = screen.getvalue()
            assert before.endswith("waiting for `x`\n")
            stage.advance()
            assert screen.getvalue() == before
        stage.advance()
        assert "/20" in screen.getvalue().removeprefix(before)


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_bar_keeps_its_count_beside_what_is_waited_for(width: int) -> None:
    screen = StringIO()
    shown = Display(Console(file=screen, force_terminal=True, width=width))
    what = f"waiting up to 10 s for {'sts.' * 20}"
    with shown, stage_of(300, "tests") as stage, waiting_for(what):
        stage.advance(7)
        waited = time.monotonic() + 10
        while "waiting" not in screen.getvalue() and time.monotonic() < waited:
            time.sleep(0.05)
        stage.advance()
    lines = [line for line in re.split(r"[\r\n]", screen.getvalue()) if "waiting" in line]
    assert lines
    assert all("/300" in line for line in lines)
