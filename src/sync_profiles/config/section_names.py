"""The name that botocore takes from a section's header, whatever its spelling.

`configloader.build_profile_map` has the rule: the beginning of a header gives the kind, and the
second word, as a shell splits it, the name. Of two sections with one name, the later hides the
earlier. `read_endpoints` reads the sections that are no profiles and still decide where a call
goes.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeVar

from sync_profiles.config.document import Document
from sync_profiles.config.syntax import Option
from sync_profiles.config.values import MARKS_AROUND
from sync_profiles.model import FileKind, Place, Profile
from sync_profiles.text import quote

T = TypeVar("T")

PROFILE = "profile"
SSO_SESSION = "sso-session"
#: most headers need no shell's words, which take their time
PLAIN_HEADER = re.compile(r"profile[ \t]+([^\s'\"\\]+)")
SERVICES = "services"
_KINDS = (PROFILE, SSO_SESSION, SERVICES)


class SectionName(NamedTuple):
    """A section as botocore knows it; `kind` is empty where botocore takes the header as it is."""

    kind: str
    name: str


def name_section(header: str) -> SectionName:
    """Return the name in a header; the header itself if botocore ignores its kind."""
    plain = PLAIN_HEADER.fullmatch(header)
    if plain is not None:
        return SectionName(PROFILE, plain[1])
    if header == "default":
        return SectionName(PROFILE, header)
    kind = next((kind for kind in _KINDS if header.startswith(kind)), "")
    words = split_words(header) if kind else []
    if len(words) == 2:  # noqa: PLR2004 - botocore wants exactly a kind and a name
        return SectionName(kind, words[1])
    return SectionName("", header)


def sections_by_name(sections: Mapping[str, T]) -> dict[SectionName, T]:
    """Return sections by name in place of header; a later one hides others of its name."""
    return {name_section(header): section for header, section in sections.items()}


def header_for(name: str, kind: str = PROFILE) -> str:
    """Return the config file's header for a name."""
    if kind == PROFILE and name == "default":
        return "[default]"
    if set(name) & set('\\"'):  # between double quotes, these two need escapes
        return f"[{kind} {shlex.quote(name)}]"
    plain = name.split() == [name] and "'" not in name
    return f"[{kind} {name}]" if plain else f'[{kind} "{name}"]'


def header_at(profile: Profile, place: Place) -> str:
    """Return the header of a profile's section in the file of a place, as a literal."""
    if place.file is profile.place.file:
        return str(profile.header)
    is_raw = place.file is FileKind.CREDENTIALS
    return quote(f"[{profile.name}]" if is_raw else header_for(profile.name))


def name_in_value(value: str, kind: str) -> str:
    """Return the name in a value that may be written as the header of its section."""
    header = value.strip("[] ")
    named = name_section(header)
    return named.name if named.kind == kind else header.removeprefix(f"{kind} ").strip(MARKS_AROUND)


def split_words(text: str) -> list[str]:
    """Return the words of a header as botocore splits them; none if a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError:
        return []


class ServicesEndpoint(NamedTuple):
    """An endpoint for STS, with the line that sets it and the text of the section's header.

    `key` is `endpoint_url`; it is `sts` where that is not a block, at which botocore stops.
    """

    key: str
    value: str
    section: str
    place: Place


def read_endpoints(config: Document) -> dict[str, ServicesEndpoint]:
    """Return the endpoints by the sections' names; of two spellings of a name the later counts."""
    found: dict[str, ServicesEndpoint] = {}
    for header, section in config.sections.items():
        kind, name = name_section(header)
        if kind != SERVICES:
            continue
        found.pop(name, None)
        option = config.options(section).get("sts")
        for key, value, place in _endpoints(option) if option is not None else ():
            found[name] = ServicesEndpoint(key, value, header, place)
    return found


def _endpoints(option: Option) -> Iterator[tuple[str, str, Place]]:
    """Yield what the lines of a block set, in their order: of two lines the last counts."""
    if not option.is_nested:
        yield option.key, option.value, option.place
        return
    for text, line in zip(option.values, option.lines, strict=True):
        key, _, value = text.partition("=")
        if key.strip() == "endpoint_url":  # case counts in a block
            yield "endpoint_url", value.strip(), option.place._replace(line=line)
