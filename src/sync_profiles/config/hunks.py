"""What changes one text into another, line by line; fast for two texts of any size."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# above this number of pairs of lines `SequenceMatcher`, which can take cubic time, takes seconds
_MOST_PAIRS = 100_000


class Hunk(NamedTuple):
    """Lines from `start` up to `stop` of a text, counted from 0, and those that replace them."""

    start: int
    stop: int
    lines: tuple[str, ...]


def find_hunks(old: Sequence[str], new: Sequence[str]) -> list[Hunk]:
    """Return what changes old into new, in the order of old's lines."""
    return list(_hunks(old, new, at=0))


def _hunks(old: Sequence[str], new: Sequence[str], *, at: int) -> Iterator[Hunk]:
    """Yield the hunks of a part of the text that starts with line `at`."""
    same = _common(old, new)
    shorter = min(len(old), len(new)) - same
    tail = min(_common(old[::-1], new[::-1]), shorter)
    old, new = old[same : len(old) - tail], new[same : len(new) - tail]
    at += same
    if len(old) * len(new) <= _MOST_PAIRS:
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag != "equal":
                yield Hunk(at + i1, at + i2, tuple(new[j1:j2]))
    elif anchors := _anchors(old, new):
        edges = [(-1, -1), *anchors, (len(old), len(new))]
        for (i1, j1), (i2, j2) in pairwise(edges):
            yield from _hunks(old[i1 + 1 : i2], new[j1 + 1 : j2], at=at + i1 + 1)
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
