"""From options to the parts that do the work; imported by the commands when they run."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleDimensions

from sync_profiles.aws.mfa import MfaCodes, is_code
from sync_profiles.disk.config_file import locate_files
from sync_profiles.disk.files import ConfigFiles
from sync_profiles.errors import UsageError
from sync_profiles.model import FileKind
from sync_profiles.planning.plan import Wishes
from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
from sync_profiles.planning.worlds import Testing
from sync_profiles.survey import Means, Request
from sync_profiles.terminal.paths import line_to_sync
from sync_profiles.terminal.questions import ask_code
from sync_profiles.terminal.streams import say
from sync_profiles.terminal.table import Bar
from sync_profiles.text import inert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync_profiles.aws.sts import Sts
    from sync_profiles.config.profiles import Profiles
    from sync_profiles.config.texts import Texts
    from sync_profiles.disk.config_file import FilePaths
    from sync_profiles.planning.verdict import Tense


def files_of(config_file: Path | None, credentials_file: Path | None) -> ConfigFiles:
    """Return the two files that the options and the environment name."""
    paths = locate_files(
        config_file=config_file, credentials_file=credentials_file, environ=os.environ
    )
    required = {}
    if config_file is not None:
        required[FileKind.CONFIG] = "--config-file"
    elif "AWS_CONFIG_FILE" in os.environ:
        required[FileKind.CONFIG] = "AWS_CONFIG_FILE"
    if credentials_file is not None:
        required[FileKind.CREDENTIALS] = "--credentials-file"
    elif "AWS_SHARED_CREDENTIALS_FILE" in os.environ and not _is_there(paths.credentials_file):
        say(
            "note: `AWS_SHARED_CREDENTIALS_FILE` names "
            f"`{inert(str(paths.credentials_file))}`, which does not exist"
        )
    return ConfigFiles(paths=paths, required=required)


def request_of(
    paths: FilePaths,
    *,
    patterns: list[str] | None,
    tense: Tense,
    overwrite: bool,
    session_name: str | None,
    no_test: bool,
    jobs: int,
    offline: bool = False,
) -> Request:
    """Return what the options ask for; raise `UsageError` where it makes no sense."""
    if session_name is not None and not is_session_name(
        session_name.replace(USER_NAME_VARIABLE, "nn")
    ):
        raise UsageError(
            f"`--session-name {session_name}` cannot be a session name",
            hint=f"use 2 to 64 of `A-Z a-z 0-9 _+=,.@-`, and `{USER_NAME_VARIABLE}`",
        )
    return Request(
        wishes=Wishes(
            tense=tense,
            testing=Testing.OFF if no_test else Testing.ON,
            overwrite=overwrite,
            session_name=session_name,
        ),
        patterns=tuple(patterns or ()),
        jobs=jobs,
        offline=offline,
        sync_command=line_to_sync(paths, session_name=session_name, patterns=patterns or ()),
    )


def sts_of(*, jobs: int) -> Callable[[Texts], Sts]:
    """Return what makes the real STS for two texts."""

    def make_sts(texts: Texts) -> Sts:
        from sync_profiles.aws.sts import Sts

        return Sts(texts, environ=os.environ, connections=jobs)

    return make_sts


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)  # what is there and cannot be read is told elsewhere


@contextmanager
def means_of(*, mfa_code: str | None, jobs: int, quiet: bool) -> Iterator[Means]:
    """Yield STS, MFA codes and a progress bar on stderr."""
    if mfa_code is not None and not is_code(mfa_code):
        raise UsageError("`--mfa-code` is no MFA code", hint="give the six digits of your device")

    def make_codes(profiles: Profiles) -> MfaCodes:
        return MfaCodes(
            given=mfa_code,
            processes=profiles.mfa_processes(),
            ask=ask_code if sys.stdin.isatty() else None,
        )

    stderr = Console(stderr=True)
    shown = sys.stderr.isatty() and not stderr.is_dumb_terminal and not quiet
    with Bar(stderr, shown=shown) as bar:
        yield Means(sts=sts_of(jobs=jobs), codes=make_codes, progress=bar, environ=os.environ)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the boundary, which knows the exit code: rich would exit with 1."""
        raise  # noqa: PLE0704 - rich calls it where it has caught the error


def stdout_console() -> Console:
    """Return a console that prints what it is given, and nothing else."""
    console = _Console(highlight=False, markup=False, emoji=False)
    if console.is_dumb_terminal:  # for rich all of them have 80 columns
        console.size = ConsoleDimensions(*shutil.get_terminal_size())
    return console
