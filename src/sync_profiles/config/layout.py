"""Where sections and options stand in a config file, line by line; lines count from 0.

ConfigUpdater parses, but not the file itself: it reads some comments otherwise than Python's
`RawConfigParser`, with which botocore reads the file, and it refuses a second `[DEFAULT]`.  So it
is given the lines that mean something, and each is traced back to where it stands.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from configupdater import ConfigUpdater

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


def find_sections(lines: Sequence[str], names: Collection[str]) -> dict[str, SectionPlace]:
    """Return where the named sections stand; lines are those of a text that botocore accepts."""
    numbers = [number for number, line in enumerate(lines) if carries_text(line)]
    document = _parse(_with_line_feed(lines[number]) for number in numbers)
    return {
        name: place
        for name, place in _places(document, numbers)
        if name in names  # [DEFAULT] may stand twice; nobody asks for it
    }


def _with_line_feed(line: str) -> str:
    is_so = line.endswith("\n") and not line.endswith("\r\n")
    return line if is_so else f"{text_of(line)}\n"


def _parse(shadow: Iterator[str]) -> ConfigUpdater:
    from configupdater import ConfigUpdater

    # Sections and options that stand twice are refused before: here strictness could only refuse
    # [DEFAULT]. Without blank lines in the text no value holds any, and looking for them would
    # cost the square of a section's options.
    updater = ConfigUpdater(strict=False, empty_lines_in_values=False)
    try:
        updater.read_file(shadow, source="the file")
    except Exception:  # noqa: BLE001 - whatever it trips over, its text may quote a secret
        raise EditRefused(
            "the file cannot be edited line by line; nothing was written",
            hint="set the session names by hand",
        ) from None
    return updater


def _places(document: ConfigUpdater, numbers: Sequence[int]) -> Iterator[tuple[str, SectionPlace]]:
    position = 0
    sections = document.section_blocks()
    for index, section in enumerate(sections):
        header = position
        position += len(section.lines)
        options = []
        for option in section.iter_options():
            end = position + len(option.lines)
            options.append(
                OptionPlace(
                    key=sys.intern(option.raw_key.lower()), lines=tuple(numbers[position:end])
                )
            )
            position = end
        yield (
            section.name,
            SectionPlace(
                header=numbers[header],
                options=tuple(options),
                next_header=numbers[position] if index + 1 < len(sections) else None,
            ),
        )
        # the blocks name what holds them, and are named by it: apart, they go at once
        section.structure.clear()
    document.structure.clear()
