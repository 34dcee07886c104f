"""Who mends a refused profile: the next sync, the person, an administrator, or time."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.model import Change, Verdict

if TYPE_CHECKING:
    from sync_profiles.model import Decision


class Remedy(Enum):
    """What the reader of a report does next about a profile, as `title` says it."""

    SYNC = "mended by `{sync}`"
    YOURSELF = "yours to mend"
    ADMINISTRATOR = "an administrator's to mend: `sync-profiles explain PROFILE` writes to them"
    UNTESTED = "not tested"
    NOTHING = "accepted"

    def title(self, *, sync_command: str) -> str:
        """Return the title of a group of profiles; `sync_command` is how a person runs the sync."""
        return self.value.format(sync=sync_command)


_ADMINISTRATORS = frozenset(
    {
        Cause.NOT_AUTHORIZED,
        Cause.IMPLICIT_DENY,
        Cause.EXPLICIT_DENY,
        Cause.KEY_QUARANTINED,
        Cause.TAG_SESSION_NOT_ALLOWED,
        Cause.SOURCE_IDENTITY_NOT_ALLOWED,
        Cause.REGION_DISABLED,
    }
)


def remedy_for(decision: Decision) -> Remedy:
    """Return who mends a profile; for one below a refused hop, who mends that hop."""
    match decision.verdict:
        case Verdict.ACCEPTED:
            return Remedy.NOTHING
        case Verdict.FIXABLE:
            return Remedy.SYNC
        case Verdict.UNKNOWN:
            return Remedy.UNTESTED
        case Verdict.REJECTED:
            if decision.change is Change.KEEP:  # a comment of their own keeps the name
                return Remedy.YOURSELF
            outcome = decision.outcome
            cause = decision.cause
            if cause is Cause.SOURCE_REFUSED and outcome is not None:
                cause = getattr(outcome, "cause", cause)
            return Remedy.ADMINISTRATOR if cause in _ADMINISTRATORS else Remedy.YOURSELF
