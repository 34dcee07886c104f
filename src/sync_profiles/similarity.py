"""Find what a word was meant to be: another one that looks much like it."""

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
        by_lower.setdefault(each.lower(), each)
    lower = word.lower()
    near = [lower] if lower in by_lower else get_close_matches(lower, by_lower, cutoff=cutoff)
    if not near:
        return None
    return by_lower[next((each for each in near if is_one_slip(lower, each)), near[0])]


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
