"""What to write for the line of a setting that botocore does not read as it is meant."""

from __future__ import annotations

import re

from sync_profiles.config.values import (
    DELIMITERS,
    meant_value,
    powershell_key,
    quoted_value,
    without_comment,
)
from sync_profiles.known_keys import ALIASES, ONE_LINE_KEYS
from sync_profiles.masked_lines import hides_secret
from sync_profiles.shapes import redact
from sync_profiles.text import quote

#: a longer line is no typo, and the patterns would take quadratic time in its blanks
LONGEST = 1000
_WITHOUT_DELIMITER = re.compile(
    r"(?P<key>\w+)"
    rf"(?P<mark>\s*[{DELIMITERS}]+\s*|\s+[-~\u2013\u2014{DELIMITERS}]+\s+|\s+)(?P<value>\S.*)"
)
#: settings that have their whole value in the line of the key
_KEYS = frozenset({*ONE_LINE_KEYS, "credential_process"})


def without_delimiter(text: str) -> tuple[str, str] | None:
    """Return what to write for a setting without `=`, and its key; None for any other line."""
    found = None
    if len(text) <= LONGEST:
        found = _WITHOUT_DELIMITER.fullmatch(without_comment(text.strip()))
    if found is None or found["key"].lower() not in _KEYS:
        return None
    key, mark = found["key"], found["mark"].strip()
    line = f"{key} = {meant_value(found['value'])}"
    if _is_shown(line):
        return f"write {quote(line)}", key
    return "write `=` " + (f"in place of {quote(mark)}" if mark else f"after {quote(key)}"), key


def write_as(key: str, line: str) -> str:
    """Return the hint to write a setting's line with this key, and without quotes in it."""
    value = quoted_value(line)
    is_json = line.lstrip().startswith(('"', "'"))
    if value is None or (key == "credential_process" and not is_json):  # its words may have quotes
        return f"write {quote(key)}"
    repaired = f"{key} = {meant_value(value)}"
    if _is_shown(repaired) and meant_value(value) != value:
        return f"write {quote(repaired)}"
    marks = "quotes and comma" if value.endswith(",") else "quotes"
    return f"write {quote(key)}, without {marks} around its value"


def repair_powershell(line: str) -> tuple[str, str] | None:
    """Return what is wrong with a line of PowerShell, and what to do; None for any other line."""
    key = powershell_key(line)
    if key is None:
        return None
    name = key.partition(":")[2]
    meant = ALIASES.get(name, name)
    hint = write_as(meant, line) if meant in ONE_LINE_KEYS else "remove the line"
    return f"{quote(key)} is not a setting that the AWS CLI knows", hint


def _is_shown(line: str) -> bool:
    return not hides_secret(line) and redact(line) == line
