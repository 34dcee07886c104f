"""The undo: revert a write of ours, by default the newest that is still in effect in the files.

An undo is a write with an undo record, too: undoing it restores what it removed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import parse_document
from sync_profiles.config.line_changes import find_changed_lines, invert_changes, restore_lines
from sync_profiles.config.revert import find_our_names, revert_lines, revert_names
from sync_profiles.disk.config_file import FileChange
from sync_profiles.disk.records import DamagedRecord, Record, fingerprint, writes
from sync_profiles.errors import EditRefused, UndoRefused, UsageError
from sync_profiles.model import FileKind
from sync_profiles.planning.verdict import WriteMode
from sync_profiles.sync import Files, start_again_when_changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sync_profiles.disk.config_file import FilePaths, FileText, Written
    from sync_profiles.model import ChangedLine


class IfTouched(Enum):
    """What to do if our lines have been changed since."""

    REFUSE = auto()
    FORCE = auto()


class RevertMode(Enum):
    """How a file is reverted: byte for byte, only our own lines, or overwriting later edits."""

    EXACT = "exact"
    LINES = "lines"
    FORCED = "forced"


class RecordedFiles(Files, Protocol):
    """The two files and their undo records."""

    def records(self) -> list[Record | DamagedRecord]:
        """Return the undo records of both files, the newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """The change that reverts one file."""

    record: Record
    mode: RevertMode
    diff: str
    change: FileChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an undo did or would do; without reversals if there is nothing to undo.

    `number` is that of the write, if one was chosen.
    """

    paths: FilePaths
    damaged: tuple[DamagedRecord, ...]
    number: int | None = None
    reversals: tuple[Reversal, ...] = ()
    written: tuple[Written, ...] = ()

    @property
    def diff(self) -> str:
        """The change of all files as one unified diff."""
        return "".join(reversal.diff for reversal in self.reversals)


def undo(
    files: RecordedFiles, *, mode: WriteMode, if_touched: IfTouched, number: int | None = None
) -> Undone:
    """Revert our newest write that is still in effect in the files, or the one with this number.

    The newest write is number 1, as in `undo --list`. With `WriteMode.PREVIEW` nothing is written.
    Raises `UndoRefused` if our lines have been changed since, `UsageError` if there is no such
    write.
    """
    chosen: tuple[Record, ...] | None = None

    def attempt() -> Undone:
        nonlocal chosen
        records = files.records()
        if number is not None and chosen is None:
            # found once: the numbers change when another program writes and we start again
            chosen = _chosen(records, number)
        undone = replace(_find(files, records, chosen, if_touched), number=number)
        if mode is WriteMode.PREVIEW:
            return undone
        changes = [reversal.change for reversal in undone.reversals]
        return replace(undone, written=tuple(files.replace(changes, command="undo")))

    return start_again_when_changed(attempt)


def _chosen(records: Sequence[Record | DamagedRecord], number: int) -> tuple[Record, ...]:
    listed = writes(records)
    if number > len(listed):
        there = f"only {len(listed)}" if listed else "as sync-profiles has changed nothing here"
        hint = "`sync-profiles undo --list` shows all" if listed else None
        raise UsageError(f"there is no write {number} to undo, {there}", hint=hint)
    return listed[number - 1]


def _find(
    files: RecordedFiles,
    records: Sequence[Record | DamagedRecord],
    chosen: tuple[Record, ...] | None,
    if_touched: IfTouched,
) -> Undone:
    texts = files.read()
    paths = {
        FileKind.CONFIG: files.paths.config_file,
        FileKind.CREDENTIALS: files.paths.credentials_file,
    }
    damaged = tuple(record for record in records if isinstance(record, DamagedRecord))
    candidates = [chosen] if chosen is not None else _newest_first(writes(records), texts)
    for write in candidates:
        reversals = _reverse_run(write, texts, paths, if_touched)
        if reversals:
            return Undone(paths=files.paths, damaged=damaged, reversals=reversals)
    return Undone(paths=files.paths, damaged=damaged)


def _newest_first(
    runs: Sequence[tuple[Record, ...]], texts: Mapping[FileKind, FileText | None]
) -> list[tuple[Record, ...]]:
    """Return the runs, the newest first, by their time stamps and by the content of the files.

    The run that produced a file's current content is its newest, even if the clock was set back.
    """
    ordered = list(runs)
    for kind, text in texts.items():
        now = fingerprint(None if text is None else text.data)
        present = [run for run in ordered if any(_may_be_in(record, kind, now) for record in run)]
        last = next((run for run in present if now is not None and _produced(run, kind, now)), None)
        if last is not None and last is not present[0]:
            ordered.remove(last)
            ordered.insert(ordered.index(present[0]), last)
    return ordered


def _may_be_in(record: Record, kind: FileKind, now: str | None) -> bool:
    return record.kind is kind and record.fingerprint_before != now


def _produced(run: Sequence[Record], kind: FileKind, now: str) -> bool:
    return any(record.kind is kind and record.fingerprint_after == now for record in run)


def _reverse_run(
    run: Sequence[Record],
    texts: Mapping[FileKind, FileText | None],
    paths: Mapping[FileKind, Path],
    if_touched: IfTouched,
) -> tuple[Reversal, ...]:
    reversals = [
        _reverse(record, texts[record.kind], paths[record.kind], if_touched) for record in run
    ]
    return tuple(reversal for reversal in reversals if reversal is not None)


def _reverse(
    record: Record, text: FileText | None, path: Path, if_touched: IfTouched
) -> Reversal | None:
    """Return how to revert a record's effect on a file, or None if the file does not have it.

    Raises `UndoRefused` if the effect cannot be separated from other edits.
    """
    now = fingerprint(None if text is None else text.data)
    if now == record.fingerprint_before:
        return None
    if now == record.fingerprint_after:
        return _restore_exactly(record, text, path)
    try:
        return _remove_own_lines(record, text, path, if_touched)
    except UndoRefused:
        if record.kind is FileKind.CONFIG and if_touched is IfTouched.FORCE:
            return _restore_backup(record, text, path, mode=RevertMode.FORCED)
        raise


def _restore_exactly(record: Record, text: FileText | None, path: Path) -> Reversal:
    """Restore the exact bytes from before; the file is as we left it.

    The record's lines usually suffice for this; otherwise the backup has the bytes.
    """
    if text is not None:
        with suppress(EditRefused):
            new = restore_lines(text.text, record.lines)
            if fingerprint(text.encode(new)) == record.fingerprint_before:
                lines = invert_changes(record.lines)
                return _reversal(record, text, new, mode=RevertMode.EXACT, lines=lines)
    if record.kind is FileKind.CONFIG:
        return _restore_backup(record, text, path, mode=RevertMode.EXACT)
    raise _refused(record, f"the undo record `{record.file}` does not fit the lines of `{path}`")


def _restore_backup(
    record: Record, text: FileText | None, path: Path, *, mode: RevertMode
) -> Reversal:
    """Restore the backup byte for byte; a file that we created becomes empty."""
    data = record.backup or b""
    old = "" if text is None else text.text
    new = data.decode("utf-8" if text is None else text.encoding, "replace")
    lines = tuple(find_changed_lines(old, new))
    return Reversal(
        record=record,
        mode=mode,
        diff=unified_diff(old, new, name=str(path)),
        change=FileChange(path=path, kind=record.kind, before=text, data=data, lines=lines),
    )


def _remove_own_lines(
    record: Record, text: FileText | None, path: Path, if_touched: IfTouched
) -> Reversal | None:
    """Remove our own lines from a file that was changed since."""
    if text is None:
        if record.kind is FileKind.CREDENTIALS:
            return None
        raise _refused(record, f"`{path}` has been removed since the `{record.command}`")
    when = f"{record.time:%Y-%m-%d %H:%M:%S} UTC"
    since = f"`{path}` has been changed since the `{record.command}` of {when}"
    if not record.lines:
        raise _refused(record, f"{since}, and the undo record does not list its lines")
    try:
        if any(line.section is None for line in record.lines):
            return _revert_whole_lines(record, text)
        document = parse_document(text.text)
        ours = find_our_names(document, record.lines)
        if ours.edited and not (
            record.kind is FileKind.CREDENTIALS and if_touched is IfTouched.FORCE
        ):
            where = ", ".join(f"`[{section}]`" for section in ours.edited)
            raise _refused(record, f"{since}, including lines that it wrote: {where}")
        if not ours.present:
            return None
        edited = revert_names(document, ours.present)
        return _reversal(record, text, edited.text, mode=RevertMode.LINES, lines=edited.lines)
    except EditRefused as error:
        raise _refused(record, f"{since}: {error.message}") from error


def _revert_whole_lines(record: Record, text: FileText) -> Reversal | None:
    """Revert a change of whole lines, such as an import's; the backup shows what it was."""
    before = (record.backup or b"").decode(text.encoding, "replace")
    after = restore_lines(before, invert_changes(record.lines))
    if fingerprint(text.encode(after)) != record.fingerprint_after:
        raise EditRefused(f"the undo record `{record.file}` does not fit its backup")
    try:
        new = revert_lines(text.text, before=before, after=after)
    except EditRefused:
        # it has been reverted already if it can be applied again
        revert_lines(text.text, before=after, after=before)
        return None
    lines = find_changed_lines(text.text, new)
    return _reversal(record, text, new, mode=RevertMode.LINES, lines=lines)


def _reversal(
    record: Record, text: FileText, new: str, *, mode: RevertMode, lines: Sequence[ChangedLine]
) -> Reversal:
    return Reversal(
        record=record,
        mode=mode,
        diff=unified_diff(text.text, new, name=str(text.path)),
        change=FileChange(
            path=text.path,
            kind=text.kind,
            before=text,
            data=text.encode(new),
            lines=tuple(lines),
        ),
    )


def _refused(record: Record, message: str) -> UndoRefused:
    if record.kind is FileKind.CONFIG:
        does = "restores the whole backup and overwrites all later edits"
    else:
        does = "undoes what is still there and leaves the rest"
    return UndoRefused(
        message, hint=f"`--force` {does}; add `--dry-run` to see the difference first"
    )
