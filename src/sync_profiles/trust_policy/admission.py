"""Say who gets in by a trust policy, and under which names; and what it refuses besides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
from sync_profiles.policy.conditions import may_hold
from sync_profiles.policy.grammar import Effect
from sync_profiles.policy.judge import covers_action, naming_of
from sync_profiles.policy.matching import (
    USER_NAME_KEY,
    VARIABLES_VERSION,
    Context,
    Scope,
    expand,
    is_user_name,
    variables_of,
)
from sync_profiles.text import listed, quote
from sync_profiles.trust_policy.access import (
    BY_PROVIDERS,
    SESSION_NAME_KEY,
    Access,
    accesses_of,
    has_user_name,
    has_wildcard,
)
from sync_profiles.trust_policy.principal_checks import meant_service
from sync_profiles.trust_policy.wording import describe_condition, list_texts
from sync_profiles.trust_policy.writing import ASSUME_ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync_profiles.policy.conditions import Condition
    from sync_profiles.policy.grammar import Policy, Statement
    from sync_profiles.trust_policy.callers import TriedCaller

NO_ONE = "no one gets in"
_ANY_NAME = "under any session name"
#: what assumes roles under names that no profile sets, each with an example of its name
_TOOLS = {
    "`cdk deploy`, which is `aws-cdk-…`": "aws-cdk-someone",
    "`aws eks get-token --role-arn`, which is `EKSGetTokenAuth`": "EKSGetTokenAuth",
    "Terraform's `assume_role` without `session_name`, which is `aws-go-sdk-…`": (
        "aws-go-sdk-1700000000000000000"
    ),
}


def describe_access(accesses: Iterable[Access]) -> tuple[str, ...]:
    """Return who gets in, as sentences without a full stop, one for each kind of caller."""
    sentences = [sentence for access in accesses for sentence in _sentences(access)]
    return tuple(dict.fromkeys(sentences)) or (NO_ONE,)


def describe_refused_tools(value: object, policy: Policy) -> tuple[str, ...]:
    """Return the tools that users cannot use with a role that requires their names."""
    accesses = [access for access in accesses_of(value, policy) if access.users]
    callers = {caller for access in accesses for caller in access.users}
    return tuple(
        f"refused: {tool}"
        for tool, name in _TOOLS.items()
        if callers and not any(caller.may_enter(policy, name) for caller in callers)
    )


def _sentences(access: Access) -> Iterator[str]:
    named = access.statement.named
    unless = _unless_denied(access)
    conditions = access.statement.conditions
    required = _required_here(access)
    others = [c for c in conditions if not _is_naming(c) or c in required[1:]]
    on_user = {c for c in others if c.operator.name == "Null" and c.key.lower() == USER_NAME_KEY}
    if_met = _if([c for c in others if c not in on_user], access) + unless
    # whoever gets in under any name: a condition on the user's name says who that is
    if_any = _if(others, access) + unless
    for text in named.aws:
        callers = [c for c in access.callers if naming_of(text, c.principal)]
        users = [c for c in callers if c.user_name is not None]
        roles = [c for c in callers if c.user_name is None]
        by_users, by_roles = _names(access, users), _names(access, roles)
        if by_users is not None and by_users == by_roles:
            yield f"{_who(text, 'users and roles')} {by_users}{if_met}"
            continue
        if by_users is not None:
            is_any = by_users.startswith(_ANY_NAME)
            yield f"{_who(text, 'IAM users')} {by_users}{if_any if is_any else if_met}"
        if by_roles is not None:
            yield f"{_who(text, 'sessions of roles')} {by_roles}{if_met}"
    if access.requires_user_name or not all(map(may_hold, conditions)):  # which they never meet
        return
    if_met = _if(conditions, access) + unless
    if "*" in named.aws and any(map(access.allows_action, BY_PROVIDERS)):
        yield (
            "cannot tell whether identities of SAML and web identity providers get in"
            f"{if_met}: AWS does not document whether `*` names them"
        )
    misspelled = {text for text in named.services if meant_service(text) is not None}
    for other, action in access.assuming.items():
        if access.allows_action(action) and other not in misspelled:
            who = "the service {} gets" if other in named.services else "identities of {} get"
            yield f"{who.format(quote(other))} in{if_met}"


def _names(access: Access, callers: list[TriedCaller]) -> str | None:
    """Return under which names callers get in, or None if they do not."""
    excluded = _excluded(access)
    any_name = f"{_ANY_NAME} but {list_texts(excluded)}" if excluded else _ANY_NAME
    if any(_enters_under_any(access, caller) for caller in callers):
        return any_name
    required = _required(access)
    values = [value for condition in required for value in _values_of(condition)]
    others, own_names = _values(access, callers, values)
    more = f", or as {list_texts(others)}" if others else ""
    own = [c for c in callers if c.may_enter(access.with_denies, c.own_name)]
    ignores_case = any(c.operator.name == "StringEqualsIgnoreCase" for c in required) and (
        not own or any(c.may_enter(access.with_denies, c.own_name.swapcase()) for c in own)
    )
    case = ", in upper or lower case" if ignores_case else ""
    if excluded:
        case += f", but not as {list_texts(excluded)}"
    fixed = {c.filled(value) for value in own_names for c in callers}
    if any(
        c.user_name is not None and c.own_name not in fixed
        for c in own
        if any(has_user_name(value) and c.filled(value) == c.own_name for value in values)
    ):
        return f"under their own user name only{more}{case}"
    if own_names:
        are_theirs = all(c.own_name in fixed for c in callers)
        condition = "" if are_theirs else ", if that is their own user name"
        return f"as {list_texts(own_names)}{condition}{more}{case}"
    if others:
        return f"as {list_texts(others)}{case}"
    if any(c.user_name is None and access.is_undocumented(c) for c in own):
        return (
            f"{_ANY_NAME} or not at all: AWS does not say how it compares "
            f"{quote(USER_NAME_VARIABLE)}, which they do not have"
        )
    if _enters(access, callers):
        is_compared = required or not all(map(_is_naming, access.name_conditions))
        return f"under some session names{case}" if is_compared else any_name
    return None


def _enters(access: Access, callers: list[TriedCaller]) -> bool:
    """Return whether one of the callers may get in under a name."""
    among = set(callers)
    return any(c.may_enter(access.with_denies, name) for c, name in access.calls if c in among)


def _enters_under_any(access: Access, caller: TriedCaller) -> bool:
    own = [caller.own_name] if is_session_name(caller.own_name) else []
    return all(access.enters(caller, name) for name in (*own, *access.other_names(caller)))


def _is_naming(condition: Condition) -> bool:
    """Return whether a condition says what the session name is, or that it is the user's name."""
    key = condition.key.lower()
    is_swapped = key == USER_NAME_KEY and all(map(_is_session_name, condition.values))
    return key == SESSION_NAME_KEY or is_swapped


def _values_of(condition: Condition) -> list[str]:
    """Return what the session name must, or must not, be like; no name has a literal wildcard."""
    has_patterns = condition.operator.name in {"StringLike", "StringNotLike"}
    return [
        USER_NAME_VARIABLE if condition.key.lower() == USER_NAME_KEY else value
        for value in condition.values
        if has_patterns or not has_wildcard(value)
    ]


def _excluded(access: Access) -> list[str]:
    """Return what the session name must not be like."""
    negated = (c for c in access.statement.conditions if _is_naming(c) and c.operator.negated)
    return list(dict.fromkeys(value for each in negated for value in _values_of(each)))


def _required(access: Access) -> list[Condition]:
    """Return the conditions of which one must be met by the name; a Deny's are turned around."""
    denies = filter(_only_requires_name, access.with_denies.statements)
    turned = [
        replace(each, operator=replace(each.operator, name=each.operator.name.replace("Not", "")))
        for deny in denies
        for each in deny.conditions
    ]
    return [*_required_here(access)[:1], *turned]


def _required_here(access: Access) -> list[Condition]:
    """Return the conditions on the name of the statement itself, one on the user's name first.

    All of them must be met: the first one says under which names callers get in, the others if.
    """
    found = [
        each
        for each in filter(_is_naming, access.statement.conditions)
        if not (each.operator.negated or each.operator.name == "Null")
        and not (each.key.lower() == SESSION_NAME_KEY and any(map(_is_session_name, each.values)))
    ]
    return sorted(found, key=lambda each: not any(map(has_user_name, _values_of(each))))


def _is_session_name(value: str) -> bool:
    return value.lower() == f"${{{SESSION_NAME_KEY}}}"


def _values(
    access: Access, callers: list[TriedCaller], values: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return names, and patterns of names, under which callers get in, besides `${aws:username}`.

    The second ones are those under which only users get in whose own name it is.
    """
    others, own = [], []
    for value in dict.fromkeys(values):
        if is_user_name(value) or _is_session_name(value):
            continue
        is_of_user = has_user_name(value)
        names = {caller.filled(value) for caller in callers}
        entered = [
            (caller, name)
            for caller in callers
            for name in names
            if caller.tries(name, value) and caller.may_enter(access.with_denies, name)
        ]
        variables = {variable.key.lower() for variable in variables_of(value)}
        if variables - {USER_NAME_KEY}:
            if access.enters_besides(callers, values):
                others.append(value)
        elif any(name != caller.user_name for caller, name in entered):
            others.append(_with_default(value, callers) if is_of_user else value)
        elif entered and not is_of_user:
            own.append(value)
    return others, own


def _with_default(value: str, callers: list[TriedCaller]) -> str:
    """Return a value as it is for callers without a user name."""
    scope = Scope(context=Context.of({}), version=VARIABLES_VERSION)
    has_names = any(caller.user_name is not None for caller in callers)
    return value if has_names else expand(value, scope) or value


def _if(conditions: Sequence[Condition], access: Access) -> str:
    """Return conditions as the end of a sentence."""
    scope = Scope(context=Context.of({}), version=access.policy.version)
    phrases = [describe_condition(condition, scope) for condition in conditions]
    return f", if {' and '.join(phrases)}" if phrases else ""


def _unless_denied(access: Access) -> str:
    """Return which statements deny some of the calls, besides those that only require a name."""
    denying = [
        str(number)
        for number, statement in enumerate(access.policy.statements, start=1)
        if statement.effect is Effect.DENY
        and covers_action(statement.actions, ASSUME_ROLE)
        and not _only_requires_name(statement)
    ]
    if not denying:
        return ""
    plural = "statement" if len(denying) == 1 else "statements"
    return f", unless {plural} {listed(denying)} {'denies' if plural == 'statement' else 'deny'} it"


def _only_requires_name(deny: Statement) -> bool:
    return (
        deny.effect is Effect.DENY
        and covers_action(deny.actions, ASSUME_ROLE)
        and "*" in deny.named.aws
        and bool(deny.conditions)
        and all(_is_naming(each) and each.operator.negated for each in deny.conditions)
    )


def _who(text: str, people: str) -> str:
    """Return whom a principal of a statement names, and the verb."""
    arn = parse_arn(text)
    if text == "*":
        return f"{people} of any account get in"
    if arn is None:  # an account ID: a unique ID has no callers
        return f"{people} of account {quote(text)} get in"
    where = f"of account {quote(arn.account_id)}"
    match arn.kind:
        case "root":
            return f"{people} {where} get in"
        case "user":
            return f"the user {quote(arn.name)} {where} gets in"
        case "role":
            return f"sessions of the role {quote(arn.name)} {where} get in"
        case _:
            return f"the session {quote(arn.resource.partition('/')[2])} {where} gets in"
