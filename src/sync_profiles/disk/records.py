"""Undo records: what a run changed in a file; written before the change and read by an undo.

A record is usable only if everything that an undo needs is there: the config file's backup must
still match the record byte for byte. Contents never appear in a message or a `repr`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from sync_profiles.disk.backups import (
    KEPT,
    STAMP,
    age_key,
    backup_directory,
    discard,
    find_stamped,
    new_name,
    write_whole,
)
from sync_profiles.disk.config_file import NO_FILE, ConfigFiles, FileChange, WrittenFile
from sync_profiles.disk.system import LARGEST, owner_of, read_whole, sync_directory
from sync_profiles.errors import reason
from sync_profiles.model import ChangedLine, FileKind

_VERSION = 1
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NOT_A_RECORD = "it is not an undo record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One replacement of one file; the records of one write share their `stamp`.

    `fingerprint_before` and `fingerprint_after` are results of `fingerprint`. `backup` is the
    previous content of the config file, None for the credentials file.
    """

    stamp: str
    time: datetime
    command: str
    kind: FileKind
    file: Path
    changes: int
    lines: tuple[ChangedLine, ...] = field(repr=False)
    fingerprint_before: str | None
    fingerprint_after: str | None
    backup: bytes | None = field(repr=False)

    @property
    def when(self) -> str:
        """The time of the replacement, for people."""
        return f"{self.time:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedRecord:
    """A file with a record's name that is not usable for an undo, and why."""

    stamp: str
    file: Path
    message: str


class RecordedWrites(NamedTuple):
    """What is recorded of both files: the writes that can be undone, and what is damaged.

    The newest write is the first; `undo N` takes the write N.
    """

    writes: Sequence[tuple[Record, ...]]
    damaged: tuple[DamagedRecord, ...]


class _Unusable(Exception):
    """A record is not usable; the message says why."""


def fingerprint(data: bytes | None) -> str | None:
    """Return the SHA-256 of a file's content; None if the file is empty or missing."""
    return hashlib.sha256(data).hexdigest() if data else None


def write_record(change: FileChange, target: Path, *, command: str, time: datetime) -> WrittenFile:
    """Write the undo record and backup of a change to disk; if that fails, leave no files.

    `sha256_after` shows an undo whether the file has changed since, and `sha256_before` whether the
    run was stopped before it replaced the file.
    """
    before, owner = change.old_data, owner_of(target)
    record = new_name(change.path, time, "json")
    has_backup = change.kind is FileKind.CONFIG and before is not None
    written = WrittenFile(
        path=change.path,
        kind=change.kind,
        record=record,
        backup=record.with_suffix(".bak") if has_backup else None,
    )
    document = {
        "version": _VERSION,
        "command": command,
        "kind": change.kind.value,
        "path": os.path.abspath(change.path),  # noqa: PTH100 - removes `..`, and keeps links
        "time": time.isoformat(timespec="microseconds"),
        "changes": len(change.lines),
        "lines": [_line_to_json(line) for line in change.lines],
        "sha256_before": None if before is None else hashlib.sha256(before).hexdigest(),
        "sha256_after": hashlib.sha256(change.data).hexdigest(),
        "backup": None if written.backup is None else written.backup.name,
    }
    if written.backup is not None and before is not None:
        write_whole(written.backup, before, owner)
    try:
        write_whole(record, json.dumps(document).encode() + b"\n", owner)
    except BaseException:
        discard(written)
        raise
    sync_directory(record.parent)
    return written


def read_writes(files: ConfigFiles) -> RecordedWrites:
    """Return what is recorded of both files, the newest write first.

    Only the newest writes can be undone, as many as each file has records of: of an older one, the
    record of the other file may be gone.
    """
    now = datetime.now(UTC).strftime(STAMP)
    found = [
        record for kind, path in files.paths.items() for record in read_records(path, kind=kind)
    ]
    found.sort(key=lambda record: age_key(record.stamp, now=now), reverse=True)
    newest = list(dict.fromkeys(record.stamp for record in found))[:KEPT]
    usable = [each for each in found if isinstance(each, Record) and each.stamp in newest]
    return RecordedWrites(
        writes=[tuple(write) for _, write in groupby(usable, key=lambda record: record.stamp)],
        damaged=tuple(record for record in found if isinstance(record, DamagedRecord)),
    )


def read_records(path: Path, *, kind: FileKind) -> list[Record | DamagedRecord]:
    """Return the records of a file in any order; links are not resolved; never raises."""
    if path == NO_FILE:
        return []
    directory = backup_directory(path)
    try:
        if not os.path.lexists(directory):
            return []
        _check_directory(directory)
        found = find_stamped(path, "json")
    except (_Unusable, OSError) as error:
        return [DamagedRecord(stamp="", file=directory, message=_why(error))]
    return [_read_record(file, stamp, kind=kind) for file, stamp in found]


def _read_record(file: Path, stamp: str, *, kind: FileKind) -> Record | DamagedRecord:
    try:
        return _parse(json.loads(_read(file)), file, stamp, kind=kind)
    except (_Unusable, OSError) as error:
        words = _why(error)
    except (ValueError, RecursionError):  # RecursionError: JSON that is nested too deeply
        words = "it is not JSON"
    return DamagedRecord(stamp=stamp, file=file, message=words)


def _parse(document: object, file: Path, stamp: str, *, kind: FileKind) -> Record:
    match document:
        case {"version": int(version)} if version != _VERSION:
            raise _Unusable(f"its version is {version}; this program reads version {_VERSION}")
        case {
            "version": int(),
            "command": str(command),
            "kind": str(named_kind),
            "path": str(),  # for a reader: a home that was moved, or copied, has its undo records
            "changes": int(changes),
            "lines": list(lines),
            "sha256_before": (str() | None) as before,
            "sha256_after": str(after),
            "backup": (str() | None) as backup,
        } if 0 <= changes <= len(lines):
            pass
        case _:
            raise _Unusable(_NOT_A_RECORD)
    if named_kind != kind.value:
        raise _Unusable("it belongs to another file")
    has_backup = kind is FileKind.CONFIG and before is not None
    if backup != (f"{file.stem}.bak" if has_backup else None):
        raise _Unusable("it does not name a backup, or names that of another record")
    if not all(_SHA256.fullmatch(digest) for digest in (before, after) if digest is not None):
        raise _Unusable(_NOT_A_RECORD)
    nothing = hashlib.sha256(b"").hexdigest()
    return Record(
        stamp=stamp,
        time=_time(stamp),
        command=command,
        kind=kind,
        file=file,
        changes=changes,
        lines=tuple(map(_line_from_json, lines)),
        fingerprint_before=before if before != nothing else None,
        fingerprint_after=after if after != nothing else None,
        backup=_read_backup(file.with_suffix(".bak"), before) if has_backup else None,
    )


def _line_to_json(line: ChangedLine) -> dict[str, object]:
    # without `asdict`, which copies each value: a large file has many thousands of lines
    return {"line": line.line, "before": line.before, "after": line.after, "section": line.section}


def _line_from_json(line: object) -> ChangedLine:
    match line:
        case {
            "line": int(number),
            "before": (str() | None) as before,
            "after": (str() | None) as after,
            "section": (str() | None) as section,
        }:
            return ChangedLine(line=number, before=before, after=after, section=section)
        case _:
            raise _Unusable(_NOT_A_RECORD)


def _time(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise _Unusable("its name has no valid time") from None


def _read_backup(file: Path, expected: str | None) -> bytes:
    try:
        data = _read(file)
    except (_Unusable, OSError) as error:
        raise _Unusable(f"its backup cannot be used: {_why(error)}") from None
    if hashlib.sha256(data).hexdigest() != expected:
        raise _Unusable("its backup has been changed")
    return data


def _read(file: Path) -> bytes:
    data = read_whole(file)
    if len(data) > LARGEST:
        raise _Unusable(f"it is larger than {LARGEST // 1024**2} MiB")
    return data


def _why(error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case OSError():
            return f"it cannot be read: {reason(error)}"
        case _:
            return str(error)


def _check_directory(directory: Path) -> None:
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise _Unusable("it is a link or a file, not a directory")
    if hasattr(os, "geteuid"):
        owners = {os.geteuid(), directory.parent.stat().st_uid}
        if status.st_uid not in owners:
            raise _Unusable("it belongs to another user")
