"""The command line: parse, wire, render, exit.

boto3, botocore and rich are imported where a command needs them: `--help`,
`--version` and completion load none of them.
"""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from sync_profiles import __version__
from sync_profiles.errors import ExitCode, UsageError
from sync_profiles.terminal.boundary import boundary, is_output_failure
from sync_profiles.terminal.commands import (
    check_command,
    demo_command,
    end_with,
    explain_command,
    print_json,
    undo_command,
)
from sync_profiles.terminal.import_command import import_command
from sync_profiles.terminal.options import (
    JOBS,
    ConfigFileOption,
    CredentialsFileOption,
    DryRunOption,
    JobsOption,
    MfaCodeOption,
    NoTestOption,
    Output,
    OutputOption,
    OverwriteOption,
    ProfileOption,
    QuietOption,
    SessionNameOption,
    VerboseOption,
)
from sync_profiles.terminal.streams import prepare_streams
from sync_profiles.terminal.usage import Command, Commands

app = typer.Typer(
    name="sync-profiles",
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the signature is Typer's
    if wanted:
        typer.echo(f"sync-profiles {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def sync_command(  # noqa: PLR0913 - one parameter an option
    context: typer.Context,
    *,
    profile: ProfileOption = None,
    dry_run: DryRunOption = False,
    overwrite: OverwriteOption = False,
    session_name: SessionNameOption = None,
    no_test: NoTestOption = False,
    mfa_code: MfaCodeOption = None,
    config_file: ConfigFileOption = None,
    credentials_file: CredentialsFileOption = None,
    output: OutputOption = Output.TABLE,
    jobs: JobsOption = JOBS,
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
        _refuse_options_before(context, context.invoked_subcommand)
        return
    with boundary() as ending:
        from sync_profiles.planning.verdict import Tense
        from sync_profiles.sync import sync
        from sync_profiles.terminal.wiring import files_of, means_of, request_of, stdout_console

        files = files_of(config_file, credentials_file)
        request = request_of(
            files.paths,
            patterns=profile,
            tense=Tense.NOW if dry_run else Tense.THEN,
            overwrite=overwrite,
            session_name=session_name,
            no_test=no_test,
            jobs=jobs,
        )
        with means_of(mfa_code=mfa_code, jobs=jobs, quiet=quiet) as means:
            report = sync(files, request, means)
        end_with(ending, report)
        if output is Output.JSON:
            print_json(report, session_name=session_name)
        else:
            from sync_profiles.terminal.table import print_diff, print_sync

            console = stdout_console()
            print_sync(console, report, session_name=session_name, quiet=quiet, verbose=verbose)
            diff = report.diff if dry_run else ""
            if diff:
                if not quiet:
                    console.print()
                print_diff(console, diff, sys.stdout)


def _refuse_options_before(context: typer.Context, command: str) -> None:
    """Refuse what a command would not see: `--dry-run undo` must not really undo."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"`{option}` stands before `{command}`, which does not see it",
                hint=f"put the options behind the command: `sync-profiles {command} {option} …`",
            )


# each in one line of the help, whole
for command, summary in (
    (check_command, "Tell which profiles will be rejected, and why; change nothing."),
    (explain_command, "Tell what one profile sends, what is answered, and who mends it."),
    (undo_command, "Take back the last write; an undo can be undone too."),
    (import_command, "Bring in the team's profiles under your own name, and test them."),
    (demo_command, "Play the story on an AWS of its own; your files stay out of it."),
):
    name = command.__name__.removesuffix("_command")
    app.command(name, cls=Command, short_help=summary)(command)


def main() -> NoReturn:
    """Run the command line and exit."""
    prepare_streams()
    try:
        app(prog_name="sync-profiles")
    except OSError as error:  # the help and the version are printed outside `boundary`
        if not is_output_failure(error):
            raise
        sys.exit(ExitCode.CANNOT_RUN)
    sys.exit(ExitCode.OK)
