"""What the outcomes prove about a profile and what is done about it, as frozen types."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_profiles.causes import Cause
    from sync_profiles.model import BrokenChain, Chain, Profile
    from sync_profiles.outcomes import Outcome, Switch


class Verdict(StrEnum):
    """What the tests prove about a profile."""

    ACCEPTED = "accepted"
    FIXABLE = "fixable"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Change(StrEnum):
    """What a sync does about a profile's session name."""

    FILL = "fill"
    FIX = "fix"
    KEEP = "keep"
    LEAVE = "leave"
    NONE = "none"
    SKIP = "skip"

    @property
    def writes(self) -> bool:
        """Return whether the change inserts or rewrites a line."""
        return self in {Change.FILL, Change.FIX}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is known about one profile and what to do about it.

    `chain` is None for a web identity. `outcome` is the evidence for `verdict`, `switch` the call
    that it answers, if one was sent. `blocked_by` is the hop further up whose switch failed.
    `wanted_name` is None if the caller has no name to write. `note` says why a change is not made.
    `untested_duration` is what the first call of a chain that is accepted, or will be after a sync,
    asks for with an MFA device, where it was tested for an hour only. `is_stopped` means that STS
    accepts the profile, or will after a sync, and that the AWS CLI stops before it calls STS.
    """

    profile: Profile
    chain: Chain | BrokenChain | None
    wanted_name: str | None
    verdict: Verdict
    change: Change
    cause: Cause | None = None
    outcome: Outcome | None = None
    switch: Switch | None = None
    blocked_by: str | None = None
    note: str | None = None
    untested_duration: int | None = None
    is_stopped: bool = False
