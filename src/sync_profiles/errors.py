"""Errors that stop a whole run: a fact, a hint, an exit code.

One profile's failure is data (`outcomes.Failure`); it never becomes an exception.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes that scripts may rely on."""

    OK = 0
    NOT_ACCEPTED = 1
    USAGE = 2
    CANNOT_RUN = 3
    INTERRUPTED = 130


class RunError(Exception):
    """The run failed.

    `message` states the fact, with file and line if there is one; `hint` is the next step.
    Neither ever holds a secret.
    """

    exit_code = ExitCode.CANNOT_RUN

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RunError):
    """The command line is invalid."""

    exit_code = ExitCode.USAGE


class ConfigUnreadable(RunError):
    """A file cannot be opened, decoded or parsed."""


class ConfigUnwritable(RunError):
    """A file, its lock, its backup or its new version cannot be written; the file is unchanged."""


class EditRefused(RunError):
    """The edit would have changed more than the planned names; nothing was written."""


class ConfigChanged(RunError):
    """Another program wrote the file between our read and our write; nothing was written."""


class UndoRefused(RunError):
    """The lines to undo have been changed since; nothing was written."""


def reason(error: OSError) -> str:
    """Return the system's message for an error, for use within a sentence."""
    words = error.strerror or type(error).__name__
    return words[:1].lower() + words[1:]
