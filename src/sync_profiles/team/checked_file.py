"""Check a team's file by itself: no files of a user, no calls.

An import refuses it at the first problem; the person who keeps it sees all of them. A file without
errors is not refused by an import of anyone for whom its variables have values, and the AWS CLI can
use its profiles.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sync_profiles.causes import Cause
from sync_profiles.config.document import EMPTY, KEEP_COMMENT
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems
from sync_profiles.model import SESSION_NAME_KEY, FileKind, Problem
from sync_profiles.team.refusals import data_problems, problem
from sync_profiles.team.risks import consent_problems, secret_problems
from sync_profiles.team.team_file import Content, missing_profiles, read_content, structure_problems
from sync_profiles.team.variables import (
    ACCOUNT,
    ALL_IN_WORDS,
    MFA_SERIAL,
    START,
    USER_NAME,
    variable_problems,
    with_values,
)
from sync_profiles.text import quote

_SOURCE = "source_profile"
#: a text with one of these is not read on
_UNREADABLE = {"too-large", "not-utf-8", "no-section"}
_WARNINGS = {"needs-consent", "shared-session-name", "shared-mfa-serial"}
#: the hints that differ from those for a person's own files
_HINTS: Mapping[str, str] = {
    "session-name-invalid": f"write `role_session_name = ${{{USER_NAME}}}`, or remove the line: "
    "the import writes each person's name",
    "mfa-serial-invalid": f"write `mfa_serial = ${{{MFA_SERIAL}}}`, or remove the line",
    "empty-key": "remove the line",
    "variable-not-replaced": f"write the value, or a variable of the import: {ALL_IN_WORDS}",
}
#: the same, in place of a command that would write a person's own file
_WITHOUT_COMMAND: Mapping[str, str] = {
    Cause.SOURCE_LOOP: "name a profile that each person has, such as `default`",
    "sso-session-missing": "add that section, or correct the line",
    "role-of-aws": "write `sso_session`, `sso_account_id` and `sso_role_name` in place of "
    "`role_arn` and the source",
}
#: values that stand for each person's, the shortest ones; in messages the variables stand again
_VALUES: Mapping[str, str] = {
    MFA_SERIAL: "arn:aws:iam::000000000000:mfa/=,@",
    USER_NAME: "=,@",
    ACCOUNT: "000000000000",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """What is wrong with a team's file, in the order of its lines.

    `source_profiles` are those that each person needs with credentials of their own.
    """

    source: str
    profiles: tuple[str, ...] = ()
    source_profiles: tuple[str, ...] = ()
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems for which an import refuses the file, or the AWS CLI cannot use it."""
        return tuple(each for each in self.problems if not is_warning(each))


def is_warning(problem: Problem) -> bool:
    """Return whether a file with this problem can be imported and used."""
    return problem.code in _WARNINGS


def check_file(data: bytes, *, source: str) -> CheckedFile:
    """Find everything that is wrong in the data of a team's file."""
    of_data = [*_byte_order_mark(data), *data_problems(data)]
    if any(each.code in _UNREADABLE for each in of_data):
        return CheckedFile(source=source, problems=tuple(of_data))
    content = read_content(data)
    of_cli, left = _problems_of_cli(content)
    problems = _first_of_each_line(
        secret_problems(content),
        of_data,
        variable_problems(content),
        of_cli,
        structure_problems(content),
        missing_profiles(content),
        consent_problems(content),
        _shared_values(content),
    )
    return CheckedFile(
        source=source,
        profiles=tuple(content.profiles.by_name),
        source_profiles=tuple(left),
        problems=tuple(sorted(problems, key=lambda each: each.place.line)),
    )


def _byte_order_mark(data: bytes) -> Iterator[Problem]:
    """Yield what only a person's own copy of the file would suffer from."""
    if data.startswith(codecs.BOM_UTF8):
        what = "the file starts with a byte order mark"
        yield problem("byte-order-mark", 1, what, "save it as UTF-8 without BOM")


def _first_of_each_line(*groups: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems of each group but in lines in which an earlier group has found one.

    A later one is a consequence of it, or the same in other words.
    """
    taken: set[int] = set()
    for group in groups:
        new = [problem for problem in group if problem.place.line not in taken]
        yield from new
        taken.update(problem.place.line for problem in new)


def _problems_of_cli(content: Content) -> tuple[list[Problem], list[str]]:
    """Return why the AWS CLI could not use the settings, with values in place of the variables.

    Also returns the source profiles that the team leaves to each person: they are not in the file,
    or have no credentials there.
    """
    filled = with_values(content, _VALUES)
    problems = []
    left: dict[str, None] = {}
    files = BothFiles(config=filled.document, credentials=EMPTY, read=filled.profiles)
    for each in find_problems(files):
        profile = content.profiles.by_name.get(each.profile or "")
        named = profile.text(_SOURCE) if profile is not None else None
        if each.code == Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS and profile is not None:
            left[profile.name] = None
        elif each.code == Cause.SOURCE_PROFILE_MISSING and named:
            if START not in named:  # a variable there is an error of its own
                left[named] = None
        else:
            hint = _HINTS.get(each.code, each.hint)
            if "`aws configure" in hint:
                hint = _WITHOUT_COMMAND.get(each.code, hint)
            problems.append(_as_written(replace(each, hint=hint), content))
    return problems, list(left)


def _shared_values(content: Content) -> Iterator[Problem]:
    """Yield the session names and MFA devices of roles that each person would share.

    CloudTrail would show everyone under one name, and AWS accepts a device from one user.
    """
    for profile in content.profiles.by_name.values():
        if not profile.is_assume_role:
            continue
        name, serial = profile.session_name, profile.text("mfa_serial")
        if name and START not in name and not profile.keep_name:
            yield problem(
                "shared-session-name",
                profile.settings[SESSION_NAME_KEY].place.line,
                f"`{SESSION_NAME_KEY}` is {quote(name)} for everyone",
                f"write `{SESSION_NAME_KEY} = ${{{USER_NAME}}}`; if the role requires this name, "
                f"add the comment `# {KEEP_COMMENT}` to " + profile.header,
            )
        if serial and START not in serial:
            yield problem(
                "shared-mfa-serial",
                profile.settings["mfa_serial"].place.line,
                f"`mfa_serial` is {quote(serial)} for everyone, but a device belongs to one user",
                f"write `mfa_serial = ${{{MFA_SERIAL}}}`",
            )


def _as_written(problem: Problem, content: Content) -> Problem:
    """Return a problem whose texts have the variables again, and places without a file's name."""
    message, hint = (
        text.replace(f"({FileKind.CONFIG}, line", "(line")
        for text in (problem.message, problem.hint)
    )
    is_filled = START in content.lines[problem.place.line - 1]
    for name, value in _VALUES.items() if is_filled else ():
        message = message.replace(value, f"${{{name}}}")
        hint = hint.replace(value, f"${{{name}}}")
    return replace(problem, message=message, hint=hint)
