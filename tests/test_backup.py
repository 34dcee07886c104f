"""Backups and undo records: what they hold, who may read them, how many there are."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from disk_files import LINE, NEW, OLD, change_of, on_posix
from sync_profiles.disk.backups import KEPT, backup_directory, prune
from sync_profiles.disk.config_file import WrittenFile
from sync_profiles.disk.records import write_record
from sync_profiles.errors import ConfigUnwritable
from sync_profiles.model import FileKind

NOON = datetime(2025, 1, 31, 12, 0, 0, 7, tzinfo=UTC)


def keep(path: Path, *, time: datetime = NOON) -> WrittenFile:
    """Keep OLD as before a write of NEW."""
    path.write_bytes(OLD)
    return write_record(change_of(path, lines=(LINE,)), path, command="sync", time=time)


def test_a_config_file_is_kept_whole_with_a_record(tmp_path: Path) -> None:
    path, stem = tmp_path / "config", tmp_path / "sync-profiles" / "config.20250131T120000.000007Z"
    backup, record = Path(f"{stem}.bak"), Path(f"{stem}.json")
    assert keep(path) == WrittenFile(path=path, kind=FileKind.CONFIG, record=record, backup=backup)
    assert backup.read_bytes() == OLD
    assert json.loads(record.read_bytes()) == {
        "version": 1,
        "command": "sync",
        "kind": "config",
        "path": str(path),
        "time": "2025-01-31T12:00:00.000007+00:00",
        "changes": 1,
        "lines": [asdict(LINE)],
        "sha256_before": hashlib.sha256(OLD).hexdigest(),
        "sha256_after": hashlib.sha256(NEW).hexdigest(),
        "backup": backup.name,
    }


@on_posix
@pytest.mark.parametrize(
    ("other_files", "mode", "mode_after"),
    [
        pytest.param([], 0o755, 0o700, id="a directory with our files alone is closed"),
        pytest.param([], 0o777, 0o700, id="even one that others can write to"),
        pytest.param(["README.md"], 0o755, 0o755, id="one with other files keeps its mode"),
    ],
)
def test_the_backup_directory_gets_the_mode_that_its_files_need(
    other_files: list[str], mode: int, mode_after: int, tmp_path: Path
) -> None:
    directory = backup_directory(tmp_path / "config")
    directory.mkdir()
    for name in other_files:
        (directory / name).touch()
    for run in range(2):  # with and without an earlier backup in it
        directory.chmod(mode)
        files = keep(tmp_path / "config", time=NOON + timedelta(seconds=run))
        modes = [stat.S_IMODE(file.stat().st_mode) for file in (directory, files.record)]
        assert modes == [mode_after, 0o600]


@on_posix
def test_a_directory_with_other_files_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    directory = backup_directory(tmp_path / "config")
    directory.mkdir()
    directory.chmod(0o775)
    (directory / "README.md").touch()
    with pytest.raises(ConfigUnwritable, match="others can write to") as caught:
        keep(tmp_path / "config")
    assert caught.value.hint == "remove that right with `chmod go-w`, or move the directory away"
    assert [file.name for file in directory.iterdir()] == ["README.md"]


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can plant another user's directory"
)
def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    backup_directory(tmp_path / "config").mkdir()
    os.chown(backup_directory(tmp_path / "config"), 12345, -1)
    with pytest.raises(ConfigUnwritable, match="belongs to another user"):
        keep(tmp_path / "config")


def test_a_record_that_cannot_be_written_leaves_no_files(tmp_path: Path) -> None:
    directory = backup_directory(tmp_path / "config")
    (directory / "config.20250131T120000.000007Z.json").mkdir(parents=True)
    with pytest.raises(FileExistsError):
        keep(tmp_path / "config")
    assert [file.name for file in directory.iterdir()] == ["config.20250131T120000.000007Z.json"]


def test_the_newest_ten_are_kept_of_each_file_and_nothing_else_is_removed(tmp_path: Path) -> None:
    path, other = tmp_path / "config", tmp_path / "config-work"
    others = keep(other, time=NOON - timedelta(days=99))
    directory = backup_directory(path)
    foreign = {
        "notes.txt",
        "config.20200101T000000.000000Z.bak.bak",
        "config.20200101T000000.bak",
        "my-config.20200101T000000.000000Z.bak",
        "configX20200101T000000.000000Z.bak",
    }
    if sys.platform != "win32":  # which has no such names
        foreign.add("config.20200101T000000.000000Z.bak\n")
    for name in foreign:
        (directory / name).touch()

    runs = [keep(path, time=NOON + timedelta(microseconds=run)) for run in range(KEPT + 3)]
    prune(runs[-1])

    kept = {file.name for run in [others, *runs[3:]] for file in (run.record, run.backup) if file}
    assert {file.name for file in directory.iterdir()} == foreign | kept


@pytest.mark.parametrize("count", [1, KEPT - 2], ids=["as the clock goes back", "from then on"])
def test_what_is_stamped_in_the_future_pushes_nothing_out(count: int, tmp_path: Path) -> None:
    path = tmp_path / "config"
    for day in range(KEPT + 2):
        keep(path, time=NOON + timedelta(days=1 + day))
    real = [keep(path, time=NOON - timedelta(days=count - day)) for day in range(count)]
    prune(real[-1])
    left = {file.name for file in backup_directory(path).iterdir()}
    assert {file.name for run in real for file in (run.record, run.backup) if file} < left
    assert len(left) == 2 * KEPT
