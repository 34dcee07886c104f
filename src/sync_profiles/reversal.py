"""The reversal of one write's effect on one file: byte for byte, or only the lines it wrote."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import parse_document
from sync_profiles.config.line_changes import find_changed_lines, invert_changes, restore_lines
from sync_profiles.config.revert import find_our_names, revert_lines, revert_names
from sync_profiles.disk.config_file import FileChange
from sync_profiles.disk.records import fingerprint
from sync_profiles.errors import EditRefused, UndoRefused
from sync_profiles.model import FileKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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
    diff: str
    change: FileChange


def reverse(
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
