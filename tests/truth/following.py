"""Follow hints to the letter, as far as they say what to change in the config file."""

from __future__ import annotations

import re
from collections.abc import Iterable

_AT = r"\(config, line (?P<line>\d+)\)"
_LINE = r"`(?P<new>\w+ = [^`]+)`"
_INTO = rf"`(?P<header>\[[^`]+\])` {_AT}"
#: what comes between a value and what to do with it, in one of several steps
_ORIGIN = ", (?:(?!; and ).)*?: "
#: what adds a line below another one
_ADDED = (rf"\badd {_LINE}.*? to {_INTO}", rf"\bwith {_LINE}{_ORIGIN}add that line to {_INTO}")
#: what replaces a line, and what removes one
_REPLACED = (
    rf"\b(?:set|correct|lower) `(?P<key>\w+)` {_AT} to `(?P<value>[^`]+)`",
    rf"\bwith {_LINE}{_ORIGIN}set `\w+` {_AT} to that",
    rf"\bwith {_LINE}, as in `\w+` {_AT}: rename that key",
)
_REMOVED = (rf"\bremove it {_AT}",)
#: what takes a line out of the value above it
_OUTDENTED = (r"\bremove the indentation of the line of `(?P<key>\w+)`",)


def follow(config: str, hints: Iterable[str]) -> str:
    """Return the config file after what all hints say, whose lines are those of the old one."""
    after = {number: [line] for number, line in enumerate(config.split("\n"), start=1)}
    for hint in hints:
        for found in _find(_ADDED, hint):
            assert after[int(found["line"])][0] == found["header"], hint
            after[int(found["line"])].append(found["new"])
        for found in _find(_REPLACED, hint):
            new = found.groupdict()
            after[int(found["line"])] = [new.get("new") or f"{new['key']} = {new['value']}"]
        for found in _find(_REMOVED, hint):
            after[int(found["line"])] = []
        for found in _find(_OUTDENTED, hint):
            after = {
                number: [text.lstrip() if text.lstrip().startswith(found["key"]) else text]
                for number, (text,) in after.items()
            }
    return "\n".join(line for lines in after.values() for line in lines)


def can_be_followed(hint: str) -> bool:
    """Return whether a hint says what to change in the file, to which value."""
    return any(_find((*_ADDED, *_REPLACED, *_REMOVED), hint))


def _find(patterns: Iterable[str], hint: str) -> list[re.Match[str]]:
    return [found for pattern in patterns for found in re.finditer(pattern, hint)]
