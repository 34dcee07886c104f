"""Headers that were meant as a profile and are none, or are another one."""

from __future__ import annotations

import re
import shlex
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sync_profiles.config.chains import header_for
from sync_profiles.explain.wording import place_of
from sync_profiles.lint.codes import ProblemCode
from sync_profiles.model import FileKind, Place, Problem
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.config.ini import IniSection
    from sync_profiles.lint.reading import Reading

#: a section of the config file with one of these was meant as a profile
_PROFILE_KEYS = frozenset(
    {
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "credential_process",
        "credential_source",
        "role_arn",
        "source_profile",
        "sso_account_id",
        "sso_role_name",
        "web_identity_token_file",
    }
)
#: what else the AWS CLI reads in the config file
_OTHER_KINDS = frozenset({"sso-session", "services", "preview", "plugins"})

_JOINED = re.compile(r"profile[:._/-]+(?P<name>.+)", re.IGNORECASE)
_PLACEHOLDER = "NAME"


def find_headers(reading: Reading) -> Iterator[Problem]:
    """Yield the headers that do not do what they were written for."""
    for section in reading.config.sections.values():
        place = Place(file=FileKind.CONFIG, line=section.line)
        if not reading.makes_profile(place) and _is_meant_as_profile(section):
            yield _ignored(section, place, reading)
    for section in reading.credentials.sections.values():
        name = _name_meant_in_credentials(section.name)
        if name is not None:
            yield _of_the_config_file(section, name, reading)


def _ignored(section: IniSection, place: Place, reading: Reading) -> Problem:
    name = _name_meant(section.name)
    known = reading.config_profiles.get(name)
    written = quote(f"[{section.name}]")
    header = quote(header_for(name))
    hint = f"write {header}"
    if known is not None:
        hint = f"move its settings to {quote(f'[{known.section}]')} {place_of(known.place)}"
    elif name == _PLACEHOLDER:
        hint = f"write {header}, with the profile's name"
    return Problem(
        place=place,
        code=ProblemCode.IGNORED_HEADER,
        message=f"the AWS CLI ignores section {written}: {_reason(section.name)}",
        hint=hint,
    )


def _of_the_config_file(section: IniSection, name: str, reading: Reading) -> Problem:
    known = reading.credentials.sections.get(name)
    header = quote(f"[{name}]")
    hint = f"write {header}"
    if known is not None:
        place = Place(file=FileKind.CREDENTIALS, line=known.line)
        hint = f"move its settings to {header} {place_of(place)}"
    return Problem(
        place=Place(file=FileKind.CREDENTIALS, line=section.line),
        code=ProblemCode.CREDENTIALS_HEADER,
        profile=section.name,
        message="in the credentials file a header is the name alone, as it stands: "
        f"{quote(f'[{section.name}]')} is not profile {quote(name)}",
        hint=hint,
    )


def _is_meant_as_profile(section: IniSection) -> bool:
    first = _first_word(section.name).lower()
    if first in _OTHER_KINDS:
        return False
    if first == "profile" or section.name.strip().lower() == "default":
        return True
    return not _PROFILE_KEYS.isdisjoint(section.options)


def _name_meant(header: str) -> str:
    """Return the name of the profile that an ignored header of the config file was meant for."""
    stripped = header.strip()
    if stripped.lower() == "default":
        return "default"
    joined = _JOINED.fullmatch(stripped)
    if joined is not None:
        return joined["name"]
    if not _is_like_profile(_first_word(header)):
        return stripped
    _, *others = stripped.split(maxsplit=1)
    if not others:
        return _PLACEHOLDER
    words = _words(others[0])
    return words[0] if len(words) == 1 and words[0] else others[0]


def _reason(header: str) -> str:
    first = _first_word(header)
    if first.lower() != "profile" and header.strip().lower() != "default":
        return "a profile's header is `[profile NAME]` in the config file"
    if header != header.lstrip() or (header != header.rstrip() and first != "profile"):
        return "a blank stands beside a bracket"
    if first not in {"profile", "default"}:
        return f"`{first.lower()}` counts in lower case only"
    words = _words(header)
    if not words:
        return "a quote in the name is not closed"
    return "the name is missing" if len(words) == 1 else "a name with a blank needs quotes"


def _name_meant_in_credentials(header: str) -> str | None:
    """Return the name that a header of the credentials file was meant for, None if its own."""
    stripped = header.strip()
    if _first_word(header).lower() == "profile" and stripped.lower() != "profile":
        return _name_meant(header)
    return stripped if stripped and stripped != header else None


def _first_word(header: str) -> str:
    return next(iter(header.split(maxsplit=1)), "")


def _is_like_profile(word: str) -> bool:
    return bool(get_close_matches(word.lower(), ["profile"], cutoff=0.75))


def _words(text: str) -> list[str]:
    """Return the words as botocore splits them; none where a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError:
        return []
