"""Give a file its new text in one step, and lose nothing that another program writes meanwhile.

The new text is written to a temporary file beside the file, its successor. Then the two swap their
names. Killed at any moment, the file is the old one or the new one, whole, and this is left:

    .config.sync-profiles-0123456789abcdef.tmp            a successor in the making
    .config.sync-profiles-0123456789abcdef-OLD-NEW.tmp    a whole one, or what it was swapped for

The first is always ours. The second holds our new text before the swap, and after it what was in
the file: the old text, unless another program wrote in the same instant. Where we are killed before
we could look, its edit is nowhere else. So OLD and NEW are the digests of our two texts, and a file
that holds neither is never removed.

In a directory that others can write to, any user can create a file of such a name: it counts only
if it is a regular file of the owner's, ours or root's.

A hard link elsewhere keeps the old text; a symbolic link is resolved by the caller.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sync_profiles.disk.system import (
    exchanger,
    find_ours,
    give_attributes,
    give_owner,
    may_be_ours,
    new_file,
    opened_file,
    sync_directory,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_DIGITS = 16

# another program has moved the file away, or put a link in its place: it is about to write it
_GONE = frozenset({errno.ENOENT, errno.ELOOP})


@contextmanager
def successor(target: Path, data: bytes, *, old: bytes | None) -> Iterator[Path]:
    """Yield a new file beside target with data and with target's mode, owner and attributes.

    Where old is None, there is no target yet: then the mode is 0600, and the owner the directory's,
    as `sudo` in another user's home must not leave a file of root's there. At the end the file is
    removed, unless it has been swapped for another program's edit: see `find_leftovers`.
    """
    making = _name_in_the_making(target)
    path = making if old is None else _name_for_the_swap(making, old=old, new=data)
    try:
        with new_file(making) as stream:
            stream.write(data)
            if old is None:
                give_owner(stream.fileno(), target.parent.stat())
            else:
                give_attributes(stream.fileno(), target)
        # whole only now: half a text would be taken for another program's edit
        making.rename(path)
        yield path
    finally:
        with suppress(OSError):
            making.unlink(missing_ok=True)
        discard_leftover(path, target)


def put_in_place(new: Path, target: Path, *, old: bytes | None) -> bool:
    """Give target the new file, or return False: it no longer holds old, and is not touched.

    Where old is None, there must be no target yet. After a swap, new is the name of the old file.
    """
    try:
        placed = _create(new, target) if old is None else _replace(new, target, old)
    except OSError as error:
        if error.errno in _GONE:
            return False
        raise
    if placed:
        sync_directory(target.parent)
    return placed


def put_back(new: Path, target: Path, *, data: bytes, old: bytes | None) -> bool:
    """Undo `put_in_place`, or return False: target no longer holds data, and is not touched.

    After a swap, the old file itself goes back; where there was no target, nothing is left of it.
    """
    if old is None:
        return _remove(target, data)
    if os.path.lexists(new):
        return put_in_place(new, target, old=data)
    with successor(target, old, old=data) as again:
        return put_in_place(again, target, old=data)


def _create(new: Path, target: Path) -> bool:
    try:
        target.hardlink_to(new)  # unlike a rename, it never replaces a file that has appeared
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            return False
        new.replace(target)
    else:
        with suppress(OSError):
            new.unlink()
    return True


def _replace(new: Path, target: Path, old: bytes) -> bool:
    """Replace target, and lose nothing that another program writes at the same moment.

    Where names can be swapped, what came out is looked at after the swap, too: if it is not what we
    read, or a program has it open for writing, it goes back. A program that reads the file in the
    instant before that reads ours. Elsewhere, what a program writes between the look and the
    rename, some microseconds, goes unnoticed.
    """
    ours = new.lstat()
    exchange = exchanger()
    with opened_file(target) as file:

        def is_old(path: Path) -> bool:
            return file.read() == old and not file.is_written() and file.is_at(path)

        if not is_old(target):
            return False
        if exchange(new, target):
            unchanged = False
            try:
                unchanged = is_old(new)
            finally:
                # a program that is held back then writes to a file that has its name again
                if not unchanged:
                    _give_back(new, target, ours, exchange)
            return unchanged
    new.replace(target)  # Windows does not rename an open file
    return True


def _give_back(
    new: Path, target: Path, ours: os.stat_result, exchange: Callable[[Path, Path], bool]
) -> None:
    """Give target the file that was swapped for ours; a still newer one that is there now stays.

    Where target is gone, another program is about to write it: what was swapped out then stays
    under the name of new, as a leftover.
    """
    expected = ours
    while True:
        given = new.lstat()
        if not exchange(new, target):  # it could a moment ago
            return
        if os.path.samestat(new.lstat(), expected):
            if expected is not ours:  # its program has itself put the newer one over it
                new.unlink()
            return
        expected = given


def _remove(target: Path, data: bytes) -> bool:
    """Remove a file that we made, or return False: it holds another program's text, and stays."""
    with opened_file(target) as file:
        if file.read() != data:
            return False
    aside = _name_for_the_swap(_name_in_the_making(target), old=b"", new=data)
    target.rename(aside)
    discard_leftover(aside, target)
    if not os.path.lexists(aside):
        sync_directory(target.parent)
        return True
    with suppress(OSError):
        target.hardlink_to(aside)  # never over a file that has appeared
        aside.unlink()
    return False


def find_leftovers(target: Path) -> list[Path]:
    """Return the temporary files beside a file; also those of a run that goes on."""
    digits = f"[0-9a-f]{{{_DIGITS}}}"
    names = rf"\.{re.escape(target.name)}\.sync-profiles-{digits}(?:-{digits}-{digits})?\.tmp"
    return find_ours(target.parent, re.compile(names), target)


def discard_leftover(leftover: Path, target: Path) -> bool:
    """Remove a temporary file of ours, or return False: it holds another program's edit.

    So does one that a program has open for writing: it was the file when that program opened it.
    Who owns it is asked of the very file that is read. What cannot be removed is not a failure.
    """
    digests = _digests(leftover)
    with suppress(OSError):
        if not digests:
            if may_be_ours(leftover.lstat(), target):
                leftover.unlink()
            return True
        with opened_file(leftover) as file:
            if not may_be_ours(file.status, target):
                return True
            data = file.read()
            if file.is_written() or _digest(data) not in digests:
                # one with another name is not lost, and may be a link to any file of ours
                return file.status.st_nlink > 1
            leftover.unlink()
    return True


def was_swapped_for(leftover: Path, data: bytes) -> bool:
    """Return whether data is the new text that was to replace what the leftover holds."""
    return _digests(leftover)[1:] == [_digest(data)]


def _name_in_the_making(target: Path) -> Path:
    return target.with_name(f".{target.name}.sync-profiles-{secrets.token_hex(_DIGITS // 2)}.tmp")


def _name_for_the_swap(making: Path, *, old: bytes, new: bytes) -> Path:
    return making.with_name(f"{making.stem}-{_digest(old)}-{_digest(new)}.tmp")


def _digests(leftover: Path) -> list[str]:
    """Return the digests in a leftover's name, of the old text and the new; [] in the making."""
    return leftover.stem.rpartition(".sync-profiles-")[2].split("-")[1:]


def _digest(data: bytes) -> str:
    """Return enough of a digest to tell texts apart, and little enough for a file's name."""
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
