"""Put the import together: sources, AWS, the user's answers, and the sync of what is imported."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime

from sync_profiles.errors import ExitCode
from sync_profiles.model import FileKind
from sync_profiles.report import exit_code
from sync_profiles.team.block import OnConflict
from sync_profiles.team.consent import Consent
from sync_profiles.team.import_results import ImportRequest, ImportResult, Status
from sync_profiles.team.importing import import_profiles
from sync_profiles.team.sources import STDIN, parse_source
from sync_profiles.terminal.boundary import Ended
from sync_profiles.terminal.command_options import ImportOptions
from sync_profiles.terminal.options import Options, printer_of
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.streams import can_answer, printable, say
from sync_profiles.terminal.wiring import ask_yes_or_no, open_run, write_mode_of


def run_import(options: Options, own: ImportOptions) -> Ended:
    """Import profiles and sync them."""
    printer_of("import", "", options.output)  # before anything is fetched
    sources = tuple(own.source or ())

    def show(diff: str) -> None:
        if not sources and not options.dry_run and options.output == "table":
            screen = Screen()
            screen.diff(diff, whole=options.verbose)
            screen.gap()

    with open_run(options) as (files, request, access):
        # the import creates a missing config file, even one that an option names
        required = dict(files.required)
        required.pop(FileKind.CONFIG, None)
        result = import_profiles(
            replace(files, required=required),
            ImportRequest(
                sources=tuple(parse_source(source) for source in sources),
                source_profiles=tuple(own.source_profile or ()),
                on_conflict=None if own.on_conflict is None else OnConflict(own.on_conflict),
                force=own.force,
                date=datetime.now(UTC).date().isoformat(),
                mode=write_mode_of(options),
                # an import names the lines of what its profiles replace
                sync=None if own.no_sync else replace(request, shows_lines=True),
            ),
            Consent(
                say=lambda line: say(printable(line)),
                ask=ask_yes_or_no,
                show=show,
                can_ask=STDIN not in sources and can_answer() and sys.stderr.isatty(),
                trusts=own.trust,
                is_preview=options.dry_run,
            ),
            access,
        )
    return Ended(
        result=result,
        notes=result.report.survey.notes,
        code=_exit_code(result, is_synced=not own.no_sync),
    )


def _exit_code(result: ImportResult, *, is_synced: bool) -> ExitCode:
    """Return 0 if what was imported is accepted or not synced, 3 if every block failed, else 1.

    An import does not fail because nothing could be tested yet; but a role that waits for
    credentials was not tested, and so is not accepted.
    """
    code = exit_code(result.report)
    code = ExitCode.NOT_ACCEPTED if code is ExitCode.CANNOT_RUN else code
    waiting = [setting.key for one in result.imports for setting in one.waiting]
    if is_synced and "role_arn" in waiting:
        code = max(code, ExitCode.NOT_ACCEPTED)
    failed = [one for one in result.imports if one.status is Status.FAILED]
    if not failed:
        return code
    tried = [one for one in result.imports if one.status is not Status.SKIPPED]
    return ExitCode.CANNOT_RUN if failed == tried else max(code, ExitCode.NOT_ACCEPTED)
