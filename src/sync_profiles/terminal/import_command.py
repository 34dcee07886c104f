"""The command `import`: its options, and what they ask for."""

from __future__ import annotations

from typing import Annotated

import typer

from sync_profiles.team.block import OnConflict  # noqa: TC001 - Typer reads the annotation
from sync_profiles.terminal.boundary import boundary
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
    QuietOption,
    SessionNameOption,
    VerboseOption,
)


def import_command(  # noqa: PLR0913 - one parameter an option
    source: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="A file, - for stdin, https://, s3://bucket/key, or git+https://…#path. "
            "Without any, every imported block is brought up to date.",
        ),
    ] = None,
    *,
    source_profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Your profile with credentials, for the team's; TEAM=NAME where it has several.",
        ),
    ] = None,
    on_conflict: Annotated[
        OnConflict | None,
        typer.Option(help="What becomes of a team's profile whose name you use already."),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Let in settings that run programs, load files, redirect requests or say where "
            "you log in.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Undo edits by hand inside of a block.")
    ] = False,
    no_sync: Annotated[bool, typer.Option("--no-sync", help="Do not sync what came in.")] = False,
    dry_run: DryRunOption = False,
    session_name: SessionNameOption = None,
    no_test: NoTestOption = False,
    mfa_code: MfaCodeOption = None,
    config_file: ConfigFileOption = None,
    credentials_file: CredentialsFileOption = None,
    output: OutputOption = Output.TABLE,
    jobs: JobsOption = JOBS,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Bring in the team's profiles under your own name, and test them.

    They stand in a block of their own in the config file; the rest of it stays as it is.
    """
    with boundary() as ending:
        from sync_profiles.planning.verdict import Tense
        from sync_profiles.terminal.import_wiring import ImportOptions, run_import
        from sync_profiles.terminal.wiring import files_of, request_of

        files = files_of(config_file, credentials_file)
        run_import(
            files,
            request_of(
                files.paths,
                patterns=None,
                tense=Tense.NOW if dry_run else Tense.THEN,
                overwrite=False,
                session_name=session_name,
                no_test=no_test,
                jobs=jobs,
            ),
            ImportOptions(
                sources=tuple(source or ()),
                source_profiles=tuple(source_profile or ()),
                on_conflict=on_conflict,
                trust=trust,
                force=force,
                no_sync=no_sync,
                mfa_code=mfa_code,
                json=output is Output.JSON,
                quiet=quiet,
                verbose=verbose,
            ),
            ending,
        )
