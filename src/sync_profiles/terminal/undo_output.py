"""Print an undo, and the list of undo records, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sync_profiles.disk.records import DamagedRecord, Record
from sync_profiles.model import FileKind
from sync_profiles.terminal.json_document import Json, backups_json, pick, print_json
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.shell import line_to_undo, short_path
from sync_profiles.terminal.streams import at_home, printable
from sync_profiles.text import counted
from sync_profiles.undo import Reversal, RevertMode, UndoResult, WriteList

_REVERT_MODES = {
    RevertMode.EXACT: "as it was before, byte for byte",
    RevertMode.LINES: "its own lines are removed; later changes stay",
    RevertMode.FORCED: "later changes are overwritten",
}
_REMAINING_LINES = "its remaining lines are removed"


def print_undo(undone: UndoResult, options: Options) -> None:
    """Print what was or would be undone, and how to undo that."""
    screen = Screen()
    _print_undone(screen, undone)
    if options.dry_run or any(
        reversal.mode is not RevertMode.EXACT for reversal in undone.reversals
    ):
        screen.gap()
        screen.diff(undone.diff, whole=options.verbose)


def _print_undone(screen: Screen, undone: UndoResult) -> None:
    _print_damaged(screen, undone.damaged)
    if not undone.reversals:
        reason = (
            "no recorded write has left a change in these files"
            if undone.number is None
            else f"write {undone.number} is undone already"
        )
        screen.line(f"nothing to undo: {reason}")
        return
    first = undone.reversals[0].record
    count = sum(reversal.record.changes for reversal in undone.reversals)
    lead = "undone" if undone.written else "to undo"
    line = f"{lead}: {first.command} of {first.when}, {counted(count, 'change')}"
    screen.line(line, style="bold")
    for reversal in undone.reversals:
        way = _REMAINING_LINES if _leaves_some(reversal) else _REVERT_MODES[reversal.mode]
        screen.unbroken(f"   {short_path(reversal.change.path)}: {way}")
    if undone.written:
        screen.unbroken(f"undo: {line_to_undo()}")


def print_records(listed: WriteList, _: Options) -> None:
    """Print the writes that can be undone, with their numbers."""
    screen = Screen()
    _print_damaged(screen, listed.records.damaged)
    if not listed.records.writes:
        screen.line("nothing to undo: there are no undo records")
        return
    if listed.unread is not None:
        screen.line(f"note: what is undone already is not known: {at_home(listed.unread)}")
    usable = [
        (number, record)
        for number, write in enumerate(listed.records.writes, start=1)
        for record in write
    ]
    width = max(len(printable(record.command)) for _, record in usable)
    kinds = max(len(record.kind.value) for _, record in usable)
    for number, record in usable:
        command = printable(record.command).ljust(width)
        line = (
            f"{number:2}  {record.when}  {command}  {record.kind.value:{kinds}}  "
            f"{counted(record.changes, 'change')}{', undone' if number in listed.undone else ''}"
        )
        screen.line(line)
    screen.line("hint: `sync-profiles undo N --dry-run` shows what undoing one of them changes")


def _print_damaged(screen: Screen, damaged: Sequence[DamagedRecord]) -> None:
    for record in damaged:
        screen.line(f"note: skipped {short_path(record.file)}: {record.message}")


def _leaves_some(reversal: Reversal) -> bool:
    lines = reversal.record.lines
    if reversal.mode is not RevertMode.LINES or any(line.section is None for line in lines):
        return False  # a change of whole lines is undone completely or not at all
    return len(reversal.change.lines) < len(lines)


def print_undo_json(undone: UndoResult, _: Options) -> None:
    """Print an undo as JSON."""
    written = {file.kind for file in undone.written}
    document: Json = {
        "restored": [
            {
                **_record(reversal.record, undone.paths),
                "way": reversal.mode.value,
                "written": reversal.record.kind in written,
            }
            for reversal in undone.reversals
        ],
        "diff": undone.diff,
        "backups": backups_json(undone.written),
        "problems": [_damaged(record) for record in undone.damaged],
    }
    print_json("undo", undone.paths, document)


def print_records_json(listed: WriteList, _: Options) -> None:
    """Print the list of undo records as JSON."""
    document: Json = {
        "records": [
            {
                "number": number,
                "undone": number in listed.undone if listed.unread is None else None,
                **_record(record, listed.paths),
            }
            for number, write in enumerate(listed.records.writes, start=1)
            for record in write
        ],
        "problems": [_damaged(record) for record in listed.records.damaged],
    }
    print_json("undo", listed.paths, document)


def _record(record: Record, paths: Mapping[FileKind, Path]) -> Json:
    return {
        "file": str(paths[record.kind]),
        **pick(record, "kind", "command"),
        "time": record.time.isoformat(timespec="microseconds"),
        "changes": record.changes,
        "record": str(record.file),
    }


def _damaged(record: DamagedRecord) -> Json:
    return {
        "file": str(record.file),
        "line": None,
        "profile": None,
        "code": "undo-record-unusable",
        "message": record.message,
        "hint": "delete it if you do not need it",
    }
