"""Put the import together: sources, AWS, the user's answers, and the sync of what is imported."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sync_profiles.errors import ExitCode, RunError
from sync_profiles.masked_lines import mask_line, mask_request
from sync_profiles.model import FileKind
from sync_profiles.report import exit_code
from sync_profiles.team.block import OnConflict
from sync_profiles.team.imported import ImportRequest, Status
from sync_profiles.team.importing import import_profiles
from sync_profiles.team.risks import PLUGINS, RISKY
from sync_profiles.team.sources import STDIN, parse_source
from sync_profiles.terminal.commands import Ended
from sync_profiles.terminal.options import printer_of
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.streams import can_answer, printable, say
from sync_profiles.terminal.wiring import (
    adapters_of,
    ask_yes_or_no,
    files_of,
    request_of,
    write_mode_of,
)
from sync_profiles.text import first_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_profiles.team.imported import ImportResult
    from sync_profiles.team.risks import Risk
    from sync_profiles.terminal.command_options import ImportOptions
    from sync_profiles.terminal.options import Options

# how many characters of a setting an error shows, and a question
_SHOWN_IN_ERROR = 200
_SHOWN_IN_QUESTION = 1000
# how many names are shown of the profiles that an update removes
_SHOWN_NAMES = 10


def run_import(options: Options, own: ImportOptions) -> Ended:
    """Import profiles and sync them."""
    printer_of("import", "", options.output)  # before anything is fetched
    sources = tuple(own.source or ())
    files = files_of(options)
    # an import names the lines of what its profiles replace
    request = replace(request_of(options), shows_lines=True)
    # the import creates a missing config file, even one that an option names
    required = dict(files.required)
    required.pop(FileKind.CONFIG, None)
    shows_diff = not sources and not options.dry_run and options.output == "table"
    with adapters_of(options) as adapters:
        result = import_profiles(
            replace(files, required=required),
            ImportRequest(
                sources=tuple(parse_source(source) for source in sources),
                source_profiles=tuple(own.source_profile or ()),
                on_conflict=None if own.on_conflict is None else OnConflict(own.on_conflict),
                force=own.force,
                date=datetime.now(UTC).date().isoformat(),
                mode=write_mode_of(options),
                reader=_reader(own),
                sync=None if own.no_sync else request,
            ),
            ImportConsent(
                screen=Screen() if shows_diff else None,
                trusts=own.trust,
                is_preview=options.dry_run,
                is_piped=STDIN in sources,
                shows_all=options.verbose,
            ),
            adapters,
        )
    return Ended(
        result=result,
        notes=result.report.survey.notes if result.report is not None else (),
        code=_exit_code(result, is_synced=not own.no_sync),
    )


def _reader(own: ImportOptions) -> str:
    first = next(iter(own.source_profile or ()), "")
    return first.partition("=")[2] or first or os.environ.get("AWS_PROFILE") or "default"


def _exit_code(result: ImportResult, *, is_synced: bool) -> ExitCode:
    """Return 0 if what was imported is accepted or not synced, 3 if every block failed, else 1.

    An import does not fail because nothing could be tested yet; but a role that waits for
    credentials was not tested, and so is not accepted.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportConsent:
    """The user, who is shown the change and asked to agree to risks.

    `screen` is None if no diff is to be shown. `trusts` means that the user has agreed already,
    `is_piped` that stdin is a source, so that the user cannot answer questions, and `shows_all`
    that also a long diff is shown whole on a terminal.
    """

    screen: Screen | None
    trusts: bool
    is_preview: bool
    is_piped: bool
    shows_all: bool
    _settled: set[tuple[str, ...]] = field(default_factory=set)  # agreed to, or cannot be asked

    def agree(self, name: str, risks: Sequence[Risk]) -> None:
        """Return if the user agrees to the settings; raise `RunError` if not."""
        if self.trusts:
            return
        found = "; ".join(
            f"line {risk.line}: `{_shown_setting(risk)}` in `[{risk.section}]` {risk.effect}"
            for risk in risks
        )
        message = (
            f"`{name}` has settings that run programs, load files, redirect requests, record "
            "calls, say where you log in or apply to commands that name no profile"
        )
        if not self._can_answer():
            raise RunError(
                f"{message}: {found}", hint="check each of them, then run again with `--trust`"
            )
        settings = (
            f"   line {risk.line}, [{risk.section}]: "
            f"{_shown_setting(risk, to=_SHOWN_IN_QUESTION)}  ({risk.effect})"
            for risk in risks
        )
        self._ask(
            (f"{message}:", *settings),
            "Do you trust all of them?",
            hint="ask the team to remove these settings",
        )

    def agree_to_remove(
        self, name: str, removed: Sequence[str], *, of: int, is_edited: bool
    ) -> None:
        """Return if so many profiles may be removed, else raise `RunError`.

        A dry run shows what would be removed, and does not ask.
        """
        if self.is_preview:
            return
        names = first_of((f"`{profile}`" for profile in removed), _SHOWN_NAMES)
        message = f"`{name}` no longer has {len(removed)} of the {of} profiles: {names}"
        if not self._can_answer():
            also = ", which also drops what you changed in its block" if is_edited else ""
            raise RunError(
                message, hint=f"check that the file is whole, then import it with `--force`{also}"
            )
        self._ask((message,), "Remove them?", hint="ask the team whether its file is whole")

    def call(self, accounts: Mapping[str, Sequence[str]]) -> bool:
        """Return whether to call accounts that are new to the user, each with its sources.

        Raises `RunError` if the user does not agree; where no user can be asked, nothing is called.
        A dry run shows what the import would ask about.
        """
        if self.trusts:
            return True
        lines = (
            "profiles to import would call accounts that none of your own profiles names:",
            *(
                f"   {account}, by {', '.join(f'`{source}`' for source in sources)}"
                for account, sources in accounts.items()
            ),
            "an account that is called sees your user name and your account ID",
        )
        if self.is_preview or not self._can_answer():
            if lines not in self._settled:
                self._say((*lines, "they are not called without `--trust`"))
                self._settled.add(lines)
            return False
        self._ask(
            lines,
            "Import the profiles, and test them there?",
            hint="to import the profiles untested, use `--no-test`",
        )
        return True

    def _ask(self, lines: tuple[str, ...], question: str, *, hint: str) -> None:
        """Return if the user agrees, now or before the run started again, else raise `RunError`."""
        if lines not in self._settled:
            self._say(lines)
            if not ask_yes_or_no(question):
                raise RunError("nothing was imported", hint=hint)
            self._settled.add(lines)

    def _say(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            say(printable(line))

    def _can_answer(self) -> bool:
        return not self.is_piped and can_answer() and sys.stderr.isatty()

    def show(self, diff: str) -> None:
        """Show a change before it is made."""
        if self.screen is not None:
            self.screen.diff(diff, whole=self.shows_all)
            self.screen.gap()


def _shown_setting(risk: Risk, *, to: int = _SHOWN_IN_ERROR) -> str:
    """Return a setting, cut after `to` characters and with the number of those cut off."""
    asks_for_value = risk.key in RISKY or risk.section == PLUGINS
    setting = (mask_request if asks_for_value else mask_line)(risk.setting)
    more = len(setting) - to
    return setting if more <= 0 else f"{setting[:to]}… ({more} more characters)"
