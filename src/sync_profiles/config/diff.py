"""The change of a text as a unified diff that `git apply` takes and that shows no secret."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from sync_profiles.config.line_changes import Hunk, find_hunks
from sync_profiles.config.syntax import carries_text, split_lines, text_of
from sync_profiles.redaction import HIDDEN, hides_secret, mask_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CONTEXT = 3
_UNSAFE_IN_NAME = re.compile(r'["\\\x00-\x1f\x7f]')

Entry = tuple[str, str]  # a line's sign, " ", "-" or "+", and its text with its ending


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
    return header + "".join(_hunks(list(_entries(split_lines(old), split_lines(new)))))


def _entries(old: Sequence[str], new: Sequence[str]) -> Iterator[Entry]:
    removed: list[str] = []
    added: list[str] = []
    for before, after in _lines_of_git(old, new):
        if before == after:
            yield from _changed(removed, added)
            removed, added = [], []
            yield " ", before
        else:
            removed.append(before)
            added.append(after)
    yield from _changed(removed, added)


def _lines_of_git(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    r"""Yield old and new lines in pairs, as git counts them: a lone `\r` ends no line."""
    before = after = ""
    for old_line, new_line in _lines_side_by_side(old, new):
        before += old_line
        after += new_line
        if all(text.endswith("\n") for text in (before, after) if text):
            yield before, after
            before = after = ""
    if before or after:
        yield before, after


def _changed(removed: Sequence[str], added: Sequence[str]) -> Iterator[Entry]:
    for sign, texts in (("-", removed), ("+", added)):
        yield from ((sign, line) for line in io.StringIO("".join(texts), newline="\n"))


def _lines_side_by_side(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the lines that both texts have, and those that one has, with "" for the other."""
    position = 0
    for start, stop, lines in (*find_hunks(old, new), Hunk(len(old), len(old), ())):
        yield from ((line, line) for line in old[position:start])
        yield from ((line, "") for line in old[start:stop])
        yield from (("", line) for line in lines)
        position = stop


def _hunks(entries: Sequence[Entry]) -> Iterator[str]:
    secret = _secret_lines(entries)
    position = 0
    old_line = new_line = 1
    for start, stop in _windows(entries, secret):
        old_line, new_line = old_line + start - position, new_line + start - position
        hunk = entries[start:stop]
        old_count = sum(sign != "+" for sign, _ in hunk)
        new_count = sum(sign != "-" for sign, _ in hunk)
        yield f"@@ -{_range(old_line, old_count)} +{_range(new_line, new_count)} @@\n"
        for index in range(start, stop):
            sign, text = entries[index]
            is_inside = index > 0 and secret[index - 1]
            shown = _masked(text, is_inside=is_inside) if secret[index] else text
            yield f"{sign}{shown}"
            if not shown.endswith("\n"):
                yield "\n\\ No newline at end of file\n"
        position, old_line, new_line = stop, old_line + old_count, new_line + new_count


def _windows(entries: Sequence[Entry], private: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each hunk: changed lines, with what may be shown around them."""
    start = stop = -1
    for index, (sign, _) in enumerate(entries):
        if sign == " ":
            continue
        first, last = index, index + 1
        while first > max(index - _CONTEXT, 0) and not private[first - 1]:
            first -= 1
        while last < min(index + 1 + _CONTEXT, len(entries)) and not private[last]:
            last += 1
        if first > stop:
            if start >= 0:
                yield start, stop
            start = first
        stop = last
    if start >= 0:
        yield start, stop


def _secret_lines(entries: Sequence[Entry]) -> list[bool]:
    """Return for each line whether it may have a secret, or is a further line of such a setting."""
    flags = []
    is_inside = False
    for _, text in entries:
        parts = [is_secret for _, is_secret in _parts_with_masks(text, is_inside=is_inside)]
        flags.append(any(parts))
        is_inside = parts[-1]
    return flags


def _parts_with_masks(text: str, *, is_inside: bool) -> Iterator[tuple[str, bool]]:
    r"""Yield a line's parts as they are shown, and whether each may have a secret.

    Only botocore takes a lone `\r` for the end of a line. `is_inside` says whether the line above
    may have one.
    """
    for part in split_lines(text):
        continues = is_inside and (part[0].isspace() or not carries_text(part))
        is_inside = continues or hides_secret(part)
        yield HIDDEN + part[len(text_of(part)) :] if continues else mask_line(part), is_inside


def _masked(text: str, *, is_inside: bool) -> str:
    """Return a line without its secrets; `is_inside` says whether the line above may have one."""
    return "".join(part for part, _ in _parts_with_masks(text, is_inside=is_inside))


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
