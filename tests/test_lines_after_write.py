"""After a write, every line that a report names is that line of the file as it is now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from e2e import keys, role_profile
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from pathlib import Path

    from e2e import Ended, Home

NO_ROLE = "arn:aws:iam::222222222222:role/no-such-role"
#: names are written above all that is wrong, and between
CONFIG = (
    role_profile("first", s.ADMIN_ROLE.arn, "keys")
    + role_profile("second", s.EQUALS_ROLE.arn, "keys", role_session_name="alice")
    + role_profile("refused", NO_ROLE, "keys", external_id="x")
    + role_profile("broken", s.ADMIN_ROLE.arn, "nobody")
    + role_profile("quoted", s.ADMIN_ROLE.arn, '"keys"')
    + role_profile("stopped", s.ADMIN_ROLE.arn, "keys", output="jsn")
    + role_profile("hidden", s.ADMIN_ROLE.arn, "lost")
    + f"[lost]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\n"
    + role_profile("loop", s.ADMIN_ROLE.arn, "loop")
    + role_profile("last", s.STRANGERS_ROLE.arn, "keys", role_session_name="alice")
)
CREDENTIALS = (
    keys("keys", s.WORK_API.credentials)
    + f"[there]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\n"
    + f"[below]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = none\n"
)
LINE = re.compile(r"\b(?:config|credentials), line \d+|\bline \d+ of the config file")


def assert_lines_are_those_of(home: Home, ended: Ended) -> None:
    """Assert that a report has the lines that a run finds which reads the files anew."""
    files = {
        "config": home.config_file.read_text("utf-8").splitlines(),
        "credentials": home.credentials_file.read_text("utf-8").splitlines(),
    }
    again = home.run_json()
    for key in ("file", "line", "message", "hint"):
        assert ended.column(key) == again.column(key)
    assert ended.report["problems"] == again.report["problems"]
    for each in ended.report["profiles"]:
        header = files[each["file"]][each["line"] - 1]
        assert header in {f"[profile {each['profile']}]", f"[{each['profile']}]"}


def test_a_sync_names_the_lines_of_the_files_that_it_has_written(empty_home: Home) -> None:
    empty_home.write(CONFIG, CREDENTIALS)
    ended = empty_home.run_json()
    assert ended.report["summary"]["written"] == 5
    assert len(set(LINE.findall(ended.stdout))) >= 7
    assert_lines_are_those_of(empty_home, ended)
    lines = empty_home.config_file.read_text("utf-8").splitlines()
    (problem,) = ended.report["problems"]
    assert lines[problem["line"] - 1] == "[lost]"
    # what it was before is still said
    assert ended.column("session_name")["second"] == "alice"
    assert ended.column("session_name")["first"] is None


@pytest.mark.parametrize("arguments", [[], ["--verbose"], ["--no-test"]], ids=str)
def test_what_a_person_reads_names_these_lines_too(arguments: list[str], empty_home: Home) -> None:
    empty_home.write(CONFIG, CREDENTIALS)
    dry = empty_home.run("--dry-run", *arguments)
    written = empty_home.run(*arguments)
    again = empty_home.run(*arguments)
    assert LINE.findall(written.stdout) == LINE.findall(again.stdout) != []
    assert LINE.findall(dry.stdout) != LINE.findall(written.stdout)


def test_an_import_names_the_lines_of_the_file_that_it_has_written(
    empty_home: Home, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    above, below = (role_profile(name, s.ADMIN_ROLE.arn, "keys") for name in ("above", "below"))
    team.write_text("# ours\n\n" + CONFIG, encoding="utf-8")
    empty_home.write(above, CREDENTIALS)
    ended = empty_home.run_json("import", str(team), "--trust")
    again = empty_home.run_json("--dry-run").profiles  # reads the file anew
    assert {name: each["line"] for name, each in ended.profiles.items()} == {
        name: again[name]["line"] for name in ended.profiles
    }
    assert ended.column("hint")["refused"] == again["refused"]["hint"]
    # the block grows, and what is below it moves
    with empty_home.config_file.open("a", encoding="utf-8") as file:
        file.write(below)
    team.write_text("# ours\n# really\n\n" + CONFIG + above + below, encoding="utf-8")
    (imported,) = empty_home.run_json("import", "--trust").report["imports"]
    lines = empty_home.config_file.read_text("utf-8").splitlines()
    named = {each["profile"]: lines[each["own_line"] - 1] for each in imported["conflicts"]}
    assert named == {"above": "[profile above]", "below": "[profile below]"}
