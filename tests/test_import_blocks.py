"""Imported blocks end to end: updated, undone, and never at the cost of other lines."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from e2e import Home, finish, role_profile
from imports import OWN, TEAM, WRITTEN, block, text_of
from loopback import Gate
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s

WITHOUT_ADMIN = TEAM.partition("# for everybody\n")[0] + "# since" + WRITTEN.partition("# since")[2]


def test_an_update_removes_adds_and_changes_and_shows_the_difference_first(
    with_keys: Home, team_file: Path
) -> None:
    own = b"[profile mine]\r\nregion = eu-west-1\r\n"
    with_keys.write(own)
    with_keys.run("import", str(team_file))
    with_keys.config_file.write_bytes(
        with_keys.config_file.read_bytes() + b"\r\n[profile late]\r\n"
    )
    names = f"[profile names]\nrole_arn = {s.NAMES_ROLE.arn}\nsource_profile = base\nregion = x\n"
    changed = TEAM.partition("# since")[0].replace("us-east-1", "us-east-2") + names
    team_file.write_text(changed, encoding="utf-8")
    shown = with_keys.run("import", "-n")
    ended = with_keys.run("import", "--no-sync")
    assert ended.code == 0
    assert "-[profile equals]" in ended.stdout
    assert "+[profile names]" in ended.stdout
    assert "+[profile names]" in shown.stdout
    assert "2 profiles, 1 added, 1 removed, 1 changed" in " ".join(ended.stdout.split())
    expected = block(changed.replace("${aws:username}", "work_api"), team_file.as_uri())
    lines = expected.replace("\n", "\r\n")
    assert text_of(with_keys) == f"{own.decode()}\r\n{lines}\r\n[profile late]\r\n"


def test_an_edit_of_which_nothing_is_known_is_not_overwritten(
    with_keys: Home, team_file: Path
) -> None:
    with_keys.run("import", str(team_file))
    for saved in (with_keys.path / ".aws" / "sync-profiles").glob("*.imported"):
        saved.unlink()
    edited = with_keys.config_file.read_bytes().replace(b"us-east-1", b"eu-west-1")
    with_keys.write(edited)
    ended = with_keys.run("import")
    assert ended.code == 3
    assert "-region = eu-west-1" in ended.stdout
    assert "move the edits out of the block" in ended.stderr
    assert with_keys.config_file.read_bytes() == edited
    assert with_keys.run("import", "--force").code == 0
    assert text_of(with_keys) == block(WRITTEN, team_file.as_uri())


def test_an_import_works_where_what_came_cannot_be_saved(with_keys: Home, team_file: Path) -> None:
    with_keys.run("import", str(team_file))
    saved = with_keys.path / ".aws" / "sync-profiles"
    for file in saved.iterdir():
        file.unlink()
    saved.rmdir()
    saved.write_text("", encoding="utf-8")
    ended = with_keys.run("import")
    assert (ended.code, ended.stderr) == (0, "")
    saved.unlink()
    saved.mkdir(mode=0o700)
    assert with_keys.run("import").code == 0
    assert len(list(saved.glob("config.*.imported"))) == 1


def test_what_came_is_known_of_every_block_that_is_there_or_can_come_back(
    with_keys: Home, team_file: Path
) -> None:
    other = team_file.with_name("other")
    other.write_text(f"[profile other]\nrole_arn = {s.ADMIN_ROLE.arn}\n", encoding="utf-8")
    for number in range(13):
        with_keys.run("import", str(other if number == 0 else team_file))
        team_file.write_text(f"{TEAM}max_attempts = {number + 1}\n", encoding="utf-8")
    saved = with_keys.path / ".aws" / "sync-profiles"
    holders = [with_keys.config_file, *saved.glob("config.*.bak")]
    expected = set(re.findall(r"sha256=(\w+)", "".join(file.read_text() for file in holders)))
    assert {file.name.split(".")[1] for file in saved.glob("*.imported")} == expected
    assert len(expected) == 12  # the other block, and the team's as it is and as in ten backups


def test_an_edit_of_a_block_survives_until_it_is_discarded(
    with_keys: Home, team_file: Path
) -> None:
    with_keys.run("import", str(team_file))
    mine = WRITTEN.replace("us-east-1\n\n# since", "eu-west-1\noutput = json\n\n# since")
    with_keys.write(with_keys.config_file.read_text(encoding="utf-8").replace(WRITTEN, mine))
    before = with_keys.footprint()
    assert with_keys.run("import").code == 0
    assert with_keys.footprint() == before
    more = "\n[profile more]\nregion = x\n"
    team_file.write_text(f"{TEAM}cli_pager =\n{more}", encoding="utf-8")
    assert with_keys.run("import", "--trust").code == 0
    assert text_of(with_keys) == block(f"{mine}cli_pager =\n{more}", team_file.as_uri())
    before = with_keys.footprint()
    assert with_keys.run("import").code == 0
    assert with_keys.footprint() == before
    assert with_keys.run("import", "--force").code == 0
    assert text_of(with_keys) == block(f"{WRITTEN}cli_pager =\n{more}", team_file.as_uri())


def test_what_both_sides_changed_stays_and_is_shown(with_keys: Home, team_file: Path) -> None:
    with_keys.run("import", str(team_file))
    mine = WRITTEN.replace("us-east-1\n\n# since", "eu-west-1\n\n# since")
    with_keys.write(with_keys.config_file.read_text(encoding="utf-8").replace(WRITTEN, mine))
    team_file.write_text(TEAM.replace("us-east-1", "us-west-2"), encoding="utf-8")
    planned = with_keys.run("import", "-n", "--output", "json")
    assert planned.report["imports"][0]["edits"] == [
        {
            "section": "profile admin",
            "setting": "region",
            "yours": "eu-west-1",
            "theirs": "us-west-2",
        }
    ]
    ended = with_keys.run("import")
    assert ended.code == 0
    told = " ".join(ended.stdout.split())
    assert "`region` of `[profile admin]`: yours is `eu-west-1`, the team's is `us-west-2`" in told
    stays = mine.replace("us-east-1", "us-west-2")
    assert text_of(with_keys) == block(stays, team_file.as_uri())
    assert with_keys.run("import", "--force").code == 0
    theirs = WRITTEN.replace("us-east-1", "us-west-2")
    assert text_of(with_keys) == block(theirs, team_file.as_uri())


def test_a_profile_that_the_user_was_told_to_create_stays_the_team_s(
    laptop: Home, team_file: Path
) -> None:
    team_file.write_text(f"{TEAM}\n[profile base]\noutput = json\n", encoding="utf-8")
    assert "aws configure --profile base" in " ".join(
        laptop.run("import", str(team_file)).stdout.split()
    )
    for key, value in (s.WORK_API.credentials.settings() | {"region": "eu-west-1"}).items():
        assert laptop.run_aws("configure", "set", key, value, "--profile", "base").code == 0
    ended = laptop.run("import", "--output", "json")
    assert ended.code == 0, ended.stdout
    assert ended.report["imports"][0]["conflicts"] == []
    base = "\n[profile base]\noutput = json\nregion = eu-west-1\n"
    assert text_of(laptop) == block(WRITTEN + base, team_file.as_uri())
    assert laptop.working_profiles(["admin", "base"]) == {"admin", "base"}
    saved = [
        file.read_text() for file in (laptop.path / ".aws" / "sync-profiles").glob("*.imported")
    ]
    assert all("eu-west-1" not in text for text in saved)
    before = laptop.footprint()
    assert laptop.run("import").code == 0
    assert laptop.footprint() == before


def test_a_block_without_its_end_is_an_error(with_keys: Home, team_file: Path) -> None:
    with_keys.run("import", str(team_file))
    damaged = with_keys.config_file.read_bytes().rpartition(b"# <<<")[0]
    with_keys.write(damaged)
    ended = with_keys.run("import")
    assert (ended.code, ended.stdout) == (3, "")
    assert "begins in line 1 has no end" in ended.stderr
    assert with_keys.config_file.read_bytes() == damaged


@pytest.mark.parametrize(
    ("choice", "expected", "working"),
    [
        pytest.param("keep", OWN + "\n{keep}", {"equals"}, id="keep: the own one wins"),
        pytest.param(
            "prefix",
            OWN + "\n{prefix}",
            {"team-admin", "equals"},
            id="prefix: the team's gets another name",
        ),
        pytest.param(
            "replace",
            "# sync-profiles: replaced by the team's profile of {source} (DATE)\n"
            '# [profile  "admin"]\n# region = eu-west-1\n\n{replace}',
            {"admin", "equals"},
            id="replace: the own one becomes a comment",
        ),
    ],
)
def test_a_name_in_another_spelling_is_a_conflict(
    choice: str, expected: str, working: set[str], with_keys: Home, team_file: Path
) -> None:
    with_keys.write(OWN)
    assert with_keys.run("import", "--trust", "--on-conflict", choice, str(team_file)).code == 0
    source = team_file.as_uri()
    blocks = {
        "keep": block(WITHOUT_ADMIN, source),
        "prefix": block(WRITTEN.replace("[profile admin]", "[profile team-admin]"), source).replace(
            "MARKS", 'MARKS with={"on_conflict": "prefix"}'
        ),
        "replace": block(WRITTEN, source).replace("MARKS", 'MARKS with={"on_conflict": "replace"}'),
    }
    found = re.sub(r"\(\d{4}-\d\d-\d\d\)$", "(DATE)", text_of(with_keys), flags=re.MULTILINE)
    assert found == expected.format(source=source, **blocks)
    assert with_keys.working_profiles(["team-admin", "equals", *working]) == working
    before = with_keys.footprint()
    assert with_keys.run("import", "--trust").code == 0
    assert with_keys.footprint() == before


def test_nothing_suggests_to_replace_a_profile_with_credentials(
    with_keys: Home, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    team.write_text("[profile base]\nregion = z\n\n[profile new]\nregion = z\n", encoding="utf-8")
    kept = with_keys.with_environment(COLUMNS="200").run("import", str(team))
    assert "`base` is left out: you have your own (credentials, line 1)\n" in kept.stdout
    hint = "hint: yours stays, with its credentials; for the team's too: `--on-conflict prefix`\n"
    assert hint in kept.stdout
    refused = with_keys.run("import", "--on-conflict", "replace", str(team))
    assert refused.code == 3
    assert refused.stderr == (
        "error: profile `base` is yours and has credentials: it cannot be replaced\n"
        "hint: use `--on-conflict prefix`, or `keep`\n"
    )
    renamed = with_keys.run("import", "--on-conflict", "prefix", str(team))
    assert "`base` is imported as `team-base`" in renamed.stdout


def test_a_block_that_gives_way_to_another_is_not_edited(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    assert with_keys.run("import", "--trust", "--on-conflict", "replace", str(team_file)).code == 0
    other = tmp_path / "other"
    theirs = role_profile("admin", s.ADMIN_ROLE.arn, "base", region="us-east-2").rstrip("\n") + "\n"
    other.write_text(theirs, encoding="utf-8")
    ended = with_keys.run("import", "--trust", "--on-conflict", "replace", str(other))
    shown = "".join(ended.stdout.split())
    assert f"`admin`replacesthatof`{team_file}`,nowremoved".replace(" ", "") in shown
    assert ended.code == 0, ended.stderr
    replacing = 'MARKS with={"on_conflict": "replace"}'
    first = block(WITHOUT_ADMIN, team_file.as_uri()).replace("MARKS", replacing)
    name = "role_session_name = work_api\n"
    lines = theirs.replace("source_profile", f"{name}source_profile")
    second = block(lines, other.as_uri()).replace("MARKS", replacing)
    assert text_of(with_keys) == f"{first}\n{second}"
    before = with_keys.footprint()
    for arguments in (
        ["import"],
        ["import", "--trust", str(team_file)],
        ["import", "--trust", "-n"],
    ):
        ended = with_keys.run(*arguments)
        assert ended.code == 0, ended.stdout + ended.stderr
        assert with_keys.footprint() == before
    assert "edited" not in ended.stdout + ended.stderr
    other.write_text(theirs.replace("us-east-2", "us-west-2"), encoding="utf-8")
    assert with_keys.run("import", "--trust").code == 0
    assert with_keys.run("import", "--trust", "--on-conflict", "replace", str(team_file)).code == 0
    assert text_of(with_keys).startswith(
        block(WRITTEN, team_file.as_uri()).replace("MARKS", replacing)
    )
    assert with_keys.run("import", "--trust").code == 0


def test_a_source_that_is_gone_does_not_stop_the_other_blocks(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text(TEAM.replace("[profile ", "[profile other-"), encoding="utf-8")
    assert with_keys.run("import", "--no-sync", str(other), str(team_file)).code == 0
    kept = text_of(with_keys)
    other.unlink()
    team_file.write_text(TEAM.replace("us-east-1", "us-east-2"), encoding="utf-8")
    ended = with_keys.run("import", "--output", "json")
    assert ended.code == 1
    first, second = ended.report["imports"]
    assert (first["status"], second["status"]) == ("failed", "updated")
    assert "cannot be read: no such file" in first["error"]
    assert ended.accepted == {"admin", "equals"}
    expected = WRITTEN.replace("us-east-1", "us-east-2")
    first_block = kept[: kept.index("\n\n# >>>") + 2]
    assert text_of(with_keys) == first_block + block(expected, team_file.as_uri())
    team_file.unlink()
    gone = with_keys.run("import")
    assert gone.code == 3
    words = " ".join(gone.stdout.split())  # the path decides where a table wraps them
    assert words.count("cannot be read: no such file") == 2


def program(home: Home, *, first: str = "") -> str:
    """Return the section of a source with a program that counts its runs, in the file `runs`.

    The first run does more before it prints the keys.
    """
    found = {
        "Version": 1,
        "AccessKeyId": s.WORK_API.credentials.access_key_id,
        "SecretAccessKey": s.WORK_API.credentials.secret_access_key,
    }
    process = home.path / "process"
    process.write_text(
        f"#!/bin/sh\n[ -e runs ] || {first or 'true'}\necho run >> runs\n"
        f"echo '{json.dumps(found)}'\n",
        encoding="utf-8",
    )
    process.chmod(0o700)
    return f"[profile base]\nregion = us-east-1\ncredential_process = {process}\n"


def test_another_programs_write_during_an_import_is_kept(with_keys: Home, team_file: Path) -> None:
    own = program(with_keys, first=f"echo '[profile late]' >> {with_keys.config_file}")
    with_keys.write(own, credentials="")
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    assert text_of(with_keys) == f"{own}[profile late]\n\n{block(WRITTEN, team_file.as_uri())}"
    assert (with_keys.path / "runs").read_text(encoding="utf-8") == "run\n"
    assert with_keys.run("undo").code == 0
    assert text_of(with_keys) == f"{own}[profile late]\n"


def test_a_source_is_asked_once(with_keys: Home, team_file: Path, team_sandbox: Sandbox) -> None:
    with_keys.write(program(with_keys), credentials="")
    team_file.write_text(TEAM + "mfa_serial = ${sync:mfa_serial}\n", encoding="utf-8")
    with Gate(team_sandbox.endpoint_url) as gate:
        asking = with_keys.with_environment(AWS_ENDPOINT_URL=gate.url)
        assert asking.run("import", "--trust", "--output", "json", str(team_file)).accepted == {
            "admin"
        }
    assert [call.action for call in gate.received].count("GetCallerIdentity") == 1
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


def test_one_undo_reverts_the_import_and_its_names(with_keys: Home, team_file: Path) -> None:
    own = OWN.replace("admin", "mine").removesuffix("\n")
    with_keys.write(own)
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    after = with_keys.config_file.read_bytes()
    assert after.count(b"role_session_name = work_api\n") == 2
    assert with_keys.run("undo").code == 0
    assert with_keys.config_file.read_text(encoding="utf-8") == own
    assert with_keys.run("undo").code == 0
    assert with_keys.config_file.read_bytes() == after


@pytest.mark.parametrize("own", [OWN.replace("admin", "mine"), ""])
def test_an_undo_keeps_later_changes_around_the_block(
    own: str, with_keys: Home, team_file: Path
) -> None:
    with_keys.write(own)
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    imported = with_keys.config_file.read_text(encoding="utf-8")
    head, tail = "# above\n[profile early]\n", "[profile late]\r\nregion = x\r\n"
    with_keys.write(head + imported + tail)
    ended = with_keys.run("undo")
    assert "its own lines are removed; later changes stay" in ended.stdout, ended.stderr
    assert with_keys.config_file.read_bytes() == (head + own + tail).encode()
    with_keys.write(head + own + tail + "# more\n")
    assert with_keys.run("undo").code == 0
    assert with_keys.config_file.read_bytes() == (head + imported + tail + "# more\n").encode()


def test_an_undo_keeps_lines_appended_to_a_file_without_a_final_newline(
    with_keys: Home, team_file: Path
) -> None:
    own, tail = "[profile mine]\nregion = x", "\n[profile late]\n"
    with_keys.write(own)
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    with_keys.write(with_keys.config_file.read_text(encoding="utf-8") + tail)
    ended = with_keys.run("undo")
    assert "its own lines are removed; later changes stay" in ended.stdout, ended.stderr
    assert with_keys.config_file.read_text(encoding="utf-8") == own + tail


def test_an_undo_does_not_remove_an_edited_block(with_keys: Home, team_file: Path) -> None:
    with_keys.run("import", str(team_file))
    edited = with_keys.config_file.read_bytes().replace(b"us-east-1", b"eu-west-1", 1)
    with_keys.write(edited)
    ended = with_keys.run("undo")
    assert ended.code == 3
    assert "has been changed since the `import`" in ended.stderr
    assert with_keys.config_file.read_bytes() == edited
