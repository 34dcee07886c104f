"""Explain one profile: its chain and settings, the calls and answers, and who can fix it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.config.profiles import parse_texts
from sync_profiles.decisions import Verdict
from sync_profiles.explain.explanation import Explanation
from sync_profiles.explain.letter import write_letter
from sync_profiles.explain.policy_reading import TrustPolicyRead, missing_role, read_trust_policy
from sync_profiles.explain.refused_call import refused_call_of
from sync_profiles.explain.suspicions import Finding, Statement, Weight
from sync_profiles.lint.checks import find_problems, problems_of
from sync_profiles.model import Chain
from sync_profiles.outcomes import Accepted, Caller, Failure
from sync_profiles.planning.known_outcomes import is_along
from sync_profiles.report import Report, rows
from sync_profiles.survey import nothing_selected, resolve_chains, survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sync_profiles.config.profiles import Profiles
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.model import BrokenChain, Profile, Setting, Source
    from sync_profiles.outcomes import Outcome, Switch
    from sync_profiles.report import Row
    from sync_profiles.survey import Adapters, Request, Survey
    from sync_profiles.sync import Files

#: how many other profiles of the role's account are tested to compare their results
RELATIVES = 20
#: how many accepted profiles may try to read the trust policy of a refused role
READERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call that was sent along the profile's chain, and its answer; `profile` is its hop."""

    profile: str
    switch: Switch
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """All that is known about one profile; `letter` is a message to an administrator."""

    report: Report
    row: Row
    settings: Mapping[str, Setting]
    sent: tuple[Sent, ...]
    asked_at: datetime
    trust_policy: TrustPolicyRead | None
    letter: str | None


def inquire(
    files: Files, name: str, request: Request, adapters: Adapters, *, asked_at: datetime
) -> Inquiry:
    """Test one profile, and others of its role's account for comparison; write nothing.

    Only `options` and `jobs` of `request` are used. `asked_at` is the current time, in UTC.
    """
    texts = parse_texts(files.read(), files.paths)
    profiles = texts.profiles
    profile = profiles.by_name.get(name)
    if profile is None or not (profile.is_assume_role or profile.is_web_identity):
        raise nothing_selected(texts, name)
    names = frozenset({name, *_relatives(profile, profiles)})
    found = survey(texts, request.only(names), adapters)
    report = Report(
        command="explain",
        paths=files.paths,
        survey=found,
        sync_command=request.sync_command,
        problems=problems_of(
            find_problems(texts.config, texts.credentials),
            {name: resolve_chains(profiles).get(name)},
        ),
    )
    row = next(row for row in rows(report) if row.decision.profile.name == name)
    chain = row.decision.chain
    caller = report.callers.get(chain.source) if isinstance(chain, Chain) else None
    call = None
    if isinstance(caller, Caller):
        call = refused_call_of(
            row.decision,
            caller=caller,
            profiles=profiles.by_name,
            sent=found.outcomes,
            refused_at=asked_at,
        )
    read = _read_trust_policy(found, row, call) if call is not None else None
    letter = None
    if call is not None and (read is None or read.own_step is None):
        letter = write_letter(row.decision, call, trusted=read.naming if read is not None else None)
    return Inquiry(
        report=report,
        row=_with_hint(row, read),
        settings=profile.settings,
        sent=tuple(_sent(found, chain, client=profile.client)) if isinstance(chain, Chain) else (),
        asked_at=asked_at,
        trust_policy=read,
        letter=letter,
    )


def _relatives(profile: Profile, profiles: Profiles) -> list[str]:
    """Return other profiles with a role in the same account, in file order.

    Profiles that need an MFA code which the profile itself does not need are left out.
    """
    role = profile.role
    chains = resolve_chains(profiles)
    devices = {None, _device_of(chains.get(profile.name), profiles)}
    return [
        other.name
        for other in profiles.by_name.values()
        if other.is_assume_role
        and other.name != profile.name
        and role is not None
        and (its := other.role) is not None
        and its.account_id == role.account_id
        and _device_of(chains.get(other.name), profiles) in devices
    ][:RELATIVES]


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


def _read_trust_policy(found: Survey, row: Row, call: RefusedCall) -> TrustPolicyRead | None:
    """Read the refused role's trust policy, if an accepted profile of its account may."""
    decision = row.decision
    refused = decision.outcome
    if found.switcher is None or not isinstance(refused, Failure) or not refused.is_of_switch:
        return None
    profile = found.profiles.by_name[decision.blocked_by or decision.profile.name]
    for reader, switch in _readers(found, call.role_arn):
        text = found.switcher.read_trust_policy(switch, call.role_arn)
        if isinstance(text, str):
            return read_trust_policy(
                text, reader=reader, refused=refused, call=call, profile=profile
            )
        if text.code == "NoSuchEntity":
            return missing_role(reader=reader, call=call, profile=profile)
    return None


def _readers(found: Survey, role_arn: str) -> list[tuple[str, Switch]]:
    """Return accepted switches into a role's account, each with the profile that makes it."""
    role = parse_arn(role_arn)
    return [
        (decision.profile.name, switch)
        for decision in found.plan.decisions
        if isinstance(decision.chain, Chain)
        and role is not None
        and (its := decision.profile.role) is not None
        and its.account_id == role.account_id
        for switch, outcome in found.outcomes.items()
        if isinstance(outcome, Accepted)
        and is_along(
            switch,
            [found.profiles.by_name[hop] for hop in decision.chain.hops],
            source=decision.chain.source,
            client=decision.profile.client,
        )
    ][:READERS]
