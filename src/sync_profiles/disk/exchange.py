"""Replace a file's text atomically without losing what another program writes meanwhile.

The new text is written to a temporary file in the same directory, the successor. Then the two files
swap names. If the run is killed at any moment, the file has either the old or the new text,
completely, and one of these may be left behind:

    .config.sync-profiles-0123456789abcdef.tmp            an incomplete successor
    .config.sync-profiles-0123456789abcdef-OLD-NEW.tmp    a complete one, or the file swapped for it

The first is always ours. The second contains our new text before the swap, and the file's previous
content after it: the old text, unless another program wrote at the same instant. If we are killed
before we can check that, its edit exists nowhere else. OLD and NEW are the digests of our two
texts, and a file with other content is never removed.

In a directory that others can write to, any user can create a file with such a name: it counts only
if it is a regular file that belongs to the owner, to us or to root.

Other hard links to the file keep the old text; symbolic links are resolved by the caller.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from sync_profiles.disk.system import (
    exchanger,
    find_ours,
    give_attributes,
    give_owner,
    is_held_open,
    may_be_ours,
    new_file,
    opened_file,
    sync_directory,
)

Result = TypeVar("Result")

_DIGITS = 16

# another program has moved the file or replaced it by a link, and is about to write it
_GONE = frozenset({errno.ENOENT, errno.ELOOP})

# on Windows a scanner of viruses or a backup may have a new file open for a moment
_TRIES = 10
_TRY_AGAIN_SECONDS = 0.05


@contextmanager
def successor(target: Path, data: bytes, *, old: bytes | None) -> Iterator[Path]:
    """Yield a new file next to target with data and with target's mode, owner and attributes.

    If old is None, there is no target yet: the mode is then 0600 and the owner that of the
    directory, so that `sudo` does not leave root's files in another user's home. In the end the
    file is removed, unless it has been swapped for another program's edit: see `find_leftovers`.
    """
    number = secrets.token_hex(_DIGITS // 2)
    making = path = target.with_name(f".{target.name}.sync-profiles-{number}.tmp")
    if old is not None:
        path = making.with_name(f"{making.stem}-{_digest(old)}-{_digest(data)}.tmp")
    try:
        with new_file(making) as stream:
            stream.write(data)
            if old is None:
                give_owner(stream.fileno(), target.parent.stat())
            else:
                give_attributes(stream.fileno(), target)
        # renamed only when complete: half a text would look like another program's edit
        _patiently(lambda: making.replace(path))
        yield path
    finally:
        with suppress(OSError):
            making.unlink(missing_ok=True)
        discard_leftover(path, target)


def put_in_place(new: Path, target: Path, *, old: bytes | None) -> bool:
    """Replace target by the new file; return False, without a change, if it does not contain old.

    If old is None, target must not exist. After a swap, new is the path of the old file.
    """
    try:
        placed = _patiently(
            lambda: _create(new, target) if old is None else _replace(new, target, old)
        )
    except OSError as error:
        if error.errno in _GONE:
            return False
        raise
    if placed:
        sync_directory(target.parent)
    return placed


def _patiently(rename: Callable[[], Result]) -> Result:
    """Return what `rename` gives; try again for a moment while another program has a file open."""
    tries = _TRIES
    while True:
        try:
            return rename()
        except OSError as error:
            tries -= 1
            if not (tries and is_held_open(error)):
                raise
            time.sleep(_TRY_AGAIN_SECONDS)


def put_back(new: Path, target: Path, *, data: bytes, old: bytes) -> bool:
    """Undo `put_in_place`; return False, without a change, if target does not contain data.

    After a swap, the old file itself is restored.
    """
    if os.path.lexists(new):
        return put_in_place(new, target, old=data)
    with successor(target, old, old=data) as again:
        return put_in_place(again, target, old=data)


def _create(new: Path, target: Path) -> bool:
    try:
        target.hardlink_to(new)  # unlike a rename, it never replaces a file that just appeared
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
    """Replace target without losing what another program writes at the same moment.

    On systems that can swap names, the old file is checked again after the swap: if it is not what
    we read, or a program has it open for writing, it is swapped back. Programs that read the file
    in between get ours. On other systems, a write between the check and the rename, a few
    microseconds, goes unnoticed.
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
                # a program that had to wait now writes to a file that has its name again
                if not unchanged:
                    _swap_back(new, target, ours, exchange)
            return unchanged
    new.replace(target)  # Windows does not rename an open file
    return True


def _swap_back(
    new: Path, target: Path, ours: os.stat_result, exchange: Callable[[Path, Path], bool]
) -> None:
    """Swap the other program's file back; keep target if it has been written again since.

    If target is gone, another program is about to write it: the file that was swapped out then
    keeps its temporary name `new`, as a leftover.
    """
    expected = ours
    while True:
        given = new.lstat()
        if not exchange(new, target):  # swapping worked a moment ago
            return
        if os.path.samestat(new.lstat(), expected):
            if expected is not ours:  # its own program has replaced it by the newer one
                new.unlink()
            return
        expected = given


def find_leftovers(target: Path) -> list[Path]:
    """Return the temporary files of a file, including those of a run that is still active."""
    digits = f"[0-9a-f]{{{_DIGITS}}}"
    names = rf"\.{re.escape(target.name)}\.sync-profiles-{digits}(?:-{digits}-{digits})?\.tmp"
    return find_ours(target.parent, re.compile(names), target)


def discard_leftover(leftover: Path, target: Path) -> bool:
    """Remove a temporary file of ours; return False and keep it if it contains another edit.

    A file that a program has open for writing also counts as an edit: the program opened it under
    its real name. The owner is checked on the opened file. A file that cannot be removed is
    ignored.
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
                # a file with another hard link is not lost, and may be a link to any file of ours
                return file.status.st_nlink > 1
            with suppress(PermissionError):  # Windows does not remove an open file
                leftover.unlink()
                return True
        leftover.unlink()
    return True


def was_swapped_for(leftover: Path, data: bytes) -> bool:
    """Return whether data is the new text that was to replace the leftover's content."""
    return _digests(leftover)[1:] == [_digest(data)]


def _digests(leftover: Path) -> list[str]:
    """Return the digests of the old and new text in a leftover's name; [] if it is incomplete."""
    return leftover.stem.rpartition(".sync-profiles-")[2].split("-")[1:]


def _digest(data: bytes) -> str:
    """Return a digest that is short enough for a file name and long enough to be unique."""
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
