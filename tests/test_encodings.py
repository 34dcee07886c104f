"""A character that stdout cannot show is escaped, and the run continues to its last line."""

from __future__ import annotations

import json
import re

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import story as s


@pytest.fixture
def home_of_zoe(empty_home: Home) -> Home:
    """Return a home with names and hints that the encoding of the streams does not have."""
    config = role_profile("Зоя", s.ADMIN_ROLE.arn, "keys")
    config += "[profile lost]\nrole_arn = arn:aws:iam::222222222222:role/\u6f22\n"
    return empty_home.with_environment(PYTHONIOENCODING="ascii").write(
        config, keys("keys", s.WORK_API.credentials) + keys("other", s.WORK_API.credentials)
    )


def shown(name: str) -> str:
    """Return a name as the streams show it."""
    return name.encode("ascii", "backslashreplace").decode("ascii")


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_a_sync_shows_what_it_wrote_and_how_to_undo_it(encoding: str, home_of_zoe: Home) -> None:
    ended = home_of_zoe.with_environment(PYTHONIOENCODING=encoding).run()
    assert (ended.code, ended.stderr) == (1, "")
    assert ended.stdout.isascii()
    row = rf"^\+  {re.escape(shown('Зоя'))}  222222222222  - -> work_api  admin_role/work_api$"
    assert re.search(row, ended.stdout, re.MULTILINE)
    assert "hint: add `source_profile = ...` to `[profile lost]`" in ended.stdout
    assert ended.stdout.endswith(
        "2 profiles: 1 accepted, 1 rejected\n"
        "written: ~/.aws/config (1 name)\nundo: sync-profiles undo\n"
    )
    assert "role_session_name = work_api\n" in home_of_zoe.config_file.read_text("utf-8")


def test_no_line_is_wider_than_80_columns(home_of_zoe: Home) -> None:
    wide = role_profile("漢" * 9, s.STRANGERS_ROLE.arn, "keys")
    lines = home_of_zoe.write(wide).run("--verbose").stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []


def test_the_difference_is_shown(home_of_zoe: Home) -> None:
    ended = home_of_zoe.run("--dry-run")
    assert (ended.code, ended.stderr) == (1, "")
    assert f" [profile {shown('Зоя')}]\n" in ended.stdout
    assert "+role_session_name = work_api\n" in ended.stdout


def test_check_and_explain_run_to_their_ends(home_of_zoe: Home) -> None:
    checked = home_of_zoe.run("check")
    assert (checked.code, checked.stderr) == (1, "")
    assert checked.stdout.endswith(
        "2 profiles: 1 fixable, 1 rejected; 1 name to write: run `sync-profiles`\n"
    )
    explained = home_of_zoe.run("explain", "Зоя")
    assert (explained.code, explained.stderr) == (1, "")
    assert f"~ {shown('Зоя')}: fixable (session-name)\n" in explained.stdout
    assert "AssumeRole arn:aws:iam::222222222222:role/admin_role as `work_api`" in re.sub(
        r"\n +", " ", explained.stdout
    )


def test_an_error_has_its_control_characters_escaped(home_of_zoe: Home) -> None:
    ended = home_of_zoe.run("check", "-p", "漢")
    assert (ended.code, ended.stdout) == (3, "")
    assert re.fullmatch(r"error: .* `\\u6f22`\nhint: .*\n", ended.stderr)


def test_the_help_is_plain(home_of_zoe: Home) -> None:
    ended = home_of_zoe.run("import", "--help")
    assert (ended.code, ended.stderr) == (0, "")
    assert "git+https://...#path" in re.sub(r"\n +", " ", ended.stdout)


def test_the_json_is_the_same(home_of_zoe: Home) -> None:
    ended = home_of_zoe.run("check", "--output", "json")
    unicode = home_of_zoe.with_environment(PYTHONIOENCODING="utf-8")
    assert ended == unicode.run("check", "--output", "json")
    assert [profile["profile"] for profile in json.loads(ended.stdout)["profiles"]] == [
        "Зоя",
        "lost",
    ]
