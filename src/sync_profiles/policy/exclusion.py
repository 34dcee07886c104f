"""Whether a request meets conditions, also where only AWS knows the value of a key. No I/O.

Conditions on one key may exclude each other, whatever its value is: so does a condition that no
value meets with what is known of the value, and the opposite of one that all values meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from ipaddress import ip_network
from itertools import chain, compress, groupby, product

from sync_profiles.policy.answer import Answer
from sync_profiles.policy.common_texts import OTHER, TextPattern, may_exist
from sync_profiles.policy.conditions import (
    Condition,
    Quantifier,
    is_met,
    may_hold,
)
from sync_profiles.policy.grammar import Effect
from sync_profiles.policy.key_values import may_be, patterns_of
from sync_profiles.policy.matching import NOTHING_KNOWN, VARIABLES_VERSION, Context, Scope
from sync_profiles.policy.numbers import numbers_around

#: keys that may have several values, of which each condition may be met by another one
_SEVERAL = re.compile(r"saml:.*|.*(?:orgpaths|tagkeys|calledvia|contextproviders|nameslist|:amr)")
#: of how many conditions it is tried whether they are met
_MOST_CONDITIONS = 6
_PATTERNS = {"StringLike", "ArnLike", "ArnEquals"}
#: the operators that compare letters, so that any text is equal or not
_OF_TEXTS = {*_PATTERNS, "StringEquals", "StringEqualsIgnoreCase", "BinaryEquals", "Bool"}
#: not all values are equal if any is unequal
_DUALS = {
    Quantifier.PLAIN: Quantifier.PLAIN,
    Quantifier.ALL: Quantifier.ANY,
    Quantifier.ANY: Quantifier.ALL,
}


def holds(condition: Condition, scope: Scope) -> Answer:
    """Return whether the request meets a condition.

    Where only AWS knows the value of the key, it is known if all values have the same answer.
    """
    context = scope.context
    if context.knows(condition.key):
        return is_met(condition, scope)
    if not may_hold(condition, scope):
        return Answer.NO
    return _of_all_values(condition, _known(condition.key, context))


@lru_cache(maxsize=4096)  # a policy is asked again and again
def _of_all_values(condition: Condition, known: tuple[Condition, ...]) -> Answer:
    """Return the answer of all values that a key may have by what is known of it."""
    if _exclude_each_other((condition, *known)):
        return Answer.NO
    unmet = opposite(condition)
    is_certain = unmet and _exclude_each_other((*unmet, *known))
    return Answer.YES if is_certain else Answer.UNKNOWN


def excluding(
    conditions: Iterable[Condition], context: Context = NOTHING_KNOWN
) -> tuple[Condition, ...]:
    """Return conditions on one key that cannot all be met, whatever its value or without it.

    They are empty unless that is certain. A context may know something of the value.
    """
    for key, found in groupby(sorted(conditions, key=_key), key=_key):
        group = tuple(found)
        known = _known(key, context)
        if len(group) > 1 and _exclude_each_other((*group, *known)):
            return group
    return ()


def decide(statements: Sequence[tuple[Effect, tuple[Condition, ...]]], context: Context) -> Answer:
    """Return whether statements together allow a request, whatever only AWS knows.

    Each has the conditions of which that is not known; all its other elements match.
    """
    conditions = list(dict.fromkeys(chain.from_iterable(each for _, each in statements)))
    if len(conditions) > _MOST_CONDITIONS:
        return Answer.UNKNOWN
    opposites = {one: opposite(one) for one in conditions}
    found: set[bool] = set()
    for truths in product((True, False), repeat=len(conditions)):
        met = set(compress(conditions, truths))
        tried = chain.from_iterable((one,) if one in met else opposites[one] for one in conditions)
        if found != {True, False} and not excluding(tried, context):
            effects = {effect for effect, needed in statements if met.issuperset(needed)}
            found.add(effects == {Effect.ALLOW})
    return Answer.of(True in found) if len(found) == 1 else Answer.UNKNOWN


def opposite(condition: Condition) -> tuple[Condition, ...]:
    """Return conditions that a value, or its absence, meets if it does not meet another one.

    There are none if that is not known.
    """
    operator = condition.operator
    if not _compares_all(condition):
        return ()
    if operator.name == "Null":
        if operator.quantifier is not Quantifier.PLAIN:
            return ()
        others = {"true", "false"}.difference(map(str.lower, condition.values))
        return (replace(condition, values=tuple(others)),)
    holds_without = _meets((), (condition,))
    flipped = replace(
        operator,
        negated=not operator.negated,
        quantifier=_DUALS[operator.quantifier],
        if_exists=not holds_without,
    )
    unmet = replace(condition, operator=flipped)
    is_plain = operator.quantifier is Quantifier.PLAIN
    needs_value = is_plain and flipped.negated and holds_without
    return (unmet, _given(condition.key)) if needs_value else (unmet,)


def _compares_all(condition: Condition) -> bool:
    """Return whether a condition has an answer for each value, not only for ARNs or numbers."""
    operator = condition.operator
    if not operator.negated or operator.reads is None:
        return True
    is_star = operator.name.startswith("Arn") and "*" in condition.values
    return not (is_star or may_be(condition.key, OTHER)) and all(
        map(operator.reads, condition.values)
    )


def _known(key: str, context: Context) -> tuple[Condition, ...]:
    """Return the conditions that a key meets whose value only AWS knows."""
    patterns = context.given(key)
    if patterns is None:
        return ()
    if patterns == ("*",):
        return (_given(key),)
    return (Condition.of("StringLike", key, patterns),)


def _given(key: str) -> Condition:
    """Return the condition that a request has a key."""
    return Condition.of("Null", key, ["false"])


def _key(condition: Condition) -> str:
    return condition.key.lower()


def _comparison(condition: Condition) -> str:
    """Return the name of the operator that is not negated."""
    return condition.operator.name.replace("Not", "")


@lru_cache(maxsize=4096)  # a policy is asked again and again
def _exclude_each_other(conditions: tuple[Condition, ...]) -> bool:
    if _meets((), conditions):
        return False
    nulls = [one for one in conditions if one.operator.name == "Null"]
    compared = [one for one in conditions if one not in nulls]
    if compared and _may_be_empty(nulls, compared):
        return False
    if nulls and not _meets(OTHER, nulls):
        return True
    if not all(may_hold(_of_value(one)) for one in compared):
        return True
    texts = [text for one in compared for text in one.values]
    if not compared or any("$" in text for text in texts) or not _is_of_one_value(compared):
        return False
    literal = next(filter(_is_literal, compared), None)
    names = set(map(_comparison, compared))
    if literal is None and names <= _OF_TEXTS:
        return not _may_be_text(compared)
    values = _addresses(texts) if names == {"IpAddress"} else numbers_around(texts, names)
    values = values if literal is None else literal.values
    if values is None:
        return False
    possible = [value for value in (*values, OTHER) if may_be(compared[0].key, value)]
    # the key's values may be of a form that no operator here reads: as any other text
    return not any(_meets(value, conditions) for value in possible or [OTHER])


def _may_be_empty(nulls: Sequence[Condition], compared: Sequence[Condition]) -> bool:
    """Return whether an empty text may meet conditions; to `Null` it is absent, or it is not."""
    is_possible = may_be(compared[0].key, "") and _meets("", compared)
    return is_possible and (not nulls or any(_meets(each, nulls) for each in ((), OTHER)))


def _of_value(condition: Condition) -> Condition:
    """Return a condition as a single value meets it, without what it says of an absent key."""
    plain = replace(condition.operator, quantifier=Quantifier.PLAIN, if_exists=False)
    return replace(condition, operator=replace(plain, name=_comparison(condition)))


def _is_of_one_value(compared: Sequence[Condition]) -> bool:
    """Return whether all conditions are about one and the same value of a key."""
    if len(compared) <= 1:
        return True
    key = _key(compared[0])
    if _SEVERAL.fullmatch(key):
        return False
    is_single = key.startswith(("aws:", "sts:"))
    return is_single or all(one.operator.quantifier is Quantifier.PLAIN for one in compared)


def _meets(value: str | tuple[()], conditions: Sequence[Condition]) -> bool:
    """Return whether a value of their key may meet all conditions; `()` is its absence."""
    context = Context.of({conditions[0].key: value}, absent=frozenset())
    scope = Scope(context=context, version=VARIABLES_VERSION)
    return all(is_met(condition, scope) is not Answer.NO for condition in conditions)


def _is_literal(condition: Condition) -> bool:
    """Return whether a condition is met by its values alone."""
    name = _comparison(condition)
    is_plain = name in _PATTERNS and not any(map(_has_wildcard, condition.values))
    is_literal = name == "StringEquals" or is_plain
    return is_literal and not condition.operator.negated


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _may_be_text(conditions: Sequence[Condition]) -> bool:
    """Return whether some text may meet conditions on texts, ARNs and truths."""
    required = [_patterns(one) for one in conditions if not one.operator.negated]
    refused = [each for one in conditions if one.operator.negated for each in _patterns(one)]
    forms = [TextPattern(text) for text in patterns_of(conditions[0].key)]
    return may_exist([forms, *required], refused)


def _patterns(condition: Condition) -> list[TextPattern]:
    """Return the values of a condition as patterns; of a negated one those that surely match."""
    operator = condition.operator
    name = _comparison(condition)
    is_arn = name.startswith("Arn")
    texts = condition.values if operator.reads is None else filter(operator.reads, condition.values)
    return [
        TextPattern(
            text,
            wildcards=name in _PATTERNS,
            ignores_case=name in {"Bool", "StringEqualsIgnoreCase"},
            is_arn=is_arn and text != "*",
        )
        for text in texts
        if not (is_arn and text == "*" and operator.negated)
    ]


def _addresses(texts: Iterable[str]) -> Iterator[str]:
    """Yield the first address of each part into which networks divide all addresses."""
    yield from ("0.0.0.0", "::")  # noqa: S104 - no socket is bound
    for text in texts:
        with suppress(ValueError):  # no network, or the one with the last address
            network = ip_network(text, strict=False)
            yield str(network[0])
            yield str(network[-1] + 1)
