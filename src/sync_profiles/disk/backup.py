"""Backups and undo records, in a directory of ours beside the file that they belong to.

    ~/.aws/sync-profiles/config.20250131T120000.000000Z.bak    the config file as it was
    ~/.aws/sync-profiles/config.20250131T120000.000000Z.json      what was done to it
    ~/.aws/sync-profiles/credentials.20250131T120000.000000Z.json the same: the changed lines alone
    ~/.aws/sync-profiles/config.20250131T120000.000000Z.kept   an edit of another program's, saved

The credentials file itself is never copied. Names sort by time; the files of one run share it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.disk.system import (
    belongs_to,
    give_owner,
    make_directory,
    new_file,
    owners_of,
    sync_directory,
)
from sync_profiles.errors import ConfigUnwritable
from sync_profiles.model import FileKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from sync_profiles.config.changes import ChangedLine

DIRECTORY_NAME = "sync-profiles"
KEPT = 10
VERSION = 1

STAMP = "%Y%m%dT%H%M%S.%fZ"
STAMP_PATTERN = r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z"

_OURS = re.compile(rf".+\.{STAMP_PATTERN}\.(?:(?:bak|json)(?:\.tmp)?|kept)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoFiles:
    """Where a replacement's undo record stands, and the backup that goes with it."""

    record: Path
    backup: Path | None


def backup_directory(path: Path) -> Path:
    """Return the directory for the backups and undo records of a file, as the file was named."""
    return path.parent / DIRECTORY_NAME


def write_undo_files(
    path: Path,
    *,
    kind: FileKind,
    before: bytes | None,
    after: bytes,
    lines: Sequence[ChangedLine],
    command: str,
    time: datetime,
    owner: os.stat_result | None,
) -> UndoFiles:
    """Write what an undo needs, to the disk, or nothing.

    `sha256_after` tells an undo whether the file has changed since, `sha256_before` whether the
    run was stopped before it replaced the file. `before` is None where the file is new.
    """
    directory = _own_directory(backup_directory(path))
    stem = f"{path.name}.{time.strftime(STAMP)}"
    backup = directory / f"{stem}.bak"
    copied = kind is FileKind.CONFIG and before is not None
    record = {
        "version": VERSION,
        "command": command,
        "kind": kind.value,
        "path": os.path.abspath(path),  # noqa: PTH100 - Path has none that keeps links and drops `..`
        "time": time.isoformat(timespec="microseconds"),
        "changes": len(lines),
        "lines": [
            # not by `asdict`, which copies each value: a large file has many thousands of lines
            {
                "line": line.line,
                "before": line.before,
                "after": line.after,
                "section": line.section,
            }
            for line in lines
        ],
        "sha256_before": None if before is None else hashlib.sha256(before).hexdigest(),
        "sha256_after": hashlib.sha256(after).hexdigest(),
        "backup": backup.name if copied else None,
    }
    files = UndoFiles(record=directory / f"{stem}.json", backup=backup if copied else None)
    if copied and before is not None:
        _write_whole(backup, before, owner)
    try:
        _write_whole(files.record, json.dumps(record).encode() + b"\n", owner)
    except BaseException:
        discard(files)
        raise
    sync_directory(directory)
    return files


def _write_whole(path: Path, data: bytes, owner: os.stat_result | None) -> None:
    """Write a file that is whole or not there: a torn backup must not look like one."""
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(path))
    torn = path.with_name(f"{path.name}.tmp")
    with new_file(torn) as stream:
        give_owner(stream.fileno(), owner)
        stream.write(data)
    try:
        torn.rename(path)
    except BaseException:
        with suppress(OSError):
            torn.unlink()
        raise


def find_torn(path: Path) -> list[Path]:
    """Return what a killed run has not finished; a running one's too, and no other user's."""
    pattern = re.compile(rf"{re.escape(path.name)}\.{STAMP_PATTERN}\.(?:bak|json)\.tmp")
    directory = backup_directory(path)
    try:
        named = [file for file in directory.iterdir() if pattern.fullmatch(file.name)]
        owners = owners_of(path)
        return [file for file in named if belongs_to(file, owners) and not directory.is_symlink()]
    except OSError:
        return []


def discard(files: UndoFiles) -> None:
    """Remove what was written for a replacement that did not come about."""
    for file in (files.record, files.backup):
        with suppress(OSError):
            if file is not None:
                file.unlink()


def keep_edit(path: Path, leftover: Path, *, time: datetime) -> Path:
    """Move another program's edit of a file, which would be lost, to a name that stays."""
    directory = _own_directory(backup_directory(path))
    kept = directory / f"{path.name}.{time.strftime(STAMP)}.kept"
    leftover.rename(kept)
    sync_directory(directory)
    return kept


def prune(path: Path, *, kept: UndoFiles) -> None:
    """Remove all but the newest backups and records of a file, by exactly our names.

    `kept` stays even if the clock went backwards. What cannot be removed is no failure.
    """
    pattern = re.compile(rf"{re.escape(path.name)}\.({STAMP_PATTERN})\.(?:bak|json)")
    with suppress(OSError):
        ours = [
            (match[1], file)
            for file in kept.record.parent.iterdir()
            if (match := pattern.fullmatch(file.name))
        ]
        newest = sorted({stamp for stamp, _ in ours})[-KEPT:]
        for stamp, file in ours:
            if stamp not in newest and file not in (kept.record, kept.backup):
                with suppress(OSError):
                    file.unlink()


def _own_directory(path: Path) -> Path:
    """Return the directory, made where it is missing; one that others control is refused.

    One that holds more than we write, as a checkout of that name does, stays as it is.
    """
    with suppress(FileExistsError):
        make_directory(path)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigUnwritable(
            f"`{path}` is a link or a file: backups are kept in a directory of that name",
            hint="remove it: sync-profiles makes the directory itself",
        )
    if hasattr(os, "geteuid"):
        parent = path.parent.stat()
        # root works for the owner of ~/.aws too (`sudo`), and must not lock that owner out
        owners = {os.geteuid()} if os.geteuid() else {0, parent.st_uid}
        if status.st_uid not in owners:
            raise ConfigUnwritable(
                f"`{path}` belongs to another user: backups are kept there",
                hint="remove it, or give it to yourself with `chown`",
            )
        is_closed = stat.S_IMODE(status.st_mode) == stat.S_IRWXU
        if is_closed and status.st_uid == parent.st_uid:
            return path
        if not all(_OURS.fullmatch(file.name) for file in path.iterdir()):
            if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                raise ConfigUnwritable(
                    f"others can write to `{path}`: backups are kept there",
                    hint="take that right away with `chmod go-w`, or move the directory away",
                )
        else:
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                os.fchmod(descriptor, stat.S_IRWXU)
                give_owner(descriptor, parent)
            finally:
                os.close(descriptor)
    return path
