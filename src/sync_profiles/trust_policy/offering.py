"""Offer the corrections that let no others in, and keep those in who can keep the rule.

A condition without effect may be all that keeps a role open: spelled as it was meant, no one meets
it. Then a finding says what to decide instead. A correction may also be right only together with
the others: then the whole corrected policy is offered. The judge is asked; no I/O.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from functools import cached_property

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
    before = _Entered(accesses_of(value, at))
    together = None if whole is None else before.consequence(before.after(whole, at))
    unsolved = {(one.code, one.message) for one in left}
    found = []
    for finding in findings:
        if finding.fixed is None:
            found.append(finding)
            continue
        alone = before.after(with_fix(value, finding), at)
        is_solved = (finding.code, finding.message) not in unsolved
        if together is not None and is_solved and before.consequence(alone) < together:
            found.append(replace(finding, fixed=whole))
        else:
            found.append(_decided(finding, before, alone))
    return found


def shuts_out(value: object, corrected: object, at: datetime | None) -> bool:
    """Return whether a corrected policy lets in no one whom a statement lets in today."""
    before = _Entered(accesses_of(value, at))
    return not before.are_kept(before.after(corrected, at))


@dataclass(frozen=True)
class _Entered:
    """Who gets in by a policy today."""

    accesses: tuple[Access, ...]

    @cached_property
    def callers(self) -> list[tuple[Access, list[TriedCaller]]]:
        """Those whom each of the statements lets in: users, or roles if there are no users."""
        found = []
        for access in self.accesses:
            entering = [one for one in access.callers if _enters(one, [access])]
            users = [one for one in entering if one.user_name is not None]
            found.append((access, users or entering))
        return [(access, callers) for access, callers in found if callers]

    @cached_property
    def admit_anyone(self) -> bool:
        """Whether callers of every account get in."""
        return any(map(admits_anyone, self.accesses))

    def after(self, corrected: object, at: datetime | None) -> tuple[Access, ...]:
        """Return the accesses of a corrected policy: those that are the same keep their answers."""
        found = accesses_of(corrected, at)
        same = {(one.statement, one.denies, one.policy.version): one for one in self.accesses}
        accesses = [same.get((one.statement, one.denies, one.policy.version), one) for one in found]
        # most callers get in by what has changed, or by nothing
        return tuple(sorted(accesses, key=lambda one: one in self.accesses))

    def are_kept(self, after: Sequence[Access], *, own: bool = False) -> bool:
        """Return whether a corrected policy lets in someone of each of the statements."""
        return not any(self.shut_out(after, own=own))

    def shut_out(
        self, after: Sequence[Access], *, own: bool = False
    ) -> Iterator[Sequence[TriedCaller]]:
        """Yield those whom a statement lets in, where a corrected policy lets in none of them."""
        for access, callers in self.callers:
            if access not in after and not _are_some_kept(access, callers, after, own=own):
                yield callers

    def consequence(self, after: Sequence[Access]) -> Consequence:
        """Return what a corrected policy does to them, and whether it lets others in."""
        if not self.are_kept(after):
            return Consequence.SHUTS_OUT
        new = [one for one in after if one not in self.accesses]
        is_same = (
            self.are_kept(after, own=True)
            and all(_enters(one, after) for access in self.accesses for one in access.named_roles)
            and _others(self.accesses) <= _others(after)
            and (self.admit_anyone or not any(map(admits_anyone, new)))
            and any(map(actions_never_allowed, after))
            <= any(map(actions_never_allowed, self.accesses))
            and (
                any(one.impostors for one in self.accesses if one not in after)
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


def _decided(finding: PolicyFinding, before: _Entered, after: Sequence[Access]) -> PolicyFinding:
    """Return a finding with what is to be decided, without a correction that shuts all out."""
    shut_out = [one for callers in before.shut_out(after) for one in callers]
    own = [one for one in before.accesses if finding.path[: len(one.path)] == one.path]
    unnamed = [
        one
        for access in own or before.accesses
        for one in unnamed_users(access)
        if not _enters(one, after)
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
