"""The commands beside the sync: each parses, wires, renders and exits."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sync_profiles.errors import ExitCode, RunError
from sync_profiles.terminal.boundary import boundary
from sync_profiles.terminal.completion import complete_profiles
from sync_profiles.terminal.options import (
    JOBS,
    ConfigFileOption,
    CredentialsFileOption,
    DryRunOption,
    JobsOption,
    MfaCodeOption,
    OfflineOption,
    Output,
    OutputOption,
    ProfileOption,
    QuietOption,
    SessionNameOption,
    VerboseOption,
)

if TYPE_CHECKING:
    from sync_profiles.report import Report
    from sync_profiles.terminal.boundary import Ending


def check_command(  # noqa: PLR0913 - one parameter an option
    *,
    profile: ProfileOption = None,
    session_name: SessionNameOption = None,
    no_test: OfflineOption = False,
    mfa_code: MfaCodeOption = None,
    config_file: ConfigFileOption = None,
    credentials_file: CredentialsFileOption = None,
    output: OutputOption = Output.TABLE,
    jobs: JobsOption = JOBS,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Tell which profiles will be rejected, why, and what to do; change nothing."""
    with boundary() as ending:
        from sync_profiles.check import check
        from sync_profiles.planning.verdict import Tense
        from sync_profiles.terminal.wiring import files_of, means_of, request_of, stdout_console

        files = files_of(config_file, credentials_file)
        request = request_of(
            files.paths,
            patterns=profile,
            tense=Tense.NOW,
            overwrite=False,
            session_name=session_name,
            no_test=no_test,
            jobs=jobs,
            offline=no_test,
        )
        with means_of(mfa_code=mfa_code, jobs=jobs, quiet=quiet) as means:
            report = check(files, request, means)
        end_with(ending, report)
        if output is Output.JSON:
            print_json(report, session_name=session_name)
        else:
            from sync_profiles.terminal.table import print_check

            print_check(
                stdout_console(),
                report,
                session_name=session_name,
                quiet=quiet,
                verbose=verbose,
            )


def explain_command(
    profile: Annotated[
        str,
        typer.Argument(
            metavar="PROFILE", help="The profile's name.", autocompletion=complete_profiles
        ),
    ],
    *,
    session_name: SessionNameOption = None,
    mfa_code: MfaCodeOption = None,
    config_file: ConfigFileOption = None,
    credentials_file: CredentialsFileOption = None,
    output: OutputOption = Output.TABLE,
    jobs: JobsOption = JOBS,
) -> None:
    """Go to the bottom of one profile: its chain, what was sent and answered, and who can mend it.

    Other profiles of the same account are tested too, for what their results tell.
    """
    with boundary() as ending:
        from datetime import UTC, datetime

        from sync_profiles.decisions import Verdict
        from sync_profiles.inquiry import inquire
        from sync_profiles.planning.verdict import Tense
        from sync_profiles.terminal.inquiry_view import inquiry_json, print_inquiry
        from sync_profiles.terminal.wiring import files_of, means_of, request_of, stdout_console

        files = files_of(config_file, credentials_file)
        request = request_of(
            files.paths,
            patterns=None,
            tense=Tense.NOW,
            overwrite=False,
            session_name=session_name,
            no_test=False,
            jobs=jobs,
        )
        with means_of(mfa_code=mfa_code, jobs=jobs, quiet=False) as means:
            inquiry = inquire(files, profile, request, means, asked_at=datetime.now(UTC))
        accepted = inquiry.row.decision.verdict is Verdict.ACCEPTED
        ending.code = ExitCode.OK if accepted else ExitCode.NOT_ACCEPTED
        if output is Output.JSON:
            typer.echo(inquiry_json(inquiry))
        else:
            print_inquiry(stdout_console(), inquiry)


def undo_command(
    *,
    list_: Annotated[
        bool, typer.Option("--list", help="Show what can be undone; change nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Also where our lines were changed since.")
    ] = False,
    dry_run: DryRunOption = False,
    config_file: ConfigFileOption = None,
    credentials_file: CredentialsFileOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Take back the last write of sync-profiles; an undo too is a write that can be undone.

    What was changed since stays: only our own lines are taken out. Where they themselves were
    changed, nothing is written; --force then brings the whole backup of the config file back.
    """
    with boundary() as ending:
        from sync_profiles.planning.verdict import Tense
        from sync_profiles.terminal import undo_view
        from sync_profiles.terminal.paths import line_to_undo
        from sync_profiles.terminal.wiring import files_of, stdout_console
        from sync_profiles.undo import IfTouched, Way, undo

        files = files_of(config_file, credentials_file)
        if list_:
            records = files.records()
            ending.code = ExitCode.OK
            if output is Output.JSON:
                typer.echo(undo_view.records_json(files.paths, records))
            else:
                undo_view.print_records(stdout_console(), records)
            return
        undone = undo(
            files,
            tense=Tense.NOW if dry_run else Tense.THEN,
            if_touched=IfTouched.FORCE if force else IfTouched.REFUSE,
        )
        ending.code = ExitCode.OK
        if output is Output.JSON:
            typer.echo(undo_view.undo_json(undone))
            return
        console = stdout_console()
        undo_view.print_undo(console, undone, line_to_undo=line_to_undo(files.paths))
        if dry_run or any(reversal.way is not Way.EXACT for reversal in undone.reversals):
            from sync_profiles.terminal.table import print_diff

            console.print()
            print_diff(console, undone.diff, sys.stdout)


def demo_command() -> None:
    """Play the story on an AWS of its own, on this machine; your own files stay out of it."""
    with boundary():
        from sync_profiles.terminal.stage import Stage

        try:
            from sync_profiles.demo import play

            play(Stage())
        except ModuleNotFoundError as error:
            raise RunError(
                f"the demo needs `{error.name}`",
                hint="install `sync-profiles[demo]`, as in `pipx install 'sync-profiles[demo]'`",
            ) from None


def print_json(report: Report, *, session_name: str | None) -> None:
    """Print a report as JSON."""
    from sync_profiles.report import to_json

    typer.echo(to_json(report, session_name=session_name))


def end_with(ending: Ending, report: Report) -> None:
    """Let the command end with a report's code; say what no row of it tells."""
    from sync_profiles.report import exit_code

    ending.code = exit_code(report)
    if report.survey is None:
        ending.complaint = (
            "the AWS CLI cannot read these files: nothing could be tested",
            "mend what `sync-profiles check` lists, then run it again",
        )
    elif ending.code is ExitCode.CANNOT_RUN and report.callers:
        ending.complaint = (
            "no source has an identity: nothing could be tested",
            "mend one of the sources, then run again",
        )
    elif ending.code is ExitCode.CANNOT_RUN:
        ending.complaint = (
            "no chain leads to credentials: nothing could be tested",
            "mend one of the profiles, then run again",
        )
