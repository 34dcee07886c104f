"""Replace the two files without losing another program's edit, and so that it can be undone.

A replacement is atomic, keeps mode, owner and links, leaves an undo record, and happens only if the
file still holds what was read. Contents never reach a message, a `repr` or a log.
"""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sync_profiles.disk.backups import discard, find_torn, keep_edit, prune
from sync_profiles.disk.config_file import NO_FILE, read_bytes, reason
from sync_profiles.disk.exchange import (
    discard_leftover,
    find_leftovers,
    put_back,
    put_in_place,
    successor,
    was_swapped_for,
)
from sync_profiles.disk.records import write_record
from sync_profiles.disk.system import LARGEST, make_directory, make_lock_file, owner_of
from sync_profiles.errors import ConfigChanged, ConfigUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync_profiles.disk.config_file import FileChange, Written

LOCK_TIMEOUT_SECONDS = 30.0

_HINTS = {
    errno.EACCES: "check owner and mode of the file and of its directory",
    errno.EBUSY: "a file that is mounted by itself cannot be replaced: mount its directory",
    errno.EDQUOT: "free some space in your quota, then run again",
    errno.EFBIG: "raise the limit on file sizes (`ulimit -f`), then run again",
    errno.ELOOP: "remove the symbolic link that is in its place",
    errno.ENOSPC: "free some space on the disk, then run again",
    errno.EPERM: "check owner, mode and attributes of the file and of its directory",
    errno.EROFS: "the file system is mounted read-only: remount it, or name another file",
}


@dataclass(slots=True, kw_only=True)
class _Replacement:
    """A change whose successor and undo record are on the disk; what is left is one step."""

    change: FileChange
    target: Path
    new: Path
    written: Written
    is_placed: bool = False

    def place(self) -> None:
        """Replace the file, or raise `ConfigChanged` or `ConfigUnwritable`."""
        with _reported(self.change.path):
            self.is_placed = put_in_place(self.new, self.target, old=self.change.old_data)
        if not self.is_placed:
            raise _changed(self.change.path)

    def take_back(self) -> None:
        """Put the old file back, unless the new one was changed since."""
        data, old = self.change.data, self.change.old_data
        with suppress(OSError, ConfigUnwritable):
            self.is_placed = not put_back(self.new, self.target, data=data, old=old)


def replace_files(
    changes: Sequence[FileChange], *, command: str, lock_timeout: float = LOCK_TIMEOUT_SECONDS
) -> list[Written]:
    """Replace the files whose content differs; where nothing differs, touch nothing.

    `command` is the name of ours that the undo records carry; `lock_timeout` is in seconds.
    Raises `ConfigChanged` if a file no longer holds what was read: start again from its new text.
    Raises `ConfigUnwritable` if anything fails. All files are then as they were: each is made ready
    before the first is replaced, and where a later one is refused or changed in that very moment,
    the earlier ones are put back. One that was changed since stays; the error then names it.
    """
    due = [change for change in changes if change.is_due]
    for change in due:
        if len(change.data) > LARGEST:
            raise ConfigUnwritable(
                f"`{change.path}` would be larger than {LARGEST // 1024**2} MiB, and could not be "
                "read again",
                hint="remove what you no longer need from it, then run again",
            )
    now = datetime.now(UTC)
    with ExitStack() as stack:
        targets = [_target(change) for change in due]
        if len(set(targets)) < len(targets):
            raise ConfigUnwritable(
                f"`{targets[0]}` cannot be the config file and the credentials file at once",
                hint="name two files",
            )
        for target in sorted(targets):  # always in one order: two runs cannot block each other
            stack.enter_context(_locked(target, lock_timeout))
        for change, target in zip(due, targets, strict=True):
            _settle(change.path, target)
        replacements = [
            stack.enter_context(_prepared(change, target, command=command, time=now))
            for change, target in zip(due, targets, strict=True)
        ]
        _place_all(replacements)
        for replacement in replacements:
            prune(replacement.written)
        return [replacement.written for replacement in replacements]


def settle_leftovers(path: Path) -> None:
    """Clean up what a killed run left beside a file that is not due; without any, touch nothing.

    Raises `ConfigChanged` where the file got back an edit that had been swapped out, and
    `ConfigUnwritable` where such an edit is kept beside it. What else fails is not an error.
    """
    target = Path(os.path.realpath(path))
    if path == NO_FILE or not (find_leftovers(target) or find_torn(path)):
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(_locked(target, 0))
        except ConfigUnwritable:  # the leftovers of a run that goes on, or that we may not touch
            return
        _settle(path, target)


def _place_all(replacements: Sequence[_Replacement]) -> None:
    """Replace all files, or none."""
    try:
        for replacement in replacements:
            replacement.place()
    except (ConfigChanged, ConfigUnwritable) as error:
        earlier = [replacement for replacement in replacements if replacement.is_placed]
        for replacement in reversed(earlier):
            replacement.take_back()
        names = " and ".join(f"`{one.change.path}`" for one in earlier if one.is_placed)
        if not names:
            raise
        raise ConfigUnwritable(
            f"{error.message}; {names} had been written before that and cannot be put back",
            hint="run `sync-profiles undo` to undo that, fix the cause, then run again",
        ) from error


@contextmanager
def _prepared(
    change: FileChange, target: Path, *, command: str, time: datetime
) -> Iterator[_Replacement]:
    if read_bytes(change.path) != (None if change.before is None else (target, change.old_data)):
        raise _changed(change.path)
    with (
        _reported(change.path),
        successor(target, change.data, old=change.old_data) as new,
    ):
        written = write_record(change, target, command=command, time=time)
        replacement = _Replacement(change=change, target=target, new=new, written=written)
        try:
            yield replacement
        except Exception:
            # Not at an interrupt: it may have come after the swap and before `is_placed`. A record
            # of what was not done does no harm: its `sha256_before` is what the file still holds.
            if not replacement.is_placed:
                discard(written)
            raise


def _target(change: FileChange) -> Path:
    """Return the file to replace, links followed; create the directory of a new one."""
    if change.before is not None:
        target = change.before.resolved
        with _reported(change.path):
            exists = target.exists()
        # a rename needs no right to write to the file: but who made it read-only meant it
        if exists and not os.access(target, os.W_OK):
            raise ConfigUnwritable(
                f"`{target}` is read-only",
                hint="make it writable, or change it where it comes from",
            )
        return target
    if change.path == NO_FILE:
        raise ConfigUnwritable(
            f"there is no {change.kind.value} file to write: its path is empty or `{NO_FILE}`",
            hint=f"name one with `--{change.kind.value}-file`",
        )
    with _reported(change.path):
        _make_directories(change.path.parent)
        return Path(os.path.realpath(change.path.parent, strict=True)) / change.path.name


def _make_directories(path: Path) -> None:
    if not path.is_dir():
        _make_directories(path.parent)
        make_directory(path)


@contextmanager
def _locked(target: Path, timeout: float) -> Iterator[None]:
    """Hold the lock of a file, by which two runs at once take turns; the timeout is in seconds.

    The kernel releases it when the process ends, however it ends. The lock file stays: if it were
    removed, a run that waits for the old file and one that creates a new one would both go on.
    """
    from filelock import FileLock, Timeout

    path = target.with_name(f".{target.name}.sync-profiles.lock")
    with _reported(target):
        # created here, for its owner: `sudo` once must not lock the file's owner out for ever
        make_lock_file(path, owner_of(target))
        lock = FileLock(path, mode=0o600)
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            raise ConfigUnwritable(
                f"another sync-profiles is running: it has locked `{target}`",
                hint="wait until it has ended, then run again",
            ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # by now the file is replaced, or not: this is not a failure
            lock.release()


def _settle(path: Path, target: Path) -> None:
    """Remove what a killed run of ours left, and save what is not ours; the caller holds the lock.

    Another program's edit goes back, or is kept aside where the file was written since.
    """
    for torn in find_torn(path):
        with suppress(OSError):
            torn.unlink()
    for leftover in find_leftovers(target):
        if discard_leftover(leftover, target):
            continue
        with _reported(path):
            found = read_bytes(target)
            if found is not None and was_swapped_for(leftover, found[1]):
                put_in_place(leftover, target, old=found[1])
                discard_leftover(leftover, target)
                raise _changed(path)
            kept = keep_edit(path, leftover, time=datetime.now(UTC))
        raise ConfigUnwritable(
            f"an earlier run was killed while another program wrote `{path}`, which was written "
            f"again since: that program's text is in `{kept}`",
            hint="compare the two, copy what you miss, then run again",
        )


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into `ConfigUnwritable`."""
    try:
        yield
    except OSError as error:
        where = f" (`{error.filename}`)" if error.filename else ""
        raise ConfigUnwritable(
            f"`{path}` cannot be written: {reason(error)}{where}",
            hint=_HINTS.get(error.errno or 0, "the file is as it was; fix the cause, run again"),
        ) from error


def _changed(path: Path) -> ConfigChanged:
    """Return the error for a file that no longer holds what was read."""
    return ConfigChanged(
        f"another program wrote `{path}` in the meantime, or is writing it",
        hint="run again",
    )
