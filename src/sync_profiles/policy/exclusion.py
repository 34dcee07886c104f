"""Find conditions on one key that exclude each other, whatever value only AWS knows. No I/O."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from ipaddress import ip_network
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from sync_profiles.policy.answer import Answer
from sync_profiles.policy.conditions import (
    Condition,
    Quantifier,
    holds,
    parse_operator,
    read_date,
    read_number,
)
from sync_profiles.policy.matching import VARIABLES_VERSION, Context, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

#: keys that may have several values, of which each condition may be met by another one
_SEVERAL = re.compile(r"saml:.*|.*(?:orgpaths|tagkeys|calledvia|contextproviders|nameslist|:amr)")
#: a letter that no policy has: what matches it is a wildcard
_OTHER = "\N{REPLACEMENT CHARACTER}"
_SOME_NUMBER = Decimal(10**9)
_PATTERNS = {"StringLike", "ArnLike", "ArnEquals"}


def excluding(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Return conditions on one key that no value of it, nor its absence, meets all.

    There are none unless that is certain.
    """
    for _, found in groupby(sorted(conditions, key=_key), key=_key):
        group = tuple(found)
        if len(group) > 1 and _exclude_each_other(group):
            return group
    return ()


def opposite(condition: Condition) -> tuple[Condition, ...]:
    """Return conditions that a request meets if it does not meet another one, none if unknown."""
    operator = condition.operator
    if operator.quantifier is not Quantifier.PLAIN or not _compares_all(condition):
        return ()
    if operator.name == "Null":
        others = {"true", "false"}.difference(map(str.lower, condition.values))
        return (replace(condition, values=tuple(others)),)
    flipped = replace(operator, negated=not operator.negated, if_exists=False)
    unmet = replace(condition, operator=flipped)
    is_optional = operator.if_exists and not operator.negated
    return (unmet, _is_given(condition.key)) if is_optional else (unmet,)


def _compares_all(condition: Condition) -> bool:
    """Return whether a condition has an answer for each value, not only for ARNs or numbers."""
    operator = condition.operator
    if not operator.negated or operator.reads is None:
        return True
    return not operator.name.startswith("Arn") and all(map(operator.reads, condition.values))


def _is_given(key: str) -> Condition:
    """Return the condition that a request has a key."""
    operator = parse_operator("Null")
    assert operator is not None  # noqa: S101 - it is one
    return Condition(operator=operator, key=key, values=("false",))


def _key(condition: Condition) -> str:
    return condition.key.lower()


def _comparison(condition: Condition) -> str:
    """Return the name of the operator that is not negated."""
    return condition.operator.name.replace("Not", "")


@lru_cache(maxsize=1024)  # a policy is asked again and again
def _exclude_each_other(conditions: tuple[Condition, ...]) -> bool:
    values = _values(conditions)
    if values is None or _meets((), conditions):
        return False
    return not any(_meets(value, conditions) for value in values)


def _meets(value: str | tuple[()], conditions: Sequence[Condition]) -> bool:
    """Return whether a value of their key may meet all conditions; `()` is its absence."""
    context = Context.of({conditions[0].key: value})
    scope = Scope(context=context, version=VARIABLES_VERSION)
    return all(holds(condition, scope) is not Answer.NO for condition in conditions)


def _values(conditions: Sequence[Condition]) -> Iterable[str] | None:
    """Return values of which one meets all conditions if any value does, None if none are known."""
    nulls = [one for one in conditions if one.operator.name == "Null"]
    if nulls and not _meets(_OTHER, nulls):
        return ()
    compared = [one for one in conditions if one not in nulls]
    texts = [text for one in compared for text in one.values]
    is_of_several = any(one.operator.quantifier is not Quantifier.PLAIN for one in compared)
    has_variable = any("$" in text for text in texts)
    if is_of_several or has_variable or _SEVERAL.fullmatch(_key(conditions[0])):
        return None
    literal = next(filter(_is_literal, compared), None)
    if literal is not None:
        return literal.values
    names = set(map(_comparison, compared))
    if names == {"Bool"}:  # texts may be in another case
        return ("true", "false")
    if names == {"IpAddress"}:
        return _addresses(texts)
    for kind, read in (("Numeric", read_number), ("Date", read_date)):
        if all(name.startswith(kind) for name in names):
            return _numbers(texts, read)
    return _unlike(compared)


def _is_literal(condition: Condition) -> bool:
    """Return whether a condition is met by its values alone."""
    name = _comparison(condition)
    is_plain = name in _PATTERNS and not any(map(_has_wildcard, condition.values))
    is_literal = name == "StringEquals" or is_plain
    return is_literal and not condition.operator.negated


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _addresses(texts: Iterable[str]) -> Iterator[str]:
    """Yield the first address of each part into which networks divide all addresses."""
    yield from ("0.0.0.0", "::")  # noqa: S104 - no socket is bound
    for text in texts:
        with suppress(ValueError):  # no network, or the one with the last address
            network = ip_network(text, strict=False)
            yield str(network[0])
            yield str(network[-1] + 1)


def _numbers(texts: Iterable[str], read: Callable[[str], Decimal | None]) -> Sequence[str] | None:
    """Return the numbers of texts, and one between each two, before and after them.

    There are none if one cannot be written, such as a time of 1970 in seconds.
    """
    points = sorted({_SOME_NUMBER, *(point for text in texts if (point := read(text)) is not None)})
    between = [(low + high) / 2 for low, high in pairwise(points)]
    written = [f"{one:f}" for one in (*points, *between, points[0] - 1, points[-1] + 1)]
    return None if None in map(read, written) else written


def _unlike(conditions: Sequence[Condition]) -> Iterable[str] | None:
    """Return what the one pattern admits and only other wildcards do, None if that is not all."""
    required = [one for one in conditions if not one.operator.negated]
    refused = (text for one in conditions if one.operator.negated for text in one.values)
    names = list(map(_comparison, required))
    if len(names) != 1 or names[0] not in _PATTERNS or any("?" in text for text in refused):
        return None  # a question mark counts letters
    texts = required[0].values
    is_by_part = names[0] == "StringLike" and any(
        _comparison(one).startswith("Arn") for one in conditions
    )
    # a wildcard may be parts of an ARN, except in the last one
    if is_by_part and any(_has_wildcard(part) for text in texts for part in text.split(":")[:5]):
        return None
    return [text.replace("*", _OTHER) for text in texts]
