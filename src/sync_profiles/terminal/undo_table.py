"""Print an undo, and the list of undo records, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.disk.records import Record, writes
from sync_profiles.reversal import RevertMode
from sync_profiles.terminal.screen import labelled, print_diff, print_wrapped, stdout_console
from sync_profiles.terminal.shell import line_to_undo, short_path
from sync_profiles.terminal.streams import shown
from sync_profiles.undo import Listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from sync_profiles.disk.records import DamagedRecord
    from sync_profiles.reversal import Reversal
    from sync_profiles.terminal.options import Options
    from sync_profiles.undo import Undone

_REVERT_MODES = {
    RevertMode.EXACT: "byte for byte",
    RevertMode.LINES: "its own lines are removed; later changes stay",
    RevertMode.FORCED: "later changes are overwritten",
}
_REMAINING_LINES = "its remaining lines are removed"


def print_undo(undone: Undone | Listed, options: Options) -> None:
    """Print what was or would be undone, and how to undo that; or the list of undo records."""
    console = stdout_console()
    if isinstance(undone, Listed):
        _print_listed(console, undone)
        return
    _print_undone(console, undone)
    if options.dry_run or any(
        reversal.mode is not RevertMode.EXACT for reversal in undone.reversals
    ):
        console.print()
        print_diff(console, undone.diff, whole=options.verbose)


def _print_undone(console: Console, undone: Undone) -> None:
    _print_damaged(console, undone.damaged)
    if not undone.reversals:
        reason = (
            "sync-profiles has not changed these files"
            if undone.number is None
            else f"write {undone.number} is undone already"
        )
        print_wrapped(console, Text(f"nothing to undo: {reason}"))
        return
    first = undone.reversals[0].record
    count = sum(reversal.record.changes for reversal in undone.reversals)
    lead = "undone" if undone.written else "to undo"
    line = f"{lead}: {shown(first.command)} of {_time(first)}, {_changes(count)}"
    print_wrapped(console, Text(line, style="bold"))
    for reversal in undone.reversals:
        way = _REMAINING_LINES if _leaves_some(reversal) else _REVERT_MODES[reversal.mode]
        console.print(Text(f"   {short_path(reversal.change.path)}: {way}"), soft_wrap=True)
    if undone.written:
        console.print(Text(f"undo: {line_to_undo(undone.paths)}"), soft_wrap=True)


def _print_listed(console: Console, listed: Listed) -> None:
    damaged = [record for record in listed.records if not isinstance(record, Record)]
    _print_damaged(console, damaged)
    numbered = list(enumerate(writes(listed.records), start=1))
    if not numbered:
        print_wrapped(console, Text("nothing to undo: there are no undo records"))
        return
    usable = [(number, record) for number, write in numbered for record in write]
    width = max(len(shown(record.command)) for _, record in usable)
    kinds = max(len(record.kind.value) for _, record in usable)
    for number, record in usable:
        command = shown(record.command).ljust(width)
        line = (
            f"{number:2}  {_time(record)}  {command}  {record.kind.value:{kinds}}  "
            f"{_changes(record.changes)}{', undone' if number in listed.undone else ''}"
        )
        print_wrapped(console, Text(line))
    print_wrapped(
        console,
        labelled("hint: `sync-profiles undo N --dry-run` shows what undoing one of them changes"),
    )


def _print_damaged(console: Console, damaged: Sequence[DamagedRecord]) -> None:
    for record in damaged:
        line = f"note: skipped {short_path(record.file)}: {shown(record.message)}"
        print_wrapped(console, labelled(line))


def _leaves_some(reversal: Reversal) -> bool:
    lines = reversal.record.lines
    if reversal.mode is not RevertMode.LINES or any(line.section is None for line in lines):
        return False  # a change of whole lines is undone completely or not at all
    return len(reversal.change.lines) < len(lines)


def _time(record: Record) -> str:
    return f"{record.time:%Y-%m-%d %H:%M:%S} UTC"


def _changes(count: int) -> str:
    return f"{count} {'change' if count == 1 else 'changes'}"
