"""Where sections and options stand in a config file, line by line; lines count from 0."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.ini import NESTED_BLOCK_INVALID
from sync_profiles.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Collection

    from sync_profiles.config.ini import IniFile, IniOption

SESSION_NAME_KEY = "role_session_name"
_COMMENT_PREFIXES = ("#", ";")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_OPTION = re.compile(r"(\s*+)([^=:]*+)([=:])(\s*+)(.*)", re.DOTALL)  # no square of the blanks


class OptionPlace(NamedTuple):
    """The lines of one option that carry its text: its first one, then those that continue it.

    Comments and blank lines between them are not counted. `key` is in lower case.
    """

    key: str
    lines: tuple[int, ...]


class SectionPlace(NamedTuple):
    """A section's header, its own options, and the next header, None for the last section."""

    header: int
    options: tuple[OptionPlace, ...]
    next_header: int | None


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
    r"""Return the lines with their endings: `\r\n`, `\n` or `\r`, and nothing else ends a line."""
    return _LINE.findall(text)  # not by StringIO, which takes four bytes a character for itself


def text_of(line: str) -> str:
    """Return a line without its ending."""
    return line.rstrip("\r\n")


def ending_of(line: str) -> str:
    """Return a line's ending; empty for a last line that has none."""
    return line[len(text_of(line)) :]


def indent_of(line: str) -> str:
    """Return the white space that a line with text on it starts with."""
    return line[: len(line) - len(line.lstrip())]


def carries_text(line: str) -> bool:
    """Say whether a line is neither blank nor a comment."""
    stripped = line.strip()
    return bool(stripped) and not stripped.startswith(_COMMENT_PREFIXES)


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


def find_sections(parsed: IniFile, names: Collection[str]) -> dict[str, SectionPlace]:
    """Return where the named sections stand, `[DEFAULT]` apart.

    Raises EditRefused where `RawConfigParser` does not accept the text: then nobody knows what it
    means.
    """
    if any(problem.code != NESTED_BLOCK_INVALID for problem in parsed.problems):
        raise EditRefused(
            "the file cannot be edited line by line; nothing was written",
            hint="set the session names by hand",
        )
    every = (parsed.defaults, *parsed.sections.values())
    headers = sorted(line for section in every for line in (section.line, *section.repeated))
    places = {}
    for name in names:
        section = parsed.sections.get(name)
        if section is not None:
            after = bisect_right(headers, section.line)
            places[name] = SectionPlace(
                header=section.line - 1,
                options=tuple(map(_place_of, section.options.values())),
                next_header=headers[after] - 1 if after < len(headers) else None,
            )
    return places


def _place_of(option: IniOption) -> OptionPlace:
    if option.further is None:
        return OptionPlace(option.key, (option.line - 1,))
    further = (number - 1 for number, text in option.further if text)
    return OptionPlace(option.key, (option.line - 1, *further))
