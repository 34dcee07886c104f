"""Read how long a role's session may be where a test by MFA could ask for an hour only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.decisions import Verdict
from sync_profiles.explain.learned import Learned
from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.inquiry.iam_reading import RoleReading
    from sync_profiles.outcomes import Switch
    from sync_profiles.report import Report, ReportRow


def with_longest_session(
    row: ReportRow, report: Report, roles: RoleReading, accepted: Mapping[str, Switch]
) -> ReportRow:
    """Return a row with how long a session may be, if its duration was not tested.

    If the role does not allow the duration, the profile is rejected: STS will refuse the call that
    the AWS CLI makes. `accepted` are the calls that AWS accepts, by profile.
    """
    decision = row.decision
    caller, chain = report.caller_of(decision), decision.chain
    switch = accepted.get(decision.profile.name)
    seconds = decision.untested_duration
    if seconds is None or switch is None or not isinstance(caller, Caller):
        return row
    while switch.parent is not None:
        switch = switch.parent
    read = roles.read(switch, caller)
    if read is None or read.role is None or not isinstance(chain, Chain):
        return row
    longest = read.role.max_session_duration
    if seconds > longest:
        first, is_own = chain.hops[0], len(chain.hops) == 1
        decision = replace(
            decision,
            verdict=Verdict.REJECTED,
            cause=Cause.DURATION_TOO_LONG if is_own else Cause.SOURCE_REFUSED,
            outcome=Failure(cause=Cause.DURATION_TOO_LONG, proves=True),
            switch=None,
            blocked_by=None if is_own else first,
            untested_duration=None,
        )
    found = replace(row, decision=decision, learned=Learned(longest_session=longest))
    if row.decision.verdict is not Verdict.FIXABLE or decision is row.decision:
        return found
    explanation = found.explanation
    command = quote(report.survey.request.sync_command)
    hint = (explanation.hint or "") + f", then run {command}"
    return replace(found, found=replace(explanation, hint=hint))
