"""A team's file that is now in another place continues its block; another team's does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e import Home, role_profile
from import_fixtures import WRITTEN, block, text_of
from sync_profiles.sandbox import story as s


@pytest.mark.parametrize("tried", [(), ("--trust",)], ids=["at once", "after it was left out"])
def test_a_team_s_file_that_has_moved_continues_its_block(
    tried: tuple[str, ...], with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    imported = with_keys.config_file.read_text(encoding="utf-8")
    with_keys.write(imported.replace("us-east-1", "eu-west-1", 1))
    new = team_file.rename(tmp_path / "new")
    ended = with_keys.run("import")
    assert (ended.code, "if it has moved" in ended.stderr) == (3, True)
    for option in tried:
        assert with_keys.run("import", option, str(new)).code == 0
    replace = ("import", "--trust", "--on-conflict", "replace", str(new))
    ended = with_keys.run_json(*replace)
    (moved,) = ended.report["imports"]
    assert (moved["status"], moved["moved_from"]) == ("updated", team_file.as_uri())
    edited = WRITTEN.replace("us-east-1", "eu-west-1", 1)
    assert text_of(with_keys).rstrip("\n") == block(edited, new.as_uri()).rstrip("\n")
    before = with_keys.footprint()
    for again in (("import",), replace):
        assert with_keys.run(*again).code == 0
        assert with_keys.footprint() == before


@pytest.mark.parametrize("further", [(), ("other",)], ids=["alone", "beside another"])
def test_a_file_that_has_moved_replaces_no_profile_of_the_user_s(
    further: tuple[str, ...], with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    own = role_profile("mine", s.ADMIN_ROLE.arn, "base")
    with_keys.write(own)
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    new = team_file.rename(tmp_path / "new")
    theirs = role_profile("mine", s.OPEN_ROLE.arn, "base")
    new.write_text(f"{new.read_text(encoding='utf-8')}\n{theirs}", encoding="utf-8")
    (tmp_path / "other").write_text(role_profile("more", s.OPEN_ROLE.arn, "base"), "utf-8")
    sources = [str(new), *(str(tmp_path / name) for name in further)]
    ended = with_keys.run_json("import", "--trust", "--on-conflict", "replace", *sources)
    moved = ended.report["imports"][0]
    assert (moved["moved_from"], moved["added"]) == (team_file.as_uri(), [])
    text = text_of(with_keys)
    assert (text.startswith(own.splitlines()[0]), "on_conflict" in text) == (True, False), text


def test_a_file_with_other_roles_does_not_continue_a_block(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    team_file.write_text(role_profile("admin", s.ADMIN_ROLE.arn, "base"), encoding="utf-8")
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    other = tmp_path / "other"
    other.write_text(role_profile("admin", s.OPEN_ROLE.arn, "base"), encoding="utf-8")
    replace = ("import", "--trust", "--on-conflict", "replace", str(other))
    (imported,) = with_keys.run_json(*replace).report["imports"]
    assert (imported["status"], imported["moved_from"]) == ("new", None)
    more = role_profile("more", s.ADMIN_ROLE.arn, "base")
    team_file.write_text(more, encoding="utf-8")
    first, _ = with_keys.run_json("import").report["imports"]
    assert (first["status"], first["added"]) == ("updated", ["more"])
