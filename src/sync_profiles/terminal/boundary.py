"""The one place where what went wrong becomes words on stderr and an exit code."""

from __future__ import annotations

import errno
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from sync_profiles.errors import ExitCode, RunError
from sync_profiles.redaction import mask_addresses
from sync_profiles.terminal.crash import write_crash_log
from sync_profiles.terminal.streams import drop_output, say
from sync_profiles.text import inert

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAKES_NO_MORE = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}


@dataclass(slots=True, kw_only=True)
class Ending:
    """How a command ends: it says so before it prints, so that a reader who leaves changes nothing.

    `code` is None until the outcome is known; `complaint` is a fact and a hint for the last lines.
    """

    code: ExitCode | None = None
    complaint: tuple[str, str] | None = None


@contextmanager
def boundary() -> Iterator[Ending]:
    """Let a command end in an exit code, whatever happens inside."""
    ending = Ending()
    try:
        yield ending
        sys.stdout.flush()
    except (typer.Exit, typer.BadParameter):
        raise
    except RunError as error:
        complain(error.message, hint=error.hint)
        raise typer.Exit(error.exit_code) from None
    except (KeyboardInterrupt, typer.Abort):
        complain("interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        # whoever read our output has seen enough; nothing more can be said to them
        drop_output()
        if ending.code is None:  # it was left in the middle
            raise typer.Exit(ExitCode.NOT_ACCEPTED) from None
    except Exception as error:  # noqa: BLE001 - a traceback is never the answer
        if is_output_failure(error):
            raise typer.Exit(ExitCode.CANNOT_RUN) from None
        log = write_crash_log(error)
        complain(
            f"this should not have happened: {type(error).__name__}",
            hint=f"please report it with the log file `{log}`" if log else "please report it",
        )
        raise typer.Exit(ExitCode.CANNOT_RUN) from None
    if ending.complaint is not None:
        message, hint = ending.complaint
        complain(message, hint=hint)
    raise typer.Exit(ending.code or ExitCode.OK)


def is_output_failure(error: Exception) -> bool:
    """Say whether an error is stdout's, which takes no more; if so complain, and print no more.

    The errors of files have the file's name, and are reported where they arise.
    """
    if not (isinstance(error, OSError) and error.errno in _TAKES_NO_MORE):
        return False
    if error.filename is not None:
        return False
    drop_output()
    words = (error.strerror or type(error).__name__).lower()
    complain(f"the output cannot be written: {words}", hint="run again, and send it elsewhere")
    return True


def complain(message: str, *, hint: str | None = None) -> None:
    """Print an error and its hint to stderr."""
    say(f"error: {inert(mask_addresses(message))}")
    if hint:
        say(f"hint: {inert(mask_addresses(hint))}")
