"""The undo, end to end and on files: our changes are reverted, later ones of others are kept.

What is printed is in `data/screens/undo.txt`, what changes in the files in `data/undo_stories.txt`.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from disk_files import NEW, OLD, change_of, replace, write_name
from e2e import Home, in_posix_shell, keys, role_profile
from sync_profiles.disk.config_file import ConfigFiles, FileText
from sync_profiles.errors import UndoRefused
from sync_profiles.model import ChangedLine, FileKind
from sync_profiles.planning.decision import WriteMode
from sync_profiles.sandbox import story as s
from sync_profiles.undo import RevertMode, UndoResult, undo

CONFIG = role_profile("fixed", s.ADMIN_ROLE.arn, "keys", role_session_name="alice") + role_profile(
    "filled", s.ADMIN_ROLE.arn, "keys", output="json"
)
KEYS = keys("keys", s.WORK_API.credentials)
IN_CREDENTIALS = f"[c]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\nregion = us-east-1\n"
BEFORE = (CONFIG.encode(), (KEYS + IN_CREDENTIALS).encode())


@pytest.fixture
def before(empty_home: Home) -> Home:
    """Return a home with names to fill and to fix, in both files."""
    return empty_home.write(CONFIG, KEYS + IN_CREDENTIALS)


@pytest.mark.skipif(os.name != "posix", reason="POSIX has modes and links")
def test_mode_and_symbolic_links_are_kept(before: Home) -> None:
    real = before.path / "dotfiles"
    before.config_file.rename(real)
    real.chmod(0o640)
    before.config_file.symlink_to(real)
    assert before.run().code == 0
    assert before.run("undo").code == 0
    assert before.config_file.is_symlink()
    assert real.read_bytes() == BEFORE[0]
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@in_posix_shell
def test_the_line_in_the_report_works_for_other_files(before: Home) -> None:
    elsewhere = before.path / "my files" / "config"
    elsewhere.parent.mkdir()
    elsewhere.write_text(CONFIG)
    undo = before.run("--config-file", str(elsewhere)).stdout.splitlines()[-1]
    assert undo == "undo: sync-profiles undo --config-file ~/'my files/config'"
    assert before.run_command(["/bin/sh", "-c", undo.removeprefix("undo: ")]).code == 0
    assert elsewhere.read_text() == CONFIG
    assert before.credentials_file.read_bytes() == BEFORE[1]


@pytest.fixture
def files(tmp_path: Path) -> ConfigFiles:
    return ConfigFiles(paths={kind: tmp_path / kind for kind in FileKind})


def undo_newest(files: ConfigFiles) -> UndoResult:
    return undo(files, mode=WriteMode.WRITE, force=False)


def test_an_edit_during_an_undo_is_not_lost(files: ConfigFiles, config: Path) -> None:
    write_name(config)

    class Disturbed(ConfigFiles):
        def read(self) -> dict[FileKind, FileText]:
            if not config.read_bytes().startswith(b"#"):
                config.write_bytes(b"# meanwhile\n" + config.read_bytes())
            return ConfigFiles.read(self)

    undone = undo_newest(Disturbed(paths=files.paths))

    assert [reversal.mode for reversal in undone.reversals] == [RevertMode.LINES]
    assert config.read_bytes() == b"# meanwhile\n" + OLD


def test_other_changes_are_undone_whole_or_by_force(files: ConfigFiles, config: Path) -> None:
    config.write_bytes(OLD)
    after = b"[b]\nx = y\n"
    replace(change_of(config, after), command="import")
    config.write_bytes(b"# c\n" + after)
    with pytest.raises(UndoRefused, match="the undo record does not list its lines"):
        undo_newest(files)
    assert config.read_bytes() == b"# c\n" + after
    undo(files, mode=WriteMode.WRITE, force=True)
    assert config.read_bytes() == OLD
    undo_newest(files)
    assert config.read_bytes() == b"# c\n" + after


def test_the_last_write_is_found_by_content_if_the_clock_was_set_back(
    files: ConfigFiles, config: Path
) -> None:
    write_name(config)
    for file in config.with_name("sync-profiles").iterdir():  # as if from the future
        late = file.with_name(f"config.29990101T000000.000000Z{file.suffix}")
        late.write_bytes(file.read_bytes().replace(file.stem.encode(), late.stem.encode()))
        file.unlink()
    after = NEW + b"[profile b]\n"
    lines = (ChangedLine(line=4, before=None, after="[profile b]\n"),)
    replace(change_of(config, after, lines=lines), command="import")
    undone = undo_newest(files)
    assert [reversal.record.command for reversal in undone.reversals] == ["import"]
    assert config.read_bytes() == NEW
