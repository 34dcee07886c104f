"""Find texts that are like some patterns and unlike others. No I/O.

Patterns are read letter by letter, all at once; letters that no pattern has are one letter.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
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


class _Letter(NamedTuple):
    """A place of a pattern: the letters that it may be, `is_star` any number of times."""

    allowed: frozenset[str]
    is_star: bool = False


def texts_like(required: Iterable[TextPattern], others: Iterable[TextPattern]) -> list[str] | None:
    """Return texts that are like a required pattern, one for each set of others that one is like.

    None if there are too many patterns to say.
    """
    forms = list(required)
    patterns = [*forms, *others]
    if len(patterns) > _MOST_PATTERNS:
        return None
    letters = {letter for pattern in patterns for letter in pattern.text} | {OTHER}
    if any(pattern.ignores_case for pattern in patterns):
        letters |= {other for each in letters for other in (each.lower(), each.upper())}
    ordered = sorted(letters, reverse=True)  # the one that no pattern has comes first
    read = [_read(pattern, frozenset(letters)) for pattern in patterns]
    start = tuple(_reached(one, {0}) for one in read)
    texts, todo = {start: ""}, deque([start])
    found: dict[tuple[bool, ...], str] = {}
    while todo:
        state = todo.popleft()
        is_like = tuple(len(one) in at for one, at in zip(read, state, strict=True))
        if any(is_like[: len(forms)]):
            found.setdefault(is_like[len(forms) :], texts[state])
        for letter in ordered:
            after = tuple(_step(one, at, letter) for one, at in zip(read, state, strict=True))
            if after not in texts and any(after[: len(forms)]):
                texts[after] = texts[state] + letter
                todo.append(after)
        if len(texts) > _MOST_STATES:
            return None
    return list(found.values())


def _read(pattern: TextPattern, letters: frozenset[str]) -> tuple[_Letter, ...]:
    found: list[_Letter] = []
    colons = 0
    # several stars in a row are the same as one
    for letter in _STARS.sub("*", pattern.text) if pattern.wildcards else pattern.text:
        colons += letter == ":"
        if pattern.wildcards and letter in "*?":
            is_part = pattern.is_arn and colons < _ARN_COLONS
            found.append(_Letter(letters - {":"} if is_part else letters, letter == "*"))
        else:
            cases = {letter.lower(), letter.upper()} if pattern.ignores_case else {letter}
            found.append(_Letter(frozenset(cases)))
    return tuple(found)


def _step(pattern: tuple[_Letter, ...], places: frozenset[int], letter: str) -> frozenset[int]:
    """Return the places of a pattern that a letter leads to."""
    return _reached(
        pattern,
        {
            place if pattern[place].is_star else place + 1
            for place in places
            if place < len(pattern) and letter in pattern[place].allowed
        },
    )


def _reached(pattern: tuple[_Letter, ...], places: set[int]) -> frozenset[int]:
    """Return places with those behind their stars, which may be nothing."""
    found = set(places)
    for place in places:
        end = place
        while end < len(pattern) and pattern[end].is_star:
            end += 1
            found.add(end)
    return frozenset(found)
