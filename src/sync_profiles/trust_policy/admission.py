"""Say who gets in by a trust policy, and under which names; and what it refuses besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
from sync_profiles.policy.matching import USER_NAME_KEY, Context, Scope, is_user_name, variables_of
from sync_profiles.text import quote
from sync_profiles.trust_policy.access import Access, accesses_of, is_about_name
from sync_profiles.trust_policy.wording import describe_condition, list_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    if_met = _conditions(access)
    for text in named.aws:
        callers = [c for c in access.callers if _is_of(text, c)]
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
    for service in named.services:
        yield f"the service {quote(service)} gets in{if_met}"
    for provider in named.federated:
        yield f"identities of {quote(provider)} get in{if_met}"


def _names(access: Access, callers: list[Caller]) -> str | None:
    """Return under which names callers get in, or None if they do not."""
    own = [c for c in callers if c.may_enter(access.with_denies, c.own_name)]
    if any(all(access.enters(c, name) for name in (c.own_name, *c.other_names)) for c in own):
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
        if is_user_name(value):
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


def _conditions(access: Access) -> str:
    """Return the conditions that are not on the name."""
    scope = Scope(context=Context.of({}), version=access.policy.version)
    phrases = [
        describe_condition(condition, scope)
        for condition in access.statement.conditions
        if not is_about_name(condition)
    ]
    return f", if {' and '.join(phrases)}" if phrases else ""


def _is_of(text: str, caller: Caller) -> bool:
    """Return whether a principal of a statement names a caller."""
    arn = parse_arn(text)
    if text == "*":
        return True
    if is_account_id(text) or (arn is not None and arn.resource == "root"):
        account = text if arn is None else arn.account_id
        return caller.account_id == account
    return text in {caller.arn, caller.principal_arn}


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
