"""Revert our own change in a text that was edited since; every other byte is kept.

A session name is found again by its section, and reverted by the editor that wrote it; whole lines,
as an import's, are reverted by a three-way merge. The result is proved before it is returned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sync_profiles.config.document import Document
from sync_profiles.config.edit import Edited, NameEditor
from sync_profiles.config.line_changes import (
    LINE_BREAKS,
    Hunk,
    find_hunks,
    is_name_change,
    starts_with_break,
)
from sync_profiles.config.proof import cannot_be_parsed, read_settings
from sync_profiles.config.syntax import (
    ending_of,
    parse_option_line,
    split_lines,
    text_of,
    usual_ending,
)
from sync_profiles.errors import EditRefused
from sync_profiles.known_keys import BLOCK_BEGIN, BLOCK_END
from sync_profiles.model import SESSION_NAME_KEY, ChangedLine


def find_our_names(
    document: Document, changes: Sequence[ChangedLine]
) -> tuple[list[ChangedLine], list[str]]:
    """Return which of our names are still there, and the sections that have another one now.

    A name that is already as it was before, or gone with its section, is in neither. Each of the
    changes has a section. Raises EditRefused where botocore cannot parse the document.
    """
    if not document.is_parsable:
        raise cannot_be_parsed()
    present = []
    edited: dict[str, None] = {}
    count = Counter(change.section for change in changes)
    for change in changes:
        header = change.section or ""
        section = document.sections.get(header)
        if count[change.section] > 1 or not is_name_change(change):
            edited[header] = None
        elif section is not None:
            option = section.options.get(SESSION_NAME_KEY)
            lines = [] if option is None else option.block.lines
            name = _name_in(lines[0]) if lines else None
            if len(lines) <= 1 and name == _name_in(change.after):
                present.append(change)
            elif len(lines) > 1 or name != _name_in(change.before):
                edited[header] = None
    return present, list(edited)


def revert_names(document: Document, changes: Sequence[ChangedLine]) -> Edited:
    """Replace our names, all of which are in the document, by those from before.

    Raises EditRefused where the proof fails.
    """
    editor = NameEditor(document)
    names: dict[str, str | None] = {}
    for change in changes:
        header = change.section or ""
        name = names[header] = _name_in(change.before)
        if change.before is None or name is None:
            editor.remove_line(header, with_break_above=starts_with_break(change.after or ""))
        elif change.after is None:
            editor.set_name(header, name)
        else:
            editor.set_line(header, change.before)
    return editor.finish(names)


def _name_in(line: str | None) -> str | None:
    """Return the name in a changed line, whatever the spacing around it."""
    option = None if line is None else parse_option_line(line.strip("\r\n"))
    return None if option is None else option.value


def revert_lines(now: str, *, before: str, after: str) -> str:
    """Return now without the change that led from before to after.

    Raises `EditRefused` where the change and what was changed since touch the same lines, or the
    same section for botocore, and where a block of an import would be in another one, or twice. A
    line counts as the same if it, as the last of a file, got or lost its line break, or if a
    program like `aws configure` rewrote all line breaks.
    """
    if _breaks_of(after) != _breaks_of(now):
        before, after = (_with_breaks_of(now, text) for text in (before, after))
    usual = usual_ending(split_lines(after))
    lines, old, new = (_ended_lines(text, usual) for text in (after, before, now))
    if not _is_ended(after):  # what was added below it may have other breaks
        for line in new:
            lines[-1] = line if text_of(line) == text_of(lines[-1]) else lines[-1]
    ours, theirs = (list(find_hunks(lines, text)) for text in (old, new))
    if any(_overlap(our, their) for our in ours for their in theirs):
        raise _was_changed()
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
    merged = "".join(out)
    _prove_merge(merged, before=before, after=after, now=now)
    return merged


def _overlap(our: Hunk, their: Hunk) -> bool:
    """Return whether two hunks share a line, or are in one gap, where they have no order.

    Hunks that touch overlap too, if theirs already inserts what ours does.
    """
    if our.start == our.stop and their.start <= our.start <= their.stop:
        inserted = {text_of(line) for line in our.lines if line.strip()}
        if their.start == their.stop or (inserted and inserted <= set(map(text_of, their.lines))):
            return True
    return our.start < their.stop and their.start < our.stop


def _breaks_of(text: str) -> set[str]:
    """Return which line breaks a text has."""
    return {ending for line in split_lines(text) if (ending := ending_of(line))}


def _with_breaks_of(now: str, text: str) -> str:
    """Return text with the line breaks of now, if those are all the same."""
    breaks = _breaks_of(now)
    if len(breaks) != 1:
        return text
    ending = breaks.pop()
    return "".join(
        text_of(line) + ending if ending_of(line) else line for line in split_lines(text)
    )


def _ended_lines(text: str, ending: str) -> list[str]:
    """Return the lines, of which the last one gets the ending where it has none."""
    return split_lines(text if _is_ended(text) else text + ending)


def _is_ended(text: str) -> bool:
    return not text or text.endswith(LINE_BREAKS)


def _prove_merge(merged: str, *, before: str, after: str, now: str) -> None:
    """Raise EditRefused unless each section is as it is now, or as it was before our change."""
    if _has_whole_blocks(now) and not _has_whole_blocks(merged):
        raise _was_changed()
    theirs, ours, old = map(read_settings, (now, after, before))
    try:
        found = read_settings(merged)
    except EditRefused:
        raise _was_changed() from None
    for name in {*found, *old, *ours, *theirs}:
        was, wrote, is_now = old.get(name), ours.get(name), theirs.get(name)
        if found.get(name) != (is_now if was == wrote else was) or wrote not in (was, is_now):
            raise _was_changed()


def _has_whole_blocks(text: str) -> bool:
    """Return whether each block of an import has both its marks, in order, and is there once.

    A parser sees only comments there: a block may have no section.
    """
    prefixes = (BLOCK_BEGIN, BLOCK_END)
    marks = [
        (prefix, *line.removeprefix(prefix).split()[:1])
        for line in split_lines(text)
        for prefix in prefixes
        if line.startswith(prefix)
    ]
    sources = dict.fromkeys(mark[1:] for mark in marks)
    return marks == [(prefix, *source) for source in sources for prefix in prefixes]


def _was_changed() -> EditRefused:
    return EditRefused("later edits changed the same lines")
