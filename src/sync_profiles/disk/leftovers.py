"""What a killed run leaves beside a file, told apart from what another program wrote.

    .config.sync-profiles-0123456789abcdef.tmp            a successor in the making
    .config.sync-profiles-0123456789abcdef-OLD-NEW.tmp    a whole one: the file's place is next

The first is always ours. The second name is the other side of a swap: before it stands our new
text there, after it what came out of the file. That is the old text, unless another program wrote
in the same instant; killed before we could look, its edit stands nowhere else. So the name tells
the digests of both texts of ours, and what is neither is never removed.

In a directory that others may write to, anybody can make a file of such a name: one that is not a
regular file of the owner's, ours or root's is no leftover, whatever it holds.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from enum import Enum, auto
from typing import TYPE_CHECKING

from sync_profiles.disk.config_file import LARGEST
from sync_profiles.disk.system import (
    belongs_to,
    is_of,
    opened_file,
    owners_of,
    read_up_to,
    writers_held_back,
)

if TYPE_CHECKING:
    from pathlib import Path

_DIGITS = 16


class Leftover(Enum):
    """What became of a leftover: it is removed, or stays because of what it holds, or is none."""

    REMOVED = auto()
    THEIRS = auto()
    IN_USE = auto()
    NONE = auto()


def name_in_the_making(target: Path) -> Path:
    """Return a new name for a successor that is being written."""
    return target.with_name(f".{target.name}.sync-profiles-{secrets.token_hex(_DIGITS // 2)}.tmp")


def name_for_the_swap(making: Path, *, old: bytes, new: bytes) -> Path:
    """Return the name under which a whole successor waits, and what it replaces comes out."""
    return making.with_name(f"{making.stem}-{_digest(old)}-{_digest(new)}.tmp")


def find_leftovers(target: Path) -> list[Path]:
    """Return the temporary files beside a file, by exactly our names; a running one's too."""
    digits = f"[0-9a-f]{{{_DIGITS}}}"
    pattern = re.compile(
        rf"\.{re.escape(target.name)}\.sync-profiles-{digits}(?:-{digits}-{digits})?\.tmp"
    )
    try:
        named = [file for file in target.parent.iterdir() if pattern.fullmatch(file.name)]
        owners = owners_of(target)
        return [file for file in named if belongs_to(file, owners)]
    except OSError:
        return []


def remove_if_ours(leftover: Path, target: Path) -> Leftover:
    """Remove a leftover of target that holds what we wrote or read; to fail in that is no failure.

    By whom the file is, is asked of the very file that is read.
    """
    digests = _digests(leftover)
    try:
        owners = owners_of(target)
        if not digests:
            if belongs_to(leftover, owners):
                leftover.unlink()
            return Leftover.REMOVED
        with (
            opened_file(leftover) as (descriptor, status),
            # whoever had the file open when it was swapped out may be about to write it
            writers_held_back(descriptor) as is_written,
        ):
            if not is_of(status, owners):
                return Leftover.NONE
            data = read_up_to(descriptor, LARGEST + 1)
            if is_written():
                return Leftover.IN_USE
            if _digest(data) not in digests:
                # what has another name is not lost, and may be somebody's link to any file of ours
                return Leftover.THEIRS if status.st_nlink == 1 else Leftover.NONE
            leftover.unlink()
    except OSError:
        pass
    return Leftover.REMOVED


def holds_new(leftover: Path, data: bytes) -> bool:
    """Say whether data is the new text that was to be swapped for what the leftover holds."""
    return _digests(leftover)[1:] == [_digest(data)]


def _digests(leftover: Path) -> list[str]:
    """Return the digests in a leftover's name, of the old text and the new; none in the making."""
    return leftover.stem.rpartition(".sync-profiles-")[2].split("-")[1:]


def _digest(data: bytes) -> str:
    """Return enough of a digest to tell texts apart, and little enough for a file's name."""
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
