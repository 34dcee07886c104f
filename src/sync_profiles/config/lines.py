r"""The lines of a text, with the endings that they have; `\r\n`, `\n` or `\r` ends a line."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

COMMENT_PREFIXES = ("#", ";")

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_OPTION = re.compile(r"(\s*+)([^=:]*+)([=:])(\s*+)(.*)", re.DOTALL)  # linear in the blanks


class OptionLine(NamedTuple):
    """An option's first line, taken apart; the parts in their order make up the whole line."""

    indent: str
    key: str
    before: str
    delimiter: str
    after: str
    value: str
    tail: str
    ending: str


def split_lines(text: str) -> list[str]:
    """Return the lines with their endings; joined, they are the text again."""
    return _LINE.findall(text)  # not by StringIO, which needs four bytes for each character


def text_of(line: str) -> str:
    """Return a line without its ending."""
    return line.rstrip("\r\n")


def ending_of(line: str) -> str:
    """Return a line's ending; empty for a last line that has none."""
    return line[len(text_of(line)) :]


def usual_ending(lines: Iterable[str]) -> str:
    r"""Return the ending that most lines have; `\n` where no line has one."""
    counts = Counter(map(ending_of, lines))
    del counts[""]
    return counts.most_common(1)[0][0] if counts else "\n"


def indent_of(line: str) -> str:
    """Return the white space that a line with text on it starts with."""
    return line[: len(line) - len(line.lstrip())]


def carries_text(line: str) -> bool:
    """Return whether a line is neither blank nor a comment."""
    stripped = line.strip()
    return bool(stripped) and not stripped.startswith(COMMENT_PREFIXES)


def parse_option_line(line: str) -> OptionLine | None:
    """Return the parts of a line with a delimiter on it, None for any other line."""
    text = text_of(line)
    match = _OPTION.fullmatch(text)
    if match is None:
        return None
    indent, head, delimiter, after, rest = match.groups()
    key, value = head.rstrip(), rest.rstrip()
    return OptionLine(
        indent=indent,
        key=key,
        before=head[len(key) :],
        delimiter=delimiter,
        after=after,
        value=value,
        tail=rest[len(value) :],
        ending=line[len(text) :],
    )
