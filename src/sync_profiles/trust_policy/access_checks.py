"""Find who gets in without a name of their own, and who does not get in, by asking the judge.

Each check takes a policy whose form is correct, as JSON has it and as parsed: their statements are
the same, in the same order.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.planning.session_name import is_session_name
from sync_profiles.policy.conditions import Condition, Quantifier
from sync_profiles.policy.grammar import Effect, Policy
from sync_profiles.policy.judge import applies
from sync_profiles.policy.matching import Answer, glob, names_user
from sync_profiles.text import quote
from sync_profiles.trust_policy import rewriting
from sync_profiles.trust_policy.access import SESSION_NAME_KEY, Access, accesses_of, is_about_name
from sync_profiles.trust_policy.callers import STRANGER, callers_of
from sync_profiles.trust_policy.policy_findings import Code, Finding, statements_of

if TYPE_CHECKING:
    from collections.abc import Iterator


_VARIABLE = re.compile(r"\$\{[^}]*\}")
#: keys that limit whom `*` means
_LIMITS = {
    *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"),
    *("aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:userid"),
    *("aws:sourceorgid", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid"),
}
#: the actions whose requests have no session name
_OTHER_ACTIONS = ("sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext")


def find_access_faults(value: object, policy: Policy) -> list[Finding]:
    """Return the findings about who gets in."""
    accesses = accesses_of(value, policy)
    return [
        *(finding for access in accesses for finding in _of_access(access, value)),
        *_denied_to_everyone(value, policy, accesses),
    ]


def _of_access(access: Access, value: object) -> Iterator[Finding]:
    yield from _other_actions(access, value)
    without = list(_without_user_name(access, value))
    yield from without or _never_met(access)
    yield from _anyone(access, value)
    optional = list(_optional(access))
    yield from optional
    if not access.impostors or optional:
        return
    wide = list(_wide_names(access))
    yield from wide
    if not wide:
        yield Finding(
            code=Code.NO_SESSION_NAME_CONDITION,
            path=(*access.path, "Condition"),
            message="any session name is accepted: there is no condition on `sts:RoleSessionName`",
            fixed=rewriting.require_own_name(value, access.path),
        )


def _other_actions(access: Access, value: object) -> Iterator[Finding]:
    listed = access.statement.actions
    if listed.negated or not any(
        condition.key.lower() == SESSION_NAME_KEY and not _is_optional(condition)
        for condition in access.name_conditions
    ):
        return
    others = [
        action
        for action in listed.patterns
        if action.lower() in {other.lower() for other in _OTHER_ACTIONS}
    ]
    if others:
        yield Finding(
            code=Code.OTHER_ACTIONS_IN_STATEMENT,
            path=(*access.path, "Action"),
            message=f"{quote(others[0])} has no session name, so this statement never allows it: "
            "it needs a statement of its own",
            fixed=rewriting.split_actions(value, access.path),
        )


def _without_user_name(access: Access, value: object) -> Iterator[Finding]:
    """Find principals that have no user name, of which one is required."""
    named = access.statement.principals
    if named is None or not access.requires_user_name:
        return
    bare = replace(
        access.statement,
        conditions=tuple(c for c in access.statement.conditions if not is_about_name(c)),
    )
    version = access.policy.version
    itself, without = (
        Policy(version=version, statements=(one,)) for one in (access.statement, bare)
    )
    shut_out = []
    for text in named.aws:
        only = replace(access.statement, principals=replace(named, aws=(text,)))
        callers = callers_of(only, access.policy)
        names = [name for caller in callers for name in (caller.own_name, *caller.other_names)]
        enters = any(c.may_enter(itself, name) for c in callers for name in set(names))
        would = [c for c in callers if c.may_enter(without, c.own_name)]
        if not enters and would and all(caller.user_name is None for caller in would):
            shut_out.append(text)
    others = [*named.services, *named.federated]
    if not shut_out and not others:
        return
    kind = "a session of a role" if shut_out else "it"
    yield Finding(
        code=Code.PRINCIPAL_WITHOUT_USER_NAME,
        path=(*access.path, "Principal"),
        message=f"{quote((shut_out or others)[0])} never gets in: {kind} has no `aws:username`",
        fixed=rewriting.without_user_name(value, access.path, shut_out, others),
    )


def _never_met(access: Access) -> Iterator[Finding]:
    """Find conditions that keep out everyone whom a statement names."""
    version = access.policy.version
    itself, bare = (
        Policy(version=version, statements=(one,))
        for one in (access.statement, replace(access.statement, conditions=()))
    )
    values = [value for each in access.name_conditions for value in each.values]
    calls = [
        (caller, name)
        for caller in access.callers
        for name in (caller.own_name, *caller.other_names, *map(caller.filled, values))
        if is_session_name(name)
    ]
    if not any(caller.may_enter(bare, name) for caller, name in calls):
        return
    if any(caller.may_enter(itself, name) for caller, name in calls):
        return
    message, fixed = "no one whom this statement names can meet its conditions", None
    for condition in access.name_conditions:
        starred = [value for value in condition.values if has_wildcard(value)]
        if starred and condition.operator.name.startswith("StringEquals"):
            spelled = rewriting.spelling_of(access.fields, condition)
            message = (
                f"{quote(spelled[0])} takes {quote(starred[0])} literally: it has no wildcards"
            )
            fixed = rewriting.with_operator(access.fields, spelled, "StringLike")
    yield Finding(
        code=Code.CONDITION_NEVER_MET,
        path=(*access.path, "Condition"),
        message=message,
        fixed=fixed,
    )


def _anyone(access: Access, value: object) -> Iterator[Finding]:
    named = access.statement.principals
    if named is None or "*" not in named.aws:
        return
    strangers = [c for c in access.callers if c.account_id == STRANGER]
    enters = any(
        access.enters(caller, name)
        for caller in strangers
        for name in (caller.own_name, *caller.other_names)
    )
    if enters and not _is_limited(access):
        yield Finding(
            code=Code.ANYONE_ADMITTED,
            path=(*access.path, "Principal"),
            message="callers of every AWS account get in; the correction limits them to the "
            "organization of the role's account: name the accounts if there is none",
            fixed=rewriting.limit_to_organization(value, access.path),
        )


def _is_limited(access: Access) -> bool:
    """Return whether a condition limits whom `*` means, here or in a Deny."""
    here = (c for c in access.statement.conditions if not _is_optional(c))
    there = (
        c
        for statement in access.policy.statements
        if statement.effect is Effect.DENY
        for c in statement.conditions
        if c.operator.negated
    )
    return any(
        condition.key.lower() in _LIMITS and not all(value == "*" for value in condition.values)
        for condition in (*here, *there)
    )


def _optional(access: Access) -> Iterator[Finding]:
    """Find conditions on the name that hold without it, or for every other one."""
    for condition in access.name_conditions:
        if not _is_optional(condition):
            continue
        operator = condition.operator
        is_needed = access.impostors or any(
            access.enters_as_another(caller)
            for caller in access.callers
            if caller.user_name is None
        )
        if not is_needed and not (operator.if_exists or operator.quantifier is Quantifier.ALL):
            continue
        if operator.name == "Null":
            reason = "only asks whether there is one, not for which"
        elif operator.negated:
            reason = "lets everyone in under any other name"
        else:
            reason = "also holds for a request without one"
        spelled = rewriting.spelling_of(access.fields, condition)
        yield Finding(
            code=Code.CONDITION_OPTIONAL,
            path=(*access.path, "Condition", *spelled),
            message=f"{quote(str(operator))} on {quote(condition.key)} {reason}",
            fixed=rewriting.require_name_plainly(access.fields, spelled),
        )


def _is_optional(condition: Condition) -> bool:
    operator = condition.operator
    return (
        operator.if_exists
        or operator.negated
        or operator.name == "Null"
        or operator.quantifier is Quantifier.ALL
    )


def _wide_names(access: Access) -> Iterator[Finding]:
    """Find values with wildcards that admit a name which is not the caller's."""
    for condition in access.name_conditions:
        wide = [value for value in condition.values if is_wide(value)]
        if wide and condition.operator.name == "StringLike":
            spelled = rewriting.spelling_of(access.fields, condition)
            yield Finding(
                code=Code.OTHER_NAMES_ADMITTED,
                path=(*access.path, "Condition", *spelled),
                message=f"{quote(wide[0])} also admits names that are not the caller's",
                fixed=rewriting.replace_values(access.fields, spelled, wide),
            )


def has_wildcard(value: str) -> bool:
    """Return whether a pattern has a wildcard outside its variables."""
    return re.search(r"[*?]", _VARIABLE.sub("", value)) is not None


def is_wide(value: str) -> bool:
    """Return whether a pattern of names admits others than a user's own or a tool's fixed ones."""
    if not has_wildcard(value):
        return False
    plain = _VARIABLE.sub("", value)
    pattern = glob(value)
    has_letters = re.search(r"[A-Za-z0-9]", plain) is not None
    is_nameless = pattern is not None and any(
        pattern.answer(name) is Answer.YES
        for name in ("botocore-session-1700000000", "aws-go-sdk-1700000000000000000")
    )
    return names_user(value) or not has_letters or is_nameless


def _denied_to_everyone(
    value: object, policy: Policy, accesses: tuple[Access, ...]
) -> Iterator[Finding]:
    """Find a Deny that applies to everyone whom the Allows let in."""
    if all(statement.effect is Effect.ALLOW for statement in policy.statements):
        return
    entering = [
        caller.request(name)
        for access in accesses
        for caller in access.callers
        for name in (caller.own_name, *caller.other_names)
        if caller.may_enter(Policy(version=policy.version, statements=(access.statement,)), name)
    ]
    if not entering:
        return
    listed = statements_of(value)
    for number, statement in enumerate(policy.statements):
        if statement.effect is Effect.ALLOW:
            continue
        if all(applies(statement, r, version=policy.version) is Answer.YES for r in entering):
            path, fields = listed[number]
            yield Finding(
                code=Code.DENIED_TO_EVERYONE,
                path=path,
                message="this Deny applies to everyone whom the policy allows: no one gets in",
                fixed=rewriting.relax_deny(value, path, fields),
            )
