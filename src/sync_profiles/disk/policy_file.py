"""Read a policy from a file or from standard input."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from sync_profiles.disk.config_file import reason
from sync_profiles.errors import RunError

#: bytes; IAM takes trust policies of a few thousand characters
LONGEST_POLICY = 1 << 16
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def read_policy_file(name: str) -> str:
    """Return the text of a file, of stdin for `-`; PowerShell's UTF-16 is read as well."""
    shown = "standard input" if name == "-" else f"`{name}`"
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LONGEST_POLICY + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(LONGEST_POLICY + 1)
    except OSError as error:
        raise RunError(
            f"{shown} cannot be read: {reason(error)}", hint="name another file"
        ) from None
    if len(data) > LONGEST_POLICY:
        raise RunError(
            f"{shown} has more than {LONGEST_POLICY >> 10} KiB, which no trust policy has",
            hint="name the file with the trust policy alone",
        )
    encoding = next((e for mark, e in _MARKS.items() if data.startswith(mark)), "utf-8-sig")
    return data.decode(encoding, "replace")
