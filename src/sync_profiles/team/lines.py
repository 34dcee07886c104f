"""The lines by which an import changes the config file, for the record that an undo reads."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from sync_profiles.config.changes import ChangedLine, restore_lines
from sync_profiles.config.layout import ending_of, split_lines, text_of
from sync_profiles.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def describe_lines(old: str, new: str) -> list[ChangedLine]:
    """Return the lines that were inserted and taken away, or none where that loses something."""
    old_lines, new_lines = split_lines(old), split_lines(new)
    changes = list(_changes(old_lines, new_lines))
    try:
        return changes if restore_lines(new, changes) == old else []
    except EditRefused:
        return []


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[ChangedLine]:
    # a missing last newline stays missing: what comes behind brings its line break in front
    open_end = bool(old) and not ending_of(old[-1]) and len(new) >= len(old)
    first = len(old) - 1
    if open_end and text_of(new[first]) == old[-1] and list(old[:-1]) == list(new[:first]):
        for number in range(first + 1, len(new)):
            text = ending_of(new[number - 1]) + text_of(new[number])
            yield ChangedLine(line=number + 1, before=None, after=text)
        return
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            continue
        for i in range(i1, i2):
            yield ChangedLine(line=j1 + 1, before=old[i], after=None)
        for j in range(j1, j2):
            yield ChangedLine(line=j + 1, before=None, after=new[j])
