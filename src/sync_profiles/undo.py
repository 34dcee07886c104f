"""The undo: restore what was there before our newest write whose effect is in the files now.

An undo is a write like any other, with a record of its own: undoing it restores what it removed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import groupby
from typing import TYPE_CHECKING, Protocol, assert_never

from sync_profiles.config.changes import changes_either_way, invert_changes, restore_lines
from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import parse_document
from sync_profiles.config.takeback import find_standing, take_back
from sync_profiles.config.three_way import apply_lines, describe_lines, take_change_out
from sync_profiles.disk.config_file import FileChange
from sync_profiles.disk.records import DamagedRecord, Record, fingerprint
from sync_profiles.errors import EditRefused, UndoRefused
from sync_profiles.model import FileKind
from sync_profiles.planning.verdict import Tense
from sync_profiles.sync import Files, start_again_when_changed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sync_profiles.config.changes import ChangedLine
    from sync_profiles.disk.config_file import FilePaths, FileText, Written


class IfTouched(Enum):
    """What to do where our lines were changed since."""

    REFUSE = auto()
    FORCE = auto()


class Way(Enum):
    """How a file goes back: to what it was, by its own lines alone, or over later edits."""

    EXACT = "exact"
    LINES = "lines"
    FORCED = "forced"


class RecordedFiles(Files, Protocol):
    """The two files and their undo records."""

    def records(self) -> list[Record | DamagedRecord]:
        """Return the undo records of both files, the newest first."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The record's effect is not in the file: it was undone, or never carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """The record's effect is in the file, and cannot be undone apart from other edits."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """One file's way back."""

    record: Record
    way: Way
    diff: str
    change: FileChange


Effect = Absent | Blocked | Reversal


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """What an undo did, or would do; no reversal where there is nothing to undo."""

    paths: FilePaths
    damaged: tuple[DamagedRecord, ...]
    reversals: tuple[Reversal, ...] = ()
    written: tuple[Written, ...] = ()

    @property
    def diff(self) -> str:
        """The change of all files as one unified diff."""
        return "".join(reversal.diff for reversal in self.reversals)


def undo(files: RecordedFiles, *, tense: Tense, if_touched: IfTouched) -> Undone:
    """Take back the newest run of ours whose effect is in the files now.

    With `Tense.NOW` nothing is written. Raises `UndoRefused` where our lines were changed since.
    """

    def attempt() -> Undone:
        undone = _find(files, if_touched)
        if tense is Tense.NOW:
            return undone
        changes = [reversal.change for reversal in undone.reversals]
        return replace(undone, written=tuple(files.replace(changes, command="undo")))

    return start_again_when_changed(attempt)


def _find(files: RecordedFiles, if_touched: IfTouched) -> Undone:
    texts = files.read()
    records = files.records()
    paths = {
        FileKind.CONFIG: files.paths.config_file,
        FileKind.CREDENTIALS: files.paths.credentials_file,
    }
    usable = [record for record in records if isinstance(record, Record)]
    damaged = tuple(record for record in records if isinstance(record, DamagedRecord))
    runs = [list(run) for _, run in groupby(usable, key=lambda record: record.stamp)]
    for run in _last_first(runs, texts):
        reversals = _reverse_run(run, texts, paths, if_touched)
        if reversals:
            return Undone(paths=files.paths, damaged=damaged, reversals=reversals)
    return Undone(paths=files.paths, damaged=damaged)


def _last_first(
    runs: Sequence[list[Record]], texts: Mapping[FileKind, FileText | None]
) -> list[list[Record]]:
    """Return the runs, the newest first: by their stamps, and by what the files hold.

    What made a file what it is now was the last run on it, even if the clock has been set back.
    """
    ordered = list(runs)
    for kind, text in texts.items():
        now = fingerprint(None if text is None else text.data)
        present = [run for run in ordered if any(_may_be_in(record, kind, now) for record in run)]
        last = next((run for run in present if now is not None and _made(run, kind, now)), None)
        if last is not None and last is not present[0]:
            ordered.remove(last)
            ordered.insert(ordered.index(present[0]), last)
    return ordered


def _may_be_in(record: Record, kind: FileKind, now: str | None) -> bool:
    return record.kind is kind and record.fingerprint_before != now


def _made(run: Sequence[Record], kind: FileKind, now: str) -> bool:
    return any(record.kind is kind and record.fingerprint_after == now for record in run)


def _reverse_run(
    run: Sequence[Record],
    texts: Mapping[FileKind, FileText | None],
    paths: Mapping[FileKind, Path],
    if_touched: IfTouched,
) -> tuple[Reversal, ...]:
    reversals = []
    for record in run:
        effect = find_effect(record, texts[record.kind], paths[record.kind], if_touched)
        match effect:
            case Reversal():
                reversals.append(effect)
            case Blocked(message=message):
                raise UndoRefused(message, hint=_way_out(record))
            case Absent():
                pass
            case _:
                assert_never(effect)
    return tuple(reversals)


def find_effect(record: Record, text: FileText | None, path: Path, if_touched: IfTouched) -> Effect:
    """Return whether a record's effect is in a file, and how the file goes back."""
    now = fingerprint(None if text is None else text.data)
    if now == record.fingerprint_before:
        return Absent()
    if now == record.fingerprint_after:
        return _go_back(record, text, path)
    effect = _take_out(record, text, path, if_touched)
    if (
        isinstance(effect, Blocked)
        and record.kind is FileKind.CONFIG
        and if_touched is IfTouched.FORCE
    ):
        return _restored(record, text, path, way=Way.FORCED)
    return effect


def _go_back(record: Record, text: FileText | None, path: Path) -> Effect:
    """Return to the very bytes from before: the file is as we left it.

    The record's own lines lead back, and for a change of whole lines, as an import's, the backup.
    """
    is_of_names = all(line.section is not None for line in record.lines)
    if text is not None and (is_of_names or record.kind is FileKind.CREDENTIALS):
        try:
            new = restore_lines(text.text, record.lines)
            if fingerprint(text.encode(new)) == record.fingerprint_before:
                lines = tuple(invert_changes(record.lines))
                return _reversal(record, text, new, way=Way.EXACT, lines=lines)
        except EditRefused:
            pass
    if record.kind is FileKind.CONFIG:
        return _restored(record, text, path, way=Way.EXACT)
    return Blocked(message=f"the undo record `{record.file}` does not fit the lines of `{path}`")


def _restored(record: Record, text: FileText | None, path: Path, *, way: Way) -> Reversal:
    """Return to the backup, byte for byte; a file that we made becomes an empty one."""
    data = record.backup or b""
    old = "" if text is None else text.text
    new = data.decode("utf-8" if text is None else text.encoding, "replace")
    return Reversal(
        record=record,
        way=way,
        diff=unified_diff(old, new, name=str(path)),
        change=FileChange(
            path=path, kind=record.kind, before=text, data=data, lines=tuple(_changes(old, new))
        ),
    )


def _take_out(record: Record, text: FileText | None, path: Path, if_touched: IfTouched) -> Effect:
    """Take out our own lines of a file that was changed since."""
    if text is None:
        if record.kind is FileKind.CREDENTIALS:
            return Absent()
        return Blocked(message=f"`{path}` has been removed since the `{record.command}`")
    when = f"{record.time:%Y-%m-%d %H:%M:%S} UTC"
    since = f"`{path}` has been changed since the `{record.command}` of {when}"
    if not record.lines:
        return Blocked(message=f"{since}, and its own lines cannot be told from the others")
    try:
        if any(line.section is None for line in record.lines):
            return _take_change_out(record, text)
        document = parse_document(text.text)
        standing = find_standing(document, record.lines)
        forced = if_touched is IfTouched.FORCE and record.kind is FileKind.CREDENTIALS
        if standing.touched and not forced:
            where = ", ".join(f"`{place}`" for place in standing.touched)
            return Blocked(message=f"{since}, also in what it had written: {where}")
        if not standing.changes:
            return Absent()
        edited = take_back(document, standing.changes)
        return _reversal(record, text, edited.text, way=Way.LINES, lines=edited.lines)
    except EditRefused as error:
        return Blocked(message=f"{since}: {error.message}")


def _take_change_out(record: Record, text: FileText) -> Effect:
    """Take out a change of whole lines, as an import's: from the backup it is known what it was."""
    before = (record.backup or b"").decode(text.encoding, "replace")
    after = apply_lines(before, record.lines)
    if fingerprint(text.encode(after)) != record.fingerprint_after:
        raise EditRefused(f"the undo record `{record.file}` does not fit its backup")
    try:
        new = take_change_out(text.text, before=before, after=after)
    except EditRefused:
        take_change_out(text.text, before=after, after=before)  # it is out, where it could go in
        return Absent()
    return _reversal(record, text, new, way=Way.LINES)


def _reversal(
    record: Record,
    text: FileText,
    new: str,
    *,
    way: Way,
    lines: tuple[ChangedLine, ...] | None = None,
) -> Reversal:
    return Reversal(
        record=record,
        way=way,
        diff=unified_diff(text.text, new, name=str(text.path)),
        change=FileChange(
            path=text.path,
            kind=text.kind,
            before=text,
            data=text.encode(new),
            lines=tuple(_changes(text.text, new)) if lines is None else lines,
        ),
    )


def _changes(old: str, new: str) -> list[ChangedLine]:
    try:
        return changes_either_way(old, new)
    except EditRefused:  # more than session names
        return describe_lines(old, new)


def _way_out(record: Record) -> str:
    if record.kind is FileKind.CONFIG:
        return (
            "`--force` brings the whole backup back, over all later edits; "
            "with `--dry-run` it shows the difference first"
        )
    return (
        "`--force` undoes what is still there, and leaves the rest; "
        "with `--dry-run` it shows the difference first"
    )
