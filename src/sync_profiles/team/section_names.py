"""The name that botocore takes from a section's header, whatever its spelling.

`configloader.build_profile_map` has the rule: the beginning of a header gives the kind, and the
second word, as a shell splits it, the name. Of two sections with one name, the later hides the
earlier.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.profiles import PLAIN_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable

PROFILE = "profile"
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
    try:
        words = shlex.split(header) if kind else []
    except ValueError:
        words = []
    if len(words) == 2:  # noqa: PLR2004 - botocore wants exactly a kind and a name
        return SectionName(kind, words[1])
    return SectionName("", header)


def sections_by_name(
    sections: Iterable[tuple[str, dict[str, str]]],
) -> dict[SectionName, dict[str, str]]:
    """Return the options of each section by the section's name; a later one hides others."""
    return {name_section(header): options for header, options in sections}
