"""The import: fetch each team's file, put it into its block, and sync the imported profiles.

This is a single write: the profiles get your session name at once, and one undo reverts everything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sync_profiles.config.chains import leads_to_no_credentials
from sync_profiles.config.document import Document, parse_document
from sync_profiles.config.line_changes import find_changed_lines
from sync_profiles.config.profiles import ParsedTexts, parse_texts_if_any
from sync_profiles.disk.backups import read_import, save_imports
from sync_profiles.disk.config_file import ConfigFiles, FileChange, WrittenFile
from sync_profiles.disk.replacement import write_files
from sync_profiles.errors import EditRefused, RunError, UsageError
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.checks import find_problems
from sync_profiles.lint.written_setting import SETTING_WAITS
from sync_profiles.model import FileKind, Problem
from sync_profiles.planning.decision import Testing, WriteMode
from sync_profiles.redaction import mask_addresses
from sync_profiles.report import Report
from sync_profiles.survey import AwsAccess, surveyor_for
from sync_profiles.sync import plan_sync, start_again_when_changed
from sync_profiles.team.block import find_blocks, move_settings_to_their_section
from sync_profiles.team.consent import Consent, profiles_of_new_accounts
from sync_profiles.team.fetching import MOST, fetch, read_team_file
from sync_profiles.team.import_results import ImportRequest, ImportResult, SourceResult, Status
from sync_profiles.team.person import LocalState, read_s3_object
from sync_profiles.team.placing import BlockEdited, place_team_file
from sync_profiles.team.source_options import reader_of, refuse_unknown_sources
from sync_profiles.team.sources import SourceKind, TeamSource, parse_source
from sync_profiles.team.team_file import Content


def import_profiles(
    files: ConfigFiles, request: ImportRequest, user: Consent, access: AwsAccess
) -> ImportResult:
    """Import the sources' profiles into their blocks, and sync them.

    With `WriteMode.PREVIEW` nothing is written: the diff is exactly what the same run with
    `WriteMode.WRITE` writes. A source that cannot be fetched is an error; in an update of several
    blocks, it is reported along with the other results.
    """
    fetched: dict[TeamSource, Content] = {}
    shown = ""

    def attempt() -> ImportResult:
        nonlocal shown
        texts = parse_texts_if_any(files.read())
        _ = texts.profiles  # never add to a file that the AWS CLI cannot read
        local = LocalState(files=files, texts=texts, access=access, user=user)
        text = move_settings_to_their_section(texts.config.text)
        placing = _Placing(
            request=request,
            local=local,
            fetched=fetched,
            config=texts.config if text == texts.config.text else parse_document(text),
        )
        placing.place_all()
        after = _with_config(texts, placing.config)
        imports = tuple(_still_missing(one, after) for one in placing.results.values())
        report = Report(command="import", paths=files.paths)
        if not local.placed:  # no source could be imported: nothing is moved or written
            return ImportResult(imports=imports, diff="", report=report)
        changes = _changes(texts, after)
        diff = changes[0].diff
        if request.mode is WriteMode.WRITE and diff not in ("", shown):
            user.show(diff)
            shown = diff
        roles = frozenset(name for one in imports for name in one.roles)
        if not roles:
            report = replace(report, problems=_problems_of(after, imports))
        elif request.sync is not None:
            surveyor = surveyor_for(after, request.sync.only(roles), access)
            if request.sync.options.testing is Testing.ON:
                surveyor.withheld = profiles_of_new_accounts(surveyor, texts.profiles, user)
            planned = plan_sync(surveyor)
            changes = _changes(texts, after, planned.report.edits)
            report = replace(planned.report_after(request.mode), command="import")
        result = ImportResult(
            imports=imports, diff="".join(change.diff for change in changes), report=report
        )
        if request.mode is WriteMode.PREVIEW:
            return result
        profiles = report.profiles or after.profiles.by_name
        imports = tuple(one.with_places_of(profiles) for one in imports)
        report = replace(report, written=_write(files, changes, local.placed))
        return replace(result, imports=imports, report=report)

    return start_again_when_changed(attempt)


def _changes(
    before: ParsedTexts, after: ParsedTexts, edits: Sequence[FileChange] = ()
) -> list[FileChange]:
    """Return an import and the edits of its sync, one change for each file, the config's first."""
    by_kind = {edit.kind: edit for edit in edits}
    named = by_kind.pop(FileKind.CONFIG, None)
    old = before.files[FileKind.CONFIG]
    new = after.files[FileKind.CONFIG] if named is None else named.after
    lines = tuple(find_changed_lines(old.text, new.text))
    return [FileChange(before=old, after=new, lines=lines), *by_kind.values()]


def _write(
    files: ConfigFiles, changes: Sequence[FileChange], placed: Mapping[str, str]
) -> tuple[WrittenFile, ...]:
    """Replace the files, and save the teams' parts of blocks for the next update.

    Saved are those that were placed, by their hashes, and those of other blocks not yet saved.
    """
    written = write_files(changes, command="import", paths=files.paths.values())
    config_file = files.paths[FileKind.CONFIG]
    there = {
        block.label.digest: "\n".join(block.content.lines)
        for block in find_blocks(changes[0].after.text)
        if block.label.digest not in placed and not block.is_edited
    }
    unsaved = {
        key: lines
        for key, lines in {**there, **placed}.items()
        if not read_import(config_file, key)
    }
    # other session names have the same hash: what is written now replaces what was saved
    save_imports(config_file, {**unsaved, **(placed if written else {})})
    return written


@dataclass(kw_only=True)
class _Placing:
    """Puts the files of one source after the other into their blocks of the config file."""

    request: ImportRequest
    local: LocalState
    fetched: dict[TeamSource, Content]
    config: Document
    results: dict[TeamSource, SourceResult] = field(default_factory=dict)

    def place_all(self) -> None:
        """Place all sources; after one that changes which names there are, those above it again."""
        sources = self.request.sources or _sources_of(self.config.text)
        to_read = [s for s in sources if self.request.sources or s.kind is not SourceKind.STDIN]
        pending = deque(sources)
        while pending:
            source, before = pending.popleft(), self.config
            if source not in to_read:
                self.results[source] = SourceResult(source=source.text, status=Status.SKIPPED)
                continue
            earlier = self.results.get(source)
            try:
                result = self._place(source, to_read, earlier)
            except UsageError:
                raise
            except RunError as error:
                if isinstance(error, BlockEdited):
                    self.local.user.show(error.diff)
                if self.request.sources or len(sources) == 1:
                    raise
                self.results[source] = _failed(source, earlier, error)
                continue
            if self.config.sections.keys() != before.sections.keys():  # names may be free now
                others = {source, *pending}
                pending += (
                    each
                    for each, above in self.results.items()
                    if each not in others and each in self.fetched and above.error is None
                )
            self.results[source] = result if earlier is None else result.together_with(earlier)

    def _place(
        self, source: TeamSource, sources: Sequence[TeamSource], earlier: SourceResult | None
    ) -> SourceResult:
        request = self.request
        reader = reader_of(source, self.config.text, request, self.local.access.environ)
        if source not in self.fetched:
            data = fetch(
                source,
                read_s3_object=partial(
                    read_s3_object, local=self.local, size=MOST, reader=reader or "default"
                ),
                is_update=not self.request.sources,
                own_files=self.local.texts.paths.values(),
            )
            self.fetched[source] = read_team_file(data, name=str(source))
            if self.fetched.keys() >= set(sources):
                refuse_unknown_sources(
                    request.source_profiles, self.fetched, own=self.local.texts.profiles
                )
        if earlier is not None and earlier.moved_from:
            request = replace(request, on_conflict=None)
        self.config, result = place_team_file(
            self.config,
            self.fetched[source],
            request,
            local=self.local,
            source=source,
            reader=reader,
        )
        return result


def _still_missing(one: SourceResult, after: ParsedTexts) -> SourceResult:
    """Return the same without source profiles that another source of the import has brought."""
    profiles = after.profiles.by_name
    missing = {
        name: hint
        for name, hint in one.missing.items()
        if name not in profiles or leads_to_no_credentials(profiles[name])
    }
    return replace(one, missing=missing)


def _problems_of(texts: ParsedTexts, imports: Sequence[SourceResult]) -> tuple[Problem, ...]:
    """Return the problems of the imported lines, without those that the import itself states."""
    sources = {one.source for one in imports}
    blocks = [each for each in find_blocks(texts.config.text) if each.label.source in sources]
    return tuple(
        problem
        for problem in find_problems(BothFiles.of(texts))
        if problem.place.file is FileKind.CONFIG
        and problem.code != SETTING_WAITS
        and any(block.first < problem.place.line <= block.last for block in blocks)
    )


def _failed(source: TeamSource, earlier: SourceResult | None, error: RunError) -> SourceResult:
    """Return the result of a failed step; what an earlier one has imported stays."""
    before = earlier or SourceResult(source=source.text, status=Status.FAILED)
    hint = None if error.hint is None else mask_addresses(error.hint)
    masked = RunError(mask_addresses(error.message), hint=hint)
    return replace(before, status=Status.FAILED, conflicts=before.replaced, error=masked)


def _sources_of(text: str) -> tuple[TeamSource, ...]:
    blocks = find_blocks(text)
    if not blocks:
        raise RunError(
            "nothing in the config file was imported, so there is nothing to update",
            hint="name your team's file: `sync-profiles import SOURCE`, with a path or an address "
            "such as `git+https://HOST/REPOSITORY.git#PATH`",
        )
    return tuple(parse_source(block.label.source) for block in blocks)


def _with_config(texts: ParsedTexts, config: Document) -> ParsedTexts:
    """Return texts with another config file, which is not on disk."""
    if config is texts.config:
        return texts
    before = texts.files[FileKind.CONFIG]
    try:
        file = before.with_text(config.text)
    except EditRefused:
        if before.data:
            raise
        raise RunError(
            "the team's file cannot be written in your locale's encoding, "
            f"{before.encoding.upper()}",
            hint="run in a UTF-8 locale: the AWS CLI reads the file in the locale's encoding",
        ) from None
    return ParsedTexts(
        files={**texts.files, FileKind.CONFIG: file},
        documents={**texts.documents, FileKind.CONFIG: config},
    )
