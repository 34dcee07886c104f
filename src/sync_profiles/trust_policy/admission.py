"""Say who gets in by a trust policy, and under which names; and what it refuses besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
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
    is_about_name,
)
from sync_profiles.trust_policy.wording import describe_condition, list_texts
from sync_profiles.trust_policy.writing import ASSUME_ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync_profiles.policy.conditions import Condition
    from sync_profiles.policy.grammar import Policy, Statement
    from sync_profiles.trust_policy.callers import Caller

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
    about_name = set(access.name_conditions)
    conditions = access.statement.conditions
    if_met = _if([c for c in conditions if c not in about_name], access) + unless
    # whoever gets in under any name: a condition on the user's name says who that is
    about_session = {c for c in about_name if c.key.lower() != USER_NAME_KEY}
    if_any = _if([c for c in conditions if c not in about_session], access) + unless
    for text in named.aws:
        callers = [c for c in access.callers if naming_of(text, c.principal)]
        users = [c for c in callers if c.user_name is not None]
        roles = [c for c in callers if c.user_name is None]
        by_users, by_roles = _names(access, users), _names(access, roles)
        if by_users is not None and by_users == by_roles:
            yield f"{_who(text, 'users and roles')} {by_users}{if_met}"
            continue
        if by_users is not None:
            is_any = by_users == _ANY_NAME
            yield f"{_who(text, 'IAM users')} {by_users}{if_any if is_any else if_met}"
        if by_roles is not None:
            yield f"{_who(text, 'sessions of roles')} {by_roles}{if_met}"
    if access.requires_user_name:  # which they never have
        return
    if_met = _if(conditions, access) + unless
    if "*" in named.aws and any(map(access.allows_action, BY_PROVIDERS)):
        yield (
            "cannot tell whether identities of SAML and web identity providers get in"
            f"{if_met}: AWS does not document whether `*` names them"
        )
    for other, action in access.assuming.items():
        if access.allows_action(action):
            who = "the service {} gets" if other in named.services else "identities of {} get"
            yield f"{who.format(quote(other))} in{if_met}"


def _names(access: Access, callers: list[Caller]) -> str | None:
    """Return under which names callers get in, or None if they do not."""
    if any(_enters_under_any(access, caller) for caller in callers):
        return _ANY_NAME
    others, own_names = _values(access, callers)
    own = [c for c in callers if c.may_enter(access.with_denies, c.own_name)]
    fixed = {c.filled(value) for value in own_names for c in callers}
    if any(map(_has_user_name, _name_values(access))) and any(
        c.user_name is not None and c.own_name not in fixed and not access.enters_as_another(c)
        for c in own
    ):
        more = f", or as {list_texts(others)}" if others else ""
        return f"under their own user name only{more}"
    if own_names:
        more = f", or as {list_texts(others)}" if others else ""
        are_theirs = all(c.own_name in fixed for c in callers)
        condition = "" if are_theirs else ", if that is their own user name"
        return f"as {list_texts(own_names)}{condition}{more}"
    if others:
        return f"as {list_texts(others)}"
    if any(c.user_name is None and access.is_undocumented(c) for c in own):
        return (
            "under any session name or not at all: AWS does not say how it compares "
            f"{quote(USER_NAME_VARIABLE)}, which they do not have"
        )
    if own or any(map(access.enters_as_another, callers)):
        excluded = [v for c in access.name_conditions if c.operator.negated for v in c.values]
        return f"under any session name but {list_texts(excluded)}" if excluded else "under a name"
    return None


def _enters_under_any(access: Access, caller: Caller) -> bool:
    own = [caller.own_name] if is_session_name(caller.own_name) else []
    return all(access.enters(caller, name) for name in (*own, *access.other_names(caller)))


def _has_user_name(value: str) -> bool:
    return any(variable.key.lower() == USER_NAME_KEY for variable in variables_of(value))


def _name_values(access: Access) -> list[str]:
    """Return the values that the session name, or the user's name, may be.

    A Deny of all names but some requires those.
    """
    return [
        value if condition.key.lower() != USER_NAME_KEY else _as_user_name(value)
        for statement in access.with_denies.statements
        for condition in filter(is_about_name, statement.conditions)
        if condition.operator.negated is (statement.effect is Effect.DENY)
        and condition.operator.name != "Null"
        for value in condition.values
    ]


def _as_user_name(value: str) -> str:
    return USER_NAME_VARIABLE if _is_session_name(value) else value


def _is_session_name(value: str) -> bool:
    return value.lower() == f"${{{SESSION_NAME_KEY}}}"


def _values(access: Access, callers: list[Caller]) -> tuple[list[str], list[str]]:
    """Return names, and patterns of names, under which callers get in, beside `${aws:username}`.

    The second ones are those under which only users get in whose own name it is.
    """
    others, own = [], []
    for value in dict.fromkeys(_name_values(access)):
        if is_user_name(value) or _is_session_name(value):
            continue
        has_user_name = _has_user_name(value)
        names = {caller.filled(value) for caller in callers}
        entered = [
            (caller, name)
            for caller in callers
            for name in names
            if caller.tries(name, value) and caller.may_enter(access.with_denies, name)
        ]
        has_other_variable = any(
            variable.key.lower() not in {USER_NAME_KEY, SESSION_NAME_KEY}
            for variable in variables_of(value)
        )
        if has_other_variable and any(
            caller.may_enter(access.with_denies, caller.own_name) for caller in callers
        ):
            others.append(value)
        elif any(name != caller.user_name for caller, name in entered):
            others.append(_with_default(value, callers) if has_user_name else value)
        elif entered and not has_user_name:
            own.append(value)
    return others, own


def _with_default(value: str, callers: list[Caller]) -> str:
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
    """Return which statements deny some of the calls, beside those that only require a name."""
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
        "*" in deny.named.aws
        and bool(deny.conditions)
        and all(is_about_name(each) and each.operator.negated for each in deny.conditions)
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
