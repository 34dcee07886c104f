"""What botocore refuses a whole file for: one row for each problem of its syntax."""

from __future__ import annotations

from dataclasses import dataclass

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
        "put a header such as `[default]` above it, or remove it",
    ),
    "duplicate-section": (
        "section `[{section}]` appears twice, first in line {first}",
        "merge the two sections into one",
    ),
    "duplicate-option": (
        "`{key}` appears twice in section `[{section}]`, first in line {first}",
        "remove one of the two lines",
    ),
    "no-key": (
        "the line has no key before the `{delimiter}`, in section `[{section}]`",
        "write `key = value`, or remove the line",
    ),
    "no-delimiter": (
        "the line has no `=`, in section `[{section}]`",
        "write `key = value`, make it a comment with `#`, or remove the line",
    ),
    NESTED_BLOCK_INVALID: (
        "the lines below `{key}` in section `[{section}]` are not all `key = value`",
        "write the value of `{key}` on its own line",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntaxProblem:
    """Something for which botocore refuses the whole file; `code` is stable."""

    line: int
    code: str
    message: str
    hint: str


def make_problem(code: str, line: int, **words: object) -> SyntaxProblem:
    """Return a problem whose texts name these words; none of them is a value of the file."""
    message, hint = (text.format(**words) for text in _PROBLEMS[code])
    return SyntaxProblem(line=line, code=code, message=message, hint=hint)
