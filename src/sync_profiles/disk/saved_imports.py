"""What an import wrote last, stored next to the undo records: an update compares a block with it.

    ~/.aws/sync-profiles/config.SHA256.imported

The name has the hash that the block's first line has, so that an undo finds the right one again.
What a user adds to a block is not copied, and a team's file has no keys or passwords in it. It may
have programs with arguments, and addresses with parameters: the file is closed like a backup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from sync_profiles.disk.backups import backup_directory, find_stamped, own_directory, write_whole
from sync_profiles.disk.system import LARGEST, owner_of, read_whole, sync_directory
from sync_profiles.errors import ConfigUnwritable

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LABEL = re.compile(rf"sha256=({_SHA256.pattern})")


def read_import(path: Path, digest: str) -> str | None:
    """Return what was imported into a file under this hash; None if it is not known."""
    return None if _SHA256.fullmatch(digest) is None else _read(_file(path, digest))


def _read(file: Path) -> str | None:
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
        for file, text in ((_file(path, digest), text) for digest, text in texts.items()):
            if _read(file) != text:  # other session names have the same hash
                file.unlink(missing_ok=True)
                file.with_name(f"{file.name}.tmp").unlink(missing_ok=True)  # of a killed run
                write_whole(file, text.encode(), owner_of(path))
        sync_directory(directory)
        _prune(path)


def _prune(path: Path) -> None:
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


def _file(path: Path, digest: str) -> Path:
    return backup_directory(path) / f"{path.name}.{digest}.imported"
