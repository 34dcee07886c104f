"""An error that nobody foresaw: its traceback goes to a file, without anything secret."""

from __future__ import annotations

import os
import traceback

from sync_profiles.redaction import redact
from sync_profiles.text import inert


def write_crash_log(error: BaseException) -> str | None:
    """Write an error's traceback to a new file of mode 0600; return its path, None if it fails.

    It has the places and the redacted messages, no line of source and no value of a variable.
    """
    text = "".join(_shown(entry) for entry in traceback.format_exception(error))
    try:
        import tempfile

        descriptor, path = tempfile.mkstemp(prefix="sync-profiles-", suffix=".log")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except (ImportError, OSError):
        return None
    return path


def _shown(entry: str) -> str:
    if entry.startswith("  File "):  # the place, and below it the line of source
        return inert(entry.partition("\n")[0]) + "\n"
    return inert(redact(entry), keep="\n")
