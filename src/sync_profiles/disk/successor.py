"""A file's successor: made whole beside it, then put in its place in one step.

Killed at any moment, the file is the old one or the new one. A rename gives the name to another
inode, so a hard link elsewhere keeps the old text; a symbolic link is resolved by the caller.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from sync_profiles.disk.leftovers import (
    name_for_the_swap,
    name_in_the_making,
    remove_if_ours,
)
from sync_profiles.disk.system import (
    copy_extended_attributes,
    exchanger,
    give_owner,
    new_file,
    opened_file,
    read_up_to,
    sync_directory,
    writers_held_back,
)
from sync_profiles.errors import ConfigUnwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# another program has taken the name, or put a link under it: it is about to write the file
_GONE = frozenset({errno.ENOENT, errno.ELOOP})


@contextmanager
def successor(target: Path, data: bytes, *, old: bytes | None) -> Iterator[Path]:
    """Yield a new file beside target with data and target's mode, owner and attributes.

    Where old is None, there is nothing to take after: mode 0600, and the directory's owner, as
    `sudo` in somebody's home must leave no file of root's there. At the end it is removed, unless
    it has become another program's edit: that stays for `leftovers` to tell.
    """
    making = name_in_the_making(target)
    path = making if old is None else name_for_the_swap(making, old=old, new=data)
    try:
        with new_file(making) as stream:
            stream.write(data)
            if old is None:
                give_owner(stream.fileno(), target.parent.stat())
            else:
                _take_after(stream.fileno(), target)
        # whole only now: a torn one is never taken for another program's edit
        making.rename(path)
        yield path
    finally:
        with suppress(OSError):
            making.unlink(missing_ok=True)
        remove_if_ours(path, target)


def put_in_place(new: Path, target: Path, *, old: bytes | None) -> bool:
    """Give target the new file, or return False: it no longer holds old, and stays as it is.

    Old is None where there must be no file yet.
    """
    placed = _create(new, target) if old is None else _replace(new, target, old)
    if placed:
        sync_directory(target.parent)
    return placed


def _create(new: Path, target: Path) -> bool:
    try:
        target.hardlink_to(new)  # unlike a rename, it never replaces what came in the meantime
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if os.path.lexists(target):
            return False
        new.replace(target)
    return True


def _replace(new: Path, target: Path, old: bytes) -> bool:
    """Replace target; nothing that another program writes at the same moment is lost.

    Where two names can be swapped in one step, what came out is looked at after the swap: if it
    is not what we read, or a program has it open for writing, it goes back. Elsewhere a program
    that writes between the comparison and the rename, some microseconds, is not noticed.
    What remains: whoever reads the file in the instant before it goes back reads ours.
    """
    try:
        return _replace_regular(new, target, old)
    except OSError as error:
        if error.errno in _GONE:
            return False
        raise


def _replace_regular(new: Path, target: Path, old: bytes) -> bool:
    ours = _identity(new.lstat())
    exchange = exchanger()
    with opened_file(target) as (descriptor, status), writers_held_back(descriptor) as is_written:

        def is_old(path: Path) -> bool:
            unchanged = read_up_to(descriptor, len(old) + 1) == old and not is_written()
            return unchanged and _identity(path.lstat()) == _identity(status)

        if not is_old(target):
            return False
        if exchange(new, target):
            unchanged = False
            try:
                unchanged = is_old(new)
            finally:
                # whoever is held back goes on writing to a file that has its name again
                if not unchanged:
                    _give_back(new, target, ours, exchange)
            return unchanged
    new.replace(target)  # Windows renames no open file
    return True


def _give_back(
    new: Path, target: Path, ours: tuple[int, int], exchange: Callable[[Path, Path], bool]
) -> None:
    """Give target the file that came out for ours; a still newer one that is there now stays.

    Where target has no file any more, its program is about to write it: what came out then stays
    beside it, for `leftovers` to tell.
    """
    expected = ours
    while True:
        given = _identity(new.lstat())
        if not exchange(new, target):  # it could a moment ago
            return
        if _identity(new.lstat()) == expected:
            if expected != ours:  # its program has itself put the newer one over it
                new.unlink()
            return
        expected = given


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _take_after(descriptor: int, target: Path) -> None:
    old = target.stat()
    leave_out = None
    if hasattr(os, "fchown") and hasattr(os, "fchmod"):
        give_owner(descriptor, old)
        new = os.fstat(descriptor)
        if new.st_uid != old.st_uid:
            raise ConfigUnwritable(
                f"`{target}` belongs to another user, who would lose it",
                hint="run sync-profiles as its owner",
            )
        mode = stat.S_IMODE(old.st_mode)
        if new.st_gid != old.st_gid:
            # another group than before may do no more than everybody: an access control list says
            # what the file's group may do, and the mode's bits for it then say what all of them may
            leave_out = "system."
            mode &= ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
        os.fchmod(descriptor, mode)
    copy_extended_attributes(target, descriptor, leave_out=leave_out)
