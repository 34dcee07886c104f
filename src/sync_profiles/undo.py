"""The undo: revert a write of ours, by default the newest that is still in effect in the files.

An undo is a write with an undo record, too: undoing it restores what it removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from sync_profiles.config.document import parse_document
from sync_profiles.config.line_changes import find_changed_lines, invert_changes, restore_lines
from sync_profiles.config.revert import find_our_names, revert_lines, revert_names
from sync_profiles.disk.config_file import ConfigFiles, FileChange, FileText, WrittenFile
from sync_profiles.disk.records import (
    DamagedRecord,
    Record,
    RecordedWrites,
    fingerprint,
    read_writes,
)
from sync_profiles.disk.replacement import write_files
from sync_profiles.errors import ConfigUnreadable, EditRefused, UndoRefused, UsageError
from sync_profiles.model import ChangedLine, FileKind
from sync_profiles.planning.decision import WriteMode
from sync_profiles.sync import start_again_when_changed


class RevertMode(Enum):
    """How a file is reverted: byte for byte, only our own lines, or overwriting later edits."""

    EXACT = "exact"
    LINES = "lines"
    FORCED = "forced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """The change that reverts one file."""

    record: Record
    mode: RevertMode
    change: FileChange


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult:
    """What an undo did or would do; without reversals if there is nothing to undo.

    `number` is that of the write, if one was chosen.
    """

    paths: Mapping[FileKind, Path]
    damaged: tuple[DamagedRecord, ...]
    number: int | None = None
    reversals: tuple[Reversal, ...] = ()
    written: tuple[WrittenFile, ...] = ()

    @property
    def diff(self) -> str:
        """The change of all files as one unified diff."""
        return "".join(reversal.change.diff for reversal in self.reversals)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteList:
    """The undo records of both files, the newest first.

    `undone` has the numbers of the writes of which nothing is left in the files. It is empty if a
    file cannot be read: `unread` says why.
    """

    paths: Mapping[FileKind, Path]
    records: RecordedWrites
    undone: frozenset[int] = frozenset()
    unread: str | None = None


def list_writes(files: ConfigFiles) -> WriteList:
    """Return the writes that can be undone, and which of them are undone already.

    The list needs no file that can be read: it shows what there is to restore.
    """
    records = read_writes(files)
    try:
        texts = files.read()
    except ConfigUnreadable as error:
        return WriteList(paths=files.paths, records=records, unread=error.message)
    undone = set()
    for number, write in enumerate(records.writes, start=1):
        with suppress(UndoRefused):
            if not _reversals_of(write, texts, force=False):
                undone.add(number)
    return WriteList(paths=files.paths, records=records, undone=frozenset(undone))


def undo(
    files: ConfigFiles, *, mode: WriteMode, force: bool, number: int | None = None
) -> UndoResult:
    """Revert our newest write that is still in effect in the files, or the one with this number.

    The newest write is number 1, as in `undo --list`. With `WriteMode.PREVIEW` nothing is written.
    Raises `UndoRefused` if our lines have been changed since, but not with `force`, and
    `UsageError` if there is no such write.
    """
    chosen: tuple[Record, ...] | None = None

    def attempt() -> UndoResult:
        nonlocal chosen
        records = read_writes(files)
        if number is not None and chosen is None:
            # found once: the numbers change when another program writes and we start again
            chosen = _chosen(records.writes, number)
        try:
            undone = replace(_find(files, records, chosen, force=force), number=number)
        except UndoRefused as error:
            if number in {None, 1}:
                raise
            first = "if a later write did that, undo that one first"
            raise UndoRefused(error.message, hint=f"{first}; {error.hint}") from None
        if mode is WriteMode.PREVIEW:
            return undone
        changes = [reversal.change for reversal in undone.reversals]
        written = write_files(changes, command="undo", paths=files.paths.values())
        return replace(undone, written=written)

    return start_again_when_changed(attempt)


def _chosen(writes: Sequence[tuple[Record, ...]], number: int) -> tuple[Record, ...]:
    if number > len(writes):
        there = f"only {len(writes)}" if writes else "as none is recorded"
        hint = "`sync-profiles undo --list` shows all" if writes else None
        raise UsageError(f"there is no write {number} to undo, {there}", hint=hint)
    return writes[number - 1]


def _find(
    files: ConfigFiles, records: RecordedWrites, chosen: tuple[Record, ...] | None, *, force: bool
) -> UndoResult:
    """Return what an undo would do of the chosen write, or of the newest that has an effect."""
    texts = replace(files, of_any_format=True).read()
    candidates = [chosen] if chosen is not None else _newest_first(records.writes, texts)
    found = (_reversals_of(write, texts, force=force) for write in candidates)
    reversals = next(filter(None, found), ())
    return UndoResult(paths=files.paths, damaged=records.damaged, reversals=reversals)


def _newest_first(
    writes: Sequence[tuple[Record, ...]], texts: Mapping[FileKind, FileText]
) -> list[tuple[Record, ...]]:
    """Return the writes, the newest first, by their time stamps and by the content of the files.

    The write that made a file's current content is its newest, even if the clock was set back.
    """
    ordered = list(writes)
    for kind, text in texts.items():
        now = fingerprint(text.data)
        present = [
            each
            for each in ordered
            if any(one.kind is kind and one.fingerprint_before != now for one in each)
        ]
        made = (
            each
            for each in present
            if now is not None
            and any(one.kind is kind and one.fingerprint_after == now for one in each)
        )
        last = next(made, None)
        if last is not None and last is not present[0]:
            ordered.remove(last)
            ordered.insert(ordered.index(present[0]), last)
    return ordered


def _reversals_of(
    write: Sequence[Record], texts: Mapping[FileKind, FileText], *, force: bool
) -> tuple[Reversal, ...]:
    reversals = (reverse(record, texts[record.kind], force=force) for record in write)
    return tuple(filter(None, reversals))


def reverse(record: Record, text: FileText, *, force: bool) -> Reversal | None:
    """Return how to revert a record's effect on a file, or None if the file does not have it.

    Raises `UndoRefused` if the effect cannot be separated from other edits.
    """
    now = fingerprint(text.data)
    if now == record.fingerprint_before:
        return None
    if now == record.fingerprint_after:
        return _restore_exactly(record, text)
    try:
        return _remove_own_lines(record, text, force=force)
    except UndoRefused:
        if record.kind is FileKind.CONFIG and force:
            return _restore_backup(record, text, mode=RevertMode.FORCED)
        raise


def _restore_exactly(record: Record, text: FileText) -> Reversal:
    """Restore the exact bytes from before; the file is as we left it.

    The record's lines usually suffice for this; otherwise the backup has the bytes.
    """
    with suppress(EditRefused):
        after = text.with_text(restore_lines(text.text, record.lines))
        if fingerprint(after.data) == record.fingerprint_before:
            lines = invert_changes(record.lines)
            return _reversal(record, text, after, mode=RevertMode.EXACT, lines=lines)
    if record.kind is FileKind.CONFIG:
        return _restore_backup(record, text, mode=RevertMode.EXACT)
    where = f"`{record.file}` does not fit the lines of `{text.path}`"
    raise _refused(record, f"the undo record {where}")


def _restore_backup(record: Record, text: FileText, *, mode: RevertMode) -> Reversal:
    """Restore the backup byte for byte; a file that we created becomes empty."""
    data = record.backup or b""
    after = replace(text, data=data, text=data.decode(text.encoding, "replace"))
    lines = find_changed_lines(text.text, after.text)
    return _reversal(record, text, after, mode=mode, lines=lines)


def _remove_own_lines(record: Record, text: FileText, *, force: bool) -> Reversal | None:
    """Remove our own lines from a file that was changed since."""
    if not text.exists:
        if record.kind is FileKind.CREDENTIALS:
            return None
        raise _refused(record, f"`{text.path}` has been removed since the `{record.command}`")
    since = f"`{text.path}` has been changed since the `{record.command}` of {record.when}"
    if not record.lines:
        raise _refused(record, f"{since}, and the undo record does not list its lines")
    try:
        if any(line.section is None for line in record.lines):
            return _revert_whole_lines(record, text)
        document = parse_document(text.text)
        present, edited = find_our_names(document, record.lines)
        if edited and not (record.kind is FileKind.CREDENTIALS and force):
            where = ", ".join(f"`[{section}]`" for section in edited)
            raise _refused(record, f"{since}, including lines that it wrote: {where}")
        if not present:
            return None
        reverted = revert_names(document, present)
        after = text.with_text(reverted.text)
        return _reversal(record, text, after, mode=RevertMode.LINES, lines=reverted.lines)
    except EditRefused as error:
        raise _refused(record, f"{since}: {error.message}") from error


def _revert_whole_lines(record: Record, text: FileText) -> Reversal | None:
    """Revert a change of whole lines, such as an import's; the backup shows what it was."""
    before = (record.backup or b"").decode(text.encoding, "replace")
    after = restore_lines(before, invert_changes(record.lines))
    if fingerprint(text.with_text(after).data) != record.fingerprint_after:
        raise EditRefused(f"the undo record `{record.file}` does not fit its backup")
    try:
        new = revert_lines(text.text, before=before, after=after)
    except EditRefused:
        with suppress(EditRefused):  # it has been reverted already if it can be applied again
            revert_lines(text.text, before=after, after=before)
            return None
        raise
    lines = find_changed_lines(text.text, new)
    return _reversal(record, text, text.with_text(new), mode=RevertMode.LINES, lines=lines)


def _reversal(
    record: Record,
    before: FileText,
    after: FileText,
    *,
    mode: RevertMode,
    lines: Sequence[ChangedLine],
) -> Reversal:
    change = FileChange(before=before, after=after, lines=tuple(lines))
    return Reversal(record=record, mode=mode, change=change)


def _refused(record: Record, message: str) -> UndoRefused:
    does = "undoes what is still there and leaves the rest"
    if record.kind is FileKind.CONFIG:
        does = "restores the whole backup and overwrites all later edits"
    hint = f"`--force` {does}; add `--dry-run` to see the difference first"
    return UndoRefused(message, hint=hint)
