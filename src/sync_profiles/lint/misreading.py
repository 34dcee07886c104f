"""How botocore reads settings differently from how they were written, and what was meant.

botocore knows no comment after a value and no quotes, takes an indented line for a part of the
value above it, and ignores a key that it does not know.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from enum import Enum, auto
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING

from sync_profiles.config.values import meant_value, without_comment

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from sync_profiles.config.document import Option

#: without one of these settings a profile loses its role or its credentials
ESSENTIAL_KEYS = (
    "role_arn",
    "source_profile",
    "credential_source",
    "role_session_name",
    "external_id",
    "mfa_serial",
    "duration_seconds",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
)
#: settings of one line, whose values have no quotes, and no blank before a `#` or `;`
ONE_LINE_KEYS = frozenset(
    {
        *ESSENTIAL_KEYS,
        "endpoint_url",
        "max_attempts",
        "output",
        "region",
        "retry_mode",
        "sso_account_id",
        "sso_region",
        "sso_role_name",
        "sso_session",
        "sso_start_url",
        "sts_regional_endpoints",
    }
)
_WITHOUT_UNDERSCORES = {key.replace("_", ""): key for key in ESSENTIAL_KEYS}

_HEADER = re.compile(r"(?P<header>\[[^\]]+\])\s*(?:[#;].*)?")
_SETTING = re.compile(r"(?P<key>[\w.-]+)\s*[=:]\s*(?P<value>.*)")


class Misreading(Enum):
    """How botocore reads a value differently from how it was written."""

    LINES_BELOW = auto()  # another header or setting is indented, and so part of it
    BLOCK = auto()  # there are settings where the value should be
    COMMENT = auto()  # the comment after it is part of it
    QUOTES = auto()  # the quotes around it are part of it


def find_misreading(option: Option, *, is_one_line: bool) -> Misreading | None:
    """Return how botocore misreads a setting, None if it does not.

    `is_one_line` is set for settings that should have their whole value in the key's own line.
    """
    if any(indented_headers(option)):
        return Misreading.LINES_BELOW
    if not is_one_line:
        return None
    if option.is_nested:
        return Misreading.BLOCK
    if indented_line(option) is not None:
        return Misreading.LINES_BELOW
    if without_comment(option.value) != option.value:
        return Misreading.COMMENT
    return Misreading.QUOTES if meant_value(option.value) != option.value else None


def meant_key(key: str, *, present: Collection[str]) -> str | None:
    """Return the key that another one is a typo of, None if a profile has it anyway."""
    meant = _closest_key(key)
    return None if meant is None or meant in present else meant


@cache  # most keys are the same in every profile
def _closest_key(key: str) -> str | None:
    bare = "".join(character for character in key if character.isalnum())
    if key in ESSENTIAL_KEYS or any(character.isdigit() for character in bare):
        return None  # with a digit it is a second one that someone has put aside
    close = get_close_matches(bare, _WITHOUT_UNDERSCORES, n=1, cutoff=0.85)
    return _WITHOUT_UNDERSCORES[close[0]] if close and close[0][0] == key[0] else None


def settings_below(values: Iterable[str]) -> dict[str, str]:
    """Return what the further lines of a value would set, up to the first header."""
    _, *further = values
    settings: dict[str, str] = {}
    for text in takewhile(lambda text: _HEADER.fullmatch(text) is None, further):
        setting = _SETTING.fullmatch(text)
        if setting is not None:
            settings.setdefault(setting["key"].lower(), setting["value"])
    return settings


def indented_headers(option: Option) -> Iterator[tuple[str, int]]:
    """Yield the headers among the further lines of a value, each with its line."""
    for text, line in zip(option.values[1:], option.lines[1:], strict=True):
        header = _HEADER.fullmatch(text)
        if header is not None:
            yield header["header"], line


def indented_line(option: Option) -> int | None:
    """Return the first further line of a value that is not empty, None if a header comes first."""
    for text, line in zip(option.values[1:], option.lines[1:], strict=True):
        if text:
            return line if _HEADER.fullmatch(text) is None else None
    return None
