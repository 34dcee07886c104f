"""Say who gets in by a trust policy, and under which names; and what it refuses besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.policy.exclusion import excluding
from sync_profiles.policy.grammar import Effect
from sync_profiles.policy.judge import covers_action, naming_of
from sync_profiles.policy.matching import (
    USER_NAME_KEY,
    Context,
    Scope,
)
from sync_profiles.text import listed, quote
from sync_profiles.trust_policy.entered_names import EnteredNames, entered_names
from sync_profiles.trust_policy.principal_checks import meant_service
from sync_profiles.trust_policy.times import is_never_met
from sync_profiles.trust_policy.wording import describe_condition
from sync_profiles.trust_policy.writing import ASSUME_ROLE, BY_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sync_profiles.policy.conditions import Condition
    from sync_profiles.policy.grammar import Policy, Statement
    from sync_profiles.trust_policy.access import Access

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


def describe_refused_tools(accesses: Sequence[Access], policy: Policy) -> tuple[str, ...]:
    """Return the tools that users cannot use with a role that requires their names."""
    if not any(access.users for access in accesses):
        return ()
    callers = {caller for access in accesses for caller in access.callers}
    users = [caller for caller in callers if caller.user_name is not None]
    return tuple(
        f"refused: {tool}"
        for tool, name in _TOOLS.items()
        if not any(user.may_enter(policy, name) for user in users)
    )


def _sentences(access: Access) -> Iterator[str]:
    named = access.statement.named
    for text in named.aws:
        callers = [c for c in access.callers if naming_of(text, c.principal)]
        by_users = entered_names(access, [c for c in callers if c.user_name is not None])
        by_roles = entered_names(access, [c for c in callers if c.user_name is None])
        if by_users == by_roles and by_users is not None:
            yield f"{_who(text, 'users and roles')} {_under(by_users, access)}"
            continue
        if by_users is not None:
            yield f"{_who(text, 'IAM users')} {_under(by_users, access)}"
        if by_roles is not None:
            yield f"{_who(text, 'sessions of roles')} {_under(by_roles, access)}"
    conditions = access.statement.conditions
    version = access.policy.version
    if any(is_never_met(one, access.at, version) for one in conditions) or excluding(conditions):
        return
    if access.requires_user_name:  # which they do not have
        return
    met = _if(conditions, access)
    if "*" in named.aws and any(map(access.allows_action, BY_PROVIDERS)):
        yield (
            "cannot tell whether identities of SAML and web identity providers get in"
            f"{met}{_unless(access)}: AWS does not document whether `*` names them"
        )
    misspelled = {text for text in named.services if meant_service(text) is not None}
    for other, action in access.assuming.items():
        if access.allows_action(action) and other not in misspelled:
            who = "the service {} gets" if other in named.services else "identities of {} get"
            others = [one for one in access.denies if not {"*", other} & {*one.named.everyone}]
            yield f"{who.format(quote(other))} in{met}{_unless(access, others)}"


def _under(names: EnteredNames, access: Access) -> str:
    """Return under which names callers get in, if what the names do not cover is met."""
    conditions = [
        each
        for each in access.statement.conditions
        if each not in names.conditions
        and not (each.operator.name == "Null" and each.key.lower() == USER_NAME_KEY)
    ]
    return names.text + _if(conditions, access) + _unless(access, names.denies)


def _if(conditions: Sequence[Condition], access: Access) -> str:
    """Return conditions as the end of a sentence."""
    scope = Scope(context=Context.of({}), version=access.policy.version)
    phrases = [describe_condition(condition, scope) for condition in conditions]
    return f", if {' and '.join(phrases)}" if phrases else ""


def _unless(access: Access, covered: Sequence[Statement] = ()) -> str:
    """Return which statements, besides those that are covered, may deny some of the calls."""
    denying = [
        str(number)
        for number, statement in enumerate(access.policy.statements, start=1)
        if statement.effect is Effect.DENY
        and covers_action(statement.actions, ASSUME_ROLE)
        and statement not in covered
        and not excluding((*access.statement.conditions, *statement.conditions))
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
