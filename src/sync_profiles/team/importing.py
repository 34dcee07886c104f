"""The import: fetch each team's file, fill it in, put it into its block, and sync what came in.

It is one write: the profiles come in under their owner's name, and one undo takes all of it back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from sync_profiles.config.diff import unified_diff
from sync_profiles.config.texts import parse_what_is_there
from sync_profiles.config.three_way import describe_lines
from sync_profiles.disk.config_file import FileChange, FileText, missing_file
from sync_profiles.errors import RunError
from sync_profiles.model import FileKind
from sync_profiles.planning.verdict import Tense
from sync_profiles.redaction import mask_addresses
from sync_profiles.sync import plan_sync, start_again_when_changed
from sync_profiles.team.block import find_blocks
from sync_profiles.team.fetch import name_of
from sync_profiles.team.imported import Imported, ImportResult, Status
from sync_profiles.team.placing import BlockEdited, place_team_file
from sync_profiles.team.sources import STDIN, StandardInput, parse_source, spell_source
from sync_profiles.team.text import decode_team_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.config.texts import Texts
    from sync_profiles.survey import Means, Request
    from sync_profiles.sync import FileEdit, Files
    from sync_profiles.team.imported import ImportRequest
    from sync_profiles.team.people import AsksPeople
    from sync_profiles.team.risks import Risk
    from sync_profiles.team.sources import TeamSource


class Outside(Protocol):
    """Whom the import asks: the source, AWS, the person."""

    def people(self, texts: Texts) -> AsksPeople:
        """Return AWS, to be asked about the person with what the files hold."""
        ...

    def fetch(self, source: TeamSource, people: AsksPeople) -> bytes:
        """Return what a source holds."""
        ...

    def agree(self, name: str, risks: Sequence[Risk]) -> None:
        """Return where the person agrees to the settings, else raise `RunError`."""
        ...

    def show(self, diff: str) -> None:
        """Show a change before it is made."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """The sync of what came in: how to look at it, and with what."""

    request: Request
    means: Means


def import_profiles(
    files: Files, request: ImportRequest, outside: Outside, *, following: Following | None
) -> ImportResult:
    """Bring the sources' profiles into their blocks, and sync them.

    With `Tense.NOW` nothing is written: the diff is exactly what the same run with `Tense.THEN`
    writes. A source that cannot be had is an error; where several blocks are brought up to date,
    it is told beside the others.
    """
    fetched: dict[TeamSource, str] = {}
    shown = ""

    def attempt() -> ImportResult:
        nonlocal shown
        texts = parse_what_is_there(files.read(), files.paths)
        _ = texts.profiles  # what the AWS CLI cannot read is not ours to add to
        new, imports = _import_all(texts, request, outside, fetched)
        after = _with_config(texts, new)
        diff = _diff(texts, after)
        if request.tense is Tense.THEN and diff not in ("", shown):
            outside.show(diff)
            shown = diff
        report = None
        roles = frozenset(name for imported in imports for name in imported.roles)
        changes: list[FileChange] = []
        if following is not None and roles:
            planned = plan_sync(after, following.request.only(roles), following.means)
            after, changes = _with_names(after, planned.edits)
            diff = _diff(texts, after) + "".join(
                edit.diff() for edit in planned.edits if edit.before.kind is FileKind.CREDENTIALS
            )
            report = replace(planned.report, command="import")
        result = ImportResult(imports=imports, diff=diff, report=report)
        if request.tense is Tense.NOW:
            return result
        written = tuple(files.replace([*_change(texts, after), *changes], command="import"))
        return replace(
            result,
            written=written,
            report=None if report is None else replace(report, written=written),
        )

    return start_again_when_changed(attempt)


def _diff(texts: Texts, after: Texts) -> str:
    return unified_diff(_config_text(texts), _config_text(after), name=str(texts.paths.config_file))


def _config_text(texts: Texts) -> str:
    config = texts.files[FileKind.CONFIG]
    return "" if config is None else config.text


def _with_config(texts: Texts, new: str) -> Texts:
    """Return texts with another config file, which is not on the disk."""
    config = texts.files[FileKind.CONFIG]
    if config is None:
        config = missing_file(texts.paths.config_file, kind=FileKind.CONFIG)
    if new == config.text:
        return texts
    file = replace(config, text=new, data=_encode(new, config))
    return parse_what_is_there({**texts.files, FileKind.CONFIG: file}, texts.paths)


def _with_names(after: Texts, edits: Sequence[FileEdit]) -> tuple[Texts, list[FileChange]]:
    """Return the texts with the names in the config file, and the credentials file's change."""
    changes = []
    for edit in edits:
        if edit.before.kind is FileKind.CONFIG:
            after = _with_config(after, edit.edited.text)
        else:
            changes.append(edit.change())
    return after, changes


def _change(texts: Texts, after: Texts) -> list[FileChange]:
    """Return the config file's change, from what is on the disk."""
    config, new = texts.files[FileKind.CONFIG], after.files[FileKind.CONFIG]
    if new is None or new is config:
        return []
    return [
        FileChange(
            path=new.path,
            kind=new.kind,
            before=config,
            data=new.data,
            lines=tuple(describe_lines(_config_text(texts), new.text)),
        )
    ]


def _import_all(
    texts: Texts, request: ImportRequest, outside: Outside, fetched: dict[TeamSource, str]
) -> tuple[str, tuple[Imported, ...]]:
    text = _config_text(texts)
    people = outside.people(texts)
    sources = request.sources or _sources_of(text)
    imports = []
    for source in sources:
        if isinstance(source, StandardInput) and not request.sources:
            imports.append(Imported(source=STDIN, status=Status.SKIPPED))
            continue
        try:
            if source not in fetched:
                data = outside.fetch(source, people)
                fetched[source] = decode_team_file(data, name=name_of(source))
            placed = place_team_file(
                text,
                fetched[source],
                source=spell_source(source),
                name=name_of(source),
                credentials=texts.credentials,
                request=request,
                people=people,
                agree=outside.agree,
            )
        except RunError as error:
            if isinstance(error, BlockEdited):
                outside.show(error.diff)
            if request.sources or len(sources) == 1:
                raise
            imports.append(
                Imported(source=spell_source(source), status=Status.FAILED, error=_masked(error))
            )
            continue
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
                waiting=placed.waiting,
            )
        )
    return text, tuple(imports)


def _masked(error: RunError) -> RunError:
    """Return an error as it may be told: what it quotes of others may hold a secret."""
    hint = None if error.hint is None else mask_addresses(error.hint)
    return RunError(mask_addresses(error.message), hint=hint)


def _sources_of(text: str) -> tuple[TeamSource, ...]:
    blocks = find_blocks(text)
    if not blocks:
        raise RunError(
            "there is no imported block to bring up to date",
            hint="name a source: `sync-profiles import SOURCE`",
        )
    return tuple(parse_source(block.label.source) for block in blocks)


def _encode(text: str, config: FileText) -> bytes:
    if config.data:
        return config.encode(text)
    try:
        return text.encode(config.encoding)
    except UnicodeEncodeError:
        raise RunError(
            "the team's file cannot be written in your locale's encoding, "
            f"{config.encoding.upper()}",
            hint="run in a UTF-8 locale: the AWS CLI reads the file in the locale's encoding",
        ) from None
