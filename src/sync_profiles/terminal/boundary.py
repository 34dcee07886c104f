"""The one place where what went wrong becomes an error on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from sync_profiles.errors import ExitCode, RunError
from sync_profiles.redaction import mask_addresses, redact
from sync_profiles.terminal.streams import drop_output, say
from sync_profiles.text import inert

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAKES_NO_MORE = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}


@dataclass(slots=True, kw_only=True)
class Ending:
    """How a command ends; `code` is None until that is known.

    `closing_error` is an error and its hint, for the last lines on stderr.
    """

    code: ExitCode | None = None
    closing_error: tuple[str, str] | None = None


@contextmanager
def boundary() -> Iterator[Ending]:
    """End a command in an exit code, whatever happens inside."""
    ending = Ending()
    try:
        yield ending
        sys.stdout.flush()
    except (typer.Exit, typer.BadParameter):
        raise
    except RunError as error:
        print_error(error.message, hint=error.hint)
        raise typer.Exit(error.exit_code) from None
    except (KeyboardInterrupt, typer.Abort):
        print_error("interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        # the reader of our output has left
        drop_output()
        if ending.code is None:  # the run did not get to its end
            raise typer.Exit(ExitCode.NOT_ACCEPTED) from None
    except Exception as error:  # noqa: BLE001 - a traceback is never the answer
        if is_output_failure(error):
            raise typer.Exit(ExitCode.CANNOT_RUN) from None
        log = write_crash_log(error)
        print_error(
            f"unexpected error: {type(error).__name__}",
            hint=f"please report it with the log file `{log}`" if log else "please report it",
        )
        raise typer.Exit(ExitCode.CANNOT_RUN) from None
    if ending.closing_error is not None:
        message, hint = ending.closing_error
        print_error(message, hint=hint)
    raise typer.Exit(ending.code or ExitCode.OK)


def is_output_failure(error: Exception) -> bool:
    """Return whether stdout could not be written; if so, report it and print no more.

    An error that names a file is about that file, and is reported where it is raised.
    """
    if not (isinstance(error, OSError) and error.errno in _TAKES_NO_MORE):
        return False
    if error.filename is not None:
        return False
    drop_output()
    words = (error.strerror or type(error).__name__).lower()
    print_error(f"the output cannot be written: {words}", hint="write the output to another place")
    return True


def print_error(message: str, *, hint: str | None = None) -> None:
    """Print an error and its hint to stderr."""
    say(f"error: {inert(mask_addresses(message))}")
    if hint:
        say(f"hint: {inert(mask_addresses(hint))}")


def write_crash_log(error: BaseException) -> str | None:
    """Write an error's traceback to a new file of mode 0600; return its path, None if it fails.

    It has the places and the redacted messages, no line of source and no value of a variable.
    """
    text = "".join(_logged(entry) for entry in traceback.format_exception(error))
    try:
        import tempfile

        descriptor, path = tempfile.mkstemp(prefix="sync-profiles-", suffix=".log")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except (ImportError, OSError):
        return None
    return path


def _logged(entry: str) -> str:
    if entry.startswith("  File "):  # the place; the line of source follows
        return inert(entry.partition("\n")[0]) + "\n"
    return inert(redact(entry), keep="\n")
