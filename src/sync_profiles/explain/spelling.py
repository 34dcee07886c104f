"""Find words that differ by one typo, quickly even among many words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: shorter words are not treated as typos: `dev`, `dex`
_SHORTEST = 4


@dataclass(slots=True)
class Spellings:
    """A set of words in which the intended word for a typo can be looked up."""

    _by_remnant: dict[str, list[str]] = field(default_factory=dict)
    _words: set[str] = field(default_factory=set)

    def add(self, word: str) -> None:
        """Add a word if it is not in the set yet."""
        if word not in self._words and len(word) >= _SHORTEST:
            self._words.add(word)
            for remnant in _remnants(word):
                self._by_remnant.setdefault(remnant, []).append(word)

    def near(self, word: str) -> str | None:
        """Return a word that is one typo away, or None if there is none."""
        if len(word) < _SHORTEST:
            return None
        for remnant in _remnants(word):
            for other in self._by_remnant.get(remnant, ()):
                if is_one_slip(word, other):
                    return other
        return None


def is_one_slip(left: str, right: str) -> bool:
    """Return whether two words differ by one added, missing, changed or swapped letter.

    A different digit is not a typo: `node1`, `node2`.
    """
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    left, right = left[start:], right[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    if any(character.isdigit() for character in left + right):
        return False
    is_swap = len(left) == len(right) == 2 and left == right[::-1]  # noqa: PLR2004 - a pair
    return is_swap or (left != right and max(len(left), len(right)) == 1)


def _remnants(word: str) -> Iterator[str]:
    """Yield a word and its variants without one letter; words one typo apart share a variant.

    Digits are not removed, so that a thousand numbered words do not share variants.
    """
    yield word
    for place, character in enumerate(word):
        if not character.isdigit():
            yield word[:place] + word[place + 1 :]
