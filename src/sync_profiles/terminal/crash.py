"""An error that nobody foresaw: its traceback goes to a file, without anything secret."""

from __future__ import annotations

import os
import re
import tempfile
import traceback

# secret access keys, session tokens and access key IDs, wherever they stand; MFA codes
_SECRETS = (
    re.compile(r"[A-Za-z0-9/+=%]{40,}"),
    re.compile(r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b"),
    re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])"),
)


def write_crash_log(error: BaseException) -> str | None:
    """Write an error's traceback to a new file of mode 0600; return its path, None if it fails."""
    lines = traceback.format_exception(error)
    text = "".join(redact(line) if not line.startswith("  File ") else line for line in lines)
    try:
        descriptor, path = tempfile.mkstemp(prefix="sync-profiles-", suffix=".log")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return path


def redact(text: str) -> str:
    """Return text with everything replaced that has the shape of a secret."""
    for pattern in _SECRETS:
        text = pattern.sub("****", text)
    return text
