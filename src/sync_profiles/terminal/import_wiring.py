"""The import's parts put together, then the sync of what came in."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from sync_profiles.aws.people import People
from sync_profiles.disk.files import ConfigFiles
from sync_profiles.errors import ExitCode
from sync_profiles.model import FileKind
from sync_profiles.planning.verdict import Tense
from sync_profiles.report import exit_code
from sync_profiles.sync import sync
from sync_profiles.team.fetch import Fetcher
from sync_profiles.team.importing import ImportRequest, import_profiles
from sync_profiles.team.sources import parse_source
from sync_profiles.terminal.import_view import Person, import_json, print_import
from sync_profiles.terminal.table import print_diff, print_sync
from sync_profiles.terminal.wiring import means_of, stdout_console

if TYPE_CHECKING:
    from typing import NoReturn

    from rich.console import Console

    from sync_profiles.aws.sts import Sts
    from sync_profiles.report import Report
    from sync_profiles.survey import Request
    from sync_profiles.team.importing import ImportResult
    from sync_profiles.team.merge import OnConflict


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the command line says."""

    sources: tuple[str, ...]
    source_profiles: tuple[str, ...]
    on_conflict: OnConflict | None
    trust: bool
    force: bool
    no_sync: bool
    mfa_code: str | None
    json: bool
    quiet: bool
    verbose: bool


def run_import(files: ConfigFiles, request: Request, options: ImportOptions) -> NoReturn:
    """Import, sync what came in, print both, and exit."""
    console = stdout_console()
    is_dry_run = request.wishes.tense is Tense.NOW
    # a config file that does not exist yet is made, where it is named by an option too
    makeable = ConfigFiles(paths=files.paths, required=files.required - {FileKind.CONFIG})
    result = _import(makeable, request, options, None if options.json or is_dry_run else console)
    roles = frozenset(name for imported in result.imports for name in imported.roles)
    report: Report | None = None
    if not options.json:
        print_import(console, result, quiet=options.quiet)
    if roles and not options.no_sync and not is_dry_run:
        with means_of(
            makeable, mfa_code=options.mfa_code, jobs=request.jobs, quiet=options.quiet
        ) as means:
            report = sync(makeable, request.only(roles), means)
    if options.json:
        typer.echo(import_json(result, report, paths=files.paths))
    else:
        _print_rest(console, result, report, request, options)
    raise typer.Exit(ExitCode.OK if report is None else exit_code(report))


def _import(
    files: ConfigFiles, request: Request, options: ImportOptions, console: Console | None
) -> ImportResult:
    sources = tuple(parse_source(source) for source in options.sources)

    def make_sts() -> Sts:
        from sync_profiles.aws.sts import Sts

        return Sts(
            config_file=files.paths.config_file,
            credentials_file=files.paths.credentials_file,
            environ=os.environ,
            connections=request.jobs,
        )

    with means_of(files, mfa_code=options.mfa_code, jobs=request.jobs, quiet=True) as means:
        people = People(sts=make_sts, codes=means.codes, source=_asking_profile(options))
        person = Person(
            people=people,
            fetcher=Fetcher(stdin=sys.stdin.buffer, read_object=people.read_object),
            console=None if options.sources else console,
            trusts=options.trust,
            sources=sources,
        )
        return import_profiles(
            files,
            ImportRequest(
                sources=sources,
                source_profiles=options.source_profiles,
                on_conflict=options.on_conflict,
                force=options.force,
                tense=request.wishes.tense,
                date=datetime.now(UTC).date().isoformat(),
            ),
            person,
        )


def _asking_profile(options: ImportOptions) -> str:
    """Return the profile whose own credentials S3 is asked with."""
    first = next(iter(options.source_profiles), "")
    return first.partition("=")[2] or first or os.environ.get("AWS_PROFILE") or "default"


def _print_rest(
    console: Console,
    result: ImportResult,
    report: Report | None,
    request: Request,
    options: ImportOptions,
) -> None:
    if request.wishes.tense is Tense.NOW:
        console.print()
        print_diff(console, result.diff, sys.stdout)
        return
    if report is not None:
        console.print()
        print_sync(
            console,
            report,
            session_name=request.wishes.session_name,
            quiet=options.quiet,
            verbose=options.verbose,
        )
