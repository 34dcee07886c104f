"""Who mends a refused profile: the next sync, the person, an administrator, or time."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.model import Verdict

if TYPE_CHECKING:
    from sync_profiles.model import Decision


class Remedy(Enum):
    """What the reader of a report does next about a profile, as the title of its group."""

    SYNC = "mended by `sync-profiles`"
    YOURSELF = "yours to mend"
    ADMINISTRATOR = "an administrator's to mend: `sync-profiles explain PROFILE` writes to them"
    UNTESTED = "not tested"
    NOTHING = "accepted"


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
            outcome = decision.outcome
            cause = decision.cause
            if cause is Cause.SOURCE_REFUSED and outcome is not None:
                cause = getattr(outcome, "cause", cause)
            return Remedy.ADMINISTRATOR if cause in _ADMINISTRATORS else Remedy.YOURSELF
