"""Who gets in by a trust policy, under which names, and what else it refuses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sync_profiles.arn import parse_arn
from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import Condition
from sync_profiles.policy.exclusion import excluding, holds
from sync_profiles.policy.grammar import Statement
from sync_profiles.policy.judge import covers_action, naming_of
from sync_profiles.policy.matching import NOTHING_KNOWN, USER_NAME_KEY, Context
from sync_profiles.text import listed, quote
from sync_profiles.trust_policy.access import Access
from sync_profiles.trust_policy.callers import unknown_to_aws
from sync_profiles.trust_policy.deny_checks import is_about
from sync_profiles.trust_policy.entered_names import EnteredNames, entered_names
from sync_profiles.trust_policy.name_description import OWN_NAME, OWN_NAME_ONLY
from sync_profiles.trust_policy.principal_checks import meant_service
from sync_profiles.trust_policy.wording import describe_condition, list_principals
from sync_profiles.trust_policy.writing import ASSUME_ROLE, BY_PROVIDERS

NO_ONE = "no one gets in"
#: what assumes roles under names that no profile sets, each with an example of its name
_TOOLS = {
    "`cdk deploy` (session name `aws-cdk-…`)": "aws-cdk-someone",
    "`aws eks get-token --role-arn` (session name `EKSGetTokenAuth`)": "EKSGetTokenAuth",
    "Terraform's `assume_role` without `session_name` (the name is then `aws-go-sdk-…`)": (
        "aws-go-sdk-1700000000000000000"
    ),
}


def describe_access(accesses: Iterable[Access]) -> tuple[str, ...]:
    """Return who gets in, as sentences without a full stop, one for each kind of caller."""
    found = {access: tuple(_sentences(access)) for access in accesses}
    admitting_more = [
        access
        for access, sentences in found.items()
        if any(OWN_NAME_ONLY not in sentence for sentence in sentences)
    ]
    told: dict[str, None] = {}
    for access, sentences in found.items():
        for sentence in sentences:
            is_only = OWN_NAME_ONLY in sentence and not any(
                _admits_more(other, access) for other in admitting_more if other is not access
            )
            told[sentence if is_only else sentence.replace(OWN_NAME_ONLY, OWN_NAME)] = None
    return tuple(told) or (NO_ONE,)


def _admits_more(other: Access, access: Access) -> bool:
    """Return whether another access lets users of this one in under other names than their own."""
    return any(
        other.lets_in(user, name)
        for user in (*access.callers, *other.callers)
        if user.user_name is not None and access.lets_in(user, user.own_name)
        for name in other.names_of(user)
        if name != user.own_name
    )


def describe_refused_tools(accesses: Sequence[Access]) -> tuple[str, ...]:
    """Return the tools that users cannot use with a role that requires their names."""
    callers = {caller for access in accesses for caller in access.callers}
    users = [caller for caller in callers if caller.user_name is not None]
    if not any(access.lets_in(user, user.own_name) for access in accesses for user in users):
        return ()
    return tuple(
        f"refused: {tool}"
        for tool, name in _TOOLS.items()
        if not any(user.may_enter(accesses[0].policy, name) for user in users)
    )


def _sentences(access: Access) -> Iterator[str]:
    named = access.statement.named
    for text in named.aws:
        callers = [c for c in access.callers if naming_of(text, c.called_by)]
        by_users = entered_names(access, [c for c in callers if c.user_name is not None])
        by_roles = entered_names(access, [c for c in callers if c.user_name is None])
        if by_users == by_roles and by_users is not None:
            yield f"{_who(text, 'users and roles')} {_under(by_users, access)}"
            continue
        if by_users is not None:
            yield f"{_who(text, 'IAM users')} {_under(by_users, access)}"
        if by_roles is not None:
            yield f"{_who(text, 'sessions of roles')} {_under(by_roles, access)}"
    yield from _sentences_on_others(access)


def _sentences_on_others(access: Access) -> Iterator[str]:
    """Yield sentences about services and identity providers."""
    named, conditions = access.statement.named, access.statement.conditions
    if (
        (not access.assuming and "*" not in named.aws)
        or access.requires_user_name
        or excluding(conditions)
        or any(_is_never_met(one, access) for one in conditions)
    ):
        return
    met = _if(conditions, access)
    if "*" in named.aws and any(map(access.allows_action, BY_PROVIDERS)):
        unless = _unless(access, access.policy.denies)
        yield (
            "cannot tell whether identities of SAML and web identity providers get in"
            f"{met}{unless}: AWS does not document whether `*` names them"
        )
    for other, action in access.assuming.items():
        denies = [each for each in access.policy.denies if is_about(each, other, action)]
        is_let_in = access.allows_action(action) and all(each.conditions for each in denies)
        if is_let_in and (other not in named.services or meant_service(other) is None):
            who = "the service {} gets" if other in named.services else "identities of {} get"
            yield f"{who.format(quote(other))} in{met}{_unless(access, denies)}"


def _is_never_met(condition: Condition, access: Access) -> bool:
    """Return whether no request of services and providers, which have no user name, meets it."""
    absent = unknown_to_aws(access.policy) | {USER_NAME_KEY}
    context = Context.of(access.known_keys, absent=absent).of_version(access.policy.version)
    return holds(condition, context) is Answer.NO


def _under(names: EnteredNames, access: Access) -> str:
    """Return under which names callers get in, if what the names do not cover is met."""
    conditions = [
        each
        for each in access.statement.conditions
        if each not in names.conditions
        and not (each.operator.name == "Null" and each.key.lower() == USER_NAME_KEY)
    ]
    denies = [
        each
        for each in access.policy.denies
        if covers_action(each.actions, ASSUME_ROLE) and each not in names.denies
    ]
    return names.text + _if(conditions, access) + _unless(access, denies) + names.remark


def _if(conditions: Sequence[Condition], access: Access) -> str:
    """Return conditions as the end of a sentence."""
    context = NOTHING_KNOWN.of_version(access.policy.version)
    phrases = [describe_condition(condition, context) for condition in conditions]
    return f", if {' and '.join(phrases)}" if phrases else ""


def _unless(access: Access, denies: Sequence[Statement]) -> str:
    """Return which of some Denies may deny some of the calls."""
    denying = [
        one for one in denies if not excluding((*access.statement.conditions, *one.conditions))
    ]
    match denying:
        case []:
            return ""
        case [statement]:
            where = _if(statement.conditions, access)
            denied = {*statement.named.aws}
            if "*" not in denied and not denied.issuperset(access.statement.named.aws):
                where = f", for {list_principals(statement)}{where}"
            where = where.removeprefix(", ")
            return f", unless statement {statement.number} denies it" + (
                f" ({where})" if where else ""
            )
        case _:
            return f", unless statements {listed(str(one.number) for one in denying)} deny it"


def _who(text: str, people: str) -> str:
    """Return whom a principal of a statement names, and the verb."""
    arn = parse_arn(text)
    if text == "*":
        return f"{people} of any account get in"
    if arn is None:  # an account ID: a unique ID has no callers
        return f"{people} of account {quote(text)} get in"
    where = f"of account {quote(arn.account_id)}"
    if arn.partition != "aws":
        where += f" in partition {quote(arn.partition)}"
    match arn.kind:
        case "root":
            return f"{people} {where} get in"
        case "user":
            return f"the user {quote(arn.name)} {where} gets in"
        case "role":
            return f"sessions of the role {quote(arn.name)} {where} get in"
        case _:
            return f"the session {quote(arn.resource.partition('/')[2])} {where} gets in"
