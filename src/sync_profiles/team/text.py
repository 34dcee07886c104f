"""What a source gives, taken for text or refused: nothing but text comes in."""

from __future__ import annotations

import unicodedata
from itertools import islice
from typing import TYPE_CHECKING

from sync_profiles.config.lines import carries_text, split_lines
from sync_profiles.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 2 * 1024 * 1024
_ALLOWED = "\t\r\n"
_SHOWN = 5


class TeamFileRefused(RunError):
    """A team's file holds what must not come in; nothing was written."""


def decode_team_file(data: bytes, *, name: str) -> str:
    """Return a team's file as text; raise `TeamFileRefused` where it is none, or too large.

    Line endings stay; control characters other than those and tabs are no text.  Characters that
    nobody sees may stand in comments, but for those that turn the direction of what is read.
    """
    if len(data) > LARGEST:
        raise TeamFileRefused(
            f"`{name}` is larger than {LARGEST // 1024**2} MiB",
            hint="this is no team's file: name another source",
        )
    if data.startswith(b"\xef\xbb\xbf"):
        raise TeamFileRefused(
            f"`{name}` starts with a byte order mark", hint="save it as UTF-8 without BOM"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        position = error.start
    else:
        _refuse_controls(text, name=name)
        _refuse_unseen(text, name=name)
        return text
    line = len((data[:position] + b".").splitlines())
    raise TeamFileRefused(
        f"`{name}`, line {line}: byte 0x{data[position]:02x} is not UTF-8",
        hint="save it as UTF-8",
    )


def has_controls(text: str) -> bool:
    """Say whether text holds a character that ends a line or acts on a terminal."""
    return any(_is_control(character) for character in text)


def refusal(name: str, problems: Sequence[tuple[int, str]], *, hint: str) -> TeamFileRefused:
    """Return the error for problems of a team's file, each with its line."""
    shown = [f"line {line}: {what}" for line, what in sorted(problems)[:_SHOWN]]
    if len(problems) > _SHOWN:
        shown.append(f"and {len(problems) - _SHOWN} more")
    return TeamFileRefused(f"`{name}`, {'; '.join(shown)}", hint=hint)


def _refuse_controls(text: str, *, name: str) -> None:
    if text.isascii() and text.translate(_WITHOUT_ALLOWED).isprintable():
        return
    for position, character in enumerate(text):
        if character not in _ALLOWED and _is_control(character):
            line = len(split_lines(f"{text[:position]}."))
            raise refusal(name, [(line, _no_text(character))], hint=_HINT)


def _refuse_unseen(text: str, *, name: str) -> None:
    """Refuse what makes a line read otherwise than the AWS CLI reads it."""
    if text.isascii():
        return
    problems = []
    for number, line in enumerate(split_lines(text), start=1):
        if line.isascii():
            continue
        is_comment = not carries_text(line)
        unseen = (c for c in line if c in _TURNS or (not is_comment and _is_unseen(c)))
        problems += [(number, _no_text(character)) for character in islice(unseen, 1)]
    if problems:
        raise refusal(name, problems, hint=_HINT)


def _no_text(character: str) -> str:
    return f"the character U+{ord(character):04X} is no text"


_HINT = "take it out of the team's file"
# https://www.unicode.org/reports/tr9/: marks, embeddings, overrides and isolates
_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WITHOUT_ALLOWED = str.maketrans("", "", _ALLOWED)


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) == "Cf"


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}
