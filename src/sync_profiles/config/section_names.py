"""The name that botocore takes from a section's header, whatever its spelling.

`configloader.build_profile_map` has the rule: the beginning of a header gives the kind, and the
second word, as a shell splits it, the name. Of two sections with one name, the later hides the
earlier.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

PROFILE = "profile"
#: most headers need no shell's words, which take their time
PLAIN_HEADER = re.compile(r"profile[ \t]+([^\s'\"\\]+)")
_KINDS = (PROFILE, "sso-session", "services")


class SectionName(NamedTuple):
    """A section as botocore knows it; `kind` is empty where botocore takes the header as it is."""

    kind: str
    name: str


def name_section(header: str) -> SectionName:
    """Return the name that a header gives; of a kind that botocore ignores, the header itself."""
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


def sections_by_name(
    sections: Iterable[tuple[str, dict[str, str]]],
) -> dict[SectionName, dict[str, str]]:
    """Return the options of each section by the section's name; a later one hides others."""
    return {name_section(header): options for header, options in sections}


def header_for(name: str) -> str:
    """Return the config file's header for a profile's name."""
    if name == "default":
        return "[default]"
    if set(name) & set('\\"'):  # between double quotes, these two need escapes
        return f"[profile {shlex.quote(name)}]"
    plain = name.split() == [name] and "'" not in name
    return f"[profile {name}]" if plain else f'[profile "{name}"]'


def split_words(text: str) -> list[str]:
    """Return the words of a header as botocore splits them; none if a quote is not closed."""
    try:
        return shlex.split(text)
    except ValueError:
        return []
