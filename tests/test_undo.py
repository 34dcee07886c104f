"""The undo, end to end and on files: our changes are reverted, later ones of others are kept.

What is printed is in `data/screens/undo.txt`, what changes in the files in `data/undo_stories.txt`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from disk_files import NEW, OLD, change_of, replace, write_name
from sync_profiles.disk.config_file import ConfigFiles, FileText
from sync_profiles.errors import UndoRefused
from sync_profiles.model import ChangedLine, FileKind
from sync_profiles.planning.decision import WriteMode
from sync_profiles.undo import RevertMode, UndoResult, undo


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


def test_a_file_of_another_format_is_undone_by_force(files: ConfigFiles, config: Path) -> None:
    write_name(config)
    config.write_bytes(b"<html>")
    with pytest.raises(UndoRefused, match="the file cannot be parsed"):
        undo_newest(files)
    undo(files, mode=WriteMode.WRITE, force=True)
    assert config.read_bytes() == OLD


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
