"""What was meant for a setting of a profile, and is none that botocore hears."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: a misspelt one of these takes the role or the credentials from a profile
KEYS = (
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
_BARE = {key.replace("_", ""): key for key in KEYS}

#: a header, as it stands in a line of its own
HEADER = re.compile(r"(?P<header>\[[^\]]+\])\s*(?:[#;].*)?")
_SETTING = re.compile(r"(?P<key>[\w.-]+)\s*[=:]\s*(?P<value>.*)")


def meant_key(key: str, heard: Collection[str]) -> str | None:
    """Return the key that one of a profile is nearly, where the profile has none of it."""
    meant = _close_key(key)
    return None if meant is None or meant in heard else meant


def swallowed_settings(further: Iterable[str]) -> dict[str, str]:
    """Return what the further lines of a value set, as far as they are of the same section."""
    settings: dict[str, str] = {}
    for text in further:
        if HEADER.fullmatch(text) is not None:
            break
        setting = _SETTING.fullmatch(text)
        if setting is not None:
            settings.setdefault(setting["key"].lower(), setting["value"])
    return settings


@cache  # most keys are the same in every profile
def _close_key(key: str) -> str | None:
    """Return the key that another one is nearly, None for one that is no misspelt one."""
    bare = "".join(character for character in key if character.isalnum())
    if key in KEYS or any(character.isdigit() for character in bare):
        return None  # with a figure it is a second one, put by
    close = get_close_matches(bare, _BARE, n=1, cutoff=0.85)
    return _BARE[close[0]] if close and close[0][0] == key[0] else None
