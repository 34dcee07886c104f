"""Read the undo records that `backup` writes; what is damaged or not ours is told, never used.

A record counts only with all that an undo needs: a config file's backup must still be, byte for
byte, what the record says. Contents never reach a message or a `repr`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync_profiles.config.changes import ChangedLine
from sync_profiles.disk.backup import STAMP, STAMP_PATTERN, VERSION, backup_directory
from sync_profiles.disk.config_file import LARGEST, NO_FILE, reason
from sync_profiles.disk.system import opened_file, read_up_to
from sync_profiles.model import FileKind

if TYPE_CHECKING:
    from pathlib import Path

_SHA256 = re.compile(r"[0-9a-f]{64}")
_EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One replacement of one file; the records of one run share their `stamp`.

    `fingerprint_before` and `fingerprint_after` are as `fingerprint` makes them. `backup` is the
    config file as it was, None for the credentials file.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedRecord:
    """A file with a record's name that no undo can use, and why."""

    stamp: str
    kind: FileKind
    file: Path
    message: str


class _Unusable(Exception):
    """Why a record cannot be used."""


def fingerprint(data: bytes | None) -> str | None:
    """Return the SHA-256 of what a file holds; None for nothing, be it empty or missing."""
    return hashlib.sha256(data).hexdigest() if data else None


def read_records(path: Path, *, kind: FileKind) -> list[Record | DamagedRecord]:
    """Return the records of a file, as the file is named, in no order; never raises."""
    if path == NO_FILE:
        return []
    directory = backup_directory(path)
    pattern = re.compile(rf"{re.escape(path.name)}\.({STAMP_PATTERN})\.json")
    try:
        if not os.path.lexists(directory):
            return []
        _check_directory(directory)
        found = [
            (file, match[1])
            for file in directory.iterdir()
            if (match := pattern.fullmatch(file.name))
        ]
    except _Unusable as error:
        return [DamagedRecord(stamp="", kind=kind, file=directory, message=str(error))]
    except OSError as error:
        words = f"it cannot be read: {reason(error)}"
        return [DamagedRecord(stamp="", kind=kind, file=directory, message=words)]
    return [_read_record(file, stamp, path=path, kind=kind) for file, stamp in found]


def _check_directory(directory: Path) -> None:
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise _Unusable("it is a link or a file, not our directory")
    if hasattr(os, "geteuid"):
        owners = {os.geteuid(), directory.parent.stat().st_uid}
        if status.st_uid not in owners:
            raise _Unusable("it belongs to another user")


def _read_record(file: Path, stamp: str, *, path: Path, kind: FileKind) -> Record | DamagedRecord:
    try:
        return _parse(json.loads(_read(file)), file, stamp, path=path, kind=kind)
    except _Unusable as error:
        words = str(error)
    except (ValueError, RecursionError):  # also of a JSON that is nested without end
        words = "it is no JSON"
    return DamagedRecord(stamp=stamp, kind=kind, file=file, message=words)


def _parse(document: object, file: Path, stamp: str, *, path: Path, kind: FileKind) -> Record:
    match document:
        case {"version": int(version)} if version != VERSION:
            raise _Unusable(f"it is of version {version}, and this program knows {VERSION}")
        case {
            "version": int(),
            "command": str(command),
            "kind": str(named_kind),
            "path": str(named_path),
            "changes": int(changes),
            "lines": list(lines),
            "sha256_before": (str() | None) as before,
            "sha256_after": str(after),
            "backup": (str() | None) as backup,
        }:
            pass
        case _:
            raise _Unusable("it is no undo record")
    if not 0 <= changes <= len(lines):
        raise _Unusable("it is no undo record")
    if named_kind != kind.value or named_path != os.path.abspath(path):  # noqa: PTH100 - as it is written
        raise _Unusable("it belongs to another file")
    has_backup = kind is FileKind.CONFIG and before is not None
    if backup != (f"{file.stem}.bak" if has_backup else None):
        raise _Unusable("it names no backup, or another one's")
    return Record(
        stamp=stamp,
        time=_time(stamp),
        command=command,
        kind=kind,
        file=file,
        changes=changes,
        lines=tuple(map(_line, lines)),
        fingerprint_before=None if before is None else _sha256(before),
        fingerprint_after=_sha256(after),
        backup=_read_backup(file.with_suffix(".bak"), before) if has_backup else None,
    )


def _time(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise _Unusable("its name has no time in it") from None


def _line(line: object) -> ChangedLine:
    match line:
        case {
            "line": int(number),
            "before": (str() | None) as before,
            "after": (str() | None) as after,
            "section": (str() | None) as section,
        }:
            return ChangedLine(line=number, before=before, after=after, section=section)
        case _:
            raise _Unusable("it is no undo record")


def _sha256(text: str) -> str | None:
    if not _SHA256.fullmatch(text):
        raise _Unusable("it is no undo record")
    return text if text != _EMPTY else None


def _read_backup(file: Path, expected: str | None) -> bytes:
    try:
        data = _read(file)
    except _Unusable as error:
        raise _Unusable(f"of its backup: {error}") from None
    if hashlib.sha256(data).hexdigest() != expected:
        raise _Unusable("its backup is not what was backed up")
    return data


def _read(file: Path) -> bytes:
    try:
        with opened_file(file) as (descriptor, _):
            data = read_up_to(descriptor, LARGEST + 1)
    except FileNotFoundError:
        raise _Unusable("there is no such file") from None
    except OSError as error:
        raise _Unusable(f"it cannot be read: {reason(error)}") from None
    if len(data) > LARGEST:
        raise _Unusable(f"it is larger than {LARGEST // 1024**2} MiB")
    return data
