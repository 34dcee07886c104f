"""What a role's real trust policy demands, in plain sentences, and what of that is not met."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from sync_profiles.arn import parse_arn
from sync_profiles.explain.refused_call import ASSUME_ROLE, MADE_UP
from sync_profiles.explain.told import Facts, Told, all_met, applies, filled, is_met
from sync_profiles.policy.conditions import Quantifier
from sync_profiles.policy.grammar import Effect, Policy
from sync_profiles.policy.judge import Allow, Element, ExplicitDeny, ImplicitDeny, Naming, judge
from sync_profiles.policy.matching import expand
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.policy.conditions import Condition
    from sync_profiles.policy.grammar import Statement
    from sync_profiles.policy.matching import Scope

_SUBJECTS = {
    "aws:multifactorauthage": "the age of the MFA session in seconds",
    "aws:multifactorauthpresent": "MFA",
    "aws:principalaccount": "the caller's account",
    "aws:principalarn": "the caller's ARN",
    "aws:principalorgid": "the caller's organization",
    "aws:sourceip": "the caller's address",
    "aws:username": "the caller's user name",
    "sts:externalid": "the external ID",
    "sts:rolesessionname": "the session name",
    "sts:sourceidentity": "the source identity",
}
_MENDS = {
    "aws:multifactorauthpresent": "the profile has no `mfa_serial`",
    "sts:externalid": "the profile has no `external_id`",
    "sts:sourceidentity": "no profile can set one",
    "aws:username": "this caller has none",
}
#: what is demanded by which truths a condition names: true, and false
_NULLS = {
    (True, True): "given or not",
    (True, False): "not given",
    (False, True): "given",
    (False, False): "neither given nor not",
}
_MFA = {
    (True, True): "told to be used or not",
    (True, False): "used",
    (False, True): "not used",
    (False, False): "neither used nor not",
}
_RELATIONS = {
    "StringEquals": "",
    "StringEqualsIgnoreCase": "in any case ",
    "StringLike": "like ",
    "ArnEquals": "like ",
    "ArnLike": "like ",
    "BinaryEquals": "",
    "Bool": "",
    "IpAddress": "in ",
    **{
        f"{kind}{order}": relation
        for kind in ("Numeric", "Date")
        for order, relation in (
            ("Equals", ""),
            ("LessThan", "less than "),
            ("LessThanEquals", "at most "),
            ("GreaterThan", "greater than "),
            ("GreaterThanEquals", "at least "),
        )
    },
}


def describe_demands(policy: Policy, call: RefusedCall) -> tuple[str, ...]:
    """Say statement by statement what a trust policy demands of a switch, and what is not met.

    Each is a sentence without a full stop. What cannot be told from here, such as the caller's
    organization, is said to be open, and nothing is concluded from it. Statements that are not
    about assuming the role, or let only services in, are left out where others remain.
    """
    facts = Facts.of(call, policy)
    aside: list[str] = []
    told: list[str] = []
    for number, statement in enumerate(policy.statements, start=1):
        name = f"statement {quote(statement.sid)}" if statement.sid else f"statement {number}"
        alone = Policy(version=policy.version, statements=(statement,))
        judgement = judge(alone, call.request)
        if statement.effect is Effect.DENY:
            told += _deny(name, statement, facts)
            continue
        match judgement:
            case Allow():
                told += _conditions(name, statement, facts)
                told.append(_allow(name, judgement, facts))
            case ImplicitDeny(misses=(miss, *_)) if miss.element is Element.ACTION:
                actions = _listed(statement.actions.patterns)
                aside.append(f"{name} is about {actions}, not {quote(ASSUME_ROLE)}")
            case ImplicitDeny(misses=(miss, *_)) if miss.element is Element.PRINCIPAL:
                if _lets_people_in(statement):
                    told.append(f"{name} {_named(statement)}: that is not {facts.who}")
                    told += _conditions(name, statement, facts)
                else:
                    aside.append(f"{name} {_named(statement)}")
            case ImplicitDeny():
                told += _conditions(name, statement, facts)
            case ExplicitDeny():
                raise AssertionError(statement)
            case _:
                assert_never(judgement)
    return tuple(told or aside)


def _allow(name: str, allow: Allow, facts: Facts) -> str:
    if all_met(allow.statement, facts) is Told.UNKNOWN:
        return f"{name} lets {facts.who} in where the rest is met"
    role = parse_arn(facts.call.role_arn)
    is_same = role is not None and role.account_id == facts.call.principal.account_id
    if is_same and allow.naming is not Naming.ACCOUNT:
        return f"{name} lets the switch in"
    return (
        f"{name} lets the switch in, and a policy of {facts.who} must allow "
        f"{quote(ASSUME_ROLE)} as well"
    )


def _deny(name: str, statement: Statement, facts: Facts) -> Iterator[str]:
    """Tell of a deny that applies, or that may."""
    told = applies(statement, facts)
    if told is Told.NO:
        return
    conditions = " and ".join(_phrase(condition, facts.scope) for condition in statement.conditions)
    where = f" where {conditions}" if conditions else ""
    tail = "that cannot be told from here" if told is Told.UNKNOWN else "no allow goes before that"
    yield f"{name} denies the switch{where}: {tail}"


def _conditions(name: str, statement: Statement, facts: Facts) -> Iterator[str]:
    for condition in statement.conditions:
        phrase = f"{name} demands that {_phrase(condition, facts.scope)}"
        match is_met(condition, facts):
            case Told.YES:
                yield f"{phrase}: met"
            case Told.UNKNOWN:
                yield f"{phrase}: that cannot be told from here"
            case Told.NO:
                yield f"{phrase}: not met, {_instead(condition, facts)}"
            case unexpected:
                assert_never(unexpected)


def _instead(condition: Condition, facts: Facts) -> str:
    """Return what goes in place of what a condition that is not met demands."""
    key = condition.key.lower()
    values = facts.scope.context.values(key)
    if not values:
        return _MENDS.get(key, "there is none")
    never = _never(condition, facts)
    if never is not None:
        return f"and never, {never}"
    if key == "sts:rolesessionname" and facts.call.session_name is None:
        return f"none is set, so it is {quote(f'{MADE_UP}...')} and the time"
    return f"it is {_listed(values)}"


def _never(condition: Condition, facts: Facts) -> str | None:
    """Return why no value of the key can be one of a condition's, None where another may be."""
    operator, texts = condition.operator, condition.values
    if operator.negated or not operator.name.startswith(("String", "Arn")) or not texts:
        return None
    if not facts.scope.knows_variables:
        is_plain = all("${" in text for text in texts)
        return "for without `Version` `2012-10-17` that is plain text" if is_plain else None
    others = facts.call.told_keys - {"aws:username"}
    is_for_users = all(filled(text, others, facts) is None for text in texts)
    return "for the caller is no IAM user" if is_for_users else None


def _phrase(condition: Condition, scope: Scope) -> str:
    """Return a condition as the end of `demands that …`."""
    operator, key = condition.operator, condition.key.lower()
    subject = _SUBJECTS.get(key, quote(condition.key))
    truths = {value.lower() for value in condition.values}
    truth = ("true" in truths, "false" in truths)
    if operator.name == "Null":
        return f"{subject} is {_NULLS[truth]}"
    may_be_absent = operator.quantifier is Quantifier.ALL or (
        operator.if_exists and operator.quantifier is Quantifier.PLAIN
    )
    if key == "aws:multifactorauthpresent" and operator.name == "Bool":
        given = ", if that is told" if may_be_absent else ""
        return f"MFA is {_MFA[truth]}{given}"
    relation = _RELATIONS[operator.name.replace("Not", "")]
    negation = "not " if operator.negated else ""
    wanted = " or ".join(_value(text, scope) for text in condition.values) or "nothing"
    given = ", if it is given" if may_be_absent else ""
    return f"{subject} is {negation}{relation}{wanted}{given}"


def _value(text: str, scope: Scope) -> str:
    expanded = expand(text, scope)
    if expanded in {None, text}:
        return quote(text)
    return f"{quote(text)} (here {quote(expanded or '')})"


def _lets_people_in(statement: Statement) -> bool:
    named = statement.principals
    return named is not None and bool(named.aws)


def _named(statement: Statement) -> str:
    named = statement.principals
    if named is None:
        return "names nobody"
    everyone = (*named.aws, *named.services, *named.federated, *named.canonical_users)
    return f"names {_listed(everyone)}"


def _listed(texts: tuple[str, ...]) -> str:
    return " or ".join(map(quote, texts))
