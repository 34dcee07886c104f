"""MFA on a terminal: who is asked, how often, and what is sent and shown.

Without a terminal: `data/situations.txt`. Most questions are in `data/asking_stories.txt`.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pexpect
import pytest

from e2e import PATIENCE, Home, finish, keys, role_profile
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from teams import KEYRING, PERSON, PHONE, READER

LONG_ROLE = replace(s.MFA_ROLE, name="long_role", max_session_duration=43200)
WORLD = World(users=(*s.STORY.users, PERSON), roles=(*s.STORY.roles, LONG_ROLE, READER))


@pytest.fixture
def mfa_home(empty_home: Home) -> Home:
    """Return a home where the phone opens two profiles, the keyring one, and one needs neither."""
    phone, keyring = {"mfa_serial": PHONE.serial}, {"mfa_serial": KEYRING.serial}
    config = [
        role_profile("one", s.MFA_ROLE.arn, "person", **phone),
        role_profile("two", s.MFA_ROLE.arn, "person", **phone, role_session_name="alice"),
        role_profile("other", s.MFA_ROLE.arn, "person", **keyring),
        role_profile("plain", s.ADMIN_ROLE.arn, "person"),
    ]
    return empty_home.write("".join(config), keys("person", PERSON.credentials))


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
def test_a_code_is_not_shown_after_an_attempt_to_suspend(mfa_home: Home) -> None:
    child = pexpect.spawn(
        "bash",
        ["--norc", "-i"],
        env={**mfa_home.environment, "PS1": "> ", "NO_COLOR": "1"},
        cwd=str(mfa_home.path),
        encoding="utf-8",
        timeout=PATIENCE,
    )
    child.sendline("sync-profiles -p one; exit")
    child.expect_exact(f"MFA code for {PHONE.serial}: ")
    child.waitnoecho()
    child.send("\x1a314159\n")
    assert "314159" not in finish(child).stdout
    assert child.exitstatus == 0


def test_no_code_is_asked_of_the_null_device(mfa_home: Home) -> None:
    with mfa_home.start_installed("check", "-p", "one", "--output", "json") as run:
        stdout, _ = run.communicate(timeout=PATIENCE)
    assert json.loads(stdout)["profiles"][0]["cause"] == "mfa-code-needed"


def test_a_role_that_allows_long_sessions_is_accepted_for_as_long(mfa_home: Home) -> None:
    settings = {"mfa_serial": PHONE.serial, "role_session_name": "person"}
    long = role_profile("long", LONG_ROLE.arn, "person", **settings, duration_seconds="43200")
    home = mfa_home.write(long + role_profile("reader", READER.arn, "person"))
    ended = home.run("explain", "long", "--output", "json", "--mfa-code", PHONE.codes[0])
    assert (ended.code, ended.accepted) == (0, {"long"})
    assert ended.profiles["long"]["message"].endswith(
        ", for an hour: the role allows `43200` seconds, according to IAM"
    )
    assert home.working_profiles(["long"], mfa_codes=[PHONE.codes[1]]) == {"long"}


LATER = "\n\n# by hand\n"
QUESTION = "write 1 name? [y/N]: "


def asked(home: Home, *arguments: str) -> pexpect.spawn[str]:
    """Start a run that asks before it writes, and give the code."""
    child = home.start_on_terminal("-p", "one", "--ask", *arguments)
    child.expect_exact("MFA code for ")
    child.waitnoecho()
    child.sendline("314159")
    child.expect_exact(QUESTION)
    return child


def test_an_edit_before_the_answer_is_kept_and_not_asked_about(mfa_home: Home) -> None:
    child = asked(mfa_home)
    before = mfa_home.config_file.read_text()
    mfa_home.config_file.write_text(before + LATER * 9)
    child.sendline("y")
    ended = finish(child)
    assert (ended.code, QUESTION in ended.stdout) == (0, False)
    text = mfa_home.config_file.read_text()
    assert text.endswith(LATER * 9)
    assert "role_session_name = person" in text


def test_json_comes_alone_on_stdout_where_a_run_asks(mfa_home: Home) -> None:
    child = asked(mfa_home, "--output", "json")
    assert '"version"' not in child.before
    child.sendline("y")
    ended = finish(child)
    assert ended.code == 0
    assert '"written": 1' in ended.stdout
