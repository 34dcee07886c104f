"""Replace the two files without losing another program's edits; the change can be undone.

A replacement is atomic, keeps mode, owner and links, leaves an undo record, and happens only if the
file is still as it was read. Contents never appear in a message, a `repr` or a log.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sync_profiles.config.profiles import how_to_name
from sync_profiles.disk.backups import discard, find_torn, keep_edit, prune
from sync_profiles.disk.config_file import (
    NO_FILE,
    FileChange,
    WrittenFile,
    read_bytes,
)
from sync_profiles.disk.exchange import (
    discard_leftover,
    find_leftovers,
    put_back,
    put_in_place,
    successor,
    was_swapped_for,
)
from sync_profiles.disk.records import write_record
from sync_profiles.disk.system import (
    LARGEST,
    RIGHTS,
    is_held_open,
    make_directory,
    make_lock_file,
    owner_of,
    why_read_only,
)
from sync_profiles.errors import ConfigChanged, ConfigUnwritable, reason
from sync_profiles.waiting import waiting_for

LOCK_TIMEOUT_SECONDS = 30.0

# the file system has no locks, or none that work: NFS without its lock service, some of FUSE
_NO_LOCKS = frozenset({errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK})

_HINTS = {
    errno.EACCES: f"check {RIGHTS} of the file and of its directory",
    errno.EBUSY: "a mounted file cannot be replaced: mount its directory instead",
    errno.EEXIST: "move away what is where its directory should be, then run again",
    errno.EDQUOT: "free some space in your quota, then run again",
    errno.EFBIG: "raise the limit on file sizes (`ulimit -f`), then run again",
    errno.ELOOP: "remove the symbolic link that is in its place",
    errno.ENOSPC: "free some space on the disk, then run again",
    errno.EPERM: "check owner, mode and attributes of the file and of its directory",
    errno.EROFS: "the file system is mounted read-only: remount it, or name another file",
}


@dataclass(slots=True, kw_only=True)
class _Replacement:
    """A change whose new file and undo record are on disk; one step remains."""

    change: FileChange
    target: Path
    new: Path
    written: WrittenFile
    is_placed: bool = False

    def place(self) -> None:
        """Replace the file; raise `ConfigChanged` or `ConfigUnwritable` if that is not possible."""
        with _reported(self.change.path):
            self.is_placed = put_in_place(self.new, self.target, old=self.change.old_data)
        if not self.is_placed:
            raise _changed(self.change.path)

    def revert(self) -> None:
        """Restore the old file, unless the new one was changed since, or there was none."""
        data, old = self.change.data, self.change.old_data
        with suppress(OSError, ConfigUnwritable):
            self.is_placed = old is None or not put_back(self.new, self.target, data=data, old=old)


def write_files(
    changes: Sequence[FileChange], *, command: str, paths: Iterable[Path] = ()
) -> tuple[WrittenFile, ...]:
    """Replace the files whose content differs; if no content differs, touch nothing.

    `command` is the command's name in the undo records. Next to those of `paths` that are not
    replaced, what a killed run left is cleaned up. Raises `ConfigChanged` if a file is no longer as
    it was read: start again from its new text. Raises `ConfigUnwritable` if anything fails. In both
    cases all files are unchanged: every replacement is prepared before the first one happens, and
    if a later one fails, the earlier ones are reverted. A file that has been changed since is not
    reverted; the error then names it.
    """
    due = [change for change in changes if change.differs]
    for path in paths:
        if path not in {change.path for change in due}:
            _clean_up_leftovers(path)
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
        for target in sorted(targets):  # always in the same order, so that two runs cannot deadlock
            stack.enter_context(_locked(target, LOCK_TIMEOUT_SECONDS))
        for change, target in zip(due, targets, strict=True):
            _clean_up(change.path, target)
        replacements = [
            stack.enter_context(_prepared(change, target, command=command, time=now))
            for change, target in zip(due, targets, strict=True)
        ]
        _place_all(replacements)
        for replacement in replacements:
            prune(replacement.written)
        return tuple(replacement.written for replacement in replacements)


def _clean_up_leftovers(path: Path) -> None:
    """Clean up what a killed run left next to a file that is not replaced in this run.

    Raises `ConfigChanged` if another program's edit, which the killed run had replaced, was
    restored, and `ConfigUnwritable` if such an edit was saved next to the file. Other
    failures are ignored.
    """
    target = Path(os.path.realpath(path))
    if path == NO_FILE or not (find_leftovers(target) or find_torn(path)):
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(_locked(target, 0))
        except ConfigUnwritable:  # leftovers of an active run, or without permission to touch them
            return
        _clean_up(path, target)


def _place_all(replacements: Sequence[_Replacement]) -> None:
    """Replace all files or none."""
    try:
        # a new file last, so that it never has to be removed again
        for replacement in sorted(replacements, key=lambda each: not each.change.before.exists):
            replacement.place()
    except (ConfigChanged, ConfigUnwritable) as error:
        earlier = [replacement for replacement in replacements if replacement.is_placed]
        for replacement in reversed(earlier):
            replacement.revert()
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
    if read_bytes(change.path) != ((target, change.old_data) if change.before.exists else None):
        raise _changed(change.path)
    with _reported(change.path), successor(target, change.data, old=change.old_data) as new:
        written = write_record(change, target, command=command, time=time)
        replacement = _Replacement(change=change, target=target, new=new, written=written)
        try:
            yield replacement
        except Exception:
            # Not after an interrupt, which may come between the swap and `is_placed`. The record of
            # a change that did not happen is harmless: its `sha256_before` matches the file.
            if not replacement.is_placed:
                discard(written)
            raise


def _target(change: FileChange) -> Path:
    """Return the file to replace, with links followed; create the directory of a new file."""
    if change.before.exists:
        target = change.before.resolved
        with _reported(change.path):
            exists = target.exists()
        # a rename works even on a read-only file, but it was made read-only for a reason
        if exists and not os.access(target, os.W_OK):
            why, hint = why_read_only(target)
            raise ConfigUnwritable(f"`{target}` is read-only{why}", hint=hint)
        return target
    if NO_FILE in {change.path, Path(os.path.realpath(change.path))}:
        raise ConfigUnwritable(
            f"there is no {change.kind.value} file to write: its path is empty or leads to "
            f"`{NO_FILE}`",
            hint=how_to_name(change.kind),
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
    """Hold the lock of a file, so that two runs do not write at once; the timeout is in seconds.

    The kernel releases it when the process ends, in any way. The lock file is not removed:
    otherwise a run that waits for the old lock file and one that creates a new one would both
    continue.
    """
    from filelock import FileLock, Timeout

    path = target.with_name(f".{target.name}.sync-profiles.lock")
    with _reported(target):
        # created for the file's owner: a single `sudo` must not lock that owner out forever
        make_lock_file(path, owner_of(target))
        lock = FileLock(path, mode=0o600, fallback_to_soft=False)
        try:
            with waiting_for(f"waiting for another sync-profiles, which writes `{target}`"):
                lock.acquire(timeout=timeout)
        except Timeout:
            raise ConfigUnwritable(
                f"another sync-profiles is running: it has locked `{target}`",
                hint="wait until it has finished, then run again",
            ) from None
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            raise ConfigUnwritable(
                f"`{target}` cannot be written: its file system has no locks ({reason(error)})",
                hint="move the file to a local disk, and leave a symbolic link to it",
            ) from None
    try:
        yield
    finally:
        with suppress(OSError):  # the work is done: an error while closing is not a failure
            lock.release()


def _clean_up(path: Path, target: Path) -> None:
    """Remove what a killed run of ours left, and save other edits; the caller holds the lock.

    Another program's edit is restored, or saved under another name if the file was written since.
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
            hint="compare the two, copy what is missing, then run again",
        )


@contextmanager
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f" (`{error.filename}`)" if error.filename else ""
        hint = _HINTS.get(error.errno or 0, "the file is unchanged; fix the cause, then run again")
        if is_held_open(error):
            hint = "close the program that has it open, then run again"
        raise ConfigUnwritable(
            f"`{path}` cannot be written: {reason(error)}{where}", hint=hint
        ) from error


def _changed(path: Path) -> ConfigChanged:
    return ConfigChanged(
        f"another program wrote `{path}` in the meantime, or is writing it",
        hint="run again",
    )
