"""Find what a word was meant to be: another one that looks much like it.

A word with other digits is another word, not a typo: `prod-1`, `prod-2`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def closest(word: str, among: Iterable[str], *, cutoff: float) -> str | None:
    """Return what a word is a typo of, or None if no other one is as similar as `cutoff`.

    The same word in another case comes first, then one with a single typo.
    """
    from difflib import get_close_matches  # imported here because most runs do not need it

    by_lower: dict[str, str] = {}
    for each in among:
        if _digits(each) == _digits(word):
            by_lower.setdefault(each.lower(), each)
    lower = word.lower()
    near = [lower] if lower in by_lower else get_close_matches(lower, by_lower, cutoff=cutoff)
    if not near:
        return None
    return by_lower[next((each for each in near if is_one_slip(lower, each)), near[0])]


def is_one_slip(left: str, right: str) -> bool:
    """Return whether two words differ by one added, missing, changed or swapped letter."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    left, right = left[start:], right[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    if any(map(str.isdigit, left + right)):
        return False
    is_swap = len(left) == len(right) == 2 and left == right[::-1]  # noqa: PLR2004 - a pair
    return is_swap or (left != right and max(len(left), len(right)) == 1)


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))
