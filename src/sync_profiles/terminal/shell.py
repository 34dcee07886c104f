"""Paths and commands that users can paste into a shell."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sync_profiles.terminal.options import Options
from sync_profiles.terminal.streams import printable
from sync_profiles.text import shell_word

if TYPE_CHECKING:
    from sync_profiles.model import FileKind

#: the options of this run
_OPTIONS: ContextVar[Options | None] = ContextVar("options", default=None)
#: a command of ours or of the AWS CLI in backticks, as texts advise it
_ADVISED = re.compile(
    # a session name or a role may be called `sync-profiles`
    r"(?<=run `)sync-profiles(?=`)"
    r"|(?<=`)(?:sync-profiles (?:check|explain|import|undo|trust-policy|who)"
    r"|aws(?= (?:cloudtrail|configure|iam|login|sso|sts)))(?=[` ])"
)
#: the commands that need no session name
_WITHOUT_NAME = ("undo", "trust-policy", "who")


def remember(command: str, options: Options) -> None:
    """Make the commands that this run advises act on the files and the name of this run."""
    # the name that `trust-policy` takes belongs to its question
    _OPTIONS.set(replace(options, session_name=None) if command in _WITHOUT_NAME else options)


def files_in(options: Options) -> dict[FileKind, Path | None]:
    """Return the files that options name."""
    from sync_profiles.model import FileKind  # imported here because the help needs none

    return {FileKind.CONFIG: options.config_file, FileKind.CREDENTIALS: options.credentials_file}


def short_path(path: Path) -> str:
    """Return a path for a shell, with `~` for the home directory."""
    home = os.path.expanduser("~") + os.sep  # noqa: PTH111 - Path.home raises if there is none
    text = str(path)
    if text.startswith(home) and sys.platform != "win32":  # PowerShell passes it on as it is
        return "~/" + printable(shell_word(text.removeprefix(home)))
    return printable(shell_word(text))


def line_to_undo() -> str:
    """Return the command that undoes the last write to these files."""
    return _for_this_run("sync-profiles undo")


def line_to_sync(words: Iterable[str]) -> str:
    """Return the command that syncs these files, with further options."""
    return " ".join([_for_this_run("sync-profiles"), *words])


def fit_to_show(text: str) -> str:
    """Return text for any output: without secrets and control characters, its commands complete."""
    return printable(with_run_options(text))


def with_run_options(text: str) -> str:
    """Return text whose commands in backticks have this run's files and name as options."""
    return _ADVISED.sub(lambda match: _for_this_run(match[0]), text)


def _for_this_run(command: str) -> str:
    """Return a command with the options that make it act on the files and the name of this run."""
    options = _OPTIONS.get() or Options()
    files = {kind: path for kind, path in files_in(options).items() if path}
    if command == "aws":  # it has only variables for its files
        variables = (_with_variable(kind.variable, path) for kind, path in files.items())
        return " ".join([*variables, command])
    words = [f"--{kind}-file {short_path(path)}" for kind, path in files.items()]
    if options.session_name is not None and not command.endswith(_WITHOUT_NAME):
        words.append(f"--session-name {printable(shell_word(options.session_name))}")
    return " ".join([command, *words])


def _with_variable(name: str, path: Path) -> str:
    """Return what sets a variable before a command on its line."""
    if sys.platform == "win32":  # in PowerShell, for the rest of the session
        text = printable(str(path).replace("'", "''"))
        before = f"$env:{name} = '{text}';"
    else:
        before = f"{name}={short_path(path)}"
    return before
