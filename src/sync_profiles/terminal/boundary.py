"""The one place where what went wrong becomes words on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sync_profiles.errors import ExitCode, RunError
from sync_profiles.terminal.crash import write_crash_log
from sync_profiles.terminal.inert import inert
from sync_profiles.terminal.secrets import mask_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAKES_NO_MORE = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}


@contextmanager
def boundary() -> Iterator[None]:
    """Let a command end in an exit code, whatever happens inside."""
    try:
        yield
        sys.stdout.flush()
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except RunError as error:
        complain(error.message, hint=error.hint)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        complain("interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        # whoever read our output has seen enough; nothing more can be said to them
        _drop_output()
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


def is_output_failure(error: Exception) -> bool:
    """Say whether an error is stdout's, which takes no more; if so complain, and print no more.

    The errors of files have the file's name, and are reported where they arise.
    """
    if not (isinstance(error, OSError) and error.errno in _TAKES_NO_MORE):
        return False
    if error.filename is not None:
        return False
    _drop_output()
    words = (error.strerror or type(error).__name__).lower()
    complain(f"the output cannot be written: {words}", hint="run again, and send it elsewhere")
    return True


def open_closed_streams() -> None:
    """Open the null device where the process was started without a standard stream (`<&-`)."""
    # in this order each gets the number of the stream that it stands in for
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - for the whole run
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as above
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as above


def complain(message: str, *, hint: str | None = None) -> None:
    """Print an error and its hint to stderr."""
    typer.echo(f"error: {inert(mask_addresses(message))}", err=True)
    if hint:
        typer.echo(f"hint: {inert(mask_addresses(hint))}", err=True)


def _drop_output() -> None:
    """Let what is still to be printed go nowhere, at the interpreter's end too."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
