"""Profiles that the team has and the user too: either gives way, by the user's choice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from e2e import Home, role_profile, section
from import_fixtures import OWN, TEAM, WRITTEN, block, text_of
from sync_profiles.sandbox import story as s

WITHOUT_ADMIN = TEAM.partition("# for everybody\n")[0] + "# since" + WRITTEN.partition("# since")[2]


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


def test_a_profile_that_loses_its_prefix_is_not_called_missing(
    with_keys: Home, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    team.write_text(role_profile("admin", s.ADMIN_ROLE.arn, "base"), encoding="utf-8")
    with_keys.write(OWN)
    for choice in ("prefix", "replace"):
        assert with_keys.run("import", "--trust", "--on-conflict", choice, str(team)).code == 0
    assert "\n[profile admin]\n" in text_of(with_keys)


def test_a_comment_that_keeps_a_name_keeps_no_other_one(with_keys: Home, tmp_path: Path) -> None:
    team = tmp_path / "team"
    keep = "# sync-profiles: keep\n"
    profile = role_profile("b", s.ADMIN_ROLE.arn, "base")
    team.write_text(f"{keep}\n{profile}", encoding="utf-8")
    with_keys.write(role_profile("a", s.EQUALS_ROLE.arn, "base") + profile + keep)
    assert with_keys.run("import", "--on-conflict", "replace", str(team)).code == 0
    assert "\n# # sync-profiles: keep\n" in text_of(with_keys)
    assert with_keys.run().code == 0
    assert text_of(with_keys).count("\nrole_session_name = work_api\n") == 2


def test_a_block_that_gives_way_to_another_is_not_edited(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    assert with_keys.run("import", "--trust", "--on-conflict", "replace", str(team_file)).code == 0
    other = tmp_path / "other"
    theirs = role_profile("admin", s.ADMIN_ROLE.arn, "base", region="us-east-2").rstrip("\n") + "\n"
    other.write_text(theirs, encoding="utf-8")
    ended = with_keys.run("import", "--trust", "--on-conflict", "replace", str(other))
    shown = "".join(ended.stdout.split())
    assert f"`admin`replacesthatof`{team_file}`".replace(" ", "") in shown
    assert ended.code == 0, ended.stderr
    replacing = 'MARKS with={"on_conflict": "replace"}'
    first = block(WITHOUT_ADMIN, team_file.as_uri())
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


def test_a_profile_that_moves_from_one_team_to_another_arrives_at_once(
    with_keys: Home, tmp_path: Path
) -> None:
    moving, *stay = (
        role_profile(name, s.ADMIN_ROLE.arn, "base")
        for name in ("moving", "first", "second", "third")
    )
    moving += section("profile shared", {"region": "us-east-2"})
    stay[1] += stay.pop()
    teams = [tmp_path / "first", tmp_path / "second"]
    for team, text in zip(teams, (stay[0], moving + stay[1]), strict=True):
        team.write_text(text, encoding="utf-8")
        assert with_keys.run("import", "--trust", str(team)).code == 0
    edited = with_keys.config_file.read_text(encoding="utf-8").replace("us-east-1", "eu-west-1", 1)
    with_keys.write(edited + role_profile("mine", s.NEXT_ROLE.arn, "moving"))
    for team, text in zip(teams, (moving + stay[0], stay[1]), strict=True):
        team.write_text(text, encoding="utf-8")
    ended = with_keys.run_json("import", "--trust")
    first, second = ended.report["imports"]
    names = ["moving", "shared"]
    assert (first["added"], first["conflicts"], second["removed"]) == (names, [], names)
    assert first["missing_source_profiles"] == second["missing_source_profiles"] == {}
    assert with_keys.config_file.read_text(encoding="utf-8").count("eu-west-1") == 1
    before = with_keys.footprint()
    assert with_keys.run("import", "--trust").code == 0
    assert with_keys.footprint() == before


def test_a_profile_that_is_replaced_is_named_in_an_import_of_several_files(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    with_keys.write(OWN)
    other = tmp_path / "other"
    other.write_text(role_profile("other", s.ADMIN_ROLE.arn, "base"), encoding="utf-8")
    teams = map(str, (team_file, other))
    ended = with_keys.run("import", "--trust", "--on-conflict", "replace", *teams)
    assert ended.stdout.count("`admin` replaces your own, which is now a comment") == 1


@pytest.mark.parametrize("header", ["sso-session corp", "services local"])
def test_a_section_that_moves_from_one_team_to_another_arrives_at_once(
    with_keys: Home, tmp_path: Path, header: str
) -> None:
    teams = {
        tmp_path / name: role_profile(name, s.ADMIN_ROLE.arn, "base") for name in ("one", "two")
    }
    moving = section(header, {"sso_region": "us-east-1"})
    for last in reversed(teams):
        for team, text in teams.items():
            team.write_text(text + moving if team == last else text, encoding="utf-8")
        assert with_keys.run("import", "--trust", *map(str, teams)).code == 0
        text = with_keys.config_file.read_text(encoding="utf-8")
        assert text.count(f"[{header}]") == 1
        assert text.index(f"[{header}]") > text.index(f"[profile {last.name}]")
        before = with_keys.footprint()
        assert with_keys.run("import").code == 0
        assert with_keys.footprint() == before
    for team, text in teams.items():
        team.write_text(text + section(header, {"sso_region": team.name}), encoding="utf-8")
    told = "".join(with_keys.run("import").stdout.split())
    assert f"`{header}`isleftout:`{next(iter(teams))}`hasone".replace(" ", "") in told


def test_what_was_imported_before_a_profile_that_moved_was_refused_is_reported(
    with_keys: Home, tmp_path: Path
) -> None:
    moving, first, second, more = (
        role_profile(name, s.ADMIN_ROLE.arn, "base")
        for name in ("moving", "first", "second", "more")
    )
    moving += "ca_bundle = /etc/pem\n"
    teams = [tmp_path / "first", tmp_path / "second"]
    for team, text in zip(teams, (first, second + moving), strict=True):
        team.write_text(text, encoding="utf-8")
        assert with_keys.run("import", "--trust", str(team)).code == 0
    for team, text in zip(teams, (first + more + moving, second), strict=True):
        team.write_text(text, encoding="utf-8")
    with_keys.write(section("profile more", {}) + with_keys.config_file.read_text("utf-8"))
    ended = with_keys.run_json("import", "--on-conflict", "replace")
    (failed, _), rows = ended.report["imports"], ended.report["profiles"]
    assert (ended.code, failed["status"], failed["added"]) == (1, "failed", ["more"])
    replaced = [each["profile"] for each in failed["conflicts"]]
    assert (replaced, "ca_bundle" in failed["error"]) == (["more"], True)
    assert [row["profile"] for row in rows if row["written"]] == ["more"]


def test_a_profile_gets_its_name_back_from_another_block(with_keys: Home, tmp_path: Path) -> None:
    text = {name: role_profile(name, s.ADMIN_ROLE.arn, "base") for name in ("a", "b", "c", "it")}
    teams = [tmp_path / "first", tmp_path / "second"]
    teams[0].write_text(text["a"] + text["b"], encoding="utf-8")
    teams[1].write_text(text["c"] + text["it"], encoding="utf-8")
    for team in teams:
        assert with_keys.run("import", "--trust", str(team)).code == 0
    teams[0].write_text(text["a"] + text["b"] + text["it"], encoding="utf-8")
    assert with_keys.run("import", "--on-conflict", "prefix", str(teams[0])).code == 0
    teams[1].write_text(text["c"], encoding="utf-8")
    first, second = with_keys.run_json("import").report["imports"]
    assert (first["added"], first["removed"], second["removed"]) == (["it"], ["team-it"], ["it"])


def test_an_update_of_two_blocks_does_not_move_a_profile_to_and_fro(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text(role_profile("admin", s.OPEN_ROLE.arn, "base"), encoding="utf-8")
    for source in (team_file, other):
        assert with_keys.run("import", "--trust", str(source)).code == 0
    ended = with_keys.run("import", "--on-conflict", "replace")
    alone = f"import `{other}` alone, with `--on-conflict prefix` or `replace`"
    assert "".join(alone.split()) in "".join(ended.stdout.split())
    before = with_keys.footprint()
    assert with_keys.run("import", "--on-conflict", "replace").code == 0
    assert with_keys.footprint() == before


def test_a_profile_that_was_removed_from_one_block_and_comes_in_another_comes_at_once(
    with_keys: Home, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    one, it = (role_profile(name, s.ADMIN_ROLE.arn, "base") for name in ("one", "it"))
    first.write_text(one + it, encoding="utf-8")
    second.write_text(role_profile("two", s.ADMIN_ROLE.arn, "base"), encoding="utf-8")
    assert with_keys.run("import", "--trust", str(first), str(second)).code == 0
    with_keys.write(re.sub(r"\[profile it\][^#]*", "", with_keys.config_file.read_text()))
    second.write_text(second.read_text() + it, encoding="utf-8")
    assert with_keys.run_json("import").report["imports"][1]["added"] == ["it"]
    before = with_keys.footprint()
    assert with_keys.run("import").code == 0
    assert with_keys.footprint() == before


def test_a_profile_of_a_block_that_was_edited_becomes_a_comment(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    imported = with_keys.config_file.read_text(encoding="utf-8")
    with_keys.write(imported.replace("[profile admin]", "[profile admin]\n# mine\noutput = text"))
    other = tmp_path / "other"
    other.write_text(role_profile("admin", s.OPEN_ROLE.arn, "base"), encoding="utf-8")
    assert with_keys.run("import", "--trust", "--on-conflict", "replace", str(other)).code == 0
    text = text_of(with_keys)
    assert "# [profile admin]\n# mine\n# output = text\n" in text
    assert text.count("\n[profile admin]\n") == 1
    team_file.write_text(TEAM.replace("# since", "# from"), encoding="utf-8")
    assert with_keys.run("import", "--trust").code == 0
    text = text_of(with_keys)
    assert "# [profile admin]\n# mine\n# output = text\n" in text
    assert text.count("\n[profile admin]\n") == 1
    before = with_keys.footprint()
    assert with_keys.run("import").code == 0
    assert with_keys.footprint() == before


def test_a_profile_that_its_block_no_longer_has_comes_back_where_another_gives_way(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    team_file.write_text(role_profile("admin", s.ADMIN_ROLE.arn, "base"), encoding="utf-8")
    other = tmp_path / "other"
    other.write_text("[profile other]\nregion = x\n", encoding="utf-8")
    for source in (team_file, other):
        assert with_keys.run("import", "--trust", str(source)).code == 0
    imported = with_keys.config_file.read_text(encoding="utf-8")
    with_keys.write(imported.replace("[profile admin]", "[profile admin]\n# mine"))
    theirs = role_profile("admin", s.OPEN_ROLE.arn, "base")
    other.write_text(theirs, encoding="utf-8")
    replace = ("import", "--trust", "--on-conflict", "replace")
    assert with_keys.run(*replace, "--force", str(other)).code == 0  # only `admin` is left of it
    assert with_keys.run(*replace, str(team_file)).code == 0
    text = text_of(with_keys)
    assert text.count("\n# mine\n") == text.count("\n[profile admin]\n") == 1
    assert f"\nrole_arn = {s.ADMIN_ROLE.arn}\n" in text


def test_a_profile_that_moved_out_of_its_block_comes_back_where_it_gives_way(
    with_keys: Home, team_file: Path
) -> None:
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    imported = with_keys.config_file.read_text(encoding="utf-8")
    above, _, rest = imported.partition("# for everybody")
    with_keys.write(above + rest[rest.index("# since") :] + OWN)
    replace = ("import", "--trust", "--on-conflict", "replace", str(team_file))
    assert with_keys.run(*replace).code == 0
    text = text_of(with_keys)
    assert WRITTEN in text
    assert text.endswith('# [profile  "admin"]\n# region = eu-west-1\n')
