"""The bytes of a team's file become text, or are refused: what you cannot see does not come in."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sync_profiles.config.lines import carries_text, split_lines
from sync_profiles.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 2 * 1024 * 1024
_ALLOWED = "\t\r\n"
_SHOWN = 5
_HINT = "remove it from the team's file"
# https://www.unicode.org/reports/tr9/: marks, embeddings, overrides and isolates
_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_WITHOUT_ALLOWED = str.maketrans("", "", _ALLOWED)


class TeamFileRefused(RunError):
    """A team's file has something that must not come in; nothing was written."""


def refusal(name: str, problems: Sequence[tuple[int, str]], *, hint: str) -> TeamFileRefused:
    """Return the error for problems of a team's file, each with its line."""
    shown = [f"line {line}: {what}" for line, what in sorted(problems)[:_SHOWN]]
    if len(problems) > _SHOWN:
        shown.append(f"and {len(problems) - _SHOWN} more")
    return TeamFileRefused(f"`{name}`, {'; '.join(shown)}", hint=hint)


def decode_team_file(data: bytes, *, name: str) -> str:
    """Return a team's file as text; raise `TeamFileRefused` where it is not text, or too large.

    Line endings stay; other control characters than those and tabs are refused.  Invisible
    characters are allowed in comments, except those that change the direction of the text.
    """
    if len(data) > LARGEST:
        raise TeamFileRefused(
            f"`{name}` is larger than {LARGEST // 1024**2} MiB",
            hint="this is not a team's file: name another source",
        )
    if data.startswith(b"\xef\xbb\xbf"):
        raise TeamFileRefused(
            f"`{name}` starts with a byte order mark", hint="save it as UTF-8 without BOM"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len((data[: error.start] + b".").splitlines())
        byte = data[error.start]
    else:
        _refuse_controls(text, name=name)
        _refuse_invisible(text, name=name)
        return text
    raise TeamFileRefused(
        f"`{name}`, line {line}: byte 0x{byte:02x} is not UTF-8", hint="save it as UTF-8"
    )


def has_controls(text: str) -> bool:
    """Return whether text has a character that ends a line or acts on a terminal."""
    return any(_is_control(character) for character in text)


def _refuse_controls(text: str, *, name: str) -> None:
    if text.isascii() and text.translate(_WITHOUT_ALLOWED).isprintable():
        return
    for position, character in enumerate(text):
        if character not in _ALLOWED and _is_control(character):
            line = len(split_lines(f"{text[:position]}."))
            raise refusal(name, [(line, _not_allowed(character))], hint=_HINT)


def _refuse_invisible(text: str, *, name: str) -> None:
    """Refuse what makes a line look different from what the AWS CLI reads."""
    if text.isascii():
        return
    problems = []
    for number, line in enumerate(split_lines(text), start=1):
        if line.isascii():
            continue
        refused = _is_invisible if carries_text(line) else _BIDIRECTIONAL.__contains__
        first = next(filter(refused, line), None)
        if first is not None:
            problems.append((number, _not_allowed(first)))
    if problems:
        raise refusal(name, problems, hint=_HINT)


def _not_allowed(character: str) -> str:
    return f"the character U+{ord(character):04X} is not allowed"


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) == "Cf"


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}
