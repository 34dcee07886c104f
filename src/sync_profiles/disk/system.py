"""Operations that differ by operating system: open, chown, swap and sync files.

If a system lacks a feature, the function still works: `None` then means "unknown on this system",
and `False` "not possible on this system".
"""

from __future__ import annotations

import errno
import os
import re
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sync_profiles.errors import ConfigUnwritable

LARGEST = 64 * 1024 * 1024

#: what decides who may open a file
RIGHTS = "permissions" if sys.platform == "win32" else "owner and mode"
# O_NONBLOCK: a FIFO instead of the file must not block. O_BINARY: Windows would translate newlines.
_BINARY = getattr(os, "O_BINARY", 0)
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
_READ = os.O_RDONLY | _NO_WAIT | _NOFOLLOW | _BINARY
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY
DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NOFOLLOW

#: the numbers of Windows for a file that another program has open; a rename over it gets the second
_SHARING_VIOLATION, _ACCESS_DENIED = 32, 5

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# the kernel or the file system does not support the call
_NOT_KNOWN = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A regular file, open for reading; programs that open it for writing wait until it is closed.

    `is_written` returns whether another program already has it open for writing or is waiting to
    open it; None means that the system or the file system cannot tell.
    """

    descriptor: int
    status: os.stat_result
    is_written: Callable[[], bool | None]

    def read(self) -> bytes:
        """Return the file's content, cut off one byte after the largest size that we accept."""
        os.lseek(self.descriptor, 0, os.SEEK_SET)
        with os.fdopen(self.descriptor, "rb", closefd=False) as stream:
            return stream.read(LARGEST + 1)

    def is_at(self, path: Path) -> bool:
        """Return whether path currently is a name of this file."""
        return os.path.samestat(self.status, path.lstat())


@contextmanager
def opened_file(path: Path) -> Iterator[OpenFile]:
    """Open a regular file for reading; a symbolic link is not followed."""
    descriptor = os.open(path, _READ)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file", os.fspath(path))
        with _writers_held_back(descriptor) as is_written:
            yield OpenFile(descriptor=descriptor, status=status, is_written=is_written)
    finally:
        with suppress(OSError):  # the file was only read, so an error while closing does not matter
            os.close(descriptor)


def read_whole(path: Path) -> bytes:
    """Return a regular file's content, as `OpenFile.read` does."""
    with opened_file(path) as file:
        return file.read()


@contextmanager
def _writers_held_back(descriptor: int) -> Iterator[Callable[[], bool | None]]:
    if sys.platform == "linux":
        import fcntl

        try:
            # The kernel sends a signal when a program waits. The default, SIGIO, would end the
            # process; SIGURG is ignored by default.
            fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            yield lambda: True
            return
        except OSError:  # another user's file, or a file system without leases
            yield lambda: None
            return
        try:
            # while a program waits, the kernel reports the lease that ours should be reduced to
            yield lambda: fcntl.fcntl(descriptor, fcntl.F_GETLEASE) != fcntl.F_RDLCK
        finally:
            with suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    else:
        yield lambda: None


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Create a file that only its owner may open; in the end it is synced to disk, or removed."""
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
    """Create an empty file of mode 0600; an existing file is not changed."""
    with suppress(FileExistsError):
        descriptor = os.open(path, _CREATE, 0o600)
        try:
            give_owner(descriptor, owner)
        finally:
            os.close(descriptor)


def make_directory(path: Path) -> None:
    """Create a directory of mode 0700, with the owner of its parent if permitted."""
    path.mkdir(mode=stat.S_IRWXU)
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(path, DIRECTORY)
        try:
            give_owner(descriptor, path.parent.stat())
        finally:
            os.close(descriptor)


def owner_of(path: Path) -> os.stat_result:
    """Return the status with a file's owner; for a new file, that of its directory."""
    try:
        return path.stat()
    except FileNotFoundError:
        return path.parent.stat()


def why_read_only(path: Path) -> tuple[str, str]:
    """Return why this user cannot write to a file, to append to a message, and what to do.

    The first is empty if the reason is the file's mode.
    """
    status, hint = path.stat(), "make it writable, or change the file that it is generated from"
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        why = f": it belongs to another user (uid {status.st_uid})"
        return why, "run sync-profiles as its owner"
    if status.st_mode & stat.S_IWUSR:
        return ": its attributes (`lsattr`) or its file system forbid a change", hint
    return "", hint


def give_owner(descriptor: int, owner: os.stat_result) -> None:
    """Give an open file the owner and the group of a status, if permitted."""
    if not hasattr(os, "fchown"):
        return
    # root may change both, other users at most the group
    for user in (owner.st_uid, -1):
        try:
            os.fchown(descriptor, user, owner.st_gid)
        except OSError:
            continue
        return


def give_attributes(descriptor: int, target: Path) -> None:
    """Give an open file the owner, the mode and the extended attributes of target.

    Raises `ConfigUnwritable` if it would belong to a different user than target.
    """
    old = target.stat()
    left_out = None
    if hasattr(os, "fchown"):
        give_owner(descriptor, old)
        new = os.fstat(descriptor)
        if new.st_uid != old.st_uid:
            raise ConfigUnwritable(
                f"`{target}` belongs to another user, who would lose it",
                hint="run sync-profiles as its owner",
            )
        mode = stat.S_IMODE(old.st_mode)
        if new.st_gid != old.st_gid:
            # A different group gets no more rights than others have. With an access control list,
            # the mode's group bits have another meaning, so the lists are not copied.
            left_out = "system."
            mode &= ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
        os.chmod(descriptor, mode)
    if sys.platform == "linux":
        # access control lists, labels, user attributes: as many as the file system lets us copy
        with suppress(OSError):
            for name in os.listxattr(target):
                if left_out is not None and name.startswith(left_out):
                    continue
                with suppress(OSError):
                    os.setxattr(descriptor, name, os.getxattr(target, name))


def is_held_open(error: OSError) -> bool:
    """Return whether Windows refused to rename a file because another program has it open."""
    number = getattr(error, "winerror", None)
    return number == _SHARING_VIOLATION or (number == _ACCESS_DENIED and bool(error.filename2))


def may_be_ours(status: os.stat_result, target: Path) -> bool:
    """Return whether a run that writes target may have created the file with this status.

    Such a file is a regular file that belongs to the owner of target, the current user, or root.
    """
    user = os.geteuid() if hasattr(os, "geteuid") else 0
    return stat.S_ISREG(status.st_mode) and status.st_uid in (owner_of(target).st_uid, user, 0)


def find_ours(directory: Path, names: re.Pattern[str], target: Path) -> list[Path]:
    """Return the files with these names that an earlier run may have left next to target.

    The result is empty if the directory cannot be read or is a symbolic link.
    """
    try:
        return [
            file
            for file in ([] if directory.is_symlink() else directory.iterdir())
            if names.fullmatch(file.name) and may_be_ours(file.lstat(), target)
        ]
    except OSError:
        return []


def sync_directory(path: Path) -> None:
    """Make the names in a directory survive a power failure, if the system supports that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    # the names are in place: a file system that cannot sync a directory is not a failure
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def exchanger() -> Callable[[Path, Path], bool]:
    """Return a function that atomically swaps two names, or returns False if that is unsupported.

    It raises `OSError` for errors with these names, such as `FileNotFoundError` if one is gone.
    Preparing it is a separate step because loading the C library takes time in a race.
    """
    if sys.platform == "linux":
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
    else:  # noqa: RET505 - for the type checker, what follows would be unreachable
        return lambda *_: False
