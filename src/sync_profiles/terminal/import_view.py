"""An import as a person reads it, as JSON, and what it asks a person before it goes on."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.errors import RunError
from sync_profiles.report import Report, to_json
from sync_profiles.team.fetch import Fetcher
from sync_profiles.team.imported import Status
from sync_profiles.terminal.columns import print_detail, print_wrapped
from sync_profiles.terminal.questions import ask_yes_or_no
from sync_profiles.terminal.streams import say
from sync_profiles.terminal.table import print_diff
from sync_profiles.text import inert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from rich.console import Console

    from sync_profiles.aws.people import People
    from sync_profiles.config.texts import Texts
    from sync_profiles.disk.config_file import FilePaths
    from sync_profiles.team.imported import Imported, ImportResult
    from sync_profiles.team.merging import Conflict
    from sync_profiles.team.person import AsksPeople
    from sync_profiles.team.risks import Risk
    from sync_profiles.team.sources import TeamSource


# of a setting in an error, and in a question about it
_ENOUGH = 200
_MUCH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Source, AWS and person, as the import asks them.

    `console` is None where no diff is to be shown; `trusts` says that the person agreed before,
    `is_piped` that stdin is a source, and so nobody can answer.
    """

    people: Callable[[Texts], People]
    stdin: BinaryIO
    console: Console | None
    trusts: bool
    is_piped: bool

    def fetch(self, source: TeamSource, people: AsksPeople) -> bytes:
        """Return what a source holds."""
        return Fetcher(stdin=self.stdin, read_object=people.read_object).fetch(source)

    def agree(self, name: str, risks: Sequence[Risk]) -> None:
        """Return where the person agrees to the settings, else raise `RunError`."""
        if self.trusts:
            return
        found = "; ".join(
            f"line {risk.line}: `{_cut(risk.setting)}` in `[{risk.section}]` {risk.effect}"
            for risk in risks
        )
        message = (
            f"`{name}` has settings that run programs, load files, redirect requests or say where "
            "you log in"
        )
        if self.is_piped or not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise RunError(
                f"{message}: {found}", hint="look at each of them; `--trust` lets them in"
            )
        say(inert(f"{message}:"))
        for risk in risks:
            where = f"line {risk.line}, [{risk.section}]"
            say(inert(f"   {where}: {_cut(risk.setting, to=_MUCH)}  ({risk.effect})"))
        if not ask_yes_or_no("Do you trust all of them?"):
            raise RunError("nothing was imported", hint="let the team take these settings out")

    def show(self, diff: str) -> None:
        """Show a change before it is made."""
        if self.console is not None:
            print_diff(self.console, diff, sys.stdout)
            self.console.print()


def _cut(setting: str, *, to: int = _ENOUGH) -> str:
    """Return a setting, and where it is too long to read how much of it is not shown."""
    more = len(setting) - to
    return setting if more <= 0 else f"{setting[:to]}… ({more} more characters)"


def print_import(console: Console, result: ImportResult, *, quiet: bool) -> None:
    """Print what came in from each source, and what stays out; `quiet` leaves what failed."""
    for imported in result.imports:
        if quiet and imported.status is not Status.FAILED:
            continue
        words = inert(imported.source)
        print_wrapped(
            console, Text.assemble(("import ", "dim"), (words, "bold"), f": {_sum(imported)}")
        )
        for line in _details(imported):
            print_detail(console, line)


def import_json(result: ImportResult, *, paths: FilePaths, session_name: str | None) -> str:
    """Return the import and the sync of what came in as one JSON object, in ASCII."""
    base = result.report or Report(
        command="import",
        paths=paths,
        survey=None,
        problems=(),
        written=result.written,
    )
    report = replace(base, make_diff=lambda: result.diff)
    document = json.loads(to_json(report, session_name=session_name))
    document["imports"] = [
        {
            "source": imported.source,
            "status": imported.status.value,
            "profiles": list(imported.profiles),
            "added": list(imported.added),
            "removed": list(imported.removed),
            "changed": list(imported.changed),
            "conflicts": [_conflict_json(conflict) for conflict in imported.conflicts],
            "missing_source_profiles": dict(imported.missing or {}),
            "waiting": [
                {"section": setting.section, "setting": setting.key, "message": setting.reason}
                for setting in imported.waiting
            ],
            "error": None if imported.error is None else imported.error.message,
            "hint": None if imported.error is None else imported.error.hint,
        }
        for imported in result.imports
    ]
    document["imported"] = bool(result.written)
    return json.dumps(document, indent=2)


def _conflict_json(conflict: Conflict) -> dict[str, object]:
    return {
        "profile": conflict.name,
        "line": conflict.line,
        "becomes": conflict.becomes,
        "own_file": None if conflict.own is None else conflict.own.file.value,
        "own_line": None if conflict.own is None else conflict.own.line,
    }


def _sum(imported: Imported) -> str:
    if imported.status is Status.SKIPPED:
        return "it was piped in, and cannot be asked again"
    if imported.error is not None:
        return imported.error.message
    count = len(imported.profiles)
    parts = [f"{count} {'profile' if count == 1 else 'profiles'}"]
    if imported.status is Status.UNCHANGED:
        parts.append("nothing to change")
    elif imported.status is Status.UPDATED:
        changes = (imported.added, imported.removed, imported.changed)
        parts += [
            f"{len(names)} {word}"
            for names, word in zip(changes, ("added", "removed", "changed"), strict=True)
            if names
        ]
    return ", ".join(parts)


def _details(imported: Imported) -> Iterator[str]:
    if imported.error is not None and imported.error.hint:
        yield f"hint: {imported.error.hint}"
    for conflict in imported.conflicts:
        own = "" if conflict.own is None else f" ({conflict.own.file}, line {conflict.own.line})"
        if conflict.becomes is None:
            yield f"`{conflict.name}` stays out: you have your own{own}"
        elif conflict.becomes == conflict.name:
            yield f"`{conflict.name}` replaces your own{own}, which is a comment now"
        else:
            yield f"`{conflict.name}` comes in as `{conflict.becomes}`: you have your own{own}"
    out = [conflict for conflict in imported.conflicts if conflict.becomes is None]
    if any(conflict.own is not None for conflict in out):
        yield "hint: rename your own, or use `--on-conflict prefix` or `replace`"
    if any(conflict.own is None for conflict in out):
        yield "hint: compare your own section with the team's; to take theirs, take yours out"
    for name, hint in (imported.missing or {}).items():
        yield f"source profile `{name}` does not exist here"
        yield f"hint: {hint}"
    waiting = Counter((setting.key, setting.reason, setting.hint) for setting in imported.waiting)
    for (key, reason, hint), count in waiting.items():
        profiles = f"{count} {'profile' if count == 1 else 'profiles'}"
        yield f"`{key}` of {profiles} waits until you have credentials: {reason}"
        if hint and hint not in (imported.missing or {}).values():
            yield f"hint: {hint}"
