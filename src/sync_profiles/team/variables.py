"""AWS's policy variables in the values of a team's file, filled in for one person.

A value is put in as it is: nothing is escaped, and what was put in is not looked at again.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.config.lines import carries_text
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.team.text import has_controls, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sync_profiles.team.sections import OptionAt, TeamFile, TeamLine

USER_NAME = "aws:username"
ACCOUNT = "aws:PrincipalAccount"
MFA_SERIAL = "sync:mfa_serial"
VARIABLES = (USER_NAME, ACCOUNT, MFA_SERIAL)

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_START = "${"
_WAITS = "# waits for your credentials: "
_DELIMITER = re.compile(r"[=:]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What stands for a section's variables; `reason` and `hint` say why others have no value.

    One who is not known yet, for want of credentials, may become known.
    """

    variables: Mapping[str, str]
    reason: str
    hint: str
    is_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A setting that is a comment until the person is known; `section` is its header."""

    section: str
    key: str
    reason: str
    hint: str


def check_variables(file: TeamFile) -> None:
    """Raise `TeamFileRefused` where a `${…}` is none that is known, or stands outside a value.

    Who the person is depends on the source profile, and so that one cannot depend on the person.
    """
    problems = []
    of_sources = []
    for line in file.lines:
        if _START not in line.text or not carries_text(line.text):
            continue
        option = file.options.get(line.number)
        before, value = _apart(line.text, option)
        if option is not None and option.key == "source_profile":
            of_sources.append(line.number)
            continue
        if _START in before:
            problems.append((line.number, "a variable may stand in a value alone"))
        rest = _VARIABLE.sub("", value)
        problems += [
            (line.number, f"`${{{name}}}` is no variable")
            for name in _VARIABLE.findall(value)
            if name not in VARIABLES
        ]
        if _START in rest:
            problems.append((line.number, "a `${` has no `}`"))
    if problems:
        known = ", ".join(f"`${{{name}}}`" for name in VARIABLES)
        raise refusal(file.name, problems, hint=f"the variables are {known}")
    if of_sources:
        raise refusal(
            file.name,
            [
                (line, "`source_profile` takes no variable: the team names it")
                for line in of_sources
            ],
            hint="write a name: each person puts their own in its place by `--source-profile`",
        )


def needed_variables(file: TeamFile) -> dict[str, set[str]]:
    """Return the variables in each section that has any, by its header."""
    needed: dict[str, set[str]] = {}
    for line in file.lines:
        option = file.options.get(line.number)
        if option is not None and carries_text(line.text):
            names = _VARIABLE.findall(_apart(line.text, option)[1])
            if names:
                needed.setdefault(option.section, set()).update(names)
    return needed


def expand_variables(
    lines: Sequence[TeamLine], file: TeamFile, person_of: Callable[[str], Person]
) -> tuple[list[TeamLine], tuple[Waiting, ...]]:
    """Return the lines with each variable's value in its place, and the settings that must wait.

    `person_of` takes a section's header. A session name whose variable has no value is left out:
    the sync finds it later. Another setting of somebody who is not known yet becomes a comment;
    of somebody who is known and has no such value, it raises `TeamFileRefused`.
    """
    expanded = []
    waiting = []
    spans = Counter(file.options.get(line.number) for line in file.lines if carries_text(line.text))
    problems: list[tuple[int, str]] = []
    hint = ""
    for line in lines:
        option = file.options.get(line.number)
        if option is None or _START not in line.text or not carries_text(line.text):
            expanded.append(line)
            continue
        person = person_of(option.section)
        before, value = _apart(line.text, option)
        missing = [name for name in _VARIABLE.findall(value) if name not in person.variables]
        is_whole = option.is_first and not spans[option._replace(is_first=False)]
        if missing and option.key == SESSION_NAME_KEY and is_whole:
            continue
        if missing and not person.is_known and is_whole:
            expanded.append(line._replace(text=f"{_WAITS}{line.text.strip()}"))
            waiting.append(
                Waiting(
                    section=option.section, key=option.key, reason=person.reason, hint=person.hint
                )
            )
            continue
        if missing:
            problems.append(
                (line.number, f"`{option.key}` needs `${{{missing[0]}}}`: {person.reason}")
            )
            hint = hint or person.hint
            continue
        problems += [
            (line.number, f"the value of `${{{name}}}` is no plain text")
            for name in _VARIABLE.findall(value)
            if not _is_safe(person.variables[name])
        ]
        value = _VARIABLE.sub(lambda match: person.variables[match[1]], value)  # noqa: B023 - used at once
        expanded.append(line._replace(text=before + value))
    if problems:
        raise refusal(file.name, problems, hint=hint or "put the value into the team's file")
    return expanded, tuple(waiting)


def _is_safe(value: str) -> bool:
    return bool(value) and value == value.strip() and not has_controls(value)


def _apart(text: str, option: OptionAt | None) -> tuple[str, str]:
    """Return what stands before a line's value, and the value."""
    if option is None:
        return text, ""
    delimiter = _DELIMITER.search(text) if option.is_first else None
    end = 0 if delimiter is None else delimiter.end()
    return text[:end], text[end:]
