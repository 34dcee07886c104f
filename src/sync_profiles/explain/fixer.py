"""Who can fix a profile: a sync, you, or an administrator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.causes import Cause, Fixer
from sync_profiles.explain.cause_table import TABLE
from sync_profiles.outcomes import TRUST_POLICY, Failure
from sync_profiles.planning.verdict import Change, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.explain.findings import Finding
    from sync_profiles.planning.verdict import Decision


def fixer_of(decision: Decision, reasons: Sequence[Finding] = ()) -> Fixer:
    """Return who can fix a profile or, if a hop above it is refused, who can fix that hop.

    `reasons` are those of its explanation: what is certain from the files is for you to fix.
    """
    match decision.verdict:
        case Verdict.ACCEPTED:
            return Fixer.NONE
        case Verdict.FIXABLE:
            return Fixer.SYNC
        case Verdict.UNKNOWN:
            return Fixer.UNTESTED
        case Verdict.REJECTED:
            # a comment in the file keeps the name
            if decision.change is Change.KEEP or any(each.is_of_files for each in reasons):
                return Fixer.YOU
            return _fixer_of_refused(decision, reasons)


def _fixer_of_refused(decision: Decision, reasons: Sequence[Finding]) -> Fixer:
    cause = decision.cause or Cause.NOT_TESTED
    failure = decision.failure
    if failure is None:
        return TABLE[cause].fixed_by
    if cause is Cause.SOURCE_REFUSED:
        cause = failure.cause
    fixer, also = TABLE[cause].fixed_by, TABLE[cause].also
    # the policy may have a condition that a setting would meet, or name the role that was meant;
    # what is needed beside AssumeRole, no setting changes
    may_be_setting = also is None and (
        failure.policy_type in TRUST_POLICY
        or (failure.may_be_for_mfa and _may_lack_mfa(decision, failure))
        or bool(reasons)
    )
    return Fixer.EITHER if fixer is Fixer.ADMINISTRATOR and may_be_setting else fixer


def _may_lack_mfa(decision: Decision, failure: Failure) -> bool:
    caller = failure.caller_arn
    is_own = decision.blocked_by is None
    has_device = is_own and decision.profile.text("mfa_serial") is not None
    return caller is not None and caller.kind == "user" and not has_device
