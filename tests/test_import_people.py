"""Whose profiles and values an import writes: those of the user's that lead to credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e import Home, keys, role_profile
from import_fixtures import OTHER, TEAM, THIRD, WRITTEN, block, text_of
from sync_profiles.sandbox import story as s

EMPTY_BASE = "[profile base]\nregion = us-east-1\n\n"


@pytest.mark.parametrize(
    ("of_team", "own"), [("", ""), (EMPTY_BASE, ""), ("", EMPTY_BASE)], ids=["none", "team", "own"]
)
def test_another_source_profile_is_mapped_and_remembered(
    of_team: str, own: str, laptop: Home, team_file: Path
) -> None:
    team_file.write_text(of_team + TEAM, encoding="utf-8")
    laptop.write(own, credentials=keys("default", s.WORK_API.credentials))
    first = laptop.run("import", "--no-sync", str(team_file))
    assert "run again with `--source-profile default`" in " ".join(first.stdout.split())
    assert laptop.run("import", "--source-profile", "default", str(team_file)).code == 0
    assert laptop.working_profiles(["admin", "equals"]) == {"admin", "equals"}
    before = laptop.footprint()
    assert laptop.run("import").code == 0
    assert laptop.footprint() == before


def test_source_profiles_are_mapped_one_after_the_other(laptop: Home, team_file: Path) -> None:
    team_file.write_text(EMPTY_BASE + TEAM, encoding="utf-8")
    laptop.write(credentials=keys("mine", s.WORK_API.credentials))
    assert laptop.run("import", "--no-sync", "--source-profile", "mine", str(team_file)).code == 0
    lost = TEAM.replace("[profile ", "[profile lost-").replace("= base", "= gone")
    team_file.write_text(EMPTY_BASE + TEAM + lost, encoding="utf-8")
    missing = "run again with `--source-profile gone=mine`"
    assert missing in " ".join(laptop.run("import").stdout.split())
    assert laptop.run("import", "--source-profile", "gone=mine").code == 0
    assert "run again" not in laptop.run("import").stdout


def test_a_source_profile_of_one_team_is_mapped_beside_the_files_of_others(
    with_keys: Home, team_file: Path
) -> None:
    other = team_file.with_name("other")
    other.write_text(role_profile("last", s.ADMIN_ROLE.arn, "gone"), encoding="utf-8")
    first = with_keys.run("import", "--trust", str(team_file), str(other))
    assert "run again with `--source-profile gone=base`" in " ".join(first.stdout.split())
    assert with_keys.run("import", "--source-profile", "gone=base").code == 0
    assert with_keys.working_profiles(["admin", "equals", "last"]) == {"admin", "equals", "last"}
    before = with_keys.footprint()
    refused = with_keys.run("import", "--source-profile", "typo=base")
    assert refused.code == 2
    assert "names no source profile of" in refused.stderr
    assert "one of `base`, `gone` as `TEAM`" in " ".join(refused.stderr.split())
    for nothing in ("gone=", ""):
        refused = with_keys.run("import", "--source-profile", nothing)
        assert refused.code == 2
        assert f"`--source-profile {nothing}` names none of your profiles" in refused.stderr
    assert with_keys.run("import").code == 0
    assert with_keys.footprint() == before


def test_a_source_profile_that_no_team_has_is_refused_beside_a_file_from_stdin(
    with_keys: Home, team_file: Path
) -> None:
    assert with_keys.run("import", "--trust", "-", input_text=EMPTY_BASE).code == 0
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    refused = with_keys.run("import", "--source-profile", "typo=base")
    assert refused.code == 2
    assert "names no source profile of" in refused.stderr


def test_a_source_profile_is_mapped_back(laptop: Home, team_file: Path) -> None:
    both = keys("base", s.WORK_API.credentials) + keys("mine", OTHER.credentials)
    laptop.write(credentials=both)
    assert laptop.run("import", "--trust", "--source-profile", "mine", str(team_file)).code == 0
    assert "source_profile = mine\n" in text_of(laptop)
    assert laptop.run("import", "--source-profile", "base").code == 0
    assert text_of(laptop) == block(WRITTEN, team_file.as_uri())


def test_forty_profiles_of_three_sources_each_get_their_callers_name(
    laptop: Home, team_file: Path
) -> None:
    users = {"one": s.WORK_API, "two": OTHER, "three": THIRD}
    laptop.write(credentials="".join(keys(n, user.credentials) for n, user in users.items()))
    names = [*users] * 14
    team_file.write_text(
        "".join(
            f"[profile p{number}]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = {name}\n"
            "role_session_name = ${aws:username}\nregion = us-east-1\n\n"
            for number, name in enumerate(names[:40])
        ),
        encoding="utf-8",
    )
    ended = laptop.run("import", "--trust", "--output", "json", str(team_file))
    assert ended.code == 0
    assert ended.column("session_name") == {
        f"p{number}": users[name].name for number, name in enumerate(names[:40])
    }
    assert laptop.working_profiles(["p0", "p1", "p2"]) == {"p0", "p1", "p2"}


def test_a_profile_without_a_role_gets_the_values_of_the_caller_of_the_others(
    laptop: Home, team_file: Path
) -> None:
    tool = "\n[profile tool]\nregion = us-east-1\noutput_file = ${aws:username}\n"
    team_file.write_text(TEAM + tool, encoding="utf-8")
    laptop.write(credentials=keys("default", OTHER.credentials))
    before = laptop.run("import", "--no-sync", str(team_file))
    assert "`output_file` of 1 profile waits for your credentials" in before.stdout
    assert "aws configure`" not in before.stdout
    both = keys("default", OTHER.credentials) + keys("base", s.WORK_API.credentials)
    laptop.write(credentials=both)
    assert laptop.run("import", "--trust").code == 0
    assert "output_file = work_api\n" in text_of(laptop)


def test_values_of_a_credential_source_come_as_soon_as_a_profile_has_it(
    with_keys: Home, team_file: Path
) -> None:
    role = f"role_arn = {s.OPEN_ROLE.arn}\ncredential_source = Environment\nregion = us-east-1\n"
    team_file.write_text(f"[profile e]\n{role}external_id = ${{aws:username}}\n", encoding="utf-8")
    found = OTHER.credentials
    home = with_keys.with_environment(
        AWS_ACCESS_KEY_ID=found.access_key_id, AWS_SECRET_ACCESS_KEY=found.secret_access_key
    )
    first = home.run("import", "--trust", str(team_file))
    assert "no profile here has used `credential_source:Environment` before" in (
        " ".join(first.stdout.split())
    )
    assert "hint: run this again" in first.stdout
    assert home.run("import").code == 0
    assert "external_id = other\n" in text_of(home)


@pytest.mark.parametrize("choice", ["keep", "prefix", "replace"])
def test_the_own_source_serves_the_teams_profiles_whatever_is_chosen(
    choice: str, with_keys: Home, tmp_path: Path
) -> None:
    team, other = tmp_path / "team", tmp_path / "other"
    base = EMPTY_BASE
    team.write_text(base + role_profile("admin", s.ADMIN_ROLE.arn, "base"), encoding="utf-8")
    equals = role_profile("equals", s.EQUALS_ROLE.arn, "base")
    other.write_text(base + equals + role_profile("admin", s.OPEN_ROLE.arn, "base"))
    assert with_keys.run("import", "--trust", str(team)).code == 0
    ended = with_keys.run("import", "--trust", "--on-conflict", choice, str(other))
    assert ended.code == 0
    assert "yours has credentials, the team's has none" in " ".join(ended.stdout.split())
    names = {"admin", "equals", *(["team-admin"] if choice == "prefix" else [])}
    assert with_keys.working_profiles([*names]) == names


def test_another_teams_source_with_credentials_is_not_called_the_users(
    with_keys: Home, tmp_path: Path
) -> None:
    team, other = tmp_path / "team", tmp_path / "other"
    team.write_text("[profile shared]\ncredential_process = true\n")
    other.write_text("[profile shared]\nregion = eu-west-1\n[profile more]\nregion = us-east-1\n")
    assert with_keys.run("import", "--trust", str(team)).code == 0
    ended = with_keys.run("import", "--trust", str(other))
    words = " ".join(ended.stdout.split())
    assert "`shared` is left out: that of `" in words
    assert "/team` has credentials, the team's has none" in words


def test_an_own_source_without_credentials_serves_no_team(with_keys: Home, tmp_path: Path) -> None:
    with_keys.write(credentials="[shared]\nregion = us-east-1\n")
    team = tmp_path / "team"
    team.write_text("[profile shared]\nregion = eu-west-1\n[profile more]\nregion = us-east-1\n")
    ended = with_keys.run("import", "--trust", "--no-test", str(team))
    assert "`shared` is left out" in ended.stdout
    assert "has credentials, the team's has none" not in " ".join(ended.stdout.split())
