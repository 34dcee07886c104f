"""Find texts that are like some patterns and unlike others. No I/O.

Patterns are read letter by letter, all at once; letters that none has at its place are one letter.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

#: a letter that no policy has: what matches it is a wildcard
OTHER = "\N{REPLACEMENT CHARACTER}"
#: of how many patterns, and of how many of their states, the texts are looked for: in milliseconds
_MOST_PATTERNS, _MOST_STATES = 40, 500
#: the colons of an ARN, before the part in which a wildcard may be one
_ARN_COLONS = 5
_STARS = re.compile(r"\*+")


class TextPattern(NamedTuple):
    """A text with wildcards, or a text to be equal to; `is_arn` compares the parts of an ARN."""

    text: str
    wildcards: bool = True
    ignores_case: bool = False
    is_arn: bool = False


class _Place(NamedTuple):
    """A place of a pattern: the letters that it may be, `is_star` any number of times.

    A wildcard also may be any letter but a colon, which only some wildcards may be.
    """

    letters: frozenset[str]
    is_wildcard: bool = False
    is_star: bool = False


def texts_like(required: Iterable[TextPattern], others: Iterable[TextPattern]) -> list[str] | None:
    """Return texts that are like a required pattern, one for each set of others that one is like.

    None if there are too many patterns to say.
    """
    forms = list(required)
    patterns = [*forms, *others]
    if len(patterns) > _MOST_PATTERNS:
        return None
    places: list[_Place | None] = []  # of all patterns, with None at the end of each
    starts, ends = [], []
    for pattern in patterns:
        starts.append(len(places))
        places += (*_read(pattern), None)
        ends.append(len(places) - 1)
    start, of_forms = _reached(places, starts), range(ends[len(forms) - 1] + 1)
    texts, todo = {start: ""}, deque([start])
    found: dict[tuple[bool, ...], str] = {}
    while todo:
        state = todo.popleft()
        is_like = tuple(end in state for end in ends)
        if any(is_like[: len(forms)]):
            found.setdefault(is_like[len(forms) :], texts[state])
        at = [(number, place) for number in state if (place := places[number]) is not None]
        named = {letter for _, place in at for letter in place.letters}
        # to this state, all letters that it does not name are the same
        for letter in (OTHER, *sorted(named - {OTHER}, reverse=True)):
            after = _reached(
                places,
                (
                    number if place.is_star else number + 1
                    for number, place in at
                    if letter in place.letters or (place.is_wildcard and letter != ":")
                ),
            )
            if after not in texts and any(number in of_forms for number in after):
                texts[after] = texts[state] + letter
                todo.append(after)
        if len(texts) > _MOST_STATES:
            return None
    return list(found.values())


def _read(pattern: TextPattern) -> Iterator[_Place]:
    colons = 0
    # several stars in a row are the same as one
    for letter in _STARS.sub("*", pattern.text) if pattern.wildcards else pattern.text:
        colons += letter == ":"
        if pattern.wildcards and letter in "*?":
            is_part = pattern.is_arn and colons < _ARN_COLONS
            yield _Place(frozenset("" if is_part else ":"), is_wildcard=True, is_star=letter == "*")
        else:
            cases = {letter.lower(), letter.upper()} if pattern.ignores_case else {letter}
            yield _Place(frozenset(cases))


def _reached(places: Sequence[_Place | None], numbers: Iterable[int]) -> frozenset[int]:
    """Return the numbers of places with those behind their stars, which may be nothing."""
    found = set()
    for first in numbers:
        found.add(number := first)
        while (place := places[number]) is not None and place.is_star:
            found.add(number := number + 1)
    return frozenset(found)
