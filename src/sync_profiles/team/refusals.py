"""What a team's file must not have: each finding with its code and line, and the error for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from sync_profiles.errors import RunError
from sync_profiles.model import FileKind, Place, Problem

_SHOWN = 5


class RefusalCode(StrEnum):
    """The stable codes of what is wrong in a team's file alone; all others are `lint.checks`'."""

    TOO_LARGE = "too-large"
    NOT_UTF8 = "not-utf-8"
    CONTROL_CHARACTER = "control-character"
    SECRET = "secret"  # noqa: S105 - a code
    BLOCK_MARKER = "block-marker"
    NO_SECTION = "no-section"
    DEFAULT_SECTION = "default-section"
    INDENTED_HEADER = "indented-header"
    VARIABLE_INVALID = "variable-invalid"
    VARIABLE_IN_SOURCE = "variable-in-source"
    NEEDS_CONSENT = "needs-consent"
    SHARED_SESSION_NAME = "shared-session-name"
    SHARED_MFA_SERIAL = "shared-mfa-serial"


#: as `docs/reference/commands.md` lists them
MEANINGS: Mapping[RefusalCode, str] = {
    RefusalCode.TOO_LARGE: "the file is larger than 2 MiB, or a line longer than 10,000 bytes",
    RefusalCode.NOT_UTF8: "a byte is not UTF-8",
    RefusalCode.CONTROL_CHARACTER: "a line has a control character",
    RefusalCode.SECRET: "a line has a secret or an access key, even in a comment",
    RefusalCode.BLOCK_MARKER: "a line looks like the first or the last line of an imported block",
    RefusalCode.NO_SECTION: "the file has no section",
    RefusalCode.DEFAULT_SECTION: (
        "`[DEFAULT]` would give its settings to every profile of each person"
    ),
    RefusalCode.INDENTED_HEADER: "a header is indented",
    RefusalCode.VARIABLE_INVALID: "a `${…}` is not a variable, is not closed, or is not in a value",
    RefusalCode.VARIABLE_IN_SOURCE: "`source_profile` has a variable",
    RefusalCode.NEEDS_CONSENT: "a setting that each person must agree to (a warning)",
    RefusalCode.SHARED_SESSION_NAME: "a role has one session name for everyone (a warning)",
    RefusalCode.SHARED_MFA_SERIAL: "a role has one user's MFA device for everyone (a warning)",
}


class TeamFileRefused(RunError):
    """A team's file has something that must not be imported; nothing was written."""


def problem(code: str, line: int, message: str, hint: str) -> Problem:
    """Return a problem in a line of a team's file."""
    return Problem(
        place=Place(file=FileKind.CONFIG, line=line), code=code, message=message, hint=hint
    )


def refuse(name: str, problems: Iterable[Problem]) -> None:
    """Raise `TeamFileRefused` for the first problem and the others of its kind, if there is one."""
    found = list(problems)
    alike = [each for each in found if each.code == found[0].code]
    if not alike:
        return
    alike.sort(key=lambda each: each.place.line)
    shown = [f"line {each.place.line}: {each.message}" for each in alike[:_SHOWN]]
    if len(alike) > _SHOWN:
        shown.append(f"and {len(alike) - _SHOWN} more")
    raise TeamFileRefused(f"`{name}`, {'; '.join(shown)}", hint=alike[0].hint)
