"""Match the texts of a policy with a request: context keys, variables and wildcards. No I/O.

A value taken from the request is always literal: a `*` in a user's name matches only a `*`. Whether
a text matches is an `Answer`: where it depends on a key whose value only AWS knows, it is UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple, Self

from sync_profiles.policy.answer import Answer, all_of

VARIABLES_VERSION = "2012-10-17"
USER_NAME_KEY = "aws:username"

_VARIABLE = re.compile(
    r"\$\{(?:(?P<literal>[*?$])|\s*+(?P<key>[^\s,'{}$*?!](?:\s*+[^\s,'{}]++)*+)\s*+"
    r"(?:,\s*+'(?P<default>[^']*+)'\s*+)?)\}"
)
_TOKEN = re.compile(rf"(?P<variable>{_VARIABLE.pattern})|(?P<text>.)", re.DOTALL)
_COLON_OUTSIDE_VARIABLES = re.compile(r"\$\{[^}]*\}|(?P<colon>:)")
_ARN_PARTS = 6


@dataclass(frozen=True, slots=True)
class Context:
    """The context keys of a request; names ignore case, and a key may have several values.

    `_absent` has the keys, in lower case, that the request certainly does not have, and as
    `aws:requesttag/` all keys that start so; other keys without a value may have one that only AWS
    knows. If it is None, the request has no other keys. `_given` has the keys, in lower case, that
    it certainly has: their values are like one of the patterns. Where `has_variables` is not set,
    as for a policy of an older version, `${…}` is plain text.
    """

    _values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _absent: frozenset[str] | None = None
    _given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_variables: bool = True

    @classmethod
    def of(
        cls,
        values: Mapping[str, str | Sequence[str] | None],
        *,
        absent: frozenset[str] | None = None,
        given: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> Self:
        """Build a context; a key with one value may give it as plain text."""
        return cls({}, absent, given).with_keys(values)

    def with_keys(self, values: Mapping[str, str | Sequence[str] | None]) -> Self:
        """Return the context with keys added or replaced, None for those that it does not have."""
        further = {
            key.lower(): (value,) if isinstance(value, str) else tuple(value)
            for key, value in values.items()
            if value is not None
        }
        absent = self._absent
        if absent is not None and len(further) < len(values):
            absent = absent.union(key.lower() for key, value in values.items() if value is None)
        return replace(self, _values={**self._values, **further}, _absent=absent)

    def of_version(self, version: str) -> Self:
        """Return the context as a policy of a version has it: older ones have no variables."""
        return replace(self, has_variables=version == VARIABLES_VERSION)

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return a key's values, or None if none are known."""
        return self._values.get(key.lower())

    def given(self, key: str) -> tuple[str, ...] | None:
        """Return patterns that the value of a key is like, None if the request may not have it."""
        return self._given.get(key.lower())

    def knows(self, key: str) -> bool:
        """Return whether the key's values, or their absence, are known."""
        name = key.lower()
        if self._absent is None or name in self._values or name in self._absent:
            return True
        family, slash, _ = name.partition("/")
        return bool(slash) and f"{family}/" in self._absent

    def variable(self, key: str) -> str | None:
        """Return the value of `${key}`; only a key with exactly one value can be a variable."""
        values = self.values(key)
        return values[0] if values is not None and len(values) == 1 else None


#: of a request of which only AWS knows anything
NOTHING_KNOWN = Context.of({}, absent=frozenset())


class Variable(NamedTuple):
    """A variable in a text: its key as it is spelled, and its default, if it has one."""

    key: str
    default: str | None


def variables_of(text: str) -> tuple[Variable, ...]:
    """Return the variables in a text; the escapes `${*}`, `${?}` and `${$}` are not variables."""
    return tuple(
        Variable(match["key"], match["default"])
        for match in _VARIABLE.finditer(text)
        if match["literal"] is None
    )


def expand(text: str, context: Context) -> str | None:
    """Return text with its variables filled in, or None if one has no value or an unknown one."""
    if not context.has_variables:
        return text
    parts: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        value = _value_of(match, context)
        if value is None:
            return None
        parts += text[end : match.start()], value
        end = match.end()
    return "".join((*parts, text[end:]))


def names_user(text: str) -> bool:
    """Return whether text has the variable `${aws:username}` without a default."""
    return any(
        key.lower() == USER_NAME_KEY and default is None for key, default in variables_of(text)
    )


class Pattern(NamedTuple):
    """A text as a regular expression; an unknown variable is any text, and a match uncertain."""

    expression: re.Pattern[str]
    is_certain: bool

    def answer(self, value: str) -> Answer:
        """Return whether a value matches."""
        if self.expression.fullmatch(value) is None:
            return Answer.NO
        return Answer.YES if self.is_certain else Answer.UNKNOWN


def is_like(value: str, text: str) -> bool:
    """Return whether a value is like a text, in which `${…}` is plain text."""
    return _read(text, None, wildcards=True, flags=0).answer(value) is Answer.YES


def read_pattern(text: str, context: Context, *, wildcards: bool, flags: int) -> Pattern | None:
    """Return text as a pattern, or None if a variable has no value.

    With wildcards `*` is any text, `?` any one character.
    """
    if "$" not in text or not context.has_variables:
        return _read(text, None, wildcards=wildcards, flags=flags)
    values: list[_Filled] = []
    for each in _VARIABLE.finditer(text):
        value = _value_of(each, context)
        if value is not None:
            values.append(_Filled(value, is_known=True))
        elif context.knows(each["key"]):
            return None
        else:
            (pattern, *others) = context.given(each["key"]) or ("*",)
            values.append(_Filled("*" if others else pattern, is_known=False))
    return _read(text, tuple(values), wildcards=wildcards, flags=flags)


class _Filled(NamedTuple):
    """What a variable is: its value or, if only AWS knows it, a pattern that it is like."""

    text: str
    is_known: bool


@lru_cache(maxsize=4096)
def _read(text: str, values: tuple[_Filled, ...] | None, *, wildcards: bool, flags: int) -> Pattern:
    """Return text as a pattern with the values of its variables."""
    chunks = [""]  # the pieces between the stars, each of a fixed length
    given = iter(values or ())
    for token in _TOKEN.finditer(text):
        piece, has_wildcards = token[0], wildcards
        if token["variable"] is not None and values is not None:
            value = next(given)
            piece, has_wildcards = value.text, not value.is_known
        for character in piece:
            if has_wildcards and character == "*":
                chunks.append("")
            else:
                is_any = has_wildcards and character == "?"
                chunks[-1] += "." if is_any else re.escape(character)
    expression = re.compile(_join_chunks(chunks), re.DOTALL | flags)
    return Pattern(expression, is_certain=all(value.is_known for value in values or ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class TextComparison:
    """Whether a value of the request is a text of the policy with its variables filled in."""

    wildcards: bool
    flags: int = 0

    def __call__(self, text: str, value: str, context: Context) -> Answer | None:
        """Return whether a value matches; None if a variable has no value."""
        pattern = read_pattern(text, context, wildcards=self.wildcards, flags=self.flags)
        return None if pattern is None else pattern.answer(value)

    def join_plain(self, texts: tuple[str, ...]) -> tuple[re.Pattern[str], tuple[str, ...]]:
        """Return the texts without variables as one expression, and the others.

        So a thousand names are compared at once.
        """
        patterns = (
            _read(text, None, wildcards=self.wildcards, flags=0)
            for text in texts
            if "$" not in text
        )
        plain = [pattern.expression.pattern for pattern in patterns]
        joined = "|".join(plain)
        joined = joined if plain else "(?!)"  # a tag may be an empty text
        others = tuple(text for text in texts if "$" in text)
        return re.compile(joined, re.DOTALL | self.flags), others


matches = TextComparison(wildcards=True)
equals = TextComparison(wildcards=False)
equals_ignoring_case = TextComparison(wildcards=False, flags=re.IGNORECASE)


def arn_matches(text: str, value: str, context: Context) -> Answer | None:
    """Return whether an ARN matches text, part by part; `*` never matches a colon.

    AWS does not document a `*` alone. None if one is not an ARN, or if a variable has no value.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    if text == "*":
        return Answer.UNKNOWN
    wanted, given = _split_arn(text), value.split(":", 5)
    if len(given) != _ARN_PARTS:
        return None
    if len(wanted) == 1 and context.has_variables and variables_of(text):
        return equals(text, value, context)  # a variable that is a whole ARN
    if len(wanted) != _ARN_PARTS:
        return None
    parts = [matches(part, of, context) for part, of in zip(wanted, given, strict=True)]
    answers = [part for part in parts if part is not None]
    return all_of(answers) if len(answers) == len(parts) else None


def is_arn_pattern(text: str) -> bool:
    """Return whether some ARN may match text, whatever its variables are."""
    return text == "*" or len(_split_arn(text)) == _ARN_PARTS or bool(variables_of(text))


def _value_of(variable: re.Match[str], context: Context) -> str | None:
    if variable["literal"] is not None:
        return variable["literal"]
    value = context.variable(variable["key"])
    return variable["default"] if value is None and context.knows(variable["key"]) else value


def _join_chunks(chunks: Sequence[str]) -> str:
    """Return a pattern in which each middle chunk is atomic: none takes exponential time."""
    if len(chunks) == 1:
        return chunks[0]
    first, *middle, last = chunks
    return first + "".join(f"(?>.*?{chunk})" for chunk in middle if chunk) + ".*" + last


@lru_cache(maxsize=4096)  # a policy's patterns are compared again and again
def _split_arn(text: str) -> list[str]:
    colons = [
        match.start()
        for match in _COLON_OUTSIDE_VARIABLES.finditer(text)
        if match["colon"] is not None
    ][:5]
    starts = [0, *(colon + 1 for colon in colons)]
    return [text[start:end] for start, end in zip(starts, [*colons, len(text)], strict=True)]
