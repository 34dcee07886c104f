"""What a message and a hint are, as a report shows them."""

from __future__ import annotations

from dataclasses import dataclass

#: how a person runs the sync of their usual files
SYNC_COMMAND = "sync-profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The fact, and the one next step; each one sentence without a full stop or a secret."""

    message: str
    hint: str | None = None
