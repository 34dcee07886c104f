"""Whom an import asks, and what it calls: nobody new before the user agrees, nothing twice.

Most of what it asks is in `data/asking_stories.txt`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from e2e import Home, finish, process_output, write_script
from import_fixtures import TEAM, WRITTEN, block, text_of
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s

NEW = "arn:aws:iam::333333333333:role/trap"


def called(aws: Sandbox) -> set[str]:
    return {call.parameters["RoleArn"] for call in aws.calls if call.action == "sts:AssumeRole"}


def program(home: Home, *, first: str = "") -> str:
    """Return the section of a source with a program that counts its runs, in the file `runs`.

    The first run does more before it prints the keys.
    """
    if os.name != "posix":
        pytest.skip("the program is a shell script")
    found = process_output(s.WORK_API.credentials)
    process = write_script(
        home.path / "process",
        f"[ -e runs ] || {first or 'true'}\necho run >> runs\necho '{found}'\n",
    )
    return f"[profile base]\nregion = us-east-1\ncredential_process = {process}\n"


def test_another_programs_write_during_an_import_is_kept(with_keys: Home, team_file: Path) -> None:
    own = program(with_keys, first=f"echo '[profile late]' >> {with_keys.config_file}")
    with_keys.write(own, credentials="")
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    assert text_of(with_keys) == f"{own}[profile late]\n\n{block(WRITTEN, team_file.as_uri())}"
    assert (with_keys.path / "runs").read_text(encoding="utf-8") == "run\n"
    assert with_keys.run("undo").code == 0
    assert text_of(with_keys) == f"{own}[profile late]\n"


def test_a_source_is_asked_once(with_keys: Home, team_file: Path, aws: Sandbox) -> None:
    with_keys.write(program(with_keys), credentials="")
    team_file.write_text(TEAM + "mfa_serial = ${sync:mfa_serial}\n", encoding="utf-8")
    ended = with_keys.run("import", "--trust", "--output", "json", str(team_file))
    assert ended.accepted == {"admin"}
    actions = [call.action for call in aws.calls]
    assert actions.count("sts:GetCallerIdentity") == 1
    assert (with_keys.path / "runs").read_text(encoding="utf-8") == "run\n"


def test_a_run_that_starts_again_asks_for_consent_once(with_keys: Home, team_file: Path) -> None:
    with_keys.write(program(with_keys, first=f"echo >> {with_keys.config_file}"), credentials="")
    team_file.write_text(TEAM + "endpoint_url = https://sts.example\n", encoding="utf-8")
    child = with_keys.start_on_terminal("import", "--no-test", str(team_file), columns=200)
    child.expect_exact("Do you trust all of them?")
    child.send("y\n")
    assert "Do you trust" not in finish(child).stdout
    assert "\nendpoint_url = " in text_of(with_keys)


def test_a_run_that_starts_again_takes_no_refusal_for_consent(
    with_keys: Home, team_file: Path
) -> None:
    other = team_file.with_name("other")
    other.write_text("[profile other]\nregion = us-east-1\n", encoding="utf-8")
    assert with_keys.run("import", "--trust", str(team_file), str(other)).code == 0
    team_file.write_text(TEAM + "endpoint_url = https://sts.example\n", encoding="utf-8")
    other.write_text("[profile other]\nregion = eu-west-1\n", encoding="utf-8")
    child = with_keys.start_on_terminal("import", "--no-test", columns=200)
    child.expect_exact("Do you trust all of them?")
    with with_keys.config_file.open("a", encoding="utf-8") as file:
        file.write("[profile late]\n")
    child.send("n\n")
    child.expect_exact("Do you trust all of them?")
    child.send("n\n")
    assert finish(child).code == 1
    found = text_of(with_keys)
    assert [word in found for word in ("endpoint_url", "eu-west-1", "late")] == [False, True, True]
