"""What can be told from here of a trust policy and a call: yes, no, or AWS alone knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from sync_profiles.policy.conditions import holds
from sync_profiles.policy.grammar import Effect, Policy
from sync_profiles.policy.judge import ImplicitDeny, judge
from sync_profiles.policy.matching import Scope, expand
from sync_profiles.text import quote

if TYPE_CHECKING:
    from typing import Self

    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.policy.conditions import Condition
    from sync_profiles.policy.grammar import Statement


class Told(Enum):
    """What can be told from here."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the call, as one policy may refer to it."""

    call: RefusedCall
    scope: Scope

    @classmethod
    def of(cls, call: RefusedCall, policy: Policy) -> Self:
        """Return the facts of a call for a policy."""
        return cls(call=call, scope=Scope(context=call.request.context, version=policy.version))

    @property
    def who(self) -> str:
        """Who calls."""
        return f"the caller {quote(self.call.principal.arn)}"


def lets_in(policy: Policy, call: RefusedCall) -> Told:
    """Say whether a trust policy lets the call in, as far as it is the policy's to decide."""
    facts = Facts.of(call, policy)
    denies = {applies(each, facts) for each in policy.statements if each.effect is Effect.DENY}
    allows = {applies(each, facts) for each in policy.statements if each.effect is Effect.ALLOW}
    if Told.YES in denies or allows <= {Told.NO}:
        return Told.NO
    return Told.UNKNOWN if Told.UNKNOWN in denies or Told.YES not in allows else Told.YES


def applies(statement: Statement, facts: Facts) -> Told:
    """Say whether a statement is about the call: its caller, its action and its conditions."""
    bare = Policy(version=facts.scope.version, statements=(replace(statement, conditions=()),))
    judgement = judge(bare, facts.call.request)
    if isinstance(judgement, ImplicitDeny):
        return Told.NO
    return all_met(statement, facts)


def all_met(statement: Statement, facts: Facts) -> Told:
    """Say whether all conditions of a statement are met: one that is not decides."""
    found = {is_met(condition, facts) for condition in statement.conditions}
    return next((told for told in (Told.NO, Told.UNKNOWN) if told in found), Told.YES)


def is_met(condition: Condition, facts: Facts) -> Told:
    """Say whether the call meets a condition."""
    key, scope = condition.key.lower(), facts.scope
    is_there = scope.context.values(key) is not None
    # where there is no value, none is compared
    texts = condition.values if is_there and scope.knows_variables else ()
    is_told = is_there or key in facts.call.told_keys
    if not is_told or any(_needs_more(text, facts) for text in texts):
        return Told.UNKNOWN
    return Told.YES if holds(condition, scope) else Told.NO


def filled(text: str, keys: frozenset[str], facts: Facts) -> str | None:
    """Fill in a text's variables, those of the keys with nothing; None where that does not do."""
    context = facts.scope.context
    absent = {key: "" for key in keys if context.values(key) is None}
    known = Scope(context=context.with_values(absent), version=facts.scope.version)
    return expand(text, known)


def _needs_more(text: str, facts: Facts) -> bool:
    """Say whether text has a variable whose value AWS alone knows."""
    return expand(text, facts.scope) is None and filled(text, facts.call.told_keys, facts) is None
