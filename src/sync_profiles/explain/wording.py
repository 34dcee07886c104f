"""Where a setting is, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_profiles.model import Place


def place_of(place: Place) -> str:
    """Return where a setting stands, as the end of a phrase."""
    return f"({place.file}, line {place.line})"
