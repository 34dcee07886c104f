"""The conditions of a policy statement: operators, and whether a request meets them. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache, partial
from ipaddress import ip_address, ip_network
from operator import eq, ge, gt, le, lt
from typing import Self

from sync_profiles.policy.answer import Answer, all_of, any_of
from sync_profiles.policy.matching import (
    Context,
    TextComparison,
    arn_matches,
    equals,
    equals_ignoring_case,
    is_arn_pattern,
    matches,
    variables_of,
)
from sync_profiles.policy.numbers import READERS

#: compares the policy's value with the request's; None if they cannot be compared, as a text with a
#: number, or as a variable has no value
Comparison = Callable[[str, str, Context], Answer | None]


class Quantifier(Enum):
    """Which of a key's values must match."""

    PLAIN = ""
    ALL = "ForAllValues:"
    ANY = "ForAnyValue:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A condition operator: `ForAnyValue:` + `StringNotLike` + `IfExists`.

    `name` is the middle part as AWS spells it, `written` all of it as the policy spells it.
    `compare` compares a value of the policy with one of the request, if it `reads` the policy's;
    None reads any text.
    """

    name: str
    compare: Comparison
    reads: Callable[[str], bool] | None
    negated: bool
    quantifier: Quantifier
    if_exists: bool
    written: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.quantifier.value}{self.name}{'IfExists' if self.if_exists else ''}"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One key under one operator; met if the key's value matches any of `values`."""

    operator: Operator
    key: str
    values: tuple[str, ...]

    @classmethod
    def of(cls, name: str, key: str, values: Iterable[str]) -> Self:
        """Return a condition by the name of its operator, which there must be."""
        operator = parse_operator(name)
        assert operator is not None  # noqa: S101 - the name is one of AWS's
        return cls(operator=operator, key=key, values=tuple(values))

    @property
    def path(self) -> tuple[str, str, str]:
        """Where it is in its statement."""
        return ("Condition", self.operator.written, self.key)

    def __hash__(self) -> int:  # of what tells most of them apart: they are looked up all the time
        return hash((self.key, self.values))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Its key and those of the variables in its values, as they are spelled."""
        return (self.key, *(each.key for text in self.values for each in variables_of(text)))

    @cached_property
    def joined(self) -> tuple[re.Pattern[str], tuple[str, ...]] | None:
        """Its texts without variables as one expression, and the others; None if not of texts."""
        compare = self.operator.compare
        return compare.join_plain(self.values) if isinstance(compare, TextComparison) else None


@lru_cache(maxsize=256)  # all policies have the same few
def parse_operator(text: str) -> Operator | None:
    """Return the operator that text names, ignoring case, or None if there is no such operator."""
    name = text.lower()
    quantifier = Quantifier.PLAIN
    for candidate in (Quantifier.ALL, Quantifier.ANY):
        if name.startswith(candidate.value.lower()):
            quantifier, name = candidate, name.removeprefix(candidate.value.lower())
    if_exists = name.endswith("ifexists") and name != "nullifexists"
    found = _OPERATORS.get(name.removesuffix("ifexists") if if_exists else name)
    if found is None:
        return None
    spelling, compare, reads = found
    return Operator(
        name=spelling,
        compare=compare,
        reads=reads,
        negated="Not" in spelling,
        quantifier=quantifier,
        if_exists=if_exists,
        written=text,
    )


def is_met(condition: Condition, context: Context) -> Answer:
    """Return whether the request's values for the condition's key meet it.

    If it has none, `Not` operators hold, and so do `IfExists` and `ForAllValues:`.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    operator = condition.operator
    values = context.values(condition.key) or ()
    is_plain = operator.quantifier is Quantifier.PLAIN
    if operator.name == "Null":
        return _null(condition, values)
    if not is_plain and not any(values):  # an empty text counts as none
        # `IfExists` makes no difference here: it applies to each value
        return Answer.of(operator.quantifier is Quantifier.ALL)
    if not values:
        return Answer.of(operator.if_exists or operator.negated)
    compared = {_compare(condition, value, context) for value in values}
    met = {~answer for answer in compared} if operator.negated else compared
    if is_plain and len(met) > 1:
        return Answer.UNKNOWN  # AWS does not document which of several values it compares
    return any_of(met) if operator.quantifier is Quantifier.ANY else all_of(met)


def _compare(condition: Condition, value: str, context: Context) -> Answer:
    """Return whether a value equals, or is like, one of the condition's."""
    operator, texts = condition.operator, condition.values
    if condition.joined is not None:
        plain, texts = condition.joined
        if plain.fullmatch(value):
            return Answer.YES
        if not texts:
            return Answer.NO
    # what cannot be compared is not equal; but is it unequal? For a variable without a value, AWS
    # says that it is, and that the statement may be invalid, which then applies to no request:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    not_compared = Answer.UNKNOWN if operator.negated else Answer.NO

    def compare(wanted: str) -> Answer:
        answer = operator.compare(wanted, value, context) or not_compared
        is_no = answer is Answer.NO and operator.negated
        return not_compared if is_no and _may_lack_a_value(wanted, context) else answer

    return any_of(map(compare, texts))


def _may_lack_a_value(text: str, context: Context) -> bool:
    """Return whether a text has a variable of which only AWS knows whether it has a value."""
    return context.has_variables and any(
        default is None and not context.knows(key) and context.given(key) is None
        for key, default in variables_of(text)
    )


def _null(condition: Condition, values: tuple[str, ...]) -> Answer:
    """Return whether a key is absent, or present.

    AWS does not document which of them an empty text is, and what a quantifier makes of absence.
    """
    accepted = {value.lower() for value in condition.values} & {"true", "false"}
    quantifier = condition.operator.quantifier
    possible = {"false"} if any(values) else {"true", "false"} if values else {"true"}
    answers = {each in accepted for each in possible}
    if not values and quantifier is not Quantifier.PLAIN:
        answers.add(quantifier is Quantifier.ALL)
    return Answer.UNKNOWN if len(answers) > 1 else Answer.of(answers.pop())


def _equal_literally(wanted: str, value: str, _: Context) -> Answer:
    return Answer.of(wanted == value)


def _same_truth(wanted: str, value: str, _: Context) -> Answer:
    return Answer.of(wanted.lower() == value.lower() and _is_truth(value))


def _is_truth(text: str) -> bool:
    return text.lower() in {"true", "false"}


def _in_network(wanted: str, value: str, _: Context) -> Answer | None:
    try:
        return Answer.of(ip_address(value) in ip_network(wanted, strict=False))
    except ValueError:
        return None


def _is_network(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _ordered(
    read: Callable[[str], Decimal | None], holds_for: Callable[[Decimal, Decimal], bool]
) -> Comparison:
    """Return a comparison of what `read` returns for both sides; None if one is None."""

    def compare(wanted: str, value: str, _: Context) -> Answer | None:
        right, left = read(wanted), read(value)
        if left is None or right is None:
            return None
        return Answer.of(holds_for(left, right))

    return compare


_ORDERS = {
    "{}Equals": eq,
    "LessThan": lt,
    "LessThanEquals": le,
    "GreaterThan": gt,
    "GreaterThanEquals": ge,
}


def _can(read: Callable[[str], Decimal | None], text: str) -> bool:
    return read(text) is not None


#: with braces where a negated one has `Not`
_BY_NAME: dict[str, tuple[Comparison, Callable[[str], bool] | None]] = {
    "String{}Equals": (equals, None),
    "String{}EqualsIgnoreCase": (equals_ignoring_case, None),
    "String{}Like": (matches, None),
    "Arn{}Equals": (arn_matches, is_arn_pattern),
    "Arn{}Like": (arn_matches, is_arn_pattern),
    "BinaryEquals": (_equal_literally, None),
    "Bool": (_same_truth, _is_truth),
    "{}IpAddress": (_in_network, _is_network),
    "Null": (_same_truth, _is_truth),  # depends only on whether the key is present
    **{
        f"{kind}{name}": (_ordered(read, order), partial(_can, read))
        for kind, read in READERS.items()
        for name, order in _ORDERS.items()
    },
}

_OPERATORS = {
    name.lower(): (name, *how)
    for form, how in _BY_NAME.items()
    for name in (form.format(""), form.format("Not"))
}
#: the operators as AWS spells them, without quantifier and `IfExists`
OPERATOR_NAMES = tuple(name for name, *_ in _OPERATORS.values())
