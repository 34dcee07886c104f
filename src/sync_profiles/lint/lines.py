"""Settings that botocore reads otherwise than they were written.

It knows no comment behind a value and no quotes, takes an indented line for more of the value
above it, and passes over a key that it does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.lint.codes import ProblemCode
from sync_profiles.lint.meant import HEADER, KEYS, meant_key, swallowed_settings
from sync_profiles.model import Problem
from sync_profiles.redaction import may_name_secret
from sync_profiles.text import quote

if TYPE_CHECKING:
    from sync_profiles.lint.reading import Item, Reading
    from sync_profiles.model import Place

#: settings of one line whose values hold neither a blank before `#` or `;` nor quotes
_PLAIN = frozenset(
    {
        *KEYS,
        "endpoint_url",
        "max_attempts",
        "output",
        "region",
        "retry_mode",
        "sso_account_id",
        "sso_region",
        "sso_role_name",
        "sso_session",
        "sso_start_url",
        "sts_regional_endpoints",
    }
)
_COMMENT = re.compile(r"(?:^|\s+)[#;].*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """The problems, and what not to report again as their consequence.

    `spoiled` are the settings whose value is not what was meant, `unheard` pairs of a profile and
    a key that was meant for it.
    """

    problems: tuple[Problem, ...]
    spoiled: frozenset[Place]
    unheard: frozenset[tuple[str | None, str]]


def find_misread(reading: Reading) -> Misread:
    """Return the settings that botocore reads otherwise than they were written."""
    problems: list[Problem] = []
    spoiled: set[Place] = set()
    unheard: set[tuple[str | None, str]] = set()
    for item in reading.items():
        found = _swallowed(item)
        if item.counts and not found:
            found = _misread_value(item, reading)
        if found:
            spoiled.add(item.place)
            swallowed = swallowed_settings(item.option.values[1:])
            unheard.update((item.profile_name, key) for key in swallowed)
        meant = _meant_key(item)
        if meant is not None:
            found.append(_misspelt(item, meant))
            unheard.add((item.profile_name, meant))
        problems += found
    return Misread(problems=tuple(problems), spoiled=frozenset(spoiled), unheard=frozenset(unheard))


def _swallowed(item: Item) -> list[Problem]:
    """Return what went into the value from the lines below: headers, and a first other line."""
    problems = []
    further = zip(item.option.values[1:], item.option.lines[1:], strict=True)
    above = f"part of the value of {quote(item.key)} in line {item.place.line}"
    is_plain = item.counts and item.key in _PLAIN and not item.option.is_nested
    for text, line in further:
        header = HEADER.fullmatch(text)
        if header is not None:
            problems.append(
                Problem(
                    place=item.at(line),
                    code=ProblemCode.SWALLOWED_HEADER,
                    profile=item.profile_name,
                    message=f"{quote(header['header'])} is indented, and so {above}",
                    hint=f"start line {line} with the `[`",
                )
            )
            is_plain = False
        elif text and is_plain:
            problems.append(
                Problem(
                    place=item.at(line),
                    code=ProblemCode.SWALLOWED_LINE,
                    profile=item.profile_name,
                    message=f"the line is indented, and so {above}",
                    hint=f"start line {line} without blanks, or take it out",
                )
            )
            is_plain = False
    return problems


def _misread_value(item: Item, reading: Reading) -> list[Problem]:
    """Return what is wrong with how a plain value is written, at most one problem."""
    value = item.option.value
    if item.key not in _PLAIN:
        return []
    if item.option.is_nested:
        if _is_refused(item, reading):
            return []
        return [
            _problem(
                item,
                ProblemCode.NESTED_VALUE,
                f"{quote(item.key)} has a block of settings below it, and no value",
                f"write the value of {quote(item.key)} on its own line",
            )
        ]
    if item.key == "source_profile" and value in reading.profiles:
        return []
    bare = _COMMENT.sub("", value)
    unquoted = _unquoted(bare)
    if bare != value:
        elsewhere = "the comment on a line of its own"
        return [
            _problem(
                item,
                ProblemCode.INLINE_COMMENT,
                f"the comment behind {quote(item.key)} is part of its value",
                f"put {elsewhere}"
                if may_name_secret(item.key) or not unquoted
                else f"write {quote(f'{item.key} = {unquoted}')}, and {elsewhere}",
            )
        ]
    if unquoted != value:
        return [
            _problem(
                item,
                ProblemCode.QUOTED_VALUE,
                f"the quotes around the value of {quote(item.key)} are part of it",
                "take the quotes out"
                if may_name_secret(item.key)
                else f"write {quote(f'{item.key} = {unquoted}')}",
            )
        ]
    return []


def _is_refused(item: Item, reading: Reading) -> bool:
    """Say whether botocore refuses the file for the block below the key."""
    return any(
        problem.line == item.place.line and problem.code == ProblemCode.NESTED_BLOCK_INVALID
        for problem in reading.files[item.place.file].problems
    )


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].strip()
    return value


def _meant_key(item: Item) -> str | None:
    """Return the key that was meant, where the profile has none of it."""
    heard = item.profile.settings if item.profile is not None else ()
    return meant_key(item.key, heard) if item.counts else None


def _misspelt(item: Item, meant: str) -> Problem:
    return _problem(
        item,
        ProblemCode.MISSPELT_KEY,
        f"{quote(item.key)} is no setting that the AWS CLI knows",
        f"write {quote(meant)}",
    )


def _problem(item: Item, code: ProblemCode, message: str, hint: str) -> Problem:
    return Problem(
        place=item.place, code=code, profile=item.profile_name, message=message, hint=hint
    )
