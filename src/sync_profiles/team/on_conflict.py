"""The choices of `--on-conflict`: by themselves, as the help and the completion need them too."""

from __future__ import annotations

from enum import StrEnum


class OnConflict(StrEnum):
    """What becomes of a team's profile whose name is taken."""

    KEEP = "keep"
    REPLACE = "replace"
    PREFIX = "prefix"
