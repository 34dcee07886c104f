"""Replace AWS policy variables in the values of a team's file by the user's own values.

A value is inserted unchanged: nothing is escaped, and an inserted value is not expanded again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sync_profiles.config.syntax import carries_text, indent_of
from sync_profiles.known_keys import WAITS
from sync_profiles.model import SESSION_NAME_KEY, Problem
from sync_profiles.team.refusals import problem, refuse
from sync_profiles.team.team_file import Content, LineOwner
from sync_profiles.text import has_controls

USER_NAME = "aws:username"
ACCOUNT = "aws:PrincipalAccount"
MFA_SERIAL = "sync:mfa_serial"
VARIABLES = (USER_NAME, ACCOUNT, MFA_SERIAL)
ALL_IN_WORDS = ", ".join(f"`${{{name}}}`" for name in VARIABLES)

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
START = "${"
_DELIMITER = re.compile(r"[=:]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The values of a section's variables; `reason` and `hint` explain why others have none.

    A person without credentials is not known yet, but may become known.
    """

    variables: Mapping[str, str]
    reason: str = ""
    hint: str = ""
    is_known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSetting:
    """A setting that stays a comment until the person is known; `section` is its header."""

    section: str
    key: str
    reason: str
    hint: str


def variable_problems(content: Content) -> Iterator[Problem]:
    """Yield each `${…}` that is not a known variable, or is not in a value.

    The source profile determines who the person is, so it cannot depend on the person.
    """
    for number, text in enumerate(content.lines, start=1):
        if START not in text or not carries_text(text):
            continue
        owner = content.owners.get(number)
        before, value = _split_off_value(text, owner)
        if owner is not None and owner.key == "source_profile":
            yield problem(
                "variable-in-source",
                number,
                "`source_profile` cannot have a variable",
                "write a name: each person can replace it with `--source-profile`",
            )
            continue
        wrong = ["a variable can only be in a value"] if START in before else []
        wrong += [
            f"`${{{name}}}` is not a variable"
            for name in _VARIABLE.findall(value)
            if name not in VARIABLES
        ]
        if START in _VARIABLE.sub("", value):
            wrong.append("a `${` has no `}`")
        for what in wrong:
            yield problem("variable-invalid", number, what, f"the variables are {ALL_IN_WORDS}")


def with_values(content: Content, values: Mapping[str, str]) -> Content:
    """Return a content in which variables are replaced by these values; others stay."""
    if not any(START in text for text in content.lines):
        return content
    lines = list(content.lines)
    for number, owner in content.owners.items():
        before, value = _split_off_value(lines[number - 1], owner)
        lines[number - 1] = before + _replaced(value, values)
    return Content(lines=tuple(lines))


def needed_variables(team: Content, headers: Collection[str]) -> dict[str, set[str]]:
    """Return the variables in these sections by header, for sections with variables."""
    needed: dict[str, set[str]] = {}
    for number, owner in team.owners.items():
        if owner.section in headers:
            _, value = _split_off_value(team.lines[number - 1], owner)
            if names := _VARIABLE.findall(value):
                needed.setdefault(owner.section, set()).update(names)
    return needed


def expand_variables(
    content: Content,
    team: Content,
    people: Mapping[str, Person],
    last_values: Mapping[tuple[str, str], str] = MappingProxyType({}),
    *,
    name: str,
) -> tuple[Content, tuple[WaitingSetting, ...]]:
    """Return a content with variables replaced by their values, and the settings that must wait.

    `team` is the whole file, whose `name` an error has. The keys of `people` are section headers;
    those of `last_values`, which the last import wrote, have the option's key too. They stay while
    a person is not known, such as offline. Else a session name whose variable has no value is left
    out, because the sync writes it later. Any other setting of a person who is not known yet
    becomes a comment; if the person is known but has no such value, this raises `TeamFileRefused`.
    """
    waiting: list[WaitingSetting] = []
    problems: list[Problem] = []

    def refuse_line(number: int, what: str, hint: str = "") -> None:
        hint = hint or "write the value into the team's file"
        problems.append(problem("variable-invalid", number, what, hint))

    def expand(number: int, text: str) -> str | None:
        """Return a line of the team's with values, None if it is left out."""
        owner = team.owners.get(number)
        if owner is None or START not in text:
            return text
        person = people[owner.section]
        before, value = _split_off_value(text, owner)
        names = _VARIABLE.findall(value)
        missing = next((each for each in names if each not in person.variables), None)
        if missing is not None:
            last = last_values.get((owner.section, owner.key), "")
            if owner.is_whole and not person.is_known and is_made_from(last, value):
                return f"{before}{indent_of(value)}{last}"
            if owner.is_whole and owner.key == SESSION_NAME_KEY:
                return None  # the sync writes it
            if owner.is_whole and not person.is_known:
                reason, hint = person.reason, person.hint
                waiting.append(
                    WaitingSetting(section=owner.section, key=owner.key, reason=reason, hint=hint)
                )
                return f"{WAITS}{text.strip()}"
            what = f"`{owner.key}` needs `${{{missing}}}`: {person.reason}"
            refuse_line(number, what, person.hint)
            return None
        for each in names:
            if not _is_plain(person.variables[each]):
                refuse_line(number, f"`${{{each}}}` is not plain text")
        return before + _replaced(value, person.variables)

    expanded = ((number, expand(number, text)) for number, text in content.numbered)
    lines = [(number, text) for number, text in expanded if text is not None]
    refuse(name, problems)
    return Content.of(lines), tuple(waiting)


def _replaced(value: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values.get(match[1], match[0]), value)


def is_made_from(text: str, value: str) -> bool:
    """Return whether a text is a value with something in place of its variables."""
    first, *others = map(re.escape, _VARIABLE.sub("\0", value.strip()).split("\0"))
    # without a way back, where many variables would have many
    pattern = first + "".join(f"(?>.+?{part})" for part in others[:-1])
    return re.fullmatch(pattern + "".join(f".+{last}" for last in others[-1:]), text) is not None


def _is_plain(value: str) -> bool:
    return bool(value) and value == value.strip() and not has_controls(value)


def _split_off_value(text: str, owner: LineOwner | None) -> tuple[str, str]:
    if owner is None:
        return text, ""
    delimiter = _DELIMITER.search(text) if owner.is_first else None
    end = 0 if delimiter is None else delimiter.end()
    return text[:end], text[end:]
