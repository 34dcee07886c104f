r"""The syntax of the files: their lines, the parts of a setting's line, and what botocore refuses.

`\r\n`, `\n` or `\r` ends a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from sync_profiles.shapes import shown_key

COMMENT_PREFIXES = ("#", ";")

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_OPTION = re.compile(r"(\s*+)([^=:]*+)([=:])(\s*+)(.*)", re.DOTALL)  # linear in the blanks

#: the one problem at which botocore stops, and `RawConfigParser` does not
NESTED_BLOCK_INVALID = "nested-block-invalid"

#: message and hint of each problem, by its code
_PROBLEMS = {
    "byte-order-mark": (
        "the file starts with a byte order mark",
        "save it as UTF-8 without BOM",
    ),
    "text-before-section": (
        "text comes before the first section",
        "put the header of its profile above it, or remove it",
    ),
    "duplicate-section": (
        "section `[{section}]` appears twice, first on line {first}",
        "merge the two sections into one",
    ),
    "duplicate-option": (
        "`{key}` appears twice in section `[{section}]`, first on line {first}",
        (
            "remove one of the two lines; but if the second belongs to another profile, write its "
            "header above it"
        ),
    ),
    "no-key": (
        "the line has no key before the `{delimiter}`, in section `[{section}]`",
        "write `key = value`, or remove the line",
    ),
    "no-delimiter": (
        "the line has no `=`, in section `[{section}]`",
        (
            "write `key = value`, put brackets around it if it is a header, make it a comment with "
            "`#`, or remove the line"
        ),
    ),
    NESTED_BLOCK_INVALID: (
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxProblem:
    """Something for which botocore refuses the whole file; `code` is stable."""

    line: int
    code: str
    message: str
    hint: str

    @property
    def may_be_header(self) -> bool:
        """Whether the line may be a misread header, or lack a header above it."""
        return self.code in {"text-before-section", "no-delimiter", "duplicate-option"}

    @property
    def may_be_setting(self) -> bool:
        """Whether a setting may be in the line, or further settings of its section below it."""
        return self.code in {"no-delimiter", "no-key", "duplicate-section"}


def make_problem(code: str, line: int, **words: object) -> SyntaxProblem:
    """Return a problem whose texts name these words; none of them is a value of the file."""
    if "section" in words:  # what follows a header, up to another bracket, may be a secret
        words["section"] = str(words["section"]).partition("]")[0]
    if "key" in words:
        words["key"] = shown_key(str(words["key"]))
    message, hint = (text.format(**words) for text in _PROBLEMS[code])
    return SyntaxProblem(line=line, code=code, message=message, hint=hint)
