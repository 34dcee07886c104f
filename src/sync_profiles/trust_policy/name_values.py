"""The values that a policy's conditions compare with session names, and names to try them with.

There is a name for each set of their patterns that one is like, made of a letter that no pattern
has, so that only wildcards admit it. No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, combinations, product

from sync_profiles.planning.session_name import GENERATED_NAME, USER_NAME_VARIABLE, is_session_name
from sync_profiles.policy.common_texts import OTHER, TextPattern, texts_like
from sync_profiles.policy.conditions import Condition, Quantifier
from sync_profiles.policy.matching import USER_NAME_KEY, is_like, names_user, variables_of

SESSION_NAME_KEY = "sts:rolesessionname"
#: names of sessions that name no one
NAMELESS = (
    f"{GENERATED_NAME}1700000000",
    "aws-go-sdk-1700000000000000000",
)
VARIABLE = re.compile(r"\$\{[^}]*\}")
SESSION_NAME_VARIABLE = re.compile(r"\$\{\s*sts:RoleSessionName\s*\}", re.IGNORECASE)
_USER_NAME = re.compile(re.escape(USER_NAME_VARIABLE), re.IGNORECASE)
_LETTERS = "xqzjkvwybghpfucmldrn0123456789"
#: of how many patterns, and of which length, the common names are looked for
_MOST_PATTERNS, _LONGEST = 12, 128
#: of how many patterns, and of how many names, some are tried
_MOST_TRIED = 36
_ANY_NAME = TextPattern("??*")


@lru_cache(maxsize=256)  # each statement of a policy asks for them, for each caller
def tried_names(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that some values of a policy admit, and others do not; variables are any text.

    Also return what they leave for the user's name where they are made of it.
    """
    # some of each condition's: which of them are left out makes hardly a difference
    patterns = _some(patterns_of(values), _MOST_TRIED)
    plain = (each for each in values if "$" not in each and not has_wildcard(each))
    literals = _some(tuple(plain), _MOST_TRIED)
    letter = unused_letter(values)
    others = [TextPattern(each) for each in patterns]
    others += [TextPattern(each, wildcards=False) for each in _some(literals, _MOST_PATTERNS)]
    texts = texts_like([_ANY_NAME], others)
    if texts is None:  # there are too many: those of each two
        pairs = combinations(others[:_MOST_PATTERNS], 2)
        found = (texts_like([_ANY_NAME], pair) or () for pair in pairs)
        texts = [*map(filled_pattern, patterns), *chain.from_iterable(found)]
    defaults = (VARIABLE.sub(_default, value) for value in values if "," in value)
    filled = [*defaults, *(text.replace(OTHER, letter) for text in texts), *literals]
    parts = (part for name in filled for value in values for part in texts_of_variable(value, name))
    return tuple(filter(is_session_name, dict.fromkeys((*filled, *parts))))


def _some(texts: tuple[str, ...], most: int) -> tuple[str, ...]:
    return texts[:: -(-len(texts) // most) or 1]


def unused_letter(values: tuple[str, ...]) -> str:
    """Return a letter that values do not have, in upper or lower case."""
    used = "".join(values).lower()
    return next((letter for letter in _LETTERS if letter not in used), _LETTERS[0])


def _default(variable: re.Match[str]) -> str:
    return next((found.default or "" for found in variables_of(variable[0])), "")


def texts_of_variable(value: str, name: str) -> Iterator[str]:
    """Yield the texts in place of the one variable of a value with which it is this name."""
    start, *ends = VARIABLE.split(value)
    if len(ends) != 1:
        return
    for first, left in product(_lengths(start, name), _lengths(ends[0][::-1], name[::-1])):
        if first + left < len(name):
            yield name[first : len(name) - left]


def _lengths(pattern: str, name: str) -> Sequence[int]:
    """Return the lengths of what a pattern may be at the start of a name, the least first.

    Of those, there are two; a name that does not start so has another start of that length.
    """
    *wildcards, text = re.split(r"[*?]", pattern)
    if not wildcards:
        return [len(text)]
    least = len(pattern.replace("*", ""))
    ends = (match.end() for match in re.finditer(re.escape(text), name))
    found = [end for end in ends if end >= least]
    return found[:2]


def are_few(values: tuple[str, ...]) -> bool:
    """Return whether values have so few patterns that the tried names tell all of them apart."""
    return len(patterns_of(values)) <= _MOST_PATTERNS


def spellings(name: str) -> tuple[str, ...]:
    """Return a name, and others that differ from it in case only: in all letters, or in one."""
    last = name[:-1] + name[-1:].swapcase()
    return name, name.swapcase(), name[:1].swapcase() + name[1:], last


def is_about_name(condition: Condition) -> bool:
    """Return whether a condition is on the session name, or compares another key with it."""
    key = condition.key.lower()
    return (
        key == SESSION_NAME_KEY
        or (key == USER_NAME_KEY and condition.operator.name == "Null")
        or any(SESSION_NAME_VARIABLE.search(value) for value in condition.values)
    )


def is_optional(condition: Condition) -> bool:
    """Return whether a condition may hold without its key, or for all values but one."""
    operator = condition.operator
    return (
        operator.if_exists
        or operator.negated
        or operator.name == "Null"
        or operator.quantifier is Quantifier.ALL
    )


def has_wildcard(value: str) -> bool:
    """Return whether a pattern has a wildcard outside its variables."""
    return re.search(r"[*?]", VARIABLE.sub("", value)) is not None


def is_user_name(value: str) -> bool:
    """Return whether a value is nothing but the variable `${aws:username}` without a default."""
    return names_user(value) and VARIABLE.fullmatch(value) is not None


def with_variable(value: str, variable: str) -> str:
    """Return a value with another variable in place of the user's name: alone, if it had wildcards.

    So it admits no more than one name.
    """
    is_wide = names_user(value) and has_wildcard(value)
    return variable if is_wide else _USER_NAME.sub(lambda _: variable, value)


def with_user_name(value: str, name: str) -> str:
    """Return a value with a user's name in place of the variable."""
    return _USER_NAME.sub(lambda _: name, value)


def without_default(value: str, *, is_of_users: bool) -> str:
    """Return a value as it is for users, or for sessions of roles, which have no user name."""
    for match in VARIABLE.finditer(value):
        (variable,) = variables_of(match[0]) or (None,)
        if variable and variable.key.lower() == USER_NAME_KEY and variable.default is not None:
            value = value.replace(match[0], USER_NAME_VARIABLE if is_of_users else variable.default)
    return USER_NAME_VARIABLE if is_user_name(value) else value


def patterns_of(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the patterns of names among values, their variables as any text that is a name."""
    texts = dict.fromkeys(VARIABLE.sub("??*", value) for value in values)
    return tuple(
        text
        for text in texts
        # any name is like some
        if text.strip("*") not in {"", "?", "??"}
        and re.search(r"[*?]", text)
        and len(text) <= _LONGEST
    )


def filled_pattern(pattern: str) -> str:
    """Return a text that a pattern admits, which ends in a name that STS takes if one can."""
    plain = pattern.replace("?", "x")
    texts = [
        plain.replace("*", first, 1).replace("*", rest)
        for first, rest in (("xx", "xx"), ("x", "x"), ("x", ""), ("", ""))
    ]
    return next((text for text in texts if is_session_name(text.rpartition("/")[2])), texts[0])


def possible_values(
    values: Iterable[str | None], patterns: Sequence[str] | None
) -> dict[str | None, None]:
    """Return those of a key's values that are like one of patterns; None is its absence.

    Without patterns, all are possible; if none is, a text that is like a pattern is returned.
    """
    if patterns is None:
        return dict.fromkeys(values)
    possible = (
        value
        for value in values
        if value is not None and any(is_like(value, pattern) for pattern in patterns)
    )
    return dict.fromkeys(possible) or {filled_pattern(patterns[0]): None}


def is_wide(value: str) -> bool:
    """Return whether a pattern of names admits others than a user's own or a tool's fixed ones."""
    if not has_wildcard(value):
        return False
    plain = VARIABLE.sub("", value)
    has_letters = re.search(r"[A-Za-z0-9]", plain) is not None
    is_nameless = any(is_like(name, value) for name in NAMELESS)
    is_made_of_name = names_user(value) or SESSION_NAME_VARIABLE.search(value) is not None
    return is_made_of_name or not has_letters or is_nameless
