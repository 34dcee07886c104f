"""The change of a text as a unified diff that `git apply` takes and that shows no secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from sync_profiles.config.line_changes import Hunk, find_hunks
from sync_profiles.config.syntax import carries_text, split_lines, text_of
from sync_profiles.masked_lines import hides_secret, is_shown, key_in, mask_line
from sync_profiles.redaction import HIDDEN

_CONTEXT = 3
_UNSAFE_IN_NAME = re.compile(r'["\\\x00-\x1f\x7f]')

_LINE_OF_GIT = re.compile(r"[^\n]*\n|[^\n]+")


class _Line(NamedTuple):
    """A line of the diff: its sign, " ", "-" or "+", and what may be shown of it."""

    sign: str
    shown: str
    is_secret: bool


def unified_diff(old: str, new: str, *, name: str) -> str:
    r"""Return the diff from old to new, empty if they are equal; lines keep their endings.

    The context of a change ends before a line that may have a secret in it; where such a line is
    directly below, `git apply` wants `--unidiff-zero`. Within a change, where an edit of session
    names has a secret only if it is the last line and has no newline, it shows as `****`.
    """
    if old == new:
        return ""
    path = name.lstrip("/")
    header = f"--- {_quoted(f'a/{path}')}\n+++ {_quoted(f'b/{path}')}\n"
    return header + "".join(_hunks(list(_without_secrets(_lines(old, new)))))


def _lines(old: str, new: str) -> Iterator[tuple[str, str]]:
    r"""Yield each line's sign and text, in git's order; for git, a lone `\r` ends no line."""
    before, after = _LINE_OF_GIT.findall(old), _LINE_OF_GIT.findall(new)
    lines = []
    position = 0
    for start, stop, added in (*find_hunks(before, after), Hunk(len(before), len(before), ())):
        lines += [(" ", line) for line in before[position:start]]
        lines += [("-", line) for line in before[start:stop]]
        lines += [("+", line) for line in added]
        position = stop
    for _, run in groupby(lines, key=lambda line: line[0] == " "):
        yield from sorted(run, key=lambda line: line[0], reverse=True)  # the removed ones first


def _without_secrets(lines: Iterable[tuple[str, str]]) -> Iterator[_Line]:
    """Yield the lines as they are shown; a line that continues a secret is masked, too."""
    is_inside = False
    for sign, text in lines:
        parts = list(_parts_with_masks(text, is_inside=is_inside))
        is_inside = parts[-1][1]
        is_secret = any(secret for _, secret in parts)
        yield _Line(sign, "".join(part for part, _ in parts), is_secret)


def _hunks(lines: Sequence[_Line]) -> Iterator[str]:
    position = 0
    old_line = new_line = 1
    for start, stop in _windows(lines):
        old_line, new_line = old_line + start - position, new_line + start - position
        hunk = lines[start:stop]
        old_count = sum(line.sign != "+" for line in hunk)
        new_count = sum(line.sign != "-" for line in hunk)
        yield f"@@ -{_range(old_line, old_count)} +{_range(new_line, new_count)} @@\n"
        for line in hunk:
            yield f"{line.sign}{line.shown}"
            if not line.shown.endswith("\n"):
                yield "\n\\ No newline at end of file\n"
        position, old_line, new_line = stop, old_line + old_count, new_line + new_count


def _windows(lines: Sequence[_Line]) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each hunk: changed lines, with what may be shown around them."""
    start = stop = -1
    for index, line in enumerate(lines):
        if line.sign == " ":
            continue
        first, last = index, index + 1
        while first > max(index - _CONTEXT, 0) and not lines[first - 1].is_secret:
            first -= 1
        while last < min(index + 1 + _CONTEXT, len(lines)) and not lines[last].is_secret:
            last += 1
        if first > stop:
            if start >= 0:
                yield start, stop
            start = first
        stop = last
    yield start, stop  # `unified_diff` has found a change


def _parts_with_masks(text: str, *, is_inside: bool) -> Iterator[tuple[str, bool]]:
    r"""Yield a line's parts as they are shown, and whether each may have a secret.

    Only botocore takes a lone `\r` for the end of a line. `is_inside` says whether the line above
    may have one. Settings that the AWS CLI knows are shown there too: botocore reads any key above
    them as the name of a block, such as that of a service.
    """
    for part in split_lines(text):
        continues = is_inside and (part[0].isspace() or not carries_text(part))
        is_inside = continues or hides_secret(part)
        is_setting = carries_text(part) and is_shown(key_in(part))
        is_masked = continues and not is_setting and not part.isspace()
        yield HIDDEN + part[len(text_of(part)) :] if is_masked else mask_line(part), is_inside


def _range(line: int, count: int) -> str:
    if count == 1:
        return f"{line}"
    return f"{line if count else line - 1},{count}"


def _quoted(path: str) -> str:
    """Return a path as git writes it in a diff's header."""
    quoted = _UNSAFE_IN_NAME.sub(lambda match: f"\\{ord(match[0]):03o}", path)
    if quoted != path:
        return f'"{quoted}"'
    return f"{path}\t" if " " in path else path
