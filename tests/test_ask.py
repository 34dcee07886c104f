"""`--ask`: one run shows the changes, asks, and writes them."""

from __future__ import annotations

import os

import pexpect
import pytest

from e2e import Home, finish, keys, role_profile
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals")
CONFIG = role_profile("admin", s.MFA_ROLE.arn, "keys", mfa_serial=s.MFA_USER.mfa_devices[0].serial)
LATER = "\n\n# by hand\n"
QUESTION = "write 1 name? [y/N]: "


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    return empty_home.write(CONFIG, keys("keys", s.MFA_USER.credentials))


def asked(home: Home, *arguments: str) -> pexpect.spawn[str]:
    """Start a run that asks, and give the code."""
    child = home.with_environment(TERM="dumb").start_on_terminal("--ask", *arguments)
    child.expect_exact("MFA code for ")
    child.waitnoecho()
    child.sendline("000001")
    child.expect_exact(QUESTION)
    return child


def test_yes_writes_after_one_code(laptop: Home, sandbox: Sandbox) -> None:
    child = asked(laptop)
    assert "+role_session_name = mfa_user" in child.before
    assert "1 profile: 1 fixable; 1 name to write\r\n" in child.before
    assert laptop.config_file.read_text() == CONFIG
    calls = len(sandbox.calls)

    child.sendline("y")
    ended = finish(child)

    assert ended.code == 0
    assert "role_session_name = mfa_user" in laptop.config_file.read_text()
    lines = [line for line in ended.stdout.replace("\r", "").splitlines() if line]
    assert lines[-3:] == [
        "1 profile: 1 accepted",
        "written: ~/.aws/config (1 name)",
        "undo: sync-profiles undo",
    ]
    assert len(sandbox.calls) == calls


def test_no_answer_means_no(laptop: Home) -> None:
    footprint = laptop.footprint()
    child = asked(laptop)
    child.sendline("")
    ended = finish(child)
    assert (ended.code, ended.stdout.split("\n")[-2].strip()) == (1, "nothing was written")
    assert laptop.footprint() == footprint


def test_an_edit_meanwhile_is_kept_and_not_asked_about(laptop: Home) -> None:
    child = asked(laptop)
    laptop.config_file.write_text(CONFIG + LATER * 9)
    child.sendline("y")
    ended = finish(child)
    assert (ended.code, QUESTION in ended.stdout) == (0, False)
    text = laptop.config_file.read_text()
    assert text.endswith(LATER * 9)
    assert "role_session_name = mfa_user" in text


def test_json_comes_alone_on_stdout(laptop: Home) -> None:
    child = asked(laptop, "--output", "json")
    assert '"version"' not in child.before
    child.sendline("y")
    ended = finish(child)
    assert ended.code == 0
    assert '"written": 1' in ended.stdout
