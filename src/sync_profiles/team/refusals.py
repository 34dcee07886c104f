"""What a team's file must not have: each finding with its code and line, and the error for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from sync_profiles.config.syntax import carries_text, split_lines
from sync_profiles.disk.decoding import other_format
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


#: the stable codes of what is wrong in a team's file alone, as `docs/reference/commands.md` lists
#: them with their meanings; all others are those of `lint.checks`
TEAM_FINDINGS: Mapping[str, str] = {
    "too-large": "the file is larger than 2 MiB, or a line longer than 10,000 bytes",
    "not-utf-8": "a byte is not UTF-8",
    "control-character": "a line has a control character",
    "secret": "a line has a secret or an access key, even in a comment",
    "block-marker": "a line looks like the first or the last line of an imported block",
    "no-section": "the file has no section, or none that the AWS CLI reads",
    "default-section": "`[DEFAULT]` would give its settings to every profile of each person",
    "indented-header": "a header is indented",
    "variable-invalid": "a `${…}` is not a variable, is not closed, or is not in a value",
    "variable-in-source": "`source_profile` has a variable",
    "needs-consent": "a setting that each person must agree to (a warning)",
    "shared-session-name": "a role has one session name for everyone (a warning)",
    "shared-mfa-serial": "a role has one user's MFA device for everyone (a warning)",
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
        yield problem("too-large", 1, what, hint)
        return
    if (other := other_format(data)) is not None:
        yield problem("no-section", 1, f"this is {other[0]}, not a config file", other[1])
        return
    # botocore takes a time for a header that grows with the square of its length
    for number, line_data in enumerate(data.splitlines(), start=1):
        if len(line_data) > LONGEST_LINE:
            what = f"the line is longer than {LONGEST_LINE:,} bytes"
            hint = "shorten or remove it in the team's file"
            yield problem("too-large", number, what, hint)
            return
        if line_data.lstrip().startswith((b"```", b"~~~")):
            hint = "save the profiles of its code block as a file, and import that"
            yield problem("no-section", number, "this is Markdown, not a config file", hint)
            return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len((error.object[: error.start] + b".").splitlines())
        what = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
        yield problem("not-utf-8", line, what, "save it as UTF-8")
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
        yield problem("control-character", number, what, _HINT)
    # it makes a line look different from what the AWS CLI reads
    refused = is_invisible if carries_text(text) else _BIDIRECTIONAL.__contains__
    invisible = next(filter(refused, text), None)
    if invisible is not None:
        what = f"{name_character(invisible)} is not allowed"
        yield problem("invisible-character", number, what, _HINT)
