"""Explain profiles: their chains and settings, the calls and answers, and who can fix them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync_profiles.config.profiles import parse_texts
from sync_profiles.decisions import Verdict
from sync_profiles.explain.explanation import Explanation
from sync_profiles.explain.letter import write_letters
from sync_profiles.explain.policy_reading import TrustPolicyRead, missing_role, read_trust_policy
from sync_profiles.explain.refusal import refusal_of
from sync_profiles.explain.refused_call import refused_call_of
from sync_profiles.explain.suspicions import Finding, Statement, Weight
from sync_profiles.lint.checks import find_problems, problems_of
from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.known_outcomes import is_along
from sync_profiles.report import Report, rows
from sync_profiles.role_reading import RoleReading
from sync_profiles.survey import resolve_chains, select, survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sync_profiles.config.profiles import Profiles
    from sync_profiles.decisions import Decision
    from sync_profiles.explain.letter import Letter
    from sync_profiles.explain.refusal import Refusal
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.model import BrokenChain, Problem, Profile, Setting, Source
    from sync_profiles.outcomes import Outcome, Switch
    from sync_profiles.report import Row
    from sync_profiles.survey import Adapters, Request, Survey
    from sync_profiles.sync import Files

#: how many other profiles of a role's account are tested to compare their results
RELATIVES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call that was sent along the profile's chain, and its answer; `profile` is its hop."""

    profile: str
    switch: Switch
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """All that is known about one profile; `refusal` is what administrators can allow, if any."""

    row: Row
    settings: Mapping[str, Setting]
    sent: tuple[Sent, ...]
    trust_policy: TrustPolicyRead | None
    refusal: Refusal | None

    @property
    def decision(self) -> Decision:
        """What the tests prove about the profile."""
        return self.row.decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """The profiles that were selected, and those of them that are explained, in file order.

    Profiles that are named are all explained; without a name, those that a person has to fix.
    `problems` are those of the explained profiles, and of the profiles along their chains;
    `letters` are one for each account whose administrator can help them.
    """

    request: Request
    report: Report
    asked_at: datetime
    selected: tuple[Decision, ...]
    explained: tuple[Explained, ...]
    problems: tuple[Problem, ...]
    letters: tuple[Letter, ...]


def inquire(files: Files, request: Request, adapters: Adapters, *, asked_at: datetime) -> Inquiry:
    """Test the selected profiles, and others of their accounts for comparison; write nothing.

    `asked_at` is the current time, in UTC.
    """
    texts = parse_texts(files.read(), files.paths)
    profiles = texts.profiles
    names = select(texts, request.patterns)
    chains = resolve_chains(profiles)
    found = survey(texts, request.only(names | _relatives(names, profiles, chains)), adapters)
    problems = find_problems(texts.config, texts.credentials)
    report = Report(
        command="explain",
        paths=files.paths,
        survey=found,
        problems=problems_of(problems, {name: chains.get(name) for name in names}),
    )
    selected = [row for row in rows(report) if row.decision.profile.name in names]
    reading = RoleReading(found)
    explained = tuple(
        _explain(row, report, found, reading, asked_at=asked_at)
        for row in selected
        if request.patterns or _needs_a_person(row.decision)
    )
    return Inquiry(
        request=request,
        report=report,
        asked_at=asked_at,
        selected=tuple(row.decision for row in selected),
        explained=explained,
        problems=problems_of(
            problems, {each.decision.profile.name: each.decision.chain for each in explained}
        ),
        letters=write_letters(each.refusal for each in explained if each.refusal is not None),
    )


def _needs_a_person(decision: Decision) -> bool:
    """Return whether neither a sync can fix a profile nor the AWS CLI alone can use it."""
    is_open = decision.verdict in {Verdict.REJECTED, Verdict.UNKNOWN}
    return is_open and not decision.profile.is_web_identity


def _explain(
    row: Row, report: Report, found: Survey, reading: RoleReading, *, asked_at: datetime
) -> Explained:
    decision = row.decision
    caller = report.caller_of(decision)
    call = None
    if isinstance(caller, Caller):
        call = refused_call_of(
            decision,
            caller=caller,
            profiles=report.profiles,
            sent=found.outcomes,
            refused_at=asked_at,
        )
    read = _read_trust_policy(reading, row, call, report.profiles) if call is not None else None
    refusal = None
    if call is not None and (read is None or read.own_step is None):
        refusal = refusal_of(decision, call, read=read)
    chain, profile = decision.chain, decision.profile
    return Explained(
        row=_with_hint(row, read),
        settings=profile.settings,
        sent=tuple(_sent(found, chain, client=profile.client)) if isinstance(chain, Chain) else (),
        trust_policy=read,
        refusal=refusal,
    )


def _relatives(
    names: frozenset[str], profiles: Profiles, chains: Mapping[str, Chain | BrokenChain]
) -> set[str]:
    """Return other profiles with a role in the accounts of these, the first of each account.

    Profiles that need an MFA code which none of these needs are left out.
    """
    devices = {None, *(_device_of(chains.get(name), profiles) for name in names)}
    roles = (profiles.by_name[name].role for name in names)
    found: dict[str, list[str]] = {role.account_id: [] for role in roles if role is not None}
    for other in profiles.by_name.values():
        role = other.role
        if (
            other.is_assume_role
            and other.name not in names
            and role is not None
            and role.account_id in found
            and _device_of(chains.get(other.name), profiles) in devices
        ):
            found[role.account_id].append(other.name)
    return {name for others in found.values() for name in others[:RELATIVES]}


def _device_of(chain: Chain | BrokenChain | None, profiles: Profiles) -> tuple[Source, str] | None:
    """Return the MFA device of a chain with its source, or None if it has no device."""
    if not isinstance(chain, Chain):
        return None
    mfa_serial = profiles.by_name[chain.hops[0]].text("mfa_serial")
    return None if mfa_serial is None else (chain.source, mfa_serial)


def _sent(found: Survey, chain: Chain, *, client: str) -> Iterator[Sent]:
    """Yield the calls along a chain, the source's first, with all session names."""
    hops = [found.profiles.by_name[hop] for hop in chain.hops]
    for depth, hop in enumerate(chain.hops, start=1):
        for switch, outcome in found.outcomes.items():
            if is_along(switch, hops[:depth], source=chain.source, client=client):
                yield Sent(profile=hop, switch=switch, outcome=outcome)


def _with_hint(row: Row, read: TrustPolicyRead | None) -> Row:
    """Return a row with the next step that the role's trust policy suggests, if any.

    A row that a sync fixes is returned unchanged.
    """
    if read is None or read.hint is None or row.decision.verdict is Verdict.FIXABLE:
        return row
    step = Finding(read.topic, Weight.CERTAIN, Statement.AS_READ, {"step": read.hint})
    message = read.fact or row.explanation.message
    explanation = Explanation(message=message, hint=read.hint, reasons=(step,))
    return replace(row, explain=lambda: explanation)


def _read_trust_policy(
    reading: RoleReading, row: Row, call: RefusedCall, profiles: Mapping[str, Profile]
) -> TrustPolicyRead | None:
    """Read the refused role's trust policy, if an accepted profile of its account may."""
    decision = row.decision
    refused = decision.outcome
    if not isinstance(refused, Failure) or not refused.is_of_switch:
        return None
    read = reading.read(call.role_arn)
    if read is None:
        return None
    profile = profiles[decision.blocked_by or decision.profile.name]
    if read.trust_policy is None:
        return missing_role(reader=read.reader, call=call, profile=profile)
    return read_trust_policy(
        read.trust_policy, reader=read.reader, refused=refused, call=call, profile=profile
    )
