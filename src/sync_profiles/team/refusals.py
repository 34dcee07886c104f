"""What a team's file must not have: each finding with its code and line, and the error for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from sync_profiles.config.syntax import carries_text, split_lines
from sync_profiles.errors import RunError
from sync_profiles.model import FileKind, Place, Problem
from sync_profiles.text import has_controls, is_invisible, name_character

_SHOWN = 5
LARGEST = 2 * 1024 * 1024
LONGEST_LINE = 10_000
_ALLOWED = "\t\r\n"
_HINT = "remove it from the team's file"
# https://www.unicode.org/reports/tr9/: marks, embeddings, overrides and isolates
_BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_WITHOUT_ALLOWED = str.maketrans("", "", _ALLOWED)
#: how data begins that came in place of a team's file, with what it is and what to do
_IN_PLACE = (
    (
        re.compile(rb"\s*<(?:!doctype\s+html|html|head|\?xml)\b", re.IGNORECASE),
        "this is a web page, perhaps one to log in",
        "name the raw file, or a clone of its repository",
    ),
    (
        re.compile(rb"version https://git-lfs\.github\.com/"),
        "this is a pointer of Git LFS to the file",
        "name the file itself: in a clone, `git lfs pull` puts it in this place",
    ),
    (
        re.compile(rb"\s*(?:\{[{%#]|<%)"),
        "this is a template of a config file, of which a program makes the file itself",
        "name the file that the program makes",
    ),
    (
        re.compile(rb"\s*\{"),
        "this is not a config file: it begins as JSON does, such as the error of an API",
        "name the raw file, or a clone of its repository",
    ),
)


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
    RefusalCode.NO_SECTION: "the file has no section, or none that the AWS CLI reads",
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


def data_problems(data: bytes) -> Iterator[Problem]:
    """Yield what keeps data from being the text of a team's file.

    Line endings and a byte order mark are no problem; control characters are, but for tabs.
    Invisible characters are allowed in comments, except those that change the text's direction.
    """
    if len(data) > LARGEST:
        what = f"the file is larger than {LARGEST // 1024**2} MiB"
        hint = "this is not a team's file: name another source"
        yield problem(RefusalCode.TOO_LARGE, 1, what, hint)
        return
    for beginning, what, hint in _IN_PLACE:
        if beginning.match(data.removeprefix(b"\xef\xbb\xbf")) is not None:
            yield problem(RefusalCode.NO_SECTION, 1, what, hint)
            return
    # botocore takes a time for a header that grows with the square of its length
    for number, line_data in enumerate(data.splitlines(), start=1):
        if len(line_data) > LONGEST_LINE:
            what = f"the line is longer than {LONGEST_LINE:,} bytes"
            hint = "shorten or remove it in the team's file"
            yield problem(RefusalCode.TOO_LARGE, number, what, hint)
            return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len((error.object[: error.start] + b".").splitlines())
        what = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
        yield problem(RefusalCode.NOT_UTF8, line, what, "save it as UTF-8")
        return
    for number, line_text in enumerate(split_lines(text), start=1):
        yield from _character_problems(number, line_text)


def _character_problems(number: int, text: str) -> Iterator[Problem]:
    """Yield the first character that must not be in a line, of either kind."""
    if text.isascii() and text.translate(_WITHOUT_ALLOWED).isprintable():
        return
    control = next((c for c in text if c not in _ALLOWED and has_controls(c)), None)
    if control is not None:
        what = f"{name_character(control)} is not allowed"
        yield problem(RefusalCode.CONTROL_CHARACTER, number, what, _HINT)
    # it makes a line look different from what the AWS CLI reads
    refused = is_invisible if carries_text(text) else _BIDIRECTIONAL.__contains__
    invisible = next(filter(refused, text), None)
    if invisible is not None:
        what = f"{name_character(invisible)} is not allowed"
        yield problem("invisible-character", number, what, _HINT)
