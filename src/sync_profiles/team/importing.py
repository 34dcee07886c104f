"""The import: fetch each team's file, fill it in, and put it into its block of the config file."""

from __future__ import annotations

import locale
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from sync_profiles.config.diff import unified_diff
from sync_profiles.config.ini import EMPTY, parse_ini
from sync_profiles.config.texts import Texts
from sync_profiles.disk.replacement import FileChange
from sync_profiles.errors import ConfigChanged, RunError
from sync_profiles.model import FileKind
from sync_profiles.planning.verdict import Tense
from sync_profiles.sync import ATTEMPTS, PAUSE
from sync_profiles.team.block import find_blocks
from sync_profiles.team.fetch import name_of
from sync_profiles.team.lines import describe_lines
from sync_profiles.team.placing import BlockEdited, place_team_file
from sync_profiles.team.sources import STDIN, StandardInput, parse_source, spell_source
from sync_profiles.team.text import decode_team_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_profiles.disk.config_file import FileText
    from sync_profiles.disk.replacement import Written
    from sync_profiles.sync import Files
    from sync_profiles.team.merge import Conflict, OnConflict
    from sync_profiles.team.people import AsksPeople
    from sync_profiles.team.sources import TeamSource
    from sync_profiles.team.trust import Risk


class Status(StrEnum):
    """What became of a source's block."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import, none: every block from its own source; `date` is today's."""

    sources: tuple[TeamSource, ...]
    source_profiles: tuple[str, ...]
    on_conflict: OnConflict | None
    force: bool
    tense: Tense
    date: str


class Outside(Protocol):
    """Whom the import asks: the source, AWS, the person."""

    @property
    def people(self) -> AsksPeople:
        """AWS, about the person."""
        ...

    def fetch(self, source: TeamSource) -> bytes:
        """Return what a source holds."""
        ...

    def agree(self, name: str, risks: Sequence[Risk]) -> None:
        """Return where the person agrees to the settings, else raise `RunError`."""
        ...

    def show(self, diff: str) -> None:
        """Show a change before it is made."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came in from one source, by the profiles' names here, in the team's order.

    `missing` are source profiles that do not exist here, each with the next step.
    """

    source: str
    status: Status
    profiles: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    missing: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What came in, the change as a unified diff, and the file that was replaced."""

    imports: tuple[Imported, ...]
    diff: str
    written: tuple[Written, ...] = ()


def import_profiles(files: Files, request: ImportRequest, outside: Outside) -> ImportResult:
    """Bring the sources' profiles into their blocks; with `Tense.NOW` nothing is written."""
    fetched: dict[TeamSource, str] = {}
    shown = ""
    attempt = 1
    while True:
        read = files.read()
        config = read[FileKind.CONFIG]
        old = "" if config is None else config.text
        path = files.paths.config_file
        _check_readable(read)
        new, imports = _import_all(read, request, outside, fetched)
        result = ImportResult(imports=imports, diff=unified_diff(old, new, name=str(path)))
        if request.tense is Tense.NOW or new == old:
            return result
        if result.diff != shown:
            outside.show(result.diff)
            shown = result.diff
        change = FileChange(
            path=path,
            kind=FileKind.CONFIG,
            before=config,
            data=_encode(new, config),
            lines=tuple(describe_lines(old, new)),
        )
        try:
            written = files.replace([change], command="import")
        except ConfigChanged:
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE * attempt)
            attempt += 1
        else:
            return replace(result, written=tuple(written))


def _check_readable(read: Mapping[FileKind, FileText | None]) -> None:
    """Raise `ConfigUnreadable` where the AWS CLI cannot read what is there."""
    parsed = {kind: EMPTY if file is None else parse_ini(file.text) for kind, file in read.items()}
    Texts(
        files=read, config=parsed[FileKind.CONFIG], credentials=parsed[FileKind.CREDENTIALS]
    ).profiles()


def _import_all(
    read: Mapping[FileKind, FileText | None],
    request: ImportRequest,
    outside: Outside,
    fetched: dict[TeamSource, str],
) -> tuple[str, tuple[Imported, ...]]:
    config, credentials = read[FileKind.CONFIG], read[FileKind.CREDENTIALS]
    text = "" if config is None else config.text
    sources = request.sources or _sources_of(text)
    imports = []
    for source in sources:
        if isinstance(source, StandardInput) and not request.sources:
            imports.append(Imported(source=STDIN, status=Status.SKIPPED))
            continue
        name = name_of(source)
        if source not in fetched:
            fetched[source] = decode_team_file(outside.fetch(source), name=name)
        try:
            placed = place_team_file(
                text,
                fetched[source],
                source=spell_source(source),
                name=name,
                credentials=EMPTY if credentials is None else parse_ini(credentials.text),
                request=request,
                outside=outside,
            )
        except BlockEdited as error:
            outside.show(error.diff)
            raise
        text = placed.text
        imports.append(
            Imported(
                source=spell_source(source),
                status=Status(placed.status),
                profiles=placed.profiles,
                roles=placed.roles,
                added=placed.added,
                removed=placed.removed,
                changed=placed.changed,
                conflicts=placed.conflicts,
                missing=placed.missing,
            )
        )
    return text, tuple(imports)


def _sources_of(text: str) -> tuple[TeamSource, ...]:
    blocks = find_blocks(text)
    if not blocks:
        raise RunError(
            "there is no imported block to bring up to date",
            hint="name a source: `sync-profiles import SOURCE`",
        )
    return tuple(parse_source(block.label.source) for block in blocks)


def _encode(text: str, config: FileText | None) -> bytes:
    if config is not None:
        return config.encode(text)
    encoding = locale.getpreferredencoding(False)  # noqa: FBT003 - the standard library's own
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        raise RunError(
            f"the team's file cannot be written in your locale's encoding, {encoding.upper()}",
            hint="run in a UTF-8 locale: the AWS CLI reads the file in the locale's encoding",
        ) from None
