"""Create the parts that do the work from the options; commands import this when they run.

Among them are the questions on the terminal: Ctrl-D means no answer, Ctrl-C ends the run.
"""

from __future__ import annotations

import getpass
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from rich.console import Console

from sync_profiles.aws.mfa_codes import is_code
from sync_profiles.disk.config_file import IN_NO_HOME, ConfigFiles, locate_files
from sync_profiles.errors import UsageError
from sync_profiles.model import FileKind
from sync_profiles.planning.decision import SyncOptions, Testing, WriteMode
from sync_profiles.planning.session_name import (
    SESSION_NAME_RULE,
    USER_NAME_VARIABLE,
    is_session_name,
)
from sync_profiles.report import Report
from sync_profiles.survey import AwsAccess, SurveyRequest
from sync_profiles.terminal.boundary import print_error, print_note
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.progress import Display
from sync_profiles.terminal.report_table import print_change
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.shell import files_in, line_to_sync
from sync_profiles.terminal.streams import can_answer, say, wrapped
from sync_profiles.text import counted, shell_word
from sync_profiles.waiting import lent_terminal


def files_of(options: Options) -> ConfigFiles:
    """Return the two files that the options and the environment name."""
    named = files_in(options)
    for kind, option in named.items():
        # as the variable of a script that is not set, and as standard input, which is not written
        if option in {Path(), Path("-")}:
            raise UsageError(f"`--{kind}-file` names no file", hint="name one, or leave it out")
    paths = locate_files(named, os.environ)
    required = {}
    for kind, option in named.items():
        value = os.environ.get(kind.variable)
        path, other = paths[kind], f"{paths[kind]}.txt"
        if os.path.isfile(other) and not os.path.lexists(path):  # noqa: PTH113 - Path's may raise
            rename = f"rename it to `{path.name}`, unless that file exists by now"  # by this import
            print_note(f"the AWS CLI does not read `{other}`: {rename}")
        if option is not None:
            required[kind] = f"--{kind}-file"
        elif kind is FileKind.CONFIG and value is not None:
            required[kind] = kind.variable
        elif path == IN_NO_HOME and os.environ.get("HOME") == "":
            required[kind] = "HOME"
        elif value is not None and not os.path.lexists(path):  # the others are reported elsewhere
            print_note(
                f"`{kind.variable}` names `{path}`, which does not exist: unless you are about "
                "to create it, correct the variable or unset it"
            )
        if option is None and value == "":
            print_note(
                f"`{kind.variable}` is set but empty: the AWS CLI reads no {kind} file; unset the "
                "variable"
            )
    return ConfigFiles(paths=paths, required=required)


def write_mode_of(options: Options) -> WriteMode:
    """Return `WriteMode.WRITE` if the command writes without asking, else `WriteMode.PREVIEW`."""
    return WriteMode.PREVIEW if options.dry_run or options.ask else WriteMode.WRITE


def agreement_of(options: Options) -> Callable[[Report], bool] | None:
    """Return what asks before the write; None without `--ask`.

    Raises `UsageError` where nobody can answer.
    """
    if not options.ask:
        return None
    if options.dry_run:
        raise UsageError("`--ask` and `--dry-run` exclude each other", hint="use one of them")
    if not can_answer():
        raise UsageError(
            "`--ask` needs a terminal", hint="run with `--dry-run` first, then without"
        )

    def agrees(report: Report) -> bool:
        # stdout is for the one document in JSON
        screen = Screen(None if options.output == "table" else Console(stderr=True))
        print_change(screen, report, options)
        names = sum(decision.change.writes for decision in report.decisions)
        return ask_yes_or_no(f"write {counted(names, 'name')}?")

    return agrees


@contextmanager
def open_run(
    options: Options, *, writes: bool = True, untested: Testing = Testing.OFF
) -> Iterator[tuple[ConfigFiles, SurveyRequest, AwsAccess]]:
    """Yield the files, the request and the access to AWS; meanwhile, show what is waited for.

    `untested` is what `--no-test` means. Raises `UsageError` if an option's value is invalid.
    """
    files = files_of(options)
    request = _request_of(options, writes=writes, untested=untested)
    code = options.mfa_code
    if code is not None and not is_code(code):
        raise UsageError("`--mfa-code` is not an MFA code", hint="enter six digits")
    ask = ask_code if can_answer() else None
    access = AwsAccess(environ=os.environ, jobs=options.jobs, mfa_code=code, ask_code=ask)
    with display_of(options):
        yield files, request, access


def _request_of(options: Options, *, writes: bool, untested: Testing) -> SurveyRequest:
    name = options.session_name
    if name is not None and not is_session_name(name.replace(USER_NAME_VARIABLE, "nn")):
        raise UsageError(
            f"`--session-name {name}` cannot be a session name",
            hint=f"use {SESSION_NAME_RULE}, and `{USER_NAME_VARIABLE}`",
        )
    patterns = tuple(options.profile or ())
    words = [f"--profile {shell_word(pattern)}" for pattern in patterns]
    # the sync writes what its dry run showed
    words += ["--overwrite"] if options.overwrite else []
    words += ["--no-test"] if options.no_test and options.dry_run else []
    return SurveyRequest(
        options=SyncOptions(
            mode=write_mode_of(options) if writes else WriteMode.PREVIEW,
            testing=untested if options.no_test else Testing.ON,
            overwrite=options.overwrite,
            session_name=name,
        ),
        patterns=patterns,
        sync_command=line_to_sync(words),
        shows_lines=options.output != "table" or options.verbose,
    )


def display_of(options: Options) -> AbstractContextManager[object]:
    """Return what shows on a terminal what the run waits for."""
    is_shown = sys.stderr.isatty() and not options.quiet
    return Display(Console(stderr=True)) if is_shown else nullcontext()


_ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}


def ask_code(mfa_serial: str, attempt: int) -> str | None:
    """Ask for a device's six-digit code; return None if the user enters none.

    The serial is one that STS takes: plain ASCII.
    """
    if attempt > 1:
        print_error("AWS rejected the code", hint="wait for the next code: each works only once")
    while True:
        try:
            with lent_terminal(), _in_the_foreground():
                code = getpass.getpass(f"MFA code for {mfa_serial}: ")
        except EOFError:
            say("")
            return None
        except KeyboardInterrupt:
            say("")
            raise
        code = "".join(code.split())  # as apps show it: `123 456`
        if not code or is_code(code):
            return code or None
        print_error(
            "this is not an MFA code",
            hint="enter six digits, or press Enter to go on without a code",
        )


@contextmanager
def _in_the_foreground() -> Iterator[None]:
    """Ignore Ctrl-Z: a shell that continues a program shows what is typed into it."""
    if sys.platform == "win32":
        yield
    else:
        before = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        try:
            yield
        finally:
            signal.signal(signal.SIGTSTP, before)


def ask_yes_or_no(question: str) -> bool:
    """Ask a yes-or-no question; no answer means no."""
    while True:
        try:
            with lent_terminal():
                sys.stderr.write(f"{wrapped(f'{question} [y/N]:')} ")
                sys.stderr.flush()
                line = sys.stdin.readline()
        except KeyboardInterrupt:
            say("")
            raise
        if not line:
            say("")
        answer = _ANSWERS.get(line.strip().lower())
        if answer is not None:
            return answer
