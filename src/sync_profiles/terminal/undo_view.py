"""An undo, and the list of what can be undone, as a person reads it and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.disk.records import Record
from sync_profiles.report import JSON_VERSION
from sync_profiles.terminal.columns import print_wrapped
from sync_profiles.terminal.paths import short_path
from sync_profiles.text import inert
from sync_profiles.undo import Way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from sync_profiles.disk.config_file import FilePaths
    from sync_profiles.disk.records import DamagedRecord
    from sync_profiles.model import FileKind
    from sync_profiles.report import Json
    from sync_profiles.undo import Reversal, Undone

_WAYS = {
    Way.EXACT: "byte for byte",
    Way.LINES: "without its own lines; what was changed since stays",
    Way.FORCED: "over what was changed since",
}


def print_undo(console: Console, undone: Undone, *, line_to_undo: str) -> None:
    """Print what was undone, or would be, and how to take that back."""
    _print_damaged(console, undone.damaged)
    if not undone.reversals:
        print_wrapped(console, Text("nothing to undo: no write of ours is in the files"))
        return
    first = undone.reversals[0].record
    count = sum(reversal.record.changes for reversal in undone.reversals)
    lead = "undone" if undone.written else "to undo"
    line = f"{lead}: {inert(first.command)} of {_time(first)}, {_changes(count)}"
    console.print(Text(line, style="bold"), soft_wrap=True)
    for reversal in undone.reversals:
        way = "as far as its lines still stand" if _leaves_some(reversal) else _WAYS[reversal.way]
        console.print(Text(f"   {short_path(reversal.change.path)}: {way}"), soft_wrap=True)
    if undone.written:
        console.print(Text(f"undo: {line_to_undo}"), soft_wrap=True)


def print_records(console: Console, records: Sequence[Record | DamagedRecord]) -> None:
    """Print the undo records of both files, the newest first."""
    _print_damaged(console, [record for record in records if not isinstance(record, Record)])
    usable = [record for record in records if isinstance(record, Record)]
    if not usable:
        print_wrapped(console, Text("nothing to undo: there is no record of a write of ours"))
    width = max((len(inert(record.command)) for record in usable), default=0)
    for record in usable:
        command = inert(record.command).ljust(width)
        line = f"{_time(record)}  {command}  {record.kind.value:11}  {_changes(record.changes)}"
        console.print(Text(line), soft_wrap=True)


def undo_json(undone: Undone) -> str:
    """Return an undo as one JSON object, in ASCII."""
    written = {file.kind for file in undone.written}
    restored: list[Json] = [
        {
            **_record(reversal.record, undone.paths),
            "way": reversal.way.value,
            "written": reversal.record.kind in written,
        }
        for reversal in undone.reversals
    ]
    backups = [str(file.backup) for file in undone.written if file.backup is not None]
    more: Json = {"restored": restored, "diff": undone.diff, "backups": backups}
    return _document(undone.paths, undone.damaged, more)


def records_json(paths: FilePaths, records: Sequence[Record | DamagedRecord]) -> str:
    """Return the undo records as one JSON object, in ASCII."""
    damaged = [record for record in records if not isinstance(record, Record)]
    usable = [_record(record, paths) for record in records if isinstance(record, Record)]
    return _document(paths, damaged, {"records": usable})


def _document(paths: FilePaths, damaged: Sequence[DamagedRecord], more: Json) -> str:
    document: Json = {
        "version": JSON_VERSION,
        "command": "undo",
        "config_file": str(paths.config_file),
        "credentials_file": str(paths.credentials_file),
        **more,
        "problems": [
            {
                "file": str(record.file),
                "line": None,
                "profile": None,
                "code": "undo-record-unusable",
                "message": record.message,
                "hint": "remove it, if nobody needs it",
            }
            for record in damaged
        ],
    }
    return json.dumps(document, indent=2)


def _record(record: Record, paths: FilePaths) -> Json:
    return {
        "file": str(_path(record.kind, paths)),
        "kind": record.kind.value,
        "command": record.command,
        "time": record.time.isoformat(timespec="microseconds"),
        "changes": record.changes,
        "record": str(record.file),
    }


def _path(kind: FileKind, paths: FilePaths) -> object:
    return paths.config_file if kind.value == "config" else paths.credentials_file


def _print_damaged(console: Console, damaged: Sequence[DamagedRecord]) -> None:
    for record in damaged:
        line = f"note: skipped {short_path(record.file)}: {inert(record.message)}"
        print_wrapped(console, Text(line, style="yellow"))


def _leaves_some(reversal: Reversal) -> bool:
    lines = reversal.record.lines
    if reversal.way is not Way.LINES or any(line.section is None for line in lines):
        return False  # a change of whole lines comes out whole, or not at all
    return len(reversal.change.lines) < len(lines)


def _time(record: Record) -> str:
    return f"{record.time:%Y-%m-%d %H:%M:%S} UTC"


def _changes(count: int) -> str:
    return f"{count} {'change' if count == 1 else 'changes'}"
