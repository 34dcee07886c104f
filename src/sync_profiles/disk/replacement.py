"""Replace the two files without losing anybody's edit, and so that it can be undone.

A replacement is atomic, keeps mode, owner and links, leaves an undo record, and happens only if
the file still holds what was read. Contents never reach a message, a `repr` or a log.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sync_profiles.disk.backup import UndoFiles, discard, prune, write_undo_files
from sync_profiles.disk.config_file import LARGEST, NO_FILE, read_bytes
from sync_profiles.disk.lock import locked
from sync_profiles.disk.putting_back import put_back
from sync_profiles.disk.refusals import changed, reported
from sync_profiles.disk.settling import settle
from sync_profiles.disk.successor import put_in_place, successor
from sync_profiles.disk.system import make_directory, owner_of
from sync_profiles.errors import ConfigChanged, ConfigUnwritable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync_profiles.config.changes import ChangedLine
    from sync_profiles.disk.config_file import FileText
    from sync_profiles.model import FileKind

LOCK_TIMEOUT_SECONDS = 30.0


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

    @property
    def written(self) -> Written:
        """What is to be told of it."""
        return Written(
            path=self.change.path,
            resolved=self.target,
            kind=self.change.kind,
            record=self.undo.record,
            backup=self.undo.backup,
        )

    def carry_out(self) -> None:
        """Replace the file, or raise `ConfigChanged` or `ConfigUnwritable`."""
        change = self.change
        with reported(change.path):
            self.placed = put_in_place(self.new, self.target, old=change.old_data)
        if not self.placed:
            raise changed(change.path)

    def take_back(self) -> None:
        """Put the old file back, unless the new one was changed since."""
        change = self.change
        with suppress(OSError, ConfigUnwritable):
            is_back = put_back(self.new, self.target, data=change.data, old=change.old_data)
            self.placed = not is_back


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
                hint="take out of it what no longer serves, then run again",
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
            stack.enter_context(locked(target, lock_timeout))
        for change, target in zip(due, targets, strict=True):
            settle(change.path, target)
        prepared = [
            stack.enter_context(_prepared(change, target, command=command, time=now))
            for change, target in zip(due, targets, strict=True)
        ]
        _carry_out(prepared)
        for replacement in prepared:
            prune(replacement.change.path, kept=replacement.undo)
        return [replacement.written for replacement in prepared]


def _carry_out(prepared: Sequence[_Prepared]) -> None:
    """Replace all files, or none."""
    try:
        for replacement in prepared:
            replacement.carry_out()
    except (ConfigChanged, ConfigUnwritable) as error:
        earlier = [replacement for replacement in prepared if replacement.placed]
        for replacement in reversed(earlier):
            replacement.take_back()
        if not any(replacement.placed for replacement in earlier):
            raise
        names = " and ".join(f"`{one.change.path}`" for one in earlier if one.placed)
        raise ConfigUnwritable(
            f"{error.message}; {names} had been written before that and cannot be put back",
            hint="`sync-profiles undo` takes that back; then mend the cause, and run again",
        ) from error


@contextmanager
def _prepared(
    change: FileChange, target: Path, *, command: str, time: datetime
) -> Iterator[_Prepared]:
    if read_bytes(change.path) != (None if change.before is None else (target, change.old_data)):
        raise changed(change.path)
    with reported(change.path), successor(target, change.data, old=change.old_data) as new:
        undo = write_undo_files(
            change.path,
            kind=change.kind,
            before=change.old_data,
            after=change.data,
            lines=change.lines,
            command=command,
            time=time,
            owner=owner_of(target),
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


def _target(change: FileChange) -> Path:
    """Return the file to replace, links followed; make the directory of a new one."""
    if change.before is not None:
        target = change.before.resolved
        with reported(change.path):
            is_there = target.exists()
        # a rename asks for no leave of the file itself: who made it read-only meant it
        if is_there and not os.access(target, os.W_OK):
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
    with reported(change.path):
        _make_directory(change.path.parent)
        return Path(os.path.realpath(change.path.parent, strict=True)) / change.path.name


def _make_directory(path: Path) -> None:
    """Make a directory and those above it."""
    if not path.is_dir():
        _make_directory(path.parent)
        make_directory(path)
