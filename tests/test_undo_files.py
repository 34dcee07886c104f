"""The undo on real files, in this process: races, new files, and writes of more than names."""

from __future__ import annotations

from pathlib import Path

import pytest

from disk_files import change_of, replace
from sync_profiles.disk.files import ConfigFiles
from sync_profiles.disk.records import Recorded
from sync_profiles.errors import UndoRefused
from sync_profiles.model import ChangedLine, FileKind
from sync_profiles.planning.decision import WriteMode
from sync_profiles.undo import RevertMode, Undone, undo

UNNAMED = b"[profile a]\nrole_arn = r\n"
NAMED = UNNAMED + b"role_session_name = me\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config"


@pytest.fixture
def files(config: Path) -> ConfigFiles:
    paths = {FileKind.CONFIG: config, FileKind.CREDENTIALS: config.with_name("credentials")}
    return ConfigFiles(paths=paths)


def write_name(path: Path) -> None:
    """Write a name into a file of one profile, as a sync does."""
    path.write_bytes(UNNAMED)
    line = ChangedLine(line=3, before=None, after="role_session_name = me\n", section="profile a")
    replace(change_of(path, NAMED, lines=(line,)))


def undo_newest(files: ConfigFiles) -> Undone:
    return undo(files, mode=WriteMode.WRITE, force=False)


def test_an_edit_during_an_undo_is_not_lost(files: ConfigFiles, config: Path) -> None:
    write_name(config)

    class Disturbed(ConfigFiles):
        def records(self) -> Recorded:
            if not config.read_bytes().startswith(b"#"):
                config.write_bytes(b"# meanwhile\n" + config.read_bytes())
            return ConfigFiles.records(self)

    undone = undo_newest(Disturbed(paths=files.paths))

    assert [reversal.mode for reversal in undone.reversals] == [RevertMode.LINES]
    assert config.read_bytes() == b"# meanwhile\n" + UNNAMED


def test_a_file_that_we_created_becomes_empty(files: ConfigFiles, config: Path) -> None:
    replace(change_of(config, b"[a]\n"), command="import")
    for expected in (b"", b"[a]\n", b""):
        undo_newest(files)
        assert config.read_bytes() == expected


def test_other_changes_are_undone_whole_or_by_force(files: ConfigFiles, config: Path) -> None:
    config.write_bytes(UNNAMED)
    after = b"[b]\nx = y\n"
    replace(change_of(config, after), command="import")
    config.write_bytes(b"# c\n" + after)
    with pytest.raises(UndoRefused, match="the undo record does not list its lines"):
        undo_newest(files)
    assert config.read_bytes() == b"# c\n" + after
    undo(files, mode=WriteMode.WRITE, force=True)
    assert config.read_bytes() == UNNAMED
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
    after = NAMED + b"[profile b]\n"
    lines = (ChangedLine(line=4, before=None, after="[profile b]\n"),)
    replace(change_of(config, after, lines=lines), command="import")
    undone = undo_newest(files)
    assert [reversal.record.command for reversal in undone.reversals] == ["import"]
    assert config.read_bytes() == NAMED


def test_the_undo_of_an_import_records_its_lines(files: ConfigFiles, config: Path) -> None:
    line = ChangedLine(line=1, before=None, after="[a]\n")
    replace(change_of(config, b"[a]\n", lines=(line,)), command="import")
    undo_newest(files)
    assert [(record.command, record.lines) for [record] in files.records().writes] == [
        ("undo", (ChangedLine(line=1, before="[a]\n", after=None),)),
        ("import", (line,)),
    ]
