"""Who mends a refused profile: the next sync, the person, an administrator, or either of them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Verdict
from sync_profiles.outcomes import MAY_DEMAND_MFA, TRUST_POLICY, Failure

if TYPE_CHECKING:
    from sync_profiles.decisions import Decision


class Remedy(Enum):
    """What the reader of a report does next about a profile, as `title` says it."""

    SYNC = "mended by `{sync}`"
    YOURSELF = "yours to mend"
    EITHER = "yours or an administrator's: `sync-profiles explain PROFILE` tells more"
    ADMINISTRATOR = "an administrator's to mend: `sync-profiles explain PROFILE` writes to them"
    UNTESTED = "not tested"
    NOTHING = "accepted"

    def title(self, *, sync_command: str) -> str:
        """Return the title of a group of profiles; `sync_command` is how a person runs the sync."""
        return self.value.format(sync=sync_command)


#: what an administrator mends; `explain` has a message to them for each
_ADMINISTRATORS = frozenset(
    {
        Cause.IMPLICIT_DENY,
        Cause.EXPLICIT_DENY,
        Cause.TAG_SESSION_NOT_ALLOWED,
        Cause.SOURCE_IDENTITY_NOT_ALLOWED,
    }
)
#: what a setting may mend, or another key, where an administrator does not
_EITHER = frozenset({Cause.NOT_AUTHORIZED, Cause.KEY_QUARANTINED, Cause.REGION_DISABLED})


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
            return _remedy_for_refused(decision)


def _remedy_for_refused(decision: Decision) -> Remedy:
    cause, policy_type = decision.cause, None
    if isinstance(decision.outcome, Failure):
        policy_type = decision.outcome.policy_type
        if cause is Cause.SOURCE_REFUSED:
            cause = decision.outcome.cause
    # a policy may refuse by a condition that a setting meets
    if cause in _EITHER or (cause in _ADMINISTRATORS and policy_type in TRUST_POLICY):
        return Remedy.EITHER
    if cause is Cause.EXPLICIT_DENY and policy_type in MAY_DEMAND_MFA and _may_lack_mfa(decision):
        return Remedy.EITHER
    return Remedy.ADMINISTRATOR if cause in _ADMINISTRATORS else Remedy.YOURSELF


def _may_lack_mfa(decision: Decision) -> bool:
    """Say whether an IAM user called, by STS's own word, without a device that is set here."""
    named = decision.outcome.caller_arn if isinstance(decision.outcome, Failure) else None
    caller = parse_arn(named) if named is not None else None
    is_own = decision.blocked_by is None
    has_device = is_own and decision.profile.text("mfa_serial") is not None
    return caller is not None and caller.kind == "user" and not has_device
