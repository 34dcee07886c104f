"""What never comes in from a team's file: secrets, and lines that look like our markers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_profiles.config.layout import carries_text
from sync_profiles.team.text import refusal

if TYPE_CHECKING:
    from sync_profiles.team.sections import TeamFile

# also where it is commented out, or stands in a nested block
_SETTING = re.compile(r"[\s#;]*+(?P<key>[\w.-]++)\s*+[=:]\s*+\S")
_SECRET = re.compile(
    r"secret|passw|private_?key|session_token|security_token|auth_token|access_token|refresh_token",
    re.IGNORECASE,
)
_ACCESS_KEY_ID = "aws_access_key_id"
_ACCESS_KEY = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
_MARKER = re.compile(r"[\s#;]*(?:>>>|<<<)\s*sync-profiles import", re.IGNORECASE)


def refuse_secrets(file: TeamFile) -> None:
    """Raise `TeamFileRefused` for a secret, and for a line that looks like one of our markers."""
    problems = []
    for line in file.lines:
        setting = _SETTING.match(line.text)
        key = setting["key"].lower() if setting is not None else ""
        option = file.options.get(line.number)
        if option is not None and not option.is_first and carries_text(line.text):
            key = key if _is_secret(key) else option.key  # the value may stand below its key
        if _is_secret(key):
            problems.append((line.number, f"`{key}` is a secret"))
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


def _is_secret(key: str) -> bool:
    return key == _ACCESS_KEY_ID or _SECRET.search(key) is not None
