"""What was meant by a value that botocore reads differently: it knows no comment and no quotes."""

from __future__ import annotations

import re
import unicodedata

from sync_profiles.text import is_invisible

_COMMENT = re.compile(r"(?<!\S)[#;]")  # without the blanks before it: they would take square time
_HEADER_BEHIND = re.compile(r"(?P<value>[^\s\[]*)\s*(?P<header>\[[^\[\]]+\])")


def without_comment(value: str) -> str:
    """Return a value without the comment after it."""
    comment = _COMMENT.search(value)
    return value if comment is None else value[: comment.start()].rstrip()


def meant_value(value: str) -> str:
    """Return a value without the comment after it and without the quotes around it."""
    bare = without_comment(value)
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'":
        return bare[1:-1].strip()
    return bare


def split_header(value: str) -> tuple[str, str] | None:
    """Return a value and the header that is glued to it, as in `eu-west-1[profile a]`."""
    found = _HEADER_BEHIND.fullmatch(value)
    return None if found is None else (found["value"], found["header"])


def first_invisible(text: str) -> str | None:
    """Return the first character that is not seen, or that looks like a space and is not one."""
    if text.isascii():
        return None
    return next((c for c in text if is_invisible(c)), None)


def spaced(text: str) -> str:
    """Return text with a space for each character that `first_invisible` finds."""
    return "".join(" " if is_invisible(c) else c for c in text)


def name_character(character: str) -> str:
    """Return what Unicode calls a character: `no-break space (U+00A0)`."""
    name = unicodedata.name(character, "character").lower()
    return f"{name} (U+{ord(character):04X})"
