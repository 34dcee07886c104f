"""From a decision to its message and hint: the fact, and the one next step for this profile."""

from __future__ import annotations

import shlex
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.decisions import Change, Verdict
from sync_profiles.explain import hints_policy, hints_role, hints_setup, hints_source
from sync_profiles.explain.case import Case
from sync_profiles.explain.explanation import SYNC_COMMAND, Explanation
from sync_profiles.explain.overrides import NO_OVERRIDES
from sync_profiles.explain.wording import place_of
from sync_profiles.model import BrokenChain, Chain
from sync_profiles.outcomes import Accepted, Caller, Failure
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.overrides import Overrides
    from sync_profiles.explain.suspicions import Finding
    from sync_profiles.model import Profile, Source

#: who writes about a cause; every cause has one
WRITERS: Mapping[Cause, Callable[[Case], Explanation]] = MappingProxyType(
    {
        **hints_policy.WRITERS,
        **hints_role.WRITERS,
        **hints_source.WRITERS,
        **hints_setup.WRITERS,
    }
)
_NO_PROFILES: Mapping[str, Profile] = MappingProxyType({})


def explain(
    decision: Decision,
    *,
    caller: Caller | Failure | None,
    profiles: Mapping[str, Profile] = _NO_PROFILES,
    overrides: Overrides = NO_OVERRIDES,
    findings: tuple[Finding, ...] = (),
    sync_command: str = SYNC_COMMAND,
) -> Explanation:
    """Return what is known about a profile, and the one next step.

    `caller` is that of the chain's source. `profiles` lets the text point into the source's and
    the hops' sections, `overrides` to what overrides them. `findings` are those of other profiles'
    results about a refusal that names no reason. `sync_command` is what a person runs for a
    sync that mends.
    """
    if isinstance(decision.chain, BrokenChain):
        broken = decision.chain
        return Explanation(message=f"{broken.message} {place_of(broken.place)}", hint=broken.hint)
    failing = decision.blocked_by or decision.profile.name
    case = _case(
        decision,
        profile=profiles.get(failing, decision.profile),
        caller=caller,
        profiles=profiles,
        overrides=overrides,
        findings=findings,
    )
    if decision.verdict is Verdict.ACCEPTED:
        return _accepted(decision, case)
    if decision.verdict is Verdict.FIXABLE:
        return _fixable(decision, case, sync_command)
    if decision.blocked_by is not None and not isinstance(decision.outcome, Accepted):
        return _blocked(decision.blocked_by, case, known=failing in profiles)
    return WRITERS[case.cause](case)


def explain_source(
    source: Source,
    failure: Failure,
    *,
    profiles: Mapping[str, Profile] = _NO_PROFILES,
    overrides: Overrides = NO_OVERRIDES,
) -> Explanation:
    """Return why a source has no identity, and the one next step."""
    source_profile = profiles.get(source.profile or "")
    return WRITERS[failure.cause](
        Case(
            cause=failure.cause,
            failure=failure,
            source=source,
            source_profile=source_profile,
            profile=source_profile,
            overrides=overrides,
        )
    )


def _case(
    decision: Decision,
    *,
    profile: Profile,
    caller: Caller | Failure | None,
    profiles: Mapping[str, Profile],
    overrides: Overrides,
    findings: tuple[Finding, ...],
) -> Case:
    chain = decision.chain if isinstance(decision.chain, Chain) else None
    if chain is not None and profile.name in chain.hops:
        end = chain.hops.index(profile.name) + 1
        chain = Chain(source=chain.source, hops=chain.hops[:end])
    failure = decision.outcome if isinstance(decision.outcome, Failure) else None
    cause = failure.cause if failure is not None else Cause.NOT_TESTED
    blocked = decision.blocked_by is not None
    source = chain.source if chain is not None else None
    return Case(
        # a hop that stops the chain has a cause of its own
        cause=cause if blocked else decision.cause or cause,
        failure=failure,
        source=source,
        source_profile=profiles.get(source.profile or "") if source is not None else None,
        profile=profile,
        end=decision.profile if blocked else None,
        chain=chain,
        caller=caller if isinstance(caller, Caller) else None,
        wanted_name=decision.wanted_name,
        overrides=overrides,
        note=None if blocked else decision.note,
        findings=findings,
    )


def _accepted(decision: Decision, case: Case) -> Explanation:
    arn = decision.outcome.assumed_role_arn if isinstance(decision.outcome, Accepted) else ""
    message = quote(arn) if arn else "accepted"
    name, wanted = decision.profile.session_name, decision.wanted_name
    if decision.cause is not None:
        return Explanation(message=message, hint=WRITERS[decision.cause](case).hint)
    if decision.note is not None:
        return Explanation(message=message, hint=f"the name stays: {decision.note}")
    if wanted in {None, name}:
        return Explanation(message=message)
    if decision.change is Change.KEEP:
        differs = f"which differs from the wanted name {quote(wanted or '')}"
        return Explanation(message=f"{message}, {differs}")
    if decision.change is Change.LEAVE:
        hint = f"leave it without a name: as {quote(wanted or '')} it is refused"
        return Explanation(message=message, hint=hint)
    return Explanation(message=message)


def _fixable(decision: Decision, case: Case, sync_command: str) -> Explanation:
    hint = f"run {quote(sync_command)}"
    if decision.blocked_by is None:
        return replace(hints_role.session_name(case), hint=hint)
    return Explanation(
        message=f"refused, as {quote(decision.blocked_by)} further up its chain is; "
        "accepted under the wanted names",
        hint=hint,
    )


def _blocked(hop: str, case: Case, *, known: bool) -> Explanation:
    """Explain the hop that stops the chain, whose own words and settings are what matters."""
    if not known:
        command = quote(f"sync-profiles explain {shlex.quote(hop)}")
        return Explanation(
            message=f"the chain stops at {quote(hop)}: {quote(case.cause)}",
            hint=f"mend {quote(hop)} first: {command} tells how",
        )
    inner = WRITERS[case.cause](case)
    where = f"the chain stops at {quote(hop)}"
    if case.end is not None and case.profile is not None and case.end.client != case.profile.client:
        # the hop by itself may work
        where += f", called with the region and endpoint of {quote(case.end.name)}"
    return Explanation(message=f"{where}: {inner.message}", hint=inner.hint)
