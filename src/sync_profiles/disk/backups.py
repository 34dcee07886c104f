"""The directory with backups and undo records next to a file.

    ~/.aws/sync-profiles/config.20250131T120000.000000Z.bak    the config file as it was
    ~/.aws/sync-profiles/config.20250131T120000.000000Z.json      what was changed in it
    ~/.aws/sync-profiles/credentials.20250131T120000.000000Z.json the same: the changed lines alone
    ~/.aws/sync-profiles/config.20250131T120000.000000Z.kept   another program's edit, saved
    ~/.aws/sync-profiles/config.SHA256.imported                     what an import wrote last

The credentials file itself is never copied. Names sort by time; all files of one run have the same.

An update compares a block with what its import wrote last. The name of that file has the hash that
the block's first line has, so that an undo finds the right one again. What a user adds to a block
is not copied, and a team's file has no keys or passwords in it. It may have programs with
arguments, and addresses with parameters: the file is closed like a backup.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from sync_profiles.disk.config_file import WrittenFile
from sync_profiles.disk.system import (
    DIRECTORY,
    LARGEST,
    find_ours,
    give_owner,
    make_directory,
    new_file,
    owner_of,
    read_whole,
    sync_directory,
)
from sync_profiles.errors import ConfigUnwritable

KEPT = 10
STAMP = "%Y%m%dT%H%M%S.%fZ"

_STAMP_PATTERN = r"[0-9]{8}T[0-9]{6}\.[0-9]{6}Z"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LABEL = re.compile(rf"sha256=({_SHA256.pattern})")
_OURS = re.compile(
    rf".+\.(?:{_STAMP_PATTERN}\.(?:(?:bak|json)(?:\.tmp)?|kept)"
    rf"|{_SHA256.pattern}\.imported(?:\.tmp)?)",
    re.DOTALL,
)


def backup_directory(path: Path) -> Path:
    """Return the directory for a file's backups and undo records; links are not resolved."""
    return path.parent / "sync-profiles"


def find_stamped(path: Path, suffixes: str) -> list[tuple[Path, str]]:
    """Return the files in a file's backup directory that have exactly our names, with their stamps.

    `suffixes` is a pattern of the suffixes to look for.
    """
    pattern = re.compile(rf"{re.escape(path.name)}\.({_STAMP_PATTERN})\.(?:{suffixes})")
    files = backup_directory(path).iterdir()
    return [(file, match[1]) for file in files if (match := pattern.fullmatch(file.name))]


def new_name(path: Path, time: datetime, suffix: str) -> Path:
    """Return the path of a new file with this time, after creating the backup directory."""
    directory = backup_directory(path)
    own_directory(directory)
    return directory / f"{path.name}.{time.strftime(STAMP)}.{suffix}"


def write_whole(path: Path, data: bytes, owner: os.stat_result) -> None:
    """Write a file completely or not at all: half a backup must not look like a backup."""
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


def discard(written: WrittenFile) -> None:
    """Remove the files written for a replacement that did not happen."""
    for file in (written.record, written.backup):
        with suppress(OSError):
            if file is not None:
                file.unlink()


def prune(written: WrittenFile) -> None:
    """Remove all but the newest backups and records of a file; only files with exactly our names.

    Files that cannot be removed are ignored.
    """
    with suppress(OSError):
        ours = find_stamped(written.path, "bak|json")
        now = next((stamp for file, stamp in ours if file == written.record), "")
        newest = sorted({stamp for _, stamp in ours}, key=partial(age_key, now=now))[-KEPT:]
        for file, stamp in ours:
            if stamp not in newest:
                with suppress(OSError):
                    file.unlink()


def age_key(stamp: str, *, now: str) -> tuple[bool, str]:
    """Return a sort key for stamps, the oldest first.

    What is stamped in the future was made before the clock was set back, or by someone else: it
    counts as older than all that is not.
    """
    return stamp <= now, stamp


def find_torn(path: Path) -> list[Path]:
    """Return the incomplete backups and records of a killed or still active run."""
    names = rf"{re.escape(path.name)}\.{_STAMP_PATTERN}\.(?:bak|json)\.tmp"
    return find_ours(backup_directory(path), re.compile(names), path)


def keep_edit(path: Path, leftover: Path, *, time: datetime) -> Path:
    """Rename another program's edit of a file so that it is not lost."""
    kept = new_name(path, time, "kept")
    leftover.rename(kept)
    sync_directory(kept.parent)
    return kept


def own_directory(path: Path) -> None:
    """Create the directory, or restrict an existing one to its owner.

    A directory that also contains other files, such as a checkout with that name, keeps its mode.
    Raises `ConfigUnwritable` if another user controls the directory.
    """
    with suppress(FileExistsError):
        make_directory(path)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigUnwritable(
            f"`{path}` is a link or a file: backups are kept in a directory of that name",
            hint="remove it: sync-profiles creates the directory itself",
        )
    if not hasattr(os, "geteuid"):
        return
    parent = path.parent.stat()
    # root may run for the owner of ~/.aws (`sudo`) and must not lock that owner out
    owners = {os.geteuid()} if os.geteuid() else {0, parent.st_uid}
    if status.st_uid not in owners:
        raise ConfigUnwritable(
            f"`{path}` belongs to another user: backups are kept there",
            hint="remove it, or give it to yourself with `chown`",
        )
    is_private = stat.S_IMODE(status.st_mode) == stat.S_IRWXU
    if is_private and status.st_uid == parent.st_uid:
        return
    if all(_OURS.fullmatch(file.name) for file in path.iterdir()):
        descriptor = os.open(path, DIRECTORY)
        try:
            os.chmod(descriptor, stat.S_IRWXU)  # noqa: PTH101 - an open directory
            give_owner(descriptor, parent)
        finally:
            os.close(descriptor)
    elif status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigUnwritable(
            f"others can write to `{path}`: backups are kept there",
            hint="remove that right with `chmod go-w`, or move the directory away",
        )


def read_import(path: Path, digest: str) -> str | None:
    """Return what was imported into a file under this hash; None if it is not known."""
    return None if _SHA256.fullmatch(digest) is None else _read_text(_import_file(path, digest))


def _read_text(file: Path) -> str | None:
    try:
        data = read_whole(file)
        return data.decode() if len(data) <= LARGEST else None
    except (OSError, ValueError):
        return None


def save_imports(path: Path, texts: Mapping[str, str]) -> None:
    """Save what was imported into a file, by its hash, and remove what no undo can bring back.

    A file that cannot be written is left out: an update then asks about manual edits.
    """
    directory = backup_directory(path)
    with suppress(OSError, ConfigUnwritable):
        own_directory(directory)
        for file, text in ((_import_file(path, digest), text) for digest, text in texts.items()):
            if _read_text(file) != text:  # other session names have the same hash
                file.unlink(missing_ok=True)
                file.with_name(f"{file.name}.tmp").unlink(missing_ok=True)  # of a killed run
                write_whole(file, text.encode(), owner_of(path))
        sync_directory(directory)
        _prune_imports(path)


def _prune_imports(path: Path) -> None:
    """Remove what was imported as blocks that neither the file nor a backup of it has."""
    names = re.compile(rf"{re.escape(path.name)}\.({_SHA256.pattern})\.imported")
    # listed before the files are read: another run writes its block before it saves it here
    unused = {
        match[1]: file
        for file in backup_directory(path).iterdir()
        if (match := names.fullmatch(file.name))
    }
    for holder in (path.resolve(), *(file for file, _ in find_stamped(path, "bak"))):
        if not unused:
            return
        for digest in _LABEL.findall(read_whole(holder).decode("ascii", "ignore")):
            unused.pop(digest, None)
    for file in unused.values():
        file.unlink()


def _import_file(path: Path, digest: str) -> Path:
    return backup_directory(path) / f"{path.name}.{digest}.imported"
