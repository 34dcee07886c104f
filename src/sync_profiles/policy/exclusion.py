"""Whether a request meets conditions, also where only AWS knows the value of a key. No I/O.

A key is tried without a value, and with values that show which of the conditions on it may be met
together. So conditions may exclude each other, and one may be met, or not, whatever the value is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache, partial
from ipaddress import ip_network
from itertools import chain, compress, groupby, product

from sync_profiles.policy.answer import Answer
from sync_profiles.policy.common_texts import OTHER, TextPattern, texts_like
from sync_profiles.policy.conditions import Condition, Quantifier, is_met
from sync_profiles.policy.grammar import Effect
from sync_profiles.policy.key_values import may_be, patterns_of
from sync_profiles.policy.matching import NOTHING_KNOWN, Context, read_pattern
from sync_profiles.policy.numbers import numbers_around

#: which of several conditions are met; or what may be so of one
_Truths = tuple[bool, ...]
#: keys that may have several values, of which each condition may be met by another one
_SEVERAL = re.compile(r"saml:.*|.*(?:orgpaths|tagkeys|calledvia|contextproviders|nameslist|:amr)")
#: of how many conditions it is tried whether they are met
_MOST_CONDITIONS = 6
_PATTERNS = {"StringLike", "ArnLike", "ArnEquals"}
#: the operators that compare letters, so that any text is equal or not
_OF_TEXTS = {*_PATTERNS, "StringEquals", "StringEqualsIgnoreCase", "BinaryEquals", "Bool"}
#: what some operators that compare numbers, times or addresses do not read; keys may have any
_OF_OTHER_FORMS = (OTHER, "xx", "0.0.0.0", "2026-01-01T00:00:00Z")  # noqa: S104 - no socket is bound
_BY_ANSWER = {Answer.YES: (True,), Answer.NO: (False,), Answer.UNKNOWN: (True, False)}


def holds(condition: Condition, context: Context) -> Answer:
    """Return whether the request meets a condition.

    Where only AWS knows the value of the key, it is known if all values have the same answer.
    """
    if context.knows(condition.key):
        return is_met(condition, context)
    [(_, possible)] = _by_key([_with_values(condition, context)], context)
    if (True,) not in possible:
        return Answer.NO
    return Answer.UNKNOWN if (False,) in possible else Answer.YES


def _with_values(condition: Condition, context: Context) -> Condition:
    """Return a condition without its texts with a variable that has no value: none equals them."""
    if condition.operator.negated or not any("$" in text for text in condition.values):
        return condition
    read = partial(read_pattern, context=context, wildcards=True, flags=0)
    return replace(condition, values=tuple(text for text in condition.values if read(text)))


def excluding(
    conditions: Iterable[Condition], context: Context = NOTHING_KNOWN
) -> tuple[Condition, ...]:
    """Return conditions on one key that cannot all be met, whatever its value or without it.

    They are empty unless that is certain. A context may know something of the value.
    """
    for group, possible in _by_key(conditions, context):
        if len(group) > 1 and not any(map(all, possible)):
            return group
    return ()


def decide_all(
    statements: Sequence[tuple[Effect, tuple[Condition, ...]]], context: Context
) -> Answer:
    """Return whether statements together allow a request, whatever only AWS knows.

    Each has the conditions of which that is not known; all its other elements match.
    """
    conditions = dict.fromkeys(chain.from_iterable(each for _, each in statements))
    if len(conditions) > _MOST_CONDITIONS:
        return Answer.UNKNOWN
    by_key = list(_by_key(conditions, context))
    grouped = [one for group, _ in by_key for one in group]
    found: set[bool] = set()
    for truths in product(*(possible for _, possible in by_key)):
        met = set(compress(grouped, chain.from_iterable(truths)))
        effects = {effect for effect, needed in statements if met.issuperset(needed)}
        found.add(effects == {Effect.ALLOW})
    return Answer.of(True in found) if len(found) == 1 else Answer.UNKNOWN


def _by_key(
    conditions: Iterable[Condition], context: Context
) -> Iterator[tuple[tuple[Condition, ...], set[_Truths]]]:
    """Yield the conditions on each key, and which of them may be met together."""
    for key, found in groupby(sorted(conditions, key=_key), key=_key):
        group, known = tuple(found), _known(key, context)
        possible = _possible((*group, *known))
        yield group, {each[: len(group)] for each in possible if all(each[len(group) :])}


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
def _possible(conditions: tuple[Condition, ...]) -> frozenset[_Truths]:
    """Return which of the conditions on a key may be met together: without it, or by a value."""
    key, compared = conditions[0].key, [one for one in conditions if one.operator.name != "Null"]
    tried = [[_truths(one, ()) for one in conditions]]
    if compared and may_be(key, ""):
        tried += ([_of_empty(one, of_null) for one in conditions] for of_null in ((), OTHER))
    literals = list(filter(_is_literal, compared)) if _are_comparable(compared) else []
    values = _values(compared)
    if values is None:  # any, but those of the literals
        tried.append([_of_value(one, OTHER if one in literals else None) for one in conditions])
    own = (value for one in literals for value in one.values if may_be(key, value))
    tried += ([_of_value(one, value) for one in conditions] for value in (*(values or ()), *own))
    return frozenset(chain.from_iterable(product(*truths) for truths in tried))


def _values(compared: Sequence[Condition]) -> list[str] | None:
    """Return values that show which conditions may be met together, None if they are not known."""
    if not compared:
        return [OTHER]
    if not _are_comparable(compared):
        return None
    key, texts = compared[0].key, [text for one in compared for text in one.values]
    names = set(map(_comparison, compared))
    if names <= _OF_TEXTS:
        forms = map(TextPattern, patterns_of(key))
        found = texts_like(forms, chain.from_iterable(map(_patterns, compared)))
        return found and [each for each in found if each not in texts or may_be(key, each)]
    values = _addresses(texts) if names == {"IpAddress"} else numbers_around(texts, names)
    if values is None:
        return None
    # the key's values may be of a form that no operator here reads: as any other text
    return [each for each in (*values, *_OF_OTHER_FORMS) if may_be(key, each)] or [OTHER]


def _of_value(condition: Condition, value: str | None) -> _Truths:
    """Return whether a value of its key meets a condition, or some value if it is None."""
    operator = condition.operator
    if operator.name == "Null":
        return _truths(condition, OTHER)
    if not _may_equal(condition) and (operator.reads is None or not operator.negated):
        return (operator.negated,)
    return (True, False) if value is None else _truths(condition, value)


def _may_equal(condition: Condition) -> bool:
    """Return whether a value of the key may be one of the condition's.

    Operators that compare numbers, say, read no other text, and some keys have values of one form
    only: none is `yes` for `Bool`, and no address is `10.0.0.0/8`.
    """
    reads = condition.operator.reads
    if reads is not None:
        return any(map(reads, condition.values))
    are_patterns = _comparison(condition) == "StringLike"
    return any(
        (are_patterns and _has_wildcard(text)) or "${" in text or may_be(condition.key, text)
        for text in condition.values
    )


def _of_empty(condition: Condition, of_null: str | tuple[()]) -> _Truths:
    """Return whether an empty text meets a condition; to `Null` it is absent, or it is not."""
    operator = condition.operator
    if operator.name == "Null":
        return _truths(condition, of_null)
    met = _truths(condition, "")
    is_plain = operator.quantifier is Quantifier.PLAIN and not operator.negated
    # what is absent meets `IfExists`
    return tuple(filter(None, met)) if of_null == () and operator.if_exists and is_plain else met


def _truths(condition: Condition, value: str | tuple[()]) -> _Truths:
    """Return whether a value of its key may meet a condition, or not; `()` is its absence."""
    context = Context.of({condition.key: value}, absent=frozenset())
    return _BY_ANSWER[is_met(condition, context)]


def _are_comparable(compared: Sequence[Condition]) -> bool:
    """Return whether all conditions compare one value of a key, with texts without variables."""
    if any("$" in text for one in compared for text in one.values):
        return False
    if len(compared) <= 1:
        return True
    key = _key(compared[0])
    if _SEVERAL.fullmatch(key):
        return False
    is_single = key.startswith(("aws:", "sts:"))
    return is_single or all(one.operator.quantifier is Quantifier.PLAIN for one in compared)


def _is_literal(condition: Condition) -> bool:
    """Return whether a condition is met by its values alone, or by all others."""
    name = _comparison(condition)
    is_plain = name in _PATTERNS and not any(map(_has_wildcard, condition.values))
    return name == "StringEquals" or is_plain


def _has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def _patterns(condition: Condition) -> Iterator[TextPattern]:
    """Yield the values of a condition as patterns."""
    name = _comparison(condition)
    for text in condition.values:
        yield TextPattern(
            text,
            wildcards=name in _PATTERNS,
            ignores_case=name in {"Bool", "StringEqualsIgnoreCase"},
            is_arn=name.startswith("Arn") and text != "*",
        )


def _addresses(texts: Iterable[str]) -> Iterator[str]:
    """Yield the first address of each part, but one, into which networks divide all addresses.

    That one begins with the address that is among the forms of other values.
    """
    yield "::"
    for text in texts:
        with suppress(ValueError):  # no network, or the one with the last address
            network = ip_network(text, strict=False)
            yield str(network[0])
            yield str(network[-1] + 1)
