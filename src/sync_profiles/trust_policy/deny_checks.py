"""Find Denies that shut out everyone whom a policy, or one of its statements, allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sync_profiles.policy.conditions import parse_operator
from sync_profiles.policy.grammar import Effect, Policy, Statement
from sync_profiles.policy.judge import CannotTell, ExplicitDeny, Request, covers_action, judge
from sync_profiles.text import listed
from sync_profiles.trust_policy.access import Access
from sync_profiles.trust_policy.callers import TriedCaller
from sync_profiles.trust_policy.name_values import SESSION_NAME_KEY, is_user_name
from sync_profiles.trust_policy.policy_findings import (
    Code,
    Fields,
    PolicyFinding,
    conditions_of,
    statements_of,
    with_condition,
    without_condition,
)
from sync_profiles.trust_policy.writing import one_or_all

Call = tuple[Access, TriedCaller, Request]


def find_denies_of_everyone(accesses: Sequence[Access]) -> Iterator[PolicyFinding]:
    """Find a Deny that applies to everyone whom the Allows, or one of them, let in."""
    if not accesses or not accesses[0].policy.denies:
        return
    policy, value = accesses[0].policy, accesses[0].value
    entering = {
        access.statement.number: [
            (access, caller, caller.request(name))
            for caller, name in access.calls
            if caller.may_enter(access.itself, name)
        ]
        for access in accesses
    }
    calls = [call for found in entering.values() for call in found]
    if not calls:
        return
    for (path, fields), deny in zip(statements_of(value), policy.statements, strict=True):
        if deny.effect is Effect.ALLOW:
            continue
        is_whole = all(_denies_others(deny, access) for access in accesses)
        fixed = _turned_around(fields) if is_whole else None
        denied = _denied(deny, calls, is_whole=is_whole)
        if denied is None:
            fixed = None  # others get in, and may no longer do so
            numbers = [str(n) for n, of in entering.items() if of and _are_denied(deny, of)]
            allow = "statement {} allows" if len(numbers) == 1 else "statements {} allow"
            denied = f"everyone whom {allow.format(listed(numbers))}" if numbers else None
        if denied is None:
            continue
        advice = "; limit or remove it, unless that is meant" if fixed is None else ""
        yield PolicyFinding(
            code=Code.DENIED_TO_EVERYONE,
            path=path,
            message=f"this Deny applies to {denied}" + advice,
            fixed=fixed,
        )


def is_about(deny: Statement, other: str, action: str) -> bool:
    """Return whether a Deny may apply to the action of a service or an identity provider."""
    is_named = not {"*", other}.isdisjoint(deny.named.everyone)
    return is_named and covers_action(deny.actions, action)


def _denies_others(deny: Statement, access: Access) -> bool:
    """Return whether a Deny surely applies to the services and providers of a statement."""
    others = access.assuming.items()
    return all(not deny.conditions and is_about(deny, other, action) for other, action in others)


def _with_deny(access: Access, deny: Statement) -> Policy:
    return replace(access.policy, statements=(access.statement, deny))


def _are_denied(deny: Statement, calls: Sequence[Call]) -> bool:
    """Return whether a Deny surely applies to calls."""
    return all(
        isinstance(judge(_with_deny(access, deny), request), ExplicitDeny)
        for access, _, request in calls
    )


def _denied(deny: Statement, entering: Sequence[Call], *, is_whole: bool) -> str | None:
    """Return that a Deny applies to everyone whom the policy allows, or to all users; or None.

    Where AWS does not document how it compares a variable that roles do not have, it may.
    """
    is_certain = True
    for access, caller, request in entering:
        found = judge(_with_deny(access, deny), request)
        if isinstance(found, ExplicitDeny):
            continue
        is_certain = False
        is_open = isinstance(found, CannotTell) and all(map(request.context.knows, found.keys))
        if caller.user_name is not None or not is_open:
            return None
    if is_certain and is_whole:
        return "everyone whom the policy allows: no one gets in"
    has_users = any(caller.user_name is not None for _, caller, _ in entering)
    return "all users whom the policy allows: none of them gets in" if has_users else None


def _turned_around(statement: Fields) -> object:
    """Return a Deny of users' own names as a Deny of all other names, or None if it is no such.

    Any other Deny may be meant as it is, so none is removed.
    """
    match conditions_of(statement):
        case [(_, operator, key, values)] if (
            key.lower() == SESSION_NAME_KEY
            and all(is_user_name(str(value)) for value in values)
            and (parsed := parse_operator(operator)) is not None
            and parsed.name in {"StringLike", "StringEquals"}
        ):
            rest = without_condition(statement, operator, key)
            return with_condition(rest, "StringNotLike", key, one_or_all(values))
        case _:
            return None
