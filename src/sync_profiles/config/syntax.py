r"""The syntax of the files: their lines, the parts of a setting's line, and what botocore refuses.

`\r\n`, `\n` or `\r` ends a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.values import is_own_header, split_header, split_settings
from sync_profiles.known_keys import ONE_LINE_KEYS
from sync_profiles.masked_lines import mask_line
from sync_profiles.model import FileKind, Place, Problem
from sync_profiles.secret_shapes import shown_key

if TYPE_CHECKING:
    from configupdater.option import Option as OptionBlock

COMMENT_PREFIXES = ("#", ";")

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_OPTION = re.compile(r"(\s*+)([^=:]*+)([=:])(\s*+)(.*)", re.DOTALL)  # linear in the blanks

#: the one problem at which botocore stops, and `RawConfigParser` does not
NESTED_BLOCK_INVALID = "nested-block-invalid"

#: codes of lines that may be a misread header, or lack a header above them
MAY_BE_HEADERS = frozenset({"text-before-section", "no-delimiter", "duplicate-option"})
#: those that may have a setting, or further settings of their section below them
MAY_BE_SETTINGS = frozenset({"no-delimiter", "no-key", "duplicate-section"})
#: what each problem means, its message and its hint, by its code
PROBLEMS = {
    "byte-order-mark": (
        "the file starts with a byte order mark",
        "the file starts with a byte order mark",
        "save it as UTF-8 without BOM",
    ),
    "text-before-section": (
        "there is text before the first section",
        "text comes before the first section",
        "put the header of its profile above it, or remove it",
    ),
    "duplicate-section": (
        "a section appears twice",
        "section `[{section}]` appears twice, first on line {first}",
        "merge the two sections into one",
    ),
    "duplicate-option": (
        "a key appears twice in a section",
        "`{key}` appears twice in section `[{section}]`, first on line {first}",
        (
            "remove one of the two lines; but if the second belongs to another profile, write its "
            "header above it"
        ),
    ),
    "no-delimiter": (
        "a line has no `=`",
        "the line has no `=`, in section `[{section}]`",
        (
            "write `key = value`, put brackets around it if it is a header, make it a comment with "
            "`#`, or remove the line"
        ),
    ),
    "no-key": (
        "a line has nothing before its `=`",
        "the line has no key before the `{delimiter}`, in section `[{section}]`",
        "write `key = value`, or remove the line",
    ),
    NESTED_BLOCK_INVALID: (
        "the indented lines below an empty value are not all `key = value`",
        "the lines below `{key}` in section `[{section}]` are not all `key = value`",
        "write the value on the same line as `{key}`, or each of its settings as `key = value`",
    ),
}


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
    return counts.most_common()[0][0] if counts else "\n"


def indent_of(line: str) -> str:
    """Return the white space that a line with text on it starts with."""
    return line[: len(line) - len(line.lstrip())]


def carries_text(line: str) -> bool:
    """Return whether a line is neither blank nor a comment."""
    stripped = line.strip()
    return bool(stripped) and not stripped.startswith(COMMENT_PREFIXES)


@lru_cache(maxsize=1000)  # in most files, most lines are the same as others
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


class Option(NamedTuple):  # a tuple, because a large file has tens of thousands of these
    """One key, in lower case, with its value.

    `block.lines` are the lines of the file from the key's, which is at `place`, to the last one
    that continues the value, with the comments and the blank lines between them.
    """

    key: str
    place: Place
    block: OptionBlock

    @property
    def line(self) -> int:
        """The number of the key's line."""
        return self.place.line

    @property
    def on_line(self) -> list[str]:
        """The value on the key's line, and the settings that follow there without a line break."""
        first = parse_option_line(self.block.lines[0])
        value = first.value if first is not None else ""
        return split_settings(value) if self.key in ONE_LINE_KEYS else [value]

    @property
    def values(self) -> list[str]:
        """The lines of the value, without comments, as if no line break were missing."""
        return [*self.on_line, *(text for text, _ in self.below)]

    @property
    def lines(self) -> list[int]:
        """The numbers of the lines that `values` come from."""
        return [self.line, *(number for _, number in self.below)]

    @property
    def below(self) -> list[tuple[str, int]]:
        """The lines that continue the value, without comments, each with its number."""
        return [
            (content, number)
            for number, line in enumerate(self.block.lines[1:], self.line + 1)
            if not (content := line.strip()).startswith(COMMENT_PREFIXES)
        ]

    @property
    def value(self) -> str:
        """The value, its lines joined; it starts with a newline where its first line is empty.

        Another setting on the key's line counts as a further line: it may be a secret.
        """
        if len(self.block.lines) == 1:
            value = self.block.value or ""
            return "\n".join(split_settings(value)) if self.key in ONE_LINE_KEYS else value
        return "\n".join(self.values).rstrip()

    @property
    def as_read(self) -> str:
        """The value as botocore reads it, but that secrets of other settings in it are hidden."""
        value = self.value
        if "\n" not in value or not self.is_glued:
            return value
        own, *others = self.on_line
        line = own + "".join(map(mask_line, others))
        return "\n".join([line, *(text for text, _ in self.below)]).rstrip()

    @property
    def is_glued(self) -> bool:
        """Whether another setting is on the key's line."""
        return len(self.on_line) > 1

    @property
    def hides_header(self) -> bool:
        """Whether its value, as a session name, which may be `name[bot]`, has a header behind it.

        In the credentials file, a header is a name.
        """
        found = split_header(self.value)
        is_of_names = self.place.file is FileKind.CREDENTIALS
        return found is not None and (is_of_names or is_own_header(found[1]))

    @property
    def is_nested(self) -> bool:
        """Whether botocore takes the value for a block of `key = value` lines."""
        return len(self.block.lines) > 1 and not any(self.on_line) and self.value != ""


def make_problem(code: str, place: Place, **words: object) -> Problem:
    """Return a problem whose texts name these words; none of them is a value of the file."""
    if "section" in words:  # what follows a header, up to another bracket, may be a secret
        words["section"] = str(words["section"]).partition("]")[0]
    if "key" in words:
        words["key"] = shown_key(str(words["key"]))
    message, hint = (text.format(**words) for text in PROBLEMS[code][1:])
    return Problem(place=place, code=code, message=message, hint=hint)
