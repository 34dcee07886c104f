"""The command line: parse, wire, render, exit.

boto3, botocore, rich and configupdater are imported where a command needs them: `--help`,
`--version` and completion load none of them.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from sync_profiles import __version__
from sync_profiles.boundary import boundary, complain
from sync_profiles.errors import ExitCode, RunError, UsageError
from sync_profiles.inert import inert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.files import ConfigFiles
    from sync_profiles.profiles import Profiles
    from sync_profiles.sts import Sts
    from sync_profiles.survey import Means
    from sync_profiles.sync import Report

app = typer.Typer(
    name="sync-profiles",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Output(StrEnum):
    """What goes to stdout."""

    TABLE = "table"
    JSON = "json"


ProfileOption = Annotated[
    list[str] | None,
    typer.Option("--profile", "-p", metavar="GLOB", help="Only these profiles; repeatable."),
]
ConfigFileOption = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="Instead of AWS_CONFIG_FILE or ~/.aws/config."),
]
CredentialsFileOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH", help="Instead of AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials."
    ),
]
SessionNameOption = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="This name instead of the caller's; ${aws:username} in it is the user's name.",
    ),
]
NoTestOption = Annotated[bool, typer.Option("--no-test", help="Send no test switch.")]
MfaCodeOption = Annotated[
    str | None,
    typer.Option(metavar="CODE", help="The MFA code, for scripts; a person is asked."),
]
OutputOption = Annotated[Output, typer.Option(help="What goes to stdout.")]
JobsOption = Annotated[
    int, typer.Option(min=1, max=256, metavar="N", help="Test switches at once.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only what is not in order.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Explain every profile.")]


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the signature is Typer's
    if wanted:
        typer.echo(f"sync-profiles {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def sync_command(  # noqa: PLR0913 - one parameter an option
    context: typer.Context,
    *,
    profile: ProfileOption = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", "-n", help="Show what would change; write nothing."),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Also replace names that differ and are accepted."),
    ] = False,
    session_name: SessionNameOption = None,
    no_test: NoTestOption = False,
    mfa_code: MfaCodeOption = None,
    config_file: ConfigFileOption = None,
    credentials_file: CredentialsFileOption = None,
    output: OutputOption = Output.TABLE,
    jobs: JobsOption = 16,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    version: Annotated[  # noqa: ARG001 - the callback has done it
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Give every assume-role profile of ~/.aws/config your own session name.

    Asks STS who you are, writes role_session_name into every profile that assumes a role, and
    proves each switch with a test AssumeRole.

    Exit codes: 0 every profile is accepted, 1 at least one is not, 2 wrong usage, 3 the run could
    not be done, 130 interrupted.
    """
    if context.invoked_subcommand is not None:
        return
    with boundary():
        from sync_profiles.plan import Tense, Wishes
        from sync_profiles.survey import Request
        from sync_profiles.sync import sync
        from sync_profiles.worlds import Testing

        request = Request(
            wishes=Wishes(
                tense=Tense.NOW if dry_run else Tense.THEN,
                testing=Testing.OFF if no_test else Testing.ON,
                overwrite=overwrite,
                session_name=_checked_session_name(session_name),
            ),
            patterns=tuple(profile or ()),
            jobs=jobs,
        )
        files = _files(config_file, credentials_file)
        with _means(files, mfa_code=_checked_code(mfa_code), jobs=jobs, quiet=quiet) as means:
            report = sync(files, request, means)
        _render(
            report,
            output=output,
            session_name=session_name,
            quiet=quiet,
            verbose=verbose,
            with_diff=dry_run,
        )


@app.command("demo")
def demo_command() -> None:
    """Play the story on an AWS of its own, on this machine; your own files stay out of it."""
    with boundary():
        from sync_profiles.stage import Stage

        try:
            from sync_profiles.demo import play

            play(Stage())
        except ModuleNotFoundError as error:
            raise RunError(
                f"the demo needs `{error.name}`",
                hint="install `sync-profiles[demo]`, as in `pipx install 'sync-profiles[demo]'`",
            ) from None


def main() -> NoReturn:
    """Run the command line and exit."""
    app(prog_name="sync-profiles")
    sys.exit(ExitCode.OK)


def _files(config_file: Path | None, credentials_file: Path | None) -> ConfigFiles:
    from sync_profiles.config_file import locate_files
    from sync_profiles.files import ConfigFiles
    from sync_profiles.model import FileKind

    named = {FileKind.CONFIG: config_file, FileKind.CREDENTIALS: credentials_file}
    return ConfigFiles(
        paths=locate_files(
            config_file=config_file, credentials_file=credentials_file, environ=os.environ
        ),
        required=frozenset(kind for kind, path in named.items() if path is not None),
    )


@contextmanager
def _means(files: ConfigFiles, *, mfa_code: str | None, jobs: int, quiet: bool) -> Iterator[Means]:
    from rich.console import Console

    from sync_profiles.mfa import MfaCodes
    from sync_profiles.survey import Means
    from sync_profiles.table import Bar

    def make_sts() -> Sts:
        from sync_profiles.sts import Sts

        return Sts(
            config_file=files.paths.config_file,
            credentials_file=files.paths.credentials_file,
            environ=os.environ,
            connections=jobs,
        )

    def make_codes(profiles: Profiles) -> MfaCodes:
        return MfaCodes(
            given=mfa_code,
            processes=profiles.mfa_processes(),
            ask=_ask_code if sys.stdin.isatty() else None,
        )

    with Bar(Console(stderr=True), shown=sys.stderr.isatty() and not quiet) as bar:
        yield Means(sts=make_sts, codes=make_codes, progress=bar)


def _ask_code(mfa_serial: str, attempt: int) -> str | None:
    import getpass

    if attempt > 1:
        complain("AWS rejected the code", hint="wait for the next one: each works once")
    return getpass.getpass(f"MFA code for {inert(mfa_serial)}: ").strip() or None


def _render(
    report: Report,
    *,
    output: Output,
    session_name: str | None,
    quiet: bool,
    verbose: bool,
    with_diff: bool,
) -> None:
    """Print the report and exit with its code."""
    from sync_profiles.report import exit_code, to_json

    if output is Output.JSON:
        typer.echo(to_json(report, session_name=session_name))
    else:
        from rich.console import Console

        from sync_profiles.table import print_diff, print_report

        console = Console(highlight=False, markup=False, emoji=False)
        print_report(console, report, session_name=session_name, quiet=quiet, verbose=verbose)
        if with_diff and report.diff:
            if not quiet:
                console.print()
            print_diff(console, report.diff, sys.stdout)
    code = exit_code(report)
    if code is ExitCode.CANNOT_RUN:
        complain("no source has an identity: nothing could be tested")
    raise typer.Exit(code)


def _checked_session_name(text: str | None) -> str | None:
    from sync_profiles.session_name import USER_NAME_VARIABLE, is_session_name

    if text is not None and not is_session_name(text.replace(USER_NAME_VARIABLE, "nn")):
        raise UsageError(
            f"`--session-name {text}` cannot be a session name",
            hint=f"use 2 to 64 of `A-Z a-z 0-9 _+=,.@-`, and `{USER_NAME_VARIABLE}`",
        )
    return text


def _checked_code(code: str | None) -> str | None:
    from sync_profiles.mfa import is_code

    if code is not None and not is_code(code):
        raise UsageError("`--mfa-code` is no MFA code", hint="give the six digits of your device")
    return code
