"""Offer the corrections that let no others in, and keep those in who can keep the rule.

A condition without effect may be all that keeps a role open: spelled as it was meant, no one meets
it. Then a finding says what to decide instead. A correction may also be right only together with
others: then the whole corrected policy is offered. The judge is asked; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from enum import IntEnum

from sync_profiles.trust_policy.access import Access, accesses_of
from sync_profiles.trust_policy.access_checks import actions_never_allowed, admits_anyone
from sync_profiles.trust_policy.callers import TriedCaller
from sync_profiles.trust_policy.condition_keys import is_misspelled
from sync_profiles.trust_policy.name_checks import unnamed_users
from sync_profiles.trust_policy.policy_findings import Code, PolicyFinding, with_fix
from sync_profiles.trust_policy.wording import describe_unnamed


class Consequence(IntEnum):
    """What a correction does, the worst first."""

    SHUTS_OUT = 0
    CHANGES = 1
    KEEPS = 2


def with_offers(
    value: object,
    findings: Sequence[PolicyFinding],
    at: datetime | None = None,
    *,
    whole: object = None,
    left: Sequence[PolicyFinding] = (),
) -> list[PolicyFinding]:
    """Return the findings about a policy, each with its correction, or with what to decide.

    `whole` is the policy in which all corrections have been followed, `left` what is found there.
    """
    before = accesses_of(value, at)
    together = None if whole is None else _consequence(before, _after(before, whole, at))
    unsolved = {(one.code, one.message) for one in left}
    found = []
    for finding in findings:
        if finding.fixed is None:
            found.append(finding)
            continue
        alone = _after(before, with_fix(value, finding), at)
        is_solved = (finding.code, finding.message) not in unsolved
        if together is not None and is_solved and _consequence(before, alone) < together:
            found.append(replace(finding, fixed=whole))
        else:
            found.append(_decided(finding, before, alone))
    return found


def shuts_out(value: object, corrected: object, at: datetime | None) -> bool:
    """Return whether a corrected policy lets in no one whom a statement lets in today."""
    before = accesses_of(value, at)
    return any(_shut_out(before, _after(before, corrected, at)))


def _after(before: Sequence[Access], corrected: object, at: datetime | None) -> Sequence[Access]:
    """Return the accesses of a corrected policy: those that are the same keep their answers."""
    same = {one.with_denies: one for one in before}
    accesses = [same.get(one.with_denies, one) for one in accesses_of(corrected, at)]
    # most callers get in by what has changed, or by nothing
    return sorted(accesses, key=lambda one: one in before)


def _shut_out(
    before: Sequence[Access], after: Sequence[Access], *, own: bool = False
) -> Iterator[Sequence[TriedCaller]]:
    """Yield those whom a statement lets in, where a corrected policy lets in none of them.

    They are its users, or roles if there are no users.
    """
    for access in before:
        users = [one for one in access.entering if one.user_name is not None]
        callers = users or access.entering
        is_kept = not callers or access in after or _are_some_kept(access, callers, after, own=own)
        if not is_kept:
            yield callers


def _consequence(before: Sequence[Access], after: Sequence[Access]) -> Consequence:
    """Return what a corrected policy does to those who get in, and whether it lets others in."""
    if any(_shut_out(before, after)):
        return Consequence.SHUTS_OUT
    new = [one for one in after if one not in before]
    is_same = (
        not any(_shut_out(before, after, own=True))
        and all(_enters(one, after) for access in before for one in access.named_roles)
        and _others(before) <= _others(after)
        and (any(map(admits_anyone, before)) or not any(map(admits_anyone, new)))
        and any(map(actions_never_allowed, after)) <= any(map(actions_never_allowed, before))
        and (
            any(one.impostors for one in before if one not in after)
            or not any(one.impostors for one in new)
        )
    )
    return Consequence.KEEPS if is_same else Consequence.CHANGES


def _are_some_kept(
    access: Access, callers: Sequence[TriedCaller], after: Sequence[Access], *, own: bool
) -> bool:
    """Return whether some of those whom a statement lets in get in afterwards."""
    is_of_users = callers[0].user_name is not None
    entering = [one for one in callers if not own or _enters(one, [access], own=True)]
    if not entering or any(_enters(one, after, own=own) for one in entering):
        return True
    named = (one for other in after for one in other.callers)  # by corrected conditions
    return any(
        (one.user_name is not None) is is_of_users
        and _enters(one, [access], own=own)
        and _enters(one, after, own=own)
        for one in named
    )


def _decided(
    finding: PolicyFinding, before: Sequence[Access], after: Sequence[Access]
) -> PolicyFinding:
    """Return a finding with what is to be decided, without a correction that shuts all out."""
    shut_out = [one for callers in _shut_out(before, after) for one in callers]
    own = [one for one in before if finding.path[: len(one.path)] == one.path]
    unnamed = [
        one for access in own or before for one in unnamed_users(access) if not _enters(one, after)
    ]
    decision = next((describe_unnamed(one.own_name) for one in unnamed), "")
    if not set(shut_out) <= set(unnamed):
        remove = ""
        if finding.code is Code.UNKNOWN_CONDITION_KEY and is_misspelled(str(finding.path[-1])):
            # no request has the key: such a condition of an Allow is met, one of a Deny never
            remove = f"remove the {'condition' if own else 'statement'}, or "
        decision = (
            "correcting that would shut out everyone whom a statement lets in today: "
            f"{remove}decide whom to admit"
        )
    message = "; ".join(filter(None, (finding.message, decision)))
    return replace(finding, message=message, fixed=None if shut_out else finding.fixed)


def _enters(caller: TriedCaller, accesses: Sequence[Access], *, own: bool = False) -> bool:
    """Return whether a caller gets in under a name, or under its own."""
    return any(
        access.lets_in(caller, name)
        for access in accesses
        for name in ([caller.own_name] if own else access.names_of(caller))
    )


def _others(accesses: Sequence[Access]) -> set[str]:
    """Return the services and identity providers of which no user's name is required."""
    return {
        text for access in accesses if not access.requires_user_name for text in access.assuming
    }
