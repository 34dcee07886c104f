"""The reversal of one write's effect on one file: byte for byte, or only the lines it wrote."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from sync_profiles.config.document import parse_document
from sync_profiles.config.line_changes import find_changed_lines, invert_changes, restore_lines
from sync_profiles.config.revert import find_our_names, revert_lines, revert_names
from sync_profiles.disk.config_file import FileChange
from sync_profiles.disk.records import fingerprint
from sync_profiles.errors import EditRefused, UndoRefused
from sync_profiles.model import FileKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.disk.config_file import FileText
    from sync_profiles.disk.records import Record
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """The change that reverts one file."""

    record: Record
    mode: RevertMode
    change: FileChange


def reverse(record: Record, text: FileText, if_touched: IfTouched) -> Reversal | None:
    """Return how to revert a record's effect on a file, or None if the file does not have it.

    Raises `UndoRefused` if the effect cannot be separated from other edits.
    """
    now = fingerprint(text.data)
    if now == record.fingerprint_before:
        return None
    if now == record.fingerprint_after:
        return _restore_exactly(record, text)
    try:
        return _remove_own_lines(record, text, if_touched)
    except UndoRefused:
        if record.kind is FileKind.CONFIG and if_touched is IfTouched.FORCE:
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


def _remove_own_lines(record: Record, text: FileText, if_touched: IfTouched) -> Reversal | None:
    """Remove our own lines from a file that was changed since."""
    if not text.exists:
        if record.kind is FileKind.CREDENTIALS:
            return None
        raise _refused(record, f"`{text.path}` has been removed since the `{record.command}`")
    when = f"{record.time:%Y-%m-%d %H:%M:%S} UTC"
    since = f"`{text.path}` has been changed since the `{record.command}` of {when}"
    if not record.lines:
        raise _refused(record, f"{since}, and the undo record does not list its lines")
    try:
        if any(line.section is None for line in record.lines):
            return _revert_whole_lines(record, text)
        document = parse_document(text.text)
        present, edited = find_our_names(document, record.lines)
        if edited and not (record.kind is FileKind.CREDENTIALS and if_touched is IfTouched.FORCE):
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
    if fingerprint(text.encode(after)) != record.fingerprint_after:
        raise EditRefused(f"the undo record `{record.file}` does not fit its backup")
    try:
        new = revert_lines(text.text, before=before, after=after)
    except EditRefused:
        # it has been reverted already if it can be applied again
        revert_lines(text.text, before=after, after=before)
        return None
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
    if record.kind is FileKind.CONFIG:
        does = "restores the whole backup and overwrites all later edits"
    else:
        does = "undoes what is still there and leaves the rest"
    return UndoRefused(
        message, hint=f"`--force` {does}; add `--dry-run` to see the difference first"
    )
