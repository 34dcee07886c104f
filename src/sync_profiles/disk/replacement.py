"""Replace the two files without losing anybody's edit, and so that it can be undone.

A replacement is atomic, keeps mode, owner and links, leaves an undo record, and happens only if
the file still holds what was read. Contents never reach a message, a `repr` or a log.
"""

from __future__ import annotations

import errno
import os
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from sync_profiles.disk.backup import (
    UndoFiles,
    discard,
    find_torn,
    keep_edit,
    prune,
    write_undo_files,
)
from sync_profiles.disk.config_file import NO_FILE, read_bytes, reason
from sync_profiles.disk.leftovers import Leftover, find_leftovers, holds_new, remove_if_ours
from sync_profiles.disk.successor import put_in_place, successor
from sync_profiles.disk.system import make_lock_file
from sync_profiles.errors import ConfigChanged, ConfigUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import NoReturn

    from sync_profiles.config.changes import ChangedLine
    from sync_profiles.disk.config_file import FileText
    from sync_profiles.model import FileKind

LOCK_TIMEOUT_SECONDS = 30.0

_HINTS = {
    errno.EACCES: "check owner and mode of the file and of its directory",
    errno.EBUSY: "a file that is mounted by itself cannot be replaced: mount its directory",
    errno.EDQUOT: "free some space in your quota, then run again",
    errno.EFBIG: "raise the limit on file sizes (`ulimit -f`), then run again",
    errno.ELOOP: "remove the symbolic link that stands in its place",
    errno.ENOSPC: "free some space on the disk, then run again",
    errno.EPERM: "check owner, mode and attributes of the file and of its directory",
    errno.EROFS: "the file system is mounted read-only: remount it, or name another file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file's new content; `before` is None where there is no file yet.

    `lines` are the lines that differ: for the credentials file, all that the undo record holds.
    """

    path: Path
    kind: FileKind
    before: FileText | None
    data: bytes = field(repr=False)
    lines: tuple[ChangedLine, ...]

    @property
    def old_data(self) -> bytes | None:
        """The bytes that were read, None where there was no file."""
        return None if self.before is None else self.before.data

    @property
    def is_due(self) -> bool:
        """Say whether there is anything to write; a missing file counts as an empty one."""
        return self.data != (self.old_data or b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file that was replaced, its undo record, and its backup where it has one."""

    path: Path
    resolved: Path
    kind: FileKind
    record: Path
    backup: Path | None


@dataclass(slots=True, kw_only=True)
class _Prepared:
    """A successor and the undo files, all on the disk; what is left is one step."""

    change: FileChange
    target: Path
    new: Path
    undo: UndoFiles
    placed: bool = False

    def carry_out(self) -> Written:
        change = self.change
        with _reported(change.path):
            self.placed = put_in_place(self.new, self.target, old=change.old_data)
        if not self.placed:
            raise _changed(change.path)
        prune(change.path, kept=self.undo)
        return Written(
            path=change.path,
            resolved=self.target,
            kind=change.kind,
            record=self.undo.record,
            backup=self.undo.backup,
        )


def replace_files(
    changes: Sequence[FileChange], *, command: str, lock_timeout: float = LOCK_TIMEOUT_SECONDS
) -> list[Written]:
    """Replace the files whose content differs; where nothing differs, touch nothing.

    `command` is the name of ours that the undo records carry; `lock_timeout` is in seconds.
    Raises `ConfigChanged` if a file no longer holds what was read: start again from its new text.
    Raises `ConfigUnwritable` if anything fails; the file is then as it was. Of two files, both are
    made ready before the first is replaced, so that what can fail fails while both are untouched;
    only an edit of the second in that very moment leaves the first one replaced.
    """
    due = [change for change in changes if change.is_due]
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
        prepared = [
            stack.enter_context(_prepared(change, target, command=command, time=now))
            for change, target in zip(due, targets, strict=True)
        ]
        return [replacement.carry_out() for replacement in prepared]


def settle_leftovers(path: Path) -> None:
    """Finish what a killed run left beside a file that is not due; without any, touch nothing.

    Raises `ConfigChanged` where the file got back an edit that had been swapped out, and
    `ConfigUnwritable` where such an edit is kept beside it. What else cannot be done is no failure.
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


def _settle(path: Path, target: Path) -> None:
    """Remove our own leftovers, and save what is not ours; the caller holds the lock."""
    for torn in find_torn(path):
        with suppress(OSError):
            torn.unlink()
    for leftover in find_leftovers(target):
        match remove_if_ours(leftover):
            case Leftover.REMOVED:
                pass
            case Leftover.IN_USE:
                raise _changed(path)
            case Leftover.THEIRS:
                _save_edit(path, target, leftover)
            case unknown:
                assert_never(unknown)


def _save_edit(path: Path, target: Path, leftover: Path) -> NoReturn:
    """Give a file the edit that a killed run swapped out; keep it aside if it was edited since."""
    with _reported(path):
        found = read_bytes(target)
        if found is not None and holds_new(leftover, found[1]):
            put_in_place(leftover, target, old=found[1])
            remove_if_ours(leftover)
            raise _changed(path)
        kept = keep_edit(path, leftover, time=datetime.now(UTC))
    raise ConfigUnwritable(
        f"an earlier run was killed as another program wrote `{path}`, which was written again "
        f"since: that program's text is in `{kept}`",
        hint="compare the two, take over what you miss, then run again",
    )


@contextmanager
def _prepared(
    change: FileChange, target: Path, *, command: str, time: datetime
) -> Iterator[_Prepared]:
    is_new = change.before is None
    if read_bytes(change.path) != (None if is_new else (target, change.old_data)):
        raise _changed(change.path)
    with _reported(change.path), successor(target, change.data, old=change.old_data) as new:
        undo = write_undo_files(
            change.path,
            kind=change.kind,
            before=change.old_data,
            after=change.data,
            lines=change.lines,
            command=command,
            time=time,
            owner=None if is_new else target.stat(),
        )
        prepared = _Prepared(change=change, target=target, new=new, undo=undo)
        try:
            yield prepared
        except Exception:
            # Not for an interrupt: it may have come after the rename and before `placed`. What it
            # leaves behind names in `sha256_before` the text that the file still holds.
            if not prepared.placed:
                discard(undo)
            raise


@contextmanager
def _locked(target: Path, timeout: float) -> Iterator[None]:
    """Hold the lock of a file; the kernel lets go of it when the process ends, however it ends.

    The lock file stays. Removing it would part those who wait for the old file from those who
    open a new one, and both would then go on at once.
    """
    from filelock import FileLock, Timeout

    path = target.with_name(f".{target.name}.sync-profiles.lock")
    with _reported(target):
        # made here, for its owner: `sudo` once must not lock the file's owner out for ever
        make_lock_file(path, target.stat() if target.exists() else None)
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
        with suppress(OSError):  # by now the file is replaced, or not: this is no failure
            lock.release()


def _target(change: FileChange) -> Path:
    """Return the file to replace, links followed; make the directory of a new one."""
    if change.before is not None:
        target = change.before.resolved
        # a rename asks for no leave of the file itself: who made it read-only meant it
        if target.exists() and not os.access(target, os.W_OK):
            raise ConfigUnwritable(
                f"`{target}` is read-only",
                hint="make it writable, or change it where it comes from",
            )
        return target
    if change.path == NO_FILE:
        raise ConfigUnwritable(
            f"there is no {change.kind.value} file to write: its variable is set to none",
            hint=f"name one with `--{change.kind.value}-file`",
        )
    with _reported(change.path):
        _make_directory(change.path.parent)
        return Path(os.path.realpath(change.path.parent, strict=True)) / change.path.name


def _make_directory(path: Path) -> None:
    """Make a directory and those above it, each of mode 0700."""
    if not path.is_dir():
        _make_directory(path.parent)
        path.mkdir(mode=0o700)


def _changed(path: Path) -> ConfigChanged:
    return ConfigChanged(
        f"another program wrote `{path}` in the meantime, or is writing it",
        hint="run again",
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
            hint=_HINTS.get(error.errno or 0, "the file is as it was; mend the cause, run again"),
        ) from error
