"""The lines in which two texts differ: found, inverted, and restored.

There is one comparison of texts, `find_hunks`; it is fast for two texts of any size. An edit of
session names returns its changed lines itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from sync_profiles.config.syntax import parse_option_line, split_lines, text_of
from sync_profiles.errors import EditRefused
from sync_profiles.model import SESSION_NAME_KEY, ChangedLine

LINE_BREAKS = ("\r", "\n")

# above this number of pairs of lines `SequenceMatcher`, which can take cubic time, takes seconds
_MOST_PAIRS = 100_000


class Hunk(NamedTuple):
    """Lines from `start` up to `stop` of a text, counted from 0, and those that replace them."""

    start: int
    stop: int
    lines: tuple[str, ...]


def find_hunks(old: Sequence[str], new: Sequence[str], *, at: int = 0) -> Iterator[Hunk]:
    """Yield what changes old, which starts with line `at` of a text, into new, in old's order."""
    same = _common(old, new)
    shorter = min(len(old), len(new)) - same
    tail = min(_common(old[::-1], new[::-1]), shorter)
    old, new = old[same : len(old) - tail], new[same : len(new) - tail]
    at += same
    if not (old or new):
        return
    if len(old) * len(new) <= _MOST_PAIRS:
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag != "equal":
                yield Hunk(at + i1, at + i2, tuple(new[j1:j2]))
    elif anchors := _anchors(old, new):
        edges = [(-1, -1), *anchors, (len(old), len(new))]
        for (i1, j1), (i2, j2) in pairwise(edges):
            yield from find_hunks(old[i1 + 1 : i2], new[j1 + 1 : j2], at=at + i1 + 1)
    elif len(old) == len(new):
        for number, (line, other) in enumerate(zip(old, new, strict=True), at):
            if line != other:
                yield Hunk(number, number + 1, (other,))
    else:
        yield Hunk(at, at + len(old), tuple(new))


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return where lines are that each text has once, as many of them as keep their order."""
    counts, new_counts = Counter(old), Counter(new)
    places = {line: j for j, line in enumerate(new) if new_counts[line] == counts[line] == 1}
    pairs = [(i, places[line]) for i, line in enumerate(old) if line in places]
    ends: list[int] = []  # the last place of the best run of each length
    runs: list[int] = []  # the pair that ends it
    before: list[int | None] = []  # the pair that precedes each pair in its run
    for number, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(runs[length - 1] if length else None)
        ends[length : length + 1] = [j]
        runs[length : length + 1] = [number]
    found = []
    last = runs[-1] if runs else None
    while last is not None:
        found.append(pairs[last])
        last = before[last]
    return found[::-1]


def _common(lines: Sequence[str], others: Sequence[str]) -> int:
    """Return how many lines are the same from the beginning."""
    pairs = zip(lines, others, strict=False)
    return next(
        (number for number, (line, other) in enumerate(pairs) if line != other),
        min(len(lines), len(others)),
    )


def find_changed_lines(old: str, new: str) -> list[ChangedLine]:
    """Return the lines that were removed and inserted, whole and with their line breaks."""
    old_lines = split_lines(old)
    changes = []
    shift = 0  # how many lines new is longer by, so far
    for hunk in find_hunks(old_lines, split_lines(new)):
        line = hunk.start + shift + 1
        removed = old_lines[hunk.start : hunk.stop]
        changes += [ChangedLine(line=line, before=text, after=None) for text in removed]
        changes += [
            ChangedLine(line=number, before=None, after=text)
            for number, text in enumerate(hunk.lines, start=line)
        ]
        shift += len(hunk.lines) - len(removed)
    return changes


def invert_changes(changes: Sequence[ChangedLine]) -> list[ChangedLine]:
    """Return the changes that lead the other way, with the line numbers of the other text."""
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
    return all(_is_session_name(text) for text in (change.before, change.after) if text is not None)


def restore_lines(text: str, changes: Sequence[ChangedLine]) -> str:
    """Return the text from before the changes, which are in the order of their lines.

    Raises EditRefused where text has something else in a changed line's place.
    """
    lines = split_lines(text)
    starts = [0, *accumulate(map(len, lines))]

    def end_of(index: int) -> int:
        return starts[index] + len(text_of(lines[index]))

    pieces = []
    position = 0
    for change in changes:
        before, after = change.before or "", change.after or ""
        index = change.line - 1
        is_behind = starts_with_break(before or after)  # the text of the line above
        if not is_behind <= index < len(starts):
            raise _has_changed(change)
        start = end_of(index - 1) if is_behind else starts[index]
        stop = start + len(after)
        if start < position or text[start:stop] != after:
            raise _has_changed(change)
        if after and not after.endswith(LINE_BREAKS) and stop != end_of(index):
            raise _has_changed(change)  # something was written behind it
        pieces += [text[position:start], before]
        position = stop
    return "".join([*pieces, text[position:]])


def starts_with_break(text: str) -> bool:
    """Return whether a changed line has its line break in front of it, and is not blank."""
    return text.startswith(LINE_BREAKS) and not text.isspace()


@lru_cache(maxsize=1000)  # most are the same
def _is_session_name(line: str) -> bool:
    """Return whether a text is one line, a session name's, with or without its line breaks."""
    text = line.strip("\r\n")
    option = parse_option_line(text)
    is_name = option is not None and option.key.lower() == SESSION_NAME_KEY
    return is_name and split_lines(text) == [text]


def _has_changed(change: ChangedLine) -> EditRefused:
    return EditRefused(f"line {change.line} has changed since; nothing was written")
