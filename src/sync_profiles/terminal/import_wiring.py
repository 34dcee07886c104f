"""The import's parts put together: sources, AWS, the person, and the sync of what comes in."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from sync_profiles.aws.people import People
from sync_profiles.errors import ExitCode
from sync_profiles.model import FileKind
from sync_profiles.planning.verdict import Tense
from sync_profiles.report import exit_code
from sync_profiles.team.imported import BlockWishes, ImportRequest, Status
from sync_profiles.team.importing import Following, import_profiles
from sync_profiles.team.sources import STDIN, parse_source
from sync_profiles.terminal.import_view import Person, import_json, print_import
from sync_profiles.terminal.table import print_diff, print_sync
from sync_profiles.terminal.wiring import means_of, stdout_console, sts_of

if TYPE_CHECKING:
    from rich.console import Console

    from sync_profiles.config.texts import Texts
    from sync_profiles.disk.files import ConfigFiles
    from sync_profiles.survey import Means, Request
    from sync_profiles.team.block import OnConflict
    from sync_profiles.team.imported import ImportResult
    from sync_profiles.terminal.boundary import Ending


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


def run_import(
    files: ConfigFiles, request: Request, options: ImportOptions, ending: Ending
) -> None:
    """Import and sync what comes in, say how that ended, and print both."""
    console = stdout_console()
    is_dry_run = request.wishes.tense is Tense.NOW
    # a config file that does not exist yet is made, where it is named by an option too
    required = dict(files.required)
    required.pop(FileKind.CONFIG, None)
    makeable = replace(files, required=required)
    with means_of(
        mfa_code=options.mfa_code, jobs=request.jobs, quiet=options.quiet or options.json
    ) as means:
        result = import_profiles(
            makeable,
            _import_request(request, options),
            _person(request, options, means, None if options.json or is_dry_run else console),
            following=None if options.no_sync else Following(request=request, means=means),
        )
    ending.code = _exit_code(result, is_synced=not options.no_sync)
    if options.json:
        typer.echo(import_json(result, paths=files.paths, session_name=request.wishes.session_name))
    else:
        _print(console, result, request, options)


def _import_request(request: Request, options: ImportOptions) -> ImportRequest:
    return ImportRequest(
        sources=tuple(parse_source(source) for source in options.sources),
        wishes=BlockWishes(
            date=datetime.now(UTC).date().isoformat(),
            source_profiles=options.source_profiles,
            on_conflict=options.on_conflict,
            force=options.force,
        ),
        tense=request.wishes.tense,
        environ=os.environ,
    )


def _person(
    request: Request, options: ImportOptions, means: Means, console: Console | None
) -> Person:
    make_sts = sts_of(jobs=request.jobs)

    def people(texts: Texts) -> People:
        return People(
            make_sts=lambda: make_sts(texts), codes=means.codes, source=_asking_profile(options)
        )

    return Person(
        people=people,
        stdin=sys.stdin.buffer,
        console=None if options.sources else console,
        trusts=options.trust,
        is_piped=STDIN in options.sources,
    )


def _asking_profile(options: ImportOptions) -> str:
    """Return the profile whose own credentials S3 is asked with."""
    first = next(iter(options.source_profiles), "")
    return first.partition("=")[2] or first or os.environ.get("AWS_PROFILE") or "default"


def _exit_code(result: ImportResult, *, is_synced: bool) -> ExitCode:
    """Return 0 where what came in is accepted or not synced, 3 where every block failed, else 1.

    That nothing of it could be tested yet is no failure of the import; but a role that waits for
    credentials was not tried, and so not accepted.
    """
    code = ExitCode.OK if result.report is None else exit_code(result.report)
    code = ExitCode.NOT_ACCEPTED if code is ExitCode.CANNOT_RUN else code
    waiting = [setting.key for imported in result.imports for setting in imported.waiting]
    if is_synced and "role_arn" in waiting:
        code = max(code, ExitCode.NOT_ACCEPTED)
    failed = [imported for imported in result.imports if imported.status is Status.FAILED]
    if not failed:
        return code
    tried = [imported for imported in result.imports if imported.status is not Status.SKIPPED]
    return ExitCode.CANNOT_RUN if failed == tried else max(code, ExitCode.NOT_ACCEPTED)


def _print(
    console: Console, result: ImportResult, request: Request, options: ImportOptions
) -> None:
    print_import(console, result, quiet=options.quiet)
    if result.report is not None:
        if not options.quiet:
            console.print()
        print_sync(
            console,
            result.report,
            session_name=request.wishes.session_name,
            quiet=options.quiet,
            verbose=options.verbose,
        )
    if request.wishes.tense is Tense.NOW:
        console.print()
        print_diff(console, result.diff, sys.stdout)
