"""What a section's header names for botocore, whatever its spelling.

The rule is that of `configloader.build_profile_map`: a header's beginning says the kind, and a
shell's second word the name; of two sections with one name, the later one hides the earlier one.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.profiles import PLAIN_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable

PROFILE = "profile"
_KINDS = (PROFILE, "sso-session", "services")


class Named(NamedTuple):
    """A section as botocore knows it: `kind` is empty where the header stands for itself."""

    kind: str
    name: str


def named_by(header: str) -> Named:
    """Return what a header names; one of a kind that botocore passes over stands for itself."""
    plain = PLAIN_HEADER.fullmatch(header)
    if plain is not None:
        return Named(PROFILE, plain[1])
    if header == "default":
        return Named(PROFILE, header)
    kind = next((kind for kind in _KINDS if header.startswith(kind)), "")
    try:
        words = shlex.split(header) if kind else []
    except ValueError:
        words = []
    if len(words) == 2:  # noqa: PLR2004 - botocore wants exactly a kind and a name
        return Named(kind, words[1])
    return Named("", header)


def sections_by_name(
    sections: Iterable[tuple[str, dict[str, str]]],
) -> dict[Named, dict[str, str]]:
    """Return the options of each section by what its header names; a later one hides others."""
    return {named_by(header): options for header, options in sections}
