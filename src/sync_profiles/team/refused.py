"""What never comes in from a team's file: secrets, and lines that look like our markers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_profiles.config.lines import carries_text
from sync_profiles.redaction import names_secret
from sync_profiles.team.text import refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.team.sections import TeamFile

# where it is commented out, stands in a nested block, or behind a header
_SETTING = re.compile(r"(?<![\w.-])(?P<key>[\w.-]++)['\"]?\s*+(?P<delimiter>[=:])(?=\s*+\S)")
_VALUE = re.compile(r"[=:]\s*+\S")
_ACCESS_KEY = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
_MARKER = re.compile(r"[\s#;]*(?:>>>|<<<)\s*sync-profiles import", re.IGNORECASE)


def refuse_secrets(file: TeamFile) -> None:
    """Raise `TeamFileRefused` for a secret, and for a line that looks like one of our markers."""
    problems = []
    for line in file.lines:
        option = file.options.get(line.number) if carries_text(line.text) else None
        keys = list(_keys(line.text, is_setting=option is not None))
        if option is not None and (not option.is_first or _VALUE.search(line.text)):
            keys.append(option.key)
        secret = next((key.strip("'\"") for key in keys if names_secret(key)), None)
        if secret is not None:
            problems.append((line.number, f"`{secret}` is a secret"))
        elif _ACCESS_KEY.search(line.text):
            problems.append((line.number, "there is an access key in it"))
    if problems:
        raise refusal(
            file.name,
            problems,
            hint="no secret comes in this way: take it out, and let its owner deactivate the key",
        )
    markers = [line.number for line in file.lines if _MARKER.match(line.text)]
    if markers:
        raise refusal(
            file.name,
            [(number, "the line looks like the edge of an imported block") for number in markers],
            hint="take the line out of the team's file",
        )


def _keys(text: str, *, is_setting: bool) -> Iterator[str]:
    """Yield what may be the keys of settings with a value in a line, in lower case.

    Of a setting the first alone counts; in a comment's middle a word of prose may have a colon.
    """
    start = len(text) - len(text.lstrip("#; \t'\""))
    for match in _SETTING.finditer(text):
        key = match["key"].lower()
        is_first = match.start() == start
        if is_first or (not is_setting and (match["delimiter"] == "=" or {*key} & {*"_-"})):
            yield key
