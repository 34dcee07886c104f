"""Text from files and from AWS, made fit to show: on one line, quoted, and inert on a terminal."""

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
        else spell_out(character)
        for character in text
    )


def spell_out(text: str) -> str:
    r"""Return text with each character outside printable ASCII as an escape: `\x1b`, `\u200b`."""
    return text.encode("unicode_escape").decode("ascii")


def one_line(text: str) -> str:
    r"""Return text as one line: white space collapsed, what does not print spelled out."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else spell_out(c) for c in line)


def first_line(value: str) -> str:
    """Return the part of a value that may be shown: its first line, and `…` for those below.

    Lines that are indented below a value belong to it, and may hold another setting: a secret key.
    """
    first, *further = value.split("\n")
    return f"{first} …" if further else first


def quote(text: str) -> str:
    """Return text as a literal in backticks; of several lines the first."""
    return "`" + one_line(first_line(text)).replace("`", "'") + "`"
