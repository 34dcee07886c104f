"""What was meant by keys that are in their section twice: one too many, or a header is missing."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from sync_profiles.config.syntax import SyntaxProblem, carries_text, parse_option_line
from sync_profiles.config.values import write_header
from sync_profiles.text import listed

KEY_TWICE = "duplicate-option"
_HEADER = re.compile(r"\[.+\]")
_COMMENTED_HEADER = re.compile(
    r"\s*[#;][#;\s]*(?P<header>\[(?:[^\s\[\]]+|(?:profile|sso-session|services)\s[^\[\]]+)\])\s*"
)
#: a profile's section has fewer, as a rule
_FEW_LINES = 50


class _File(NamedTuple):
    """The lines of a file, each one's first line of its part, and what a line may equal."""

    lines: Sequence[str]
    starts: Sequence[int]
    texts: frozenset[str]


def join_repeated_keys(
    found: Sequence[SyntaxProblem], lines: Sequence[str], *, twice: Container[SyntaxProblem]
) -> Iterator[SyntaxProblem]:
    """Yield the problems, but one for different keys of one part that are all there twice.

    To remove a line of each would take one profile's keys out, or mix those of two. `twice` has
    those of keys that are there twice: one that is not there any more was seen to be another one.
    """
    starts = _starts_of_parts(lines)
    file = _File(lines, starts, frozenset(map(str.rstrip, lines)))
    others = {problem.line for problem in found if problem not in twice}
    members: list[SyntaxProblem] = []
    keys: set[str] = set()  # from the first member to the last
    for problem in found:
        if problem not in twice:
            yield from _joined(members, file, others)
            members = []
            yield problem
            continue
        own = _keys([lines[problem.line - 1]])
        if members:
            keys.update(_keys(lines[members[-1].line : problem.line - 1]))
            is_new = starts[problem.line - 1] != starts[members[0].line - 1]
            if is_new or not keys.isdisjoint(own):
                yield from _joined(members, file, others)
                members = []
        keys = keys.union(own) if members else set(own)
        members.append(problem)
    yield from _joined(members, file, others)


def _joined(
    members: Sequence[SyntaxProblem], file: _File, others: Container[int]
) -> Iterator[SyntaxProblem]:
    """Yield the one problem of different keys that may be one profile's, none without any.

    `others` are the lines with another problem: they may be headers.
    """
    if not members:
        return
    lines, first, last = file.lines, members[0].line, members[-1].line
    if len(members) == 1:
        start = _start_of_part(first, _keys(lines[first - 1 : first]), file)
        if start is None:
            yield members[0]
        else:
            yield _of_another_profile(members[0], start, file, others)
        return
    is_row = last - first < len(members)
    which = f"{first} to {last}" if is_row else listed(str(each.line) for each in members)
    start = _start_of_part(first, _keys(lines[first - 1 : last]), file) or first
    header = (
        _with_commented_header(start, file)
        or f"write the header of their profile above line {start}"
    )
    yield replace(
        members[0],
        message=f"the keys of lines {which} are in their section a second time, as if a header "
        "were missing",
        hint=f"{header}; if they are new keys of the same profile, remove the old ones",
    )


def _of_another_profile(
    problem: SyntaxProblem, start: int, file: _File, others: Container[int]
) -> SyntaxProblem:
    """Return the problem of a key that is there twice, which may lack a header in between."""
    last = start
    seen: set[str] = set()
    for number, line in enumerate(file.lines[start - 1 : start + _FEW_LINES], start):
        keys = _keys([line])
        is_end = not line.strip() or _HEADER.match(line.strip()) is not None or number in others
        if is_end or not seen.isdisjoint(keys):
            break
        seen.update(keys)
        last = number if carries_text(line) else last
    which = f"lines {start} to {last} belong" if start < last else f"line {start} belongs"
    header = _with_commented_header(start, file) or f"write its header above line {start}"
    return replace(problem, hint=f"{problem.hint}; but if {which} to another profile, {header}")


def _keys(lines: Iterable[str]) -> list[str]:
    return [each.key.lower() for each in map(parse_option_line, lines) if each is not None]


def _starts_of_parts(lines: Sequence[str]) -> list[int]:
    """Return for each line the first one below the blank line above it.

    A header that is a comment, above lines that are none, separates parts as a blank line does.
    """
    starts = [1]
    for number, line in enumerate(lines[:-1], start=2):
        is_end = not line.strip() or _commented_header(number, lines) is not None
        starts.append(number if is_end else starts[-1])
    return starts


def _start_of_part(line: int, keys: Iterable[str], file: _File) -> int | None:
    """Return the first line of the part with one, if none in between has one of the keys."""
    start = file.starts[line - 1]
    if line - start >= _FEW_LINES:
        return None
    return start if set(_keys(file.lines[start - 1 : line - 1])).isdisjoint(keys) else None


def _commented_header(start: int, lines: Sequence[str]) -> str | None:
    """Return the header that is a comment above a line; None without one.

    Where the line is a comment too, the whole section was meant to be one.
    """
    found = _COMMENTED_HEADER.fullmatch(lines[start - 2])
    return found["header"] if found is not None and carries_text(lines[start - 1]) else None


def _with_commented_header(start: int, file: _File) -> str | None:
    """Return what to do with a header that is a comment above a line; None without one.

    A header that another section has cannot be written again.
    """
    header, above = _commented_header(start, file.lines), f"line {start - 1}"
    if header is None:
        return None
    if header in file.texts:
        return f"begin all lines from line {start} to the next header with `#`, as {above} does"
    write = write_header(header, otherwise="remove the `#`")
    return f"{write} in {above}, or begin all lines of its section with `#`"
