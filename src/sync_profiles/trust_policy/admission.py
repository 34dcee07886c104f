"""Say who gets in by a trust policy, and under which names; and what it refuses besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
from sync_profiles.policy.grammar import Effect
from sync_profiles.policy.judge import covers_action
from sync_profiles.policy.matching import USER_NAME_KEY, Context, Scope, is_user_name, variables_of
from sync_profiles.text import listed, quote
from sync_profiles.trust_policy.access import Access, accesses_of, is_about_name
from sync_profiles.trust_policy.callers import is_of
from sync_profiles.trust_policy.wording import describe_condition, list_texts
from sync_profiles.trust_policy.writing import ASSUME_ROLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync_profiles.policy.conditions import Condition
    from sync_profiles.policy.grammar import Policy
    from sync_profiles.trust_policy.callers import Caller

NO_ONE = "no one gets in"
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
    named = access.statement.principals
    if named is None:
        return
    unless = _unless_denied(access)
    about_name = set(access.name_conditions)
    if_met = _if([c for c in access.statement.conditions if c not in about_name], access) + unless
    for text in named.aws:
        callers = [c for c in access.callers if is_of(text, c)]
        users = [c for c in callers if c.user_name is not None]
        roles = [c for c in callers if c.user_name is None]
        by_users, by_roles = _names(access, users), _names(access, roles)
        if by_users is not None and by_users == by_roles:
            yield f"{_who(text, 'users and roles')} {by_users}{if_met}"
            continue
        if by_users is not None:
            yield f"{_who(text, 'IAM users')} {by_users}{if_met}"
        if by_roles is not None:
            yield f"{_who(text, 'sessions of roles')} {by_roles}{if_met}"
    if access.requires_user_name:  # which they never have
        return
    if_met = _if(access.statement.conditions, access) + unless
    for other, action in access.assuming.items():
        if access.allows_action(action):
            who = "the service {} gets" if other in named.services else "identities of {} get"
            yield f"{who.format(quote(other))} in{if_met}"


def _names(access: Access, callers: list[Caller]) -> str | None:
    """Return under which names callers get in, or None if they do not."""
    own = [c for c in callers if c.may_enter(access.with_denies, c.own_name)]
    if any(
        all(access.enters(c, name) for name in (c.own_name, *access.other_names(c))) for c in own
    ):
        return "under any session name"
    values = _other_values(access, callers)
    if any(c.user_name is not None and not access.enters_as_another(c) for c in own):
        own_only = any(map(_has_user_name, _name_values(access))) or not access.name_conditions
        if own_only:
            more = f", or as {list_texts(values)}" if values else ""
            return f"under their own user name only{more}"
    if values:
        return f"as {list_texts(values)}"
    if own or any(map(access.enters_as_another, callers)):
        excluded = [v for c in access.name_conditions if c.operator.negated for v in c.values]
        return f"under any session name but {list_texts(excluded)}" if excluded else "under a name"
    return None


def _has_user_name(value: str) -> bool:
    return any(variable.key.lower() == USER_NAME_KEY for variable in variables_of(value))


def _name_values(access: Access) -> list[str]:
    """Return the values that the session name, or the user's name, may be."""
    return [
        value
        for condition in access.name_conditions
        if not condition.operator.negated and condition.operator.name != "Null"
        for value in (
            condition.values
            if condition.key.lower() != USER_NAME_KEY
            else map(_as_user_name, condition.values)
        )
    ]


def _as_user_name(value: str) -> str:
    return USER_NAME_VARIABLE if value.lower() == "${sts:rolesessionname}" else value


def _other_values(access: Access, callers: list[Caller]) -> list[str]:
    """Return names, and patterns of names, other than users' own, under which callers get in."""
    found = []
    for value in _name_values(access):
        names = {caller.filled(value) for caller in callers}
        has_other_variable = any(
            variable.key.lower() != USER_NAME_KEY for variable in variables_of(value)
        )
        is_own = _has_user_name(value) and names == {caller.own_name for caller in callers}
        if is_user_name(value) or is_own:
            continue
        if (
            has_other_variable
            and any(caller.may_enter(access.with_denies, caller.own_name) for caller in callers)
        ) or any(
            is_session_name(name) and caller.may_enter(access.with_denies, name)
            for caller in callers
            for name in names
        ):
            found.append(value)
    return found


def _if(conditions: Sequence[Condition], access: Access) -> str:
    """Return conditions as the end of a sentence."""
    scope = Scope(context=Context.of({}), version=access.policy.version)
    phrases = [describe_condition(condition, scope) for condition in conditions]
    return f", if {' and '.join(phrases)}" if phrases else ""


def _unless_denied(access: Access) -> str:
    """Return which statements deny some of the calls, beside those that are about names alone."""
    denying = [
        str(number)
        for number, statement in enumerate(access.policy.statements, start=1)
        if statement.effect is Effect.DENY
        and covers_action(statement.actions, ASSUME_ROLE)
        and not (statement.conditions and all(map(is_about_name, statement.conditions)))
    ]
    if not denying:
        return ""
    plural = "statement" if len(denying) == 1 else "statements"
    return f", unless {plural} {listed(denying)} {'denies' if plural == 'statement' else 'deny'} it"


def _who(text: str, people: str) -> str:
    """Return whom a principal of a statement names, and the verb."""
    arn = parse_arn(text)
    if text == "*":
        return f"{people} of any account get in"
    if is_account_id(text):
        return f"{people} of account {quote(text)} get in"
    if arn is None:
        return f"{quote(text)} gets in"
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
