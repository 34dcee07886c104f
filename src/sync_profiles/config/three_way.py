"""How one text differs from another, line by line, whatever was changed; and to take that back.

For changes of more than session names: an import's, and those of other programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.config.changes import ChangedLine
from sync_profiles.config.hunks import find_hunks
from sync_profiles.config.lines import split_lines, text_of, usual_ending
from sync_profiles.config.proof import read_settings
from sync_profiles.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.config.hunks import Hunk

_LINE_BREAKS = ("\r", "\n")


def describe_lines(old: str, new: str) -> list[ChangedLine]:
    """Return the lines that went and came from old to new, whole and with their line breaks."""
    old_lines = split_lines(old)
    changes = []
    shift = 0  # how many lines new is longer by, so far
    for hunk in find_hunks(old_lines, split_lines(new)):
        line = hunk.start + shift + 1
        gone = old_lines[hunk.start : hunk.stop]
        changes += [ChangedLine(line=line, before=text, after=None) for text in gone]
        changes += [
            ChangedLine(line=number, before=None, after=text)
            for number, text in enumerate(hunk.lines, start=line)
        ]
        shift += len(hunk.lines) - len(gone)
    return changes


def apply_lines(old: str, changes: Sequence[ChangedLine]) -> str:
    """Return the text to which `describe_lines` found these changes from old.

    Raises `EditRefused` where old has other lines.
    """
    lines = split_lines(old)
    out: list[str] = []
    position = 0
    for change in changes:
        kept = change.line - 1 - len(out)
        out += lines[position : position + kept]
        position += kept
        if change.after is not None:
            out.append(change.after)
        elif lines[position : position + 1] == [change.before]:
            position += 1
        else:
            raise EditRefused("the lines are not those that were there")
    return "".join([*out, *lines[position:]])


def take_change_out(now: str, *, before: str, after: str) -> str:
    """Return now without the change that led from before to after; all else stays to the byte.

    Raises `EditRefused` where the change and what was changed since touch the same lines, or the
    same section for botocore. A line is not another one because it got a line break, or lost it, as
    the last of a file.
    """
    usual = usual_ending(split_lines(after))
    lines, old, new = (_ended_lines(text, usual) for text in (after, before, now))
    ours = find_hunks(lines, old)
    theirs = find_hunks(lines, new)
    if any(_touch(our, their) for our in ours for their in theirs):
        raise EditRefused("what it wrote was changed since")
    out: list[str] = []
    position = 0
    for hunk in sorted((*ours, *theirs)):
        out += [*lines[position : hunk.start], *hunk.lines]
        position = hunk.stop
    out += lines[position:]
    changed_the_end = any(their.stop == len(lines) for their in theirs)
    ends_like = now if changed_the_end or _is_ended(now) != _is_ended(after) else before
    if out and not _is_ended(ends_like):
        out[-1] = text_of(out[-1])
    taken = "".join(out)
    _prove(taken, before=before, after=after, now=now)
    return taken


def _touch(our: Hunk, their: Hunk) -> bool:
    """Return whether two hunks share a line, or are in one gap, where they have no order."""
    if our.start == our.stop and their.start == their.stop:
        return our.start == their.start
    return our.start < their.stop and their.start < our.stop


def _ended_lines(text: str, ending: str) -> list[str]:
    """Return the lines, of which the last one gets the ending where it has none."""
    return split_lines(text if _is_ended(text) else text + ending)


def _is_ended(text: str) -> bool:
    return not text or text.endswith(_LINE_BREAKS)


def _prove(new: str, *, before: str, after: str, now: str) -> None:
    """Raise EditRefused unless each section is as it is now, or as it was before our change."""
    found, old, ours, theirs = (
        {**settings.sections, None: settings.defaults}
        for settings in map(read_settings, (new, before, after, now))
    )
    for name in {*found, *old, *ours, *theirs}:
        was, wrote, is_now = old.get(name), ours.get(name), theirs.get(name)
        if found.get(name) != (is_now if was == wrote else was) or wrote not in (was, is_now):
            raise EditRefused("what it wrote was changed since")
