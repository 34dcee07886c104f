"""Match the texts of a policy with a request: context keys, variables and wildcards. No I/O.

A value taken from the request is always literal: a `*` in a user's name matches only a `*`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VARIABLES_VERSION = "2012-10-17"

_VARIABLE = re.compile(
    r"\$\{(?:(?P<literal>[*?$])|\s*+(?P<key>[^\s,'{}$*?](?:\s*+[^\s,'{}]++)*+)\s*+"
    r"(?:,\s*+'(?P<default>[^']*+)'\s*+)?)\}"
)
_TOKEN = re.compile(rf"(?P<variable>{_VARIABLE.pattern})|(?P<text>.)", re.DOTALL)
_COLON_OUTSIDE_VARIABLES = re.compile(r"\$\{[^}]*\}|(?P<colon>:)")


@dataclass(frozen=True, slots=True)
class Context:
    """The context keys of a request; names ignore case, and a key may have several values."""

    _values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, str | Sequence[str]]) -> Context:
        """Build a context; a key with one value may give it as plain text."""
        return cls(
            {
                key.lower(): (value,) if isinstance(value, str) else tuple(value)
                for key, value in values.items()
            }
        )

    def values(self, key: str) -> tuple[str, ...] | None:
        """Return a key's values, or None if the request does not have the key."""
        return self._values.get(key.lower())

    def variable(self, key: str) -> str | None:
        """Return the value of `${key}`; only a key with exactly one value can be a variable."""
        values = self.values(key)
        return values[0] if values is not None and len(values) == 1 else None

    def with_values(self, values: Mapping[str, str | Sequence[str]]) -> Context:
        """Return a context with the given keys added or replaced."""
        return Context.of({**self._values, **{key.lower(): values[key] for key in values}})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a policy's text can refer to: the request's context, by the policy's version."""

    context: Context
    version: str

    @property
    def knows_variables(self) -> bool:
        """Return whether `${…}` is a variable; before 2012-10-17 it is plain text."""
        return self.version == VARIABLES_VERSION


def expand(text: str, scope: Scope) -> str | None:
    """Return text with its variables filled in, or None if one has no value."""
    if not scope.knows_variables:
        return text
    parts: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        value = _value_of(match, scope.context)
        if value is None:
            return None
        parts += text[end : match.start()], value
        end = match.end()
    return "".join((*parts, text[end:]))


def variables(text: str) -> list[str]:
    """Return the context keys of the variables in text."""
    return [match["key"] for match in _VARIABLE.finditer(text) if match["key"] is not None]


def glob(text: str, scope: Scope | None = None) -> re.Pattern[str] | None:
    """Return text as a pattern, or None if a variable has no value.

    `*` is any text, `?` any one character. Without a scope, `${…}` is plain text.
    """
    chunks = [""]  # the pieces between the stars, each of a fixed length
    for token in _TOKEN.finditer(text):
        if token["variable"] is not None and scope is not None and scope.knows_variables:
            value = _value_of(token, scope.context)
            if value is None:
                return None
            chunks[-1] += re.escape(value)
        else:
            for character in token[0]:
                if character == "*":
                    chunks.append("")
                else:
                    chunks[-1] += "." if character == "?" else re.escape(character)
    return re.compile(_join_chunks(chunks), re.DOTALL)


def matches(text: str, value: str, scope: Scope) -> bool:
    """Return whether value matches text with case; never if a variable has no value."""
    pattern = glob(text, scope)
    return pattern is not None and pattern.fullmatch(value) is not None


def arn_matches(text: str, value: str, scope: Scope) -> bool:
    """Return whether an ARN matches text, part by part; `*` never matches a colon."""
    if text == "*":
        return True
    wanted, given = _split_arn(text), value.split(":", 5)
    return len(wanted) == len(given) == 6 and all(  # noqa: PLR2004 - an ARN has six parts
        matches(part, given_part, scope) for part, given_part in zip(wanted, given, strict=True)
    )


def _value_of(variable: re.Match[str], context: Context) -> str | None:
    if variable["literal"] is not None:
        return variable["literal"]
    value = context.variable(variable["key"])
    return variable["default"] if value is None else value


def _join_chunks(chunks: Sequence[str]) -> str:
    """Return a pattern in which each middle chunk is atomic: none takes exponential time."""
    if len(chunks) == 1:
        return chunks[0]
    first, *middle, last = chunks
    return first + "".join(f"(?>.*?{chunk})" for chunk in middle if chunk) + ".*" + last


def _split_arn(text: str) -> list[str]:
    colons = [
        match.start()
        for match in _COLON_OUTSIDE_VARIABLES.finditer(text)
        if match["colon"] is not None
    ][:5]
    starts = [0, *(colon + 1 for colon in colons)]
    return [text[start:end] for start, end in zip(starts, [*colons, len(text)], strict=True)]
