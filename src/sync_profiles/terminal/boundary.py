"""Turn every failure into an error on stderr and an exit code, in this one place."""

from __future__ import annotations

import errno
import os
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import typer

from sync_profiles.errors import ExitCode, RunError, reason
from sync_profiles.terminal.shell import fit_to_show
from sync_profiles.terminal.streams import drop_output, printable, say

#: what an entry of a traceback begins with: an exception's type, that of one of a group indented
_TYPE = re.compile(r"[\s|+]*(?:[A-Za-z_]\w*\.)*[A-Z]\w*")
_WRITE_ERRORS = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command's work ended: what is to be printed, and the exit code.

    `mode` is the option that makes the command print something else, as in `FORMATS`. `code` is
    None as long as it is not known; if that is when all is printed, the function that prints
    returns it.
    `closing_error` is the last line on stderr, for what the report itself explains; `notes` come
    before what is printed, and not with `--quiet`.
    """

    result: object
    code: ExitCode | None
    mode: str = ""
    notes: tuple[str, ...] = ()
    closing_error: str | None = None


@contextmanager
def boundary() -> Iterator[list[Ended]]:
    """End the run with an exit code, whatever goes wrong inside.

    The last item says how far it has come: at first it can only print the help.
    """
    ends = [Ended(result=None, code=ExitCode.OK)]
    try:
        yield ends
    except typer.Exit:
        raise
    except RunError as error:
        print_error(error.message, hint=error.hint)
        raise typer.Exit(error.exit_code) from None
    except (KeyboardInterrupt, typer.Abort):
        print_error("interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        # the reader of our output closed the pipe
        drop_output()
        raise end(ends[-1]) from None
    except ImportError as error:
        print_error(
            f"the installation is broken: `{error.name or type(error).__name__}` cannot be "
            "imported",
            hint="install sync-profiles again",
        )
        raise typer.Exit(ExitCode.CANNOT_RUN) from None
    except Exception as error:  # noqa: BLE001 - users never see a traceback
        if _is_output_failure(error, has_written=bool(getattr(ends[-1].result, "written", ()))):
            raise typer.Exit(ExitCode.CANNOT_RUN) from None
        log = write_crash_log(error)
        print_error(
            f"unexpected error: {type(error).__name__}",
            hint=f"please report it with the log file `{log}`" if log else "please report it",
        )
        raise typer.Exit(ExitCode.CANNOT_RUN) from None


def end(ended: Ended) -> typer.Exit:
    """Print the closing error, if there is one; return what exits with the code."""
    if ended.closing_error is not None:
        print_error(ended.closing_error)
    return typer.Exit(ExitCode.NOT_ACCEPTED if ended.code is None else ended.code)


def _is_output_failure(error: Exception, *, has_written: bool) -> bool:
    """Return whether writing to stdout failed; if so, report it and print no more.

    An error that names a file is about that file and is reported where it is raised.
    """
    if not (isinstance(error, OSError) and error.errno in _WRITE_ERRORS):
        return False
    if error.filename is not None:
        return False
    drop_output()
    hint = "redirect the output elsewhere"
    if has_written:
        hint += "; the files were changed, and `sync-profiles undo --list` shows how"
    print_error(f"the output cannot be written: {reason(error)}", hint=hint)
    return True


def print_error(message: str, *, hint: str | None = None) -> None:
    """Print an error and its hint to stderr."""
    say(f"error: {printable(message)}")
    if hint:
        say(f"hint: {fit_to_show(hint)}")


def print_note(text: str) -> None:
    """Print a note to stderr."""
    say(f"note: {fit_to_show(text)}")


def write_crash_log(error: BaseException) -> str | None:
    """Write an error's traceback to a new file of mode 0600; return its path, None if it fails.

    The file has line numbers, and messages that cannot hold a secret, but no source lines and no
    values of variables.
    """
    text = "".join(_log_text(entry) for entry in traceback.format_exception(error))
    try:
        import tempfile

        descriptor, path = tempfile.mkstemp(prefix="sync-profiles-", suffix=".log")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except (ImportError, OSError):
        return None
    return path


def _log_text(entry: str) -> str:
    from sync_profiles.redaction import HIDDEN, mentions_secret
    from sync_profiles.secret_shapes import may_hold_secret

    if entry.startswith("  File "):  # file and line; the source line that follows is left out
        entry = entry.partition("\n")[0] + "\n"
    elif may_hold_secret(entry) or mentions_secret(entry):
        name, colon, _ = entry.partition(": ")
        is_type = colon != "" and _TYPE.fullmatch(name) is not None and not may_hold_secret(name)
        entry = f"{name}: {HIDDEN}\n" if is_type else f"{HIDDEN}\n"  # as of a note
    return printable(entry, keep="\n")
