"""What an edit of session names changed, line by line.

An edit returns its changes; `changed_lines` finds them in two texts of which one is a backup.
`restore_lines` serves the proof of an edit, and the undo of a file that is never copied.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from sync_profiles.config.document import parse_document
from sync_profiles.config.lines import ending_of, parse_option_line, split_lines, text_of
from sync_profiles.errors import EditRefused
from sync_profiles.model import SESSION_NAME_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE_BREAKS = ("\r", "\n")
Step = tuple[int | None, int | None]  # an old line, the new one in its place; None: no such line
Headers = Sequence[tuple[int, str]]  # lines, which count from 1, with the text of their headers


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine:
    """One line that was rewritten, inserted (`before` is None) or removed (`after` is None).

    `line` counts from 1 in the new text; for a removed line it is where that line was.
    The text of a rewritten line has no line break. That of a line which came or went has the line
    break which came or went with it: most often the one behind it; the one in front of it where
    there is none behind it, at the end of a file, or where that one stays. `section` is the text of
    the header above it, by which the line is found again in a file that was edited since.
    """

    line: int
    before: str | None
    after: str | None
    section: str | None = field(default=None, compare=False)


def changed_lines(old: str, new: str) -> list[ChangedLine]:
    """Return the lines by which new, an edit of old, differs from it.

    Raises EditRefused where they differ in more than `role_session_name` settings.
    """
    old_lines, new_lines = split_lines(old), split_lines(new)
    steps = align(old_lines, new_lines)
    if steps is None:
        raise EditRefused("the texts differ in more than session names")
    headers = sorted(
        (line, section.name)
        for section in parse_document(old).sections.values()
        for line in (section.line, *section.repeated)
    )
    return list(_describe(steps, old_lines, new_lines, headers))


def changes_either_way(old: str, new: str) -> list[ChangedLine]:
    """Return the changed lines where new is an edit of old, or old an edit of new.

    They lead from new back to old. Raises EditRefused where the texts differ in more than
    `role_session_name` settings, some of which came while others went.
    """
    try:
        changes = changed_lines(old, new)
    except EditRefused:
        changes = invert_changes(changed_lines(new, old))
    if restore_lines(new, changes) != old:
        raise EditRefused("the edit would change more than session names; nothing was written")
    return changes


def invert_changes(changes: Sequence[ChangedLine]) -> list[ChangedLine]:
    """Return the changes that lead the other way, with the lines of the other text."""
    inverted = []
    shift = 0  # how many lines the other text is longer by, so far
    for change in changes:
        inverted.append(
            replace(change, line=change.line + shift, before=change.after, after=change.before)
        )
        shift += (change.after is None) - (change.before is None)
    return inverted


def is_name_change(change: ChangedLine) -> bool:
    """Return whether a change is that of one session name's line and no more."""
    texts = [text for text in (change.before, change.after) if text is not None]
    return all(
        split_lines(line) == [line] and _is_session_name(line)
        for line in (text.strip("\r\n") for text in texts)
    )


def restore_lines(text: str, changes: Sequence[ChangedLine]) -> str:
    """Return the text from before the changes, which are in the order of their lines.

    Raises EditRefused where text has something else in a changed line's place.
    """
    lines = split_lines(text)
    starts = [0, *accumulate(map(len, lines))]
    ends = [start + len(text_of(line)) for start, line in zip(starts, lines, strict=False)]
    pieces = []
    position = 0
    for change in changes:
        before, after = change.before or "", change.after or ""
        offsets, index = starts, change.line - 1
        if (before or after).startswith(_LINE_BREAKS):
            offsets, index = ends, index - 1  # it starts behind the text of the line above
        if not 0 <= index < len(offsets):
            raise _has_changed(change)
        start, stop = offsets[index], offsets[index] + len(after)
        if start < position or text[start:stop] != after:
            raise _has_changed(change)
        if after and not after.endswith(_LINE_BREAKS) and stop != ends[change.line - 1]:
            raise _has_changed(change)  # something was written behind it
        pieces += [text[position:start], before]
        position = stop
    return "".join([*pieces, text[position:]])


def align(old: Sequence[str], new: Sequence[str]) -> list[Step] | None:
    """Return which new line replaces which old one; None if more than session names differ.

    Lines that differ only in their endings count as equal.
    """
    steps: list[Step] = []
    i = j = 0
    while i < len(old) or j < len(new):
        before = old[i] if i < len(old) else None
        after = new[j] if j < len(new) else None
        if before is not None and after is not None and _are_equal(before, after):
            steps.append((i, j))
            i, j = i + 1, j + 1
        elif after is not None and _is_session_name(after):
            is_rewritten = before is not None and _is_session_name(before)
            steps.append((i if is_rewritten else None, j))
            i, j = i + is_rewritten, j + 1
        else:
            return None
    return steps


def _describe(
    steps: Sequence[Step], old: Sequence[str], new: Sequence[str], headers: Headers
) -> Iterator[ChangedLine]:
    line = 1
    passed = 0  # how many lines of the old text are behind us
    header_lines = [header_line for header_line, _ in headers]
    keeps_break_behind = False  # the line above has taken the line break behind this one
    for i, j in steps:
        before = "" if i is None else old[i]
        after = "" if j is None else new[j]
        if before != after:
            above = bisect_right(header_lines, passed) - 1
            section = headers[above][1] if above >= 0 else None
            if i is not None and j is not None:
                keeps_break_behind = ending_of(before) != ending_of(after)
                if not _are_equal(before, after):
                    yield ChangedLine(
                        line=line, before=text_of(before), after=text_of(after), section=section
                    )
            elif j is not None:
                if keeps_break_behind:
                    after = ending_of(new[j - 1]) + text_of(after)
                yield ChangedLine(line=line, before=None, after=after, section=section)
        else:
            keeps_break_behind = False
        line += j is not None
        passed += i is not None


def _are_equal(line: str, other: str) -> bool:
    return text_of(line) == text_of(other)


def _is_session_name(line: str) -> bool:
    parsed = parse_option_line(line) if SESSION_NAME_KEY in line.lower() else None
    return parsed is not None and parsed.key.lower() == SESSION_NAME_KEY


def _has_changed(change: ChangedLine) -> EditRefused:
    return EditRefused(f"line {change.line} has changed since; nothing was written")
