"""Put parts of a policy into words: conditions, principals. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import Condition, Quantifier
from sync_profiles.policy.exclusion import holds
from sync_profiles.policy.grammar import Statement, is_unique_id
from sync_profiles.policy.matching import NOTHING_KNOWN, Context, expand
from sync_profiles.text import quote

#: who reads a sentence loses its end if it names more
_MOST_LISTED = 8
_SUBJECTS = {
    "aws:currenttime": "the time",
    "aws:epochtime": "the time",
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
#: what is required by the truths that a condition names: true, and false
_NULLS = {
    (True, True): "given or not",
    (True, False): "not given",
    (False, True): "given",
    (False, False): "neither given nor not given",
}
_MFA = {
    (True, True): "known to be used or not",
    (True, False): "used",
    (False, True): "not used",
    (False, False): "neither used nor not used",
}
_ORDERS = ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_RELATIONS = {
    "StringEquals": "",
    "StringEqualsIgnoreCase": "",
    "StringLike": "like ",
    "ArnEquals": "like ",
    "ArnLike": "like ",
    "BinaryEquals": "",
    "Bool": "",
    "IpAddress": "in ",
    **{
        f"{kind}{order}": relation
        for kind, *relations in (
            ("Numeric", "", "less than ", "at most ", "greater than ", "at least "),
            ("Date", "", "before ", "at the latest ", "after ", "at the earliest "),
        )
        for order, relation in zip(_ORDERS, relations, strict=True)
    },
}


def describe_condition(condition: Condition, context: Context) -> str:
    """Return a condition as the end of `requires that …`."""
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
        # a long-term key has no such context key:
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        if truth == (False, True):
            temporary = "" if may_be_absent else " and the access key is a temporary one"
            return f"MFA is not used{temporary}"
        given = " or the access key is a long-term one" if may_be_absent else ""
        return f"MFA is {_MFA[truth]}{given}"
    relation = _RELATIONS[operator.name.replace("Not", "")]
    negation = "not " if operator.negated else ""
    required = _alternatives(_value(text, context) for text in condition.values) or "nothing"
    case = " in upper or lower case" * operator.name.endswith("IgnoreCase")
    given = " or not given" if may_be_absent else ""
    return f"{subject} is {negation}{relation}{required}{case}{given}"


def describe_missed(condition: Condition, known: Mapping[str, str], version: str) -> str | None:
    """Return which condition shuts everyone out now; None if it does not, or does so always.

    `known` has the values of the keys that every request has, such as the time.
    """
    context = Context.of(known, absent=frozenset()).of_version(version)
    is_known = context.values(condition.key) is not None
    answer = holds(condition, context)
    is_never_met = holds(condition, NOTHING_KNOWN) is Answer.NO
    if not is_known or is_never_met or answer is not Answer.NO:
        return None
    required = describe_condition(condition, NOTHING_KNOWN.of_version(version))
    return f"this statement admits no one now: it requires that {required}"


def _value(text: str, context: Context) -> str:
    expanded = expand(text, context)
    if expanded in {None, text}:
        return quote(text)
    return f"{quote(text)} (here {quote(expanded or '')})"


def describe_unnamed(user_name: str) -> str:
    """Return that a user, whose name cannot be a session name, can keep no rule on names."""
    return (
        f"the user {quote(user_name)} can never use its own name, as a session name has 2 to 64 "
        "characters: rename the user"
    )


def list_principals(statement: Statement) -> str:
    """Return the principals that a statement names, as the end of `it names …`."""
    return _alternatives(
        quote(text) + (" (deleted)" if is_unique_id(text) else "")
        for text in statement.named.everyone
    )


def list_texts(texts: Iterable[str]) -> str:
    """Return texts as alternatives, each quoted."""
    return _alternatives(map(quote, texts))


def _alternatives(phrases: Iterable[str]) -> str:
    """Return phrases as alternatives; of many, the first."""
    found = list(phrases)
    more = len(found) - _MOST_LISTED
    if more > 1:
        found = [*found[:_MOST_LISTED], f"one of {more} others"]
    return " or ".join(found)
