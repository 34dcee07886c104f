"""An import with --quiet prints only profiles that are not accepted or not imported."""

from __future__ import annotations

from pathlib import Path

from e2e import Home
from imports import TEAM, WRITTEN, block, text_of
from sync_profiles.sandbox import story as s

#: the AWS CLI stops without a region
BROKEN = f"[profile broken]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = base\n"


def test_a_quiet_import_prints_nothing_if_all_profiles_are_accepted(
    with_keys: Home, team_file: Path
) -> None:
    ended = with_keys.run("import", "--trust", str(team_file), "--quiet")
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")
    assert text_of(with_keys) == block(WRITTEN, team_file.as_uri())


def test_only_what_is_not_accepted_is_printed(with_keys: Home, team_file: Path) -> None:
    team_file.write_text(TEAM + BROKEN, encoding="utf-8")
    ended = with_keys.run("import", "--trust", str(team_file), "--quiet")
    shown = ended.stdout.splitlines()
    assert (ended.code, shown[0], ended.stderr) == (1, "you can fix these (1)", "")
    assert [line.split()[:2] for line in shown if line[0] in "✓✗?"] == [["✗", "broken"]]
    assert not [
        word for word in ("import ", "source base", "undo:", "equals") if word in ended.stdout
    ]


def test_a_source_that_fails_among_others_is_reported(
    with_keys: Home, team_file: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.write_text("[profile other]\nregion = us-east-1\n", encoding="utf-8")
    assert with_keys.run("import", "--trust", str(team_file)).code == 0
    assert with_keys.run("import", "--trust", str(gone)).code == 0
    gone.unlink()
    ended = with_keys.run("import", "--trust", "--quiet")
    assert (ended.code, ended.stderr) == (1, "")
    told = (
        f"import {gone}: `{gone}` cannot be read: no such file or directory "
        "hint: correct the path; if a block of the config file was imported from it, "
        "restore the file or remove the block"
    )
    # a long path is wrapped anywhere
    assert "".join(ended.stdout.split()) == told.replace(" ", "")
