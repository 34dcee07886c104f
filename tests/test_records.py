"""Undo records that are damaged or of another file are known for that.

That a run skips them, and says so, is in `data/screens/undo.txt`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from disk_files import LINE, NEW, OLD, change_of, on_posix, replace, write_name
from examples import table
from sync_profiles.disk.backups import KEPT
from sync_profiles.disk.config_file import ConfigFiles
from sync_profiles.disk.records import DamagedRecord, Record, read_records, read_writes
from sync_profiles.model import FileKind


def record_of(path: Path) -> Path:
    [record] = (path.parent / "sync-profiles").glob(f"{path.name}.*.json")
    return record


def edit(**values: object) -> Callable[[Path], None]:
    """Return what sets some values of a record; None of them goes to the file as null."""

    def change(record: Path) -> None:
        document: dict[str, Any] = json.loads(record.read_bytes())
        record.write_text(json.dumps(document | values), encoding="utf-8")

    return change


def rename(record: Path) -> None:
    """Give a record and its backup a name whose time is not a time."""
    renamed = record.with_name("config.20259999T120000.000000Z.json")
    record.with_suffix(".bak").rename(renamed.with_suffix(".bak"))
    record.rename(renamed)
    edit(backup=renamed.with_suffix(".bak").name)(renamed)


def link(record: Path) -> None:
    record.rename(record.with_suffix(".moved"))
    record.symlink_to(record.with_suffix(".moved"))


@pytest.mark.parametrize("kind", list(FileKind))
def test_a_record_is_read_as_it_was_written_in_a_home_that_moved_too(
    kind: FileKind, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    write_name(home / "file", kind=kind)
    path = home.rename(tmp_path / "moved") / "file"
    [record] = read_records(path, kind=kind)
    assert isinstance(record, Record)
    assert (record.command, record.changes, record.lines) == ("sync", 1, (LINE,))
    assert record.lines[0].section == "profile a"
    assert record.backup == (OLD if kind is FileKind.CONFIG else None)
    assert record.file == record_of(path)


def test_a_write_is_offered_while_the_records_of_both_files_are_there(
    config: Path, credentials: Path
) -> None:
    files = ConfigFiles(paths={FileKind.CONFIG: config, FileKind.CREDENTIALS: credentials})

    def run(text: bytes) -> None:
        of_credentials = change_of(credentials, NEW, kind=FileKind.CREDENTIALS, lines=(LINE,))
        replace(change_of(config, text, lines=(LINE,)), of_credentials)

    run(NEW)
    assert [len(write) for write in read_writes(files).writes] == [2]
    for number in range(KEPT):
        run(b"%d" % number)
    assert [len(write) for write in read_writes(files).writes] == [1] * KEPT


def become_a_directory(record: Path) -> None:
    record.unlink()
    record.mkdir()


def backup_of(record: Path) -> Path:
    return record.with_suffix(".bak")


#: what is done to a record, other than to change its values
DAMAGES: dict[str, Callable[[Path], object]] = {
    "an empty file": lambda file: file.write_bytes(b""),
    "no text": lambda file: file.write_bytes(b"\xff"),
    "nested without end": lambda file: file.write_bytes(b"[" * 100_000),
    "a list": lambda file: file.write_bytes(b"[]"),
    "more changes than it has lines": edit(changes=10**4000),
    "a missing backup": lambda file: backup_of(file).unlink(),
    "another text in the backup": lambda file: backup_of(file).write_bytes(b"[x]"),
    "a time that is not one": rename,
    "a directory": become_a_directory,
    "a symbolic link": link,
    "a backup that is a symbolic link": lambda file: link(backup_of(file)),
}
ON_POSIX = {"a directory", "a symbolic link", "a backup that is a symbolic link"}


@pytest.mark.parametrize("row", table("damaged_records.txt"))
def test_a_damaged_record_says_why(row: str, tmp_path: Path) -> None:
    message, values, what = row.split(" | ")
    if what in ON_POSIX and os.name != "posix":
        pytest.skip("POSIX has links, and opens directories")
    path = tmp_path / "config"
    write_name(path)
    damage = DAMAGES[what] if values == "-" else edit(**json.loads(values))
    damage(record_of(path))
    [found] = read_records(path, kind=FileKind.CONFIG)
    assert isinstance(found, DamagedRecord)
    assert (found.file, found.message) == (record_of(path), message)


@on_posix
def test_a_directory_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "config"
    write_name(path)
    directory = tmp_path / "sync-profiles"
    directory.rename(tmp_path / "elsewhere")
    directory.symlink_to(tmp_path / "elsewhere")
    [found] = read_records(path, kind=FileKind.CONFIG)
    assert isinstance(found, DamagedRecord)
    assert (found.file, found.message) == (directory, "it is a link or a file, not a directory")


def test_other_files_in_the_directory_are_not_records(tmp_path: Path) -> None:
    write_name(tmp_path / "config-work")
    (tmp_path / "sync-profiles" / "config.notes.json").touch()
    assert read_records(tmp_path / "config", kind=FileKind.CONFIG) == []
