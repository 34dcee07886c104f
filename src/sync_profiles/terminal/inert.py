"""Text from files and from AWS, made harmless for a terminal."""

from __future__ import annotations

import unicodedata

# control, format (bidirectional overrides among them), surrogate, private use, unassigned,
# line separator, paragraph separator
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def inert(text: str, *, keep: str = "") -> str:
    r"""Return text with every character that a terminal acts on spelled out, as `\x1b`.

    The characters of `keep` stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character
        if character in keep or unicodedata.category(character) not in _UNPRINTABLE
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
