"""The one place where what went wrong becomes words on stderr and an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sync_profiles.crash import write_crash_log
from sync_profiles.errors import ExitCode, RunError
from sync_profiles.inert import inert

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.NOT_ACCEPTED) from None
    except Exception as error:  # noqa: BLE001 - a traceback is never the answer
        log = write_crash_log(error)
        complain(
            f"this should not have happened: {type(error).__name__}",
            hint=f"please report it with the log file `{log}`" if log else "please report it",
        )
        raise typer.Exit(ExitCode.CANNOT_RUN) from None


def complain(message: str, *, hint: str | None = None) -> None:
    """Print an error and its hint to stderr."""
    typer.echo(f"error: {inert(message)}", err=True)
    if hint:
        typer.echo(f"hint: {inert(hint)}", err=True)
