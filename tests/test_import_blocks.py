"""Imported blocks end to end: updated, edited, undone, and never at the cost of other lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from e2e import Home, keys, role_profile, section
from import_fixtures import OWN, TEAM, WRITTEN, block, text_of
from sync_profiles.sandbox import story as s


def edit(home: Home, old: str, new: str) -> str:
    """Edit the team's file as it was imported into the home's; return what it is now."""
    mine = WRITTEN.replace(old, new)
    text = home.config_file.read_bytes().decode()
    assert WRITTEN in text
    home.write(text.replace(WRITTEN, mine))
    return mine


def test_an_update_removes_adds_and_changes_and_shows_the_difference_first(
    with_keys: Home, team_file: Path
) -> None:
    own = b"[profile mine]\r\nrole_arn = x\r\nsource_profile = equals\r\n"
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
    assert (
        "2 profiles, 1 added, 1 removed, 1 changed source profile `equals` has no credentials here "
        "hint: the team removed it: write another `source_profile` in `[profile mine]`"
    ) in " ".join(ended.stdout.split())
    expected = block(changed.replace("${aws:username}", "work_api"), team_file.as_uri())
    lines = expected.replace("\n", "\r\n")
    assert text_of(with_keys) == f"{own.decode()}\r\n{lines}\r\n[profile late]\r\n"


def test_an_edit_of_which_nothing_is_known_is_not_overwritten(
    with_keys: Home, team_file: Path
) -> None:
    with_keys.run("import", str(team_file))
    [saved] = (with_keys.path / ".aws" / "sync-profiles").glob("*.imported")
    saved.unlink()
    edit(with_keys, "us-east-1", "eu-west-1")
    edited = with_keys.config_file.read_bytes()
    assert with_keys.run("import").code == 0  # the team's file shows what it was
    assert with_keys.config_file.read_bytes() == edited
    saved.unlink()
    team_file.write_text(f"{TEAM}output = json\n", encoding="utf-8")
    ended = with_keys.run("import")
    assert ended.code == 3
    assert "-region = eu-west-1" in ended.stdout
    words = " ".join(ended.stderr.split())
    assert "move the edits out of the block" in words
    assert f"or import `{team_file}` with `--force`" in words
    assert with_keys.config_file.read_bytes() == edited
    assert with_keys.run("import", "--force").code == 0
    assert text_of(with_keys) == block(f"{WRITTEN}output = json\n", team_file.as_uri())


def test_a_name_that_the_user_wrote_into_a_block_stays(with_keys: Home, team_file: Path) -> None:
    def team(name: str) -> str:
        settings = {"region": "us-east-1", "role_session_name": "${aws:username}"}
        sections = [
            role_profile(each, s.OPEN_ROLE.arn, "base", **settings) for each in ("kept", "mine")
        ]
        settings["role_session_name"] = name
        return "".join([*sections, role_profile("theirs", s.OPEN_ROLE.arn, "base", **settings)])

    def names() -> list[str]:
        text = with_keys.config_file.read_text(encoding="utf-8")
        return re.findall("role_session_name = (.+)", text)

    team_file.write_text(team("alice"), encoding="utf-8")
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    assert names() == ["work_api", "work_api", "alice"]
    text = with_keys.config_file.read_text(encoding="utf-8").replace("work_api", "by-hand")
    with_keys.write(text.replace("[profile kept]", "[profile kept]\n# sync-profiles: keep"))
    team_file.write_text(team("bob"), encoding="utf-8")
    assert with_keys.run("import").code == 0
    assert names() == ["by-hand", "by-hand", "bob"]
    team_file.write_text(team("bob").replace("${aws:username}", "carol"), encoding="utf-8")
    assert with_keys.run("import").code == 0
    assert names() == ["by-hand", "carol", "bob"]


def test_a_line_that_was_indented_below_a_name_is_not_lost(
    with_keys: Home, team_file: Path
) -> None:
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    name = "role_session_name = work_api\n"
    text = with_keys.config_file.read_text(encoding="utf-8")
    edited = text.replace(f"{name}region", f"{name}  region")
    with_keys.write(edited)
    assert with_keys.run("import").code == 1  # nothing comes
    assert with_keys.config_file.read_text(encoding="utf-8") == edited
    team_file.write_text(f"{TEAM}output = json\n", encoding="utf-8")
    assert with_keys.run("import").code == 1
    lines = f"{name}  region = us-east-1\n"
    assert with_keys.config_file.read_text(encoding="utf-8").count(lines) == edited.count(lines)
    team_file.write_text("[profile other]\nregion = us-east-1\n", encoding="utf-8")
    with_keys.run("import", "--trust")
    assert with_keys.config_file.read_text(encoding="utf-8").count(lines) == edited.count(lines)
    assert with_keys.run("import", "--trust", "--force").code == 0
    assert lines not in with_keys.config_file.read_text(encoding="utf-8")


def test_an_update_without_credentials_keeps_the_values_of_variables(
    with_keys: Home, team_file: Path
) -> None:
    team = f"{TEAM}external_id = of-${{aws:username}}\n"
    team_file.write_text(team, encoding="utf-8")
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    with_keys.credentials_file.unlink()
    before = with_keys.footprint()
    assert with_keys.run("import").code == 1
    assert with_keys.footprint() == before
    team_file.write_text(f"{team}output = json\n", encoding="utf-8")
    assert with_keys.run("import").code == 1
    written = f"{WRITTEN}external_id = of-work_api\noutput = json\n"
    assert text_of(with_keys) == block(written, team_file.as_uri())
    team_file.write_text(team.replace("= of-", "= by-"), encoding="utf-8")
    assert with_keys.run("import").code == 1
    assert "# waits for your credentials: external_id = by-${aws:username}" in text_of(with_keys)


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
    mine = edit(with_keys, "us-east-1\n\n# since", "eu-west-1\noutput = json\n\n# since")
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


def test_what_both_sides_changed_stays_the_user_s(with_keys: Home, team_file: Path) -> None:
    with_keys.run("import", str(team_file))
    mine = edit(with_keys, "us-east-1\n\n# since", "eu-west-1\n\n# since")
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
    assert with_keys.run("import").code == 0
    merged = mine.replace("us-east-1", "us-west-2")
    assert text_of(with_keys) == block(merged, team_file.as_uri())


def test_a_profile_that_the_user_was_told_to_create_stays_the_team_s(
    laptop: Home, team_file: Path
) -> None:
    team_file.write_text(f"{TEAM}\n[profile base]\noutput = json\n", encoding="utf-8")
    assert "aws configure --profile base" in " ".join(
        laptop.run("import", str(team_file)).stdout.split()
    )
    laptop.write(credentials=keys("base", s.WORK_API.credentials))  # as the AWS CLI writes them
    set_region = ("configure", "set", "region", "eu-west-1", "--profile", "base")
    assert laptop.run_aws(*set_region).code == 0
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


def test_what_the_aws_cli_writes_beside_a_block_goes_to_its_profile(
    with_keys: Home, team_file: Path
) -> None:
    own = "[profile mine]\noutput = json\n"
    with_keys.write(own)
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    last = re.findall(r"\[profile (.*)\]", WRITTEN)[-1]
    for profile in ("mine", last):  # the AWS CLI takes both lines of a block for settings
        assert (
            with_keys.run_aws("configure", "set", "cli_pager", "x", "--profile", profile).code == 0
        )
    _, inside, below = re.split("# (?:>>>|<<<)", text_of(with_keys))
    assert [text.count("cli_pager") for text in (inside, below)] == [1, 1]
    team_file.write_text(f"{TEAM}\n[profile more]\noutput = json\n", encoding="utf-8")
    assert with_keys.run("import").code == 0
    imported = f"{WRITTEN}cli_pager = x\n\n[profile more]\noutput = json\n"
    assert text_of(with_keys) == f"{own}cli_pager = x\n\n{block(imported, team_file.as_uri())}"


def test_an_import_of_which_every_source_fails_moves_no_setting(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text(TEAM.replace("[profile ", "[profile other-"), encoding="utf-8")
    assert with_keys.run("import", "--trust", str(team_file), str(other)).code == 0
    with_keys.write(f"{with_keys.config_file.read_text(encoding='utf-8')}cli_pager = x\n")
    team_file.unlink()
    other.unlink()
    before = with_keys.footprint()
    ended = with_keys.run("import")
    assert (ended.code, ended.stdout.count("cannot be read")) == (3, 2), ended.stderr
    assert with_keys.footprint() == before


MINE = OWN.replace("admin", "mine")
ABOVE, BELOW = "# above\n[profile early]\n", "[profile late]\r\nregion = x\r\n"


@pytest.mark.parametrize(
    ("own", "above", "below"),
    [
        pytest.param(MINE.removesuffix("\n"), "", "", id="nothing"),
        pytest.param(MINE, ABOVE, BELOW, id="lines above and below"),
    ],
)
def test_an_undo_removes_the_block_and_its_names_and_keeps_what_was_added(
    own: str, above: str, below: str, with_keys: Home, team_file: Path
) -> None:
    with_keys.write(own)
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    imported = with_keys.config_file.read_bytes().decode()
    assert imported.count("role_session_name = work_api\n") == 2
    for now, then in ((imported, own), (own, imported)):  # the second one undoes the undo
        with_keys.write(above + now + below)
        assert with_keys.run("undo").code == 0
        assert with_keys.config_file.read_bytes().decode() == above + then + below


def test_no_hint_advises_to_replace_where_a_profile_with_credentials_is_in_the_way(
    with_keys: Home, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    base = role_profile("base", s.ADMIN_ROLE.arn, "base")
    team.write_text(f"{base}[profile admin]\nregion = x\n", encoding="utf-8")
    with_keys.write(OWN + section("profile team-admin", {"region": "us-east-1"}))
    ended = with_keys.run("import", "--on-conflict", "prefix", str(team))
    assert "`base` is imported as `team-base`" in ended.stdout
    assert "   hint: rename the one that is here\n" in ended.stdout
