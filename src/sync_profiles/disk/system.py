"""What the file adapter asks of the operating system.

Every function has a counterpart where the system offers less, so that Windows and macOS work too:
`None` and `False` then say "this cannot be known here" and "this cannot be done here".
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# O_NONBLOCK: a FIFO in the file's place must not block. O_BINARY: Windows would translate newlines.
_BINARY = getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | _BINARY
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# this kernel, or this file system, does not know the call
_NOT_KNOWN = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


@contextmanager
def opened_file(path: Path) -> Iterator[tuple[int, os.stat_result]]:
    """Open a regular file to read; links are resolved before, not here."""
    descriptor = os.open(path, _READ | _NOFOLLOW)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file", os.fspath(path))
        yield descriptor, status
    finally:
        with suppress(OSError):  # it was only read: what was done with it stands
            os.close(descriptor)


def read_up_to(descriptor: int, size: int) -> bytes:
    """Return the first bytes of an open file, at most size of them."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb", closefd=False) as stream:
        return stream.read(size)


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Create a file that only its owner may open; on the disk at the end, or gone again."""
    descriptor = os.open(path, _CREATE, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(descriptor)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise


def make_lock_file(path: Path, owner: os.stat_result) -> None:
    """Create an empty file of mode 0600; an existing one is left as it is."""
    with suppress(FileExistsError):
        descriptor = os.open(path, _CREATE, 0o600)
        try:
            give_owner(descriptor, owner)
        finally:
            os.close(descriptor)


def make_directory(path: Path) -> None:
    """Make a directory of mode 0700 that its parent's owner gets, as far as we may."""
    path.mkdir(mode=stat.S_IRWXU)
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | _NOFOLLOW)
        try:
            give_owner(descriptor, path.parent.stat())
        finally:
            os.close(descriptor)


def give_owner(descriptor: int, owner: os.stat_result | None) -> None:
    """Give an open file the owner and the group that a status names, as far as we may."""
    if owner is None or not hasattr(os, "fchown"):
        return
    # root may give both away, others at most the group
    for user in (owner.st_uid, -1):
        try:
            os.fchown(descriptor, user, owner.st_gid)
        except OSError:
            continue
        return


def owner_of(path: Path) -> os.stat_result:
    """Return the status whose owner a file has, or gets as a new one: its directory's."""
    try:
        return path.stat()
    except FileNotFoundError:
        return path.parent.stat()


def owners_of(path: Path) -> frozenset[int]:
    """Return whose files a run that writes path may have made: its owner's, ours and root's."""
    ours = os.geteuid() if hasattr(os, "geteuid") else 0
    return frozenset({owner_of(path).st_uid, ours, 0})


def is_of(status: os.stat_result, owners: frozenset[int]) -> bool:
    """Say whether a status is that of a regular file of one of the owners."""
    return stat.S_ISREG(status.st_mode) and status.st_uid in owners


def belongs_to(path: Path, owners: frozenset[int]) -> bool:
    """Say whether a regular file of one of the owners stands there; a link is none."""
    try:
        return is_of(path.lstat(), owners)
    except OSError:
        return False


def copy_extended_attributes(source: Path, descriptor: int, *, leave_out: str | None) -> None:
    """Copy what the file system lets us copy: access control lists, labels, the user's own.

    `leave_out` is a namespace: `system.` has the access control lists.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError):
        for name in os.listxattr(source):
            if leave_out is not None and name.startswith(leave_out):
                continue
            with suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(source, name))


def sync_directory(path: Path) -> None:
    """Make the names in a directory last through a power cut, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    # By now the names are in place: a file system that cannot sync a directory is no failure.
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def exchanger() -> Callable[[Path, Path], bool]:
    """Return what swaps two names in one step, or returns False where the system cannot.

    What it refuses for these two names is an `OSError`: `FileNotFoundError` where one is gone.
    Apart from the call, because loading the C library takes longer than any race should.
    """
    if sys.platform != "linux":
        return lambda *_: False
    import ctypes

    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):  # an old C library
        return lambda *_: False

    def exchange(one: Path, other: Path) -> bool:
        names = (ctypes.c_char_p(os.fsencode(one)), ctypes.c_char_p(os.fsencode(other)))
        failed: int = renameat2(
            _AT_FDCWD, names[0], _AT_FDCWD, names[1], ctypes.c_uint(_RENAME_EXCHANGE)
        )
        if failed and (code := ctypes.get_errno()) not in _NOT_KNOWN:
            raise OSError(code, os.strerror(code), os.fspath(other))
        return not failed

    return exchange


@contextmanager
def writers_held_back(descriptor: int) -> Iterator[Callable[[], bool | None]]:
    """Keep programs from opening the file to write it, for the moment of the block.

    Yields a question: does another program have the file open for writing, or wait to open it?
    None means that this system, or this file system, cannot tell.
    """
    if sys.platform != "linux":
        yield lambda: None
        return
    import fcntl

    try:
        # The kernel tells us by a signal that somebody waits. Its default, SIGIO, would end the
        # process; SIGURG is ignored unless somebody asks for it.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        yield lambda: True
        return
    except OSError:  # not our file, or a file system without leases
        yield lambda: None
        return
    try:
        # while somebody waits, the lease reads as the one that we should come down to
        yield lambda: fcntl.fcntl(descriptor, fcntl.F_GETLEASE) != fcntl.F_RDLCK
    finally:
        with suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
