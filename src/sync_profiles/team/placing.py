"""Put a team's file into its block of the config file, and prove that nothing else changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import Document, parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.errors import EditRefused, RunError
from sync_profiles.team.block import (
    Block,
    BlockOptions,
    Label,
    OnConflict,
    find_block,
    find_blocks,
    make_label,
    put_block,
    without_block,
)
from sync_profiles.team.import_results import ImportRequest, SourceResult, Status, compare_profiles
from sync_profiles.team.kept_edits import keep_edits, keep_names, last_import
from sync_profiles.team.merging import PREFIX, MergedFile, merge, read_own
from sync_profiles.team.person import LocalState, find_people, missing_sources, removed_sources
from sync_profiles.team.proving import prove_import
from sync_profiles.team.replacing import block_to_update, without_replaced
from sync_profiles.team.risks import risks_to_ask_about
from sync_profiles.team.source_options import map_sources
from sync_profiles.team.sources import TeamSource
from sync_profiles.team.team_file import Content, structure_problems
from sync_profiles.team.variables import Person, WaitingSetting, expand_variables, needed_variables


class BlockEdited(RunError):
    """A block was edited by hand; nothing was written. `diff` shows what would be lost."""

    def __init__(self, message: str, *, hint: str, diff: str) -> None:
        super().__init__(message, hint=hint)
        self.diff = diff


def place_team_file(
    config: Document,
    team: Content,
    request: ImportRequest,
    *,
    local: LocalState,
    source: TeamSource,
    reader: str | None = None,
) -> tuple[Document, SourceResult]:
    """Return the config file with the team's file in its source's block; nothing else changes.

    `reader` is the profile that S3 was read with, to be stored with the block.
    """
    config, block = block_to_update(config, team, source.text, replacing=request.replacing)
    others = [other for other in find_blocks(config.text) if other != block]
    update = _Update(
        team=team, request=request, local=local, source=source, block=block, others=others
    )
    merged, options = update.merge(config, reader)
    note = f"replaced by the team's profile of {source.text} ({request.date})"
    left = without_replaced(config, merged, others, note=note)
    content, waiting = update.fill_in(merged)
    label = make_label(source.text, date=request.date, content=content, options=options)
    last = None if request.force else update.last(content)
    kept, edits = keep_edits(last, block, content, label, merged.conflicts)
    added, removed, changed = compare_profiles(block, kept)
    update.agree_to_remove(removed, merged)
    new, status = update.put(left, label, kept, content, merged)
    mine = merged.own.profiles.by_name
    now = read_profiles(config=new, credentials=local.texts.credentials).by_name
    profiles = tuple(name for name in merged.profiles.values() if name in now)
    needed = {name: options.sources.get(name, name) for name in team.sources()}
    result = SourceResult(
        source=source.text,
        status=status,
        moved_from=update.moved_from,
        profiles=profiles,
        roles=tuple(name for name in profiles if now[name].is_assume_role),
        added=added,
        removed=removed,
        changed=changed,
        conflicts=merged.conflicts,
        edits=edits,
        missing=removed_sources(removed, mine, now)
        | missing_sources(needed, mine, now, is_only=update.has_one_source),
        waiting=waiting,
    )
    local.placed[label.digest] = "\n".join(content.lines)
    return new, result


@dataclass(frozen=True, kw_only=True)  # without slots: what is saved is read once
class _Update:
    """What becomes of the block of a source, step by step; `block` is None if there is none yet.

    `others` are the blocks of other sources.
    """

    team: Content
    request: ImportRequest
    local: LocalState
    source: TeamSource
    block: Block | None
    others: Sequence[Block]

    @property
    def moved_from(self) -> str | None:
        """The source that the block had before, if that was another one."""
        source = self.source.text if self.block is None else self.block.label.source
        return None if source == self.source.text else source

    @property
    def has_one_source(self) -> bool:
        """Whether the run imports this file alone, and it has one source profile."""
        files = len(self.request.sources) or 1 + len(self.others)
        return files == len(self.team.sources()) == 1

    @cached_property
    def saved(self) -> Content:
        """What is saved as the block's last import; without lines if nothing is."""
        text = None if self.block is None else self.local.saved_import(self.block.label.digest)
        return Content(lines=tuple((text or "").split("\n")))

    def merge(self, config: Document, reader: str | None) -> tuple[MergedFile, BlockOptions]:
        """Return the lines to import under their names here, and the options to store."""
        request, block = self.request, self.block
        stored = BlockOptions() if block is None else block.label.options
        own = read_own(config, self.local.texts.credentials, block)
        options = BlockOptions(
            # a file that has moved takes its own block over, and no profile of the user's
            on_conflict=(None if self.moved_from else request.on_conflict) or stored.on_conflict,
            sources=map_sources(
                self.team,
                request.source_profiles,
                name=str(self.source),
                own=own.profiles,
                stored=stored.sources,
            ),
            reader=reader,
        )
        merged = merge(
            self.team,
            own=own,
            options=options,
            block=block,
            others=self.others,
            # another block's profile is replaced only if this run asks for it, for this source
            # alone; else two blocks would replace each other's profile at every update
            may_replace_others=request.on_conflict is not None and len(request.sources) == 1,
        )
        if options.on_conflict is OnConflict.REPLACE and not merged.replaced:
            # it is saved once it has replaced a profile: an update replaces none unasked
            options = replace(options, on_conflict=stored.on_conflict)
        return merged, options

    def fill_in(self, merged: MergedFile) -> tuple[Content, tuple[WaitingSetting, ...]]:
        """Return the lines to import with the person's values, and the settings that wait for one.

        The person must agree to what is risky in them.
        """
        name, needed = str(self.source), needed_variables(self.team, merged.sections)
        people = find_people(needed, merged, self.local, is_only=self.has_one_source)
        last_values = self._last_values(merged, people)
        content, waiting = expand_variables(
            merged.content, self.team, people, last_values, name=name
        )
        refuse_other_structure(content)
        risks = risks_to_ask_about(self.team, content, self.last(content))
        if risks:
            self.local.user.agree(name, risks)
        return content, waiting

    def agree_to_remove(self, removed: Sequence[str], merged: MergedFile) -> None:
        """Ask the user if more than half of the block's profiles go; raise `RunError` if not.

        A profile that only loses its prefix is still there, and so is one that the user has as
        well.
        """
        if self.block is None or self.request.force:
            return
        mine, coming = merged.own.profiles.by_name, merged.profiles.values()
        gone = [n for n in removed if n not in mine and n.removeprefix(PREFIX) not in coming]
        count, is_edited = len(self.block.content.profiles.by_name), self.block.is_edited
        if len(gone) * 2 > count:
            self.local.user.agree_to_remove(str(self.source), gone, of=count, is_edited=is_edited)

    def put(
        self, left: Document, label: Label, kept: Content, content: Content, merged: MergedFile
    ) -> tuple[Document, Status]:
        """Return the config file with the block, and prove that nothing else changes.

        `kept` is `content`, which the label is for, with the person's edits.
        """
        block = self.block
        sections = set(merged.sections.values())
        if kept is not content and block is not None:
            sections = kept.sections.keys() & (sections | block.content.sections.keys())
        # modifies the content's document
        lines = keep_names(kept, content, block, label, self.saved)
        if block is not None and _is_same(block, lines, label):
            return left, Status.UNCHANGED
        old = None if block is None else find_block(left.text, block.label.source)
        new = parse_document(put_block(left.text, label, lines, replaces=old))
        is_lost = self.last(content) is None and not self.request.force
        if is_lost and old is not None and old.is_edited:
            raise BlockEdited(
                f"the block of `{self.source}`, from line {old.first + 1}, was edited by hand: "
                "the import would undo that",
                hint="move the edits out of the block, into profiles of your own, or import "
                f"`{self.source}` with `--force`",
                diff=unified_diff(left.text, new.text, name="config"),
            )
        prove_import(
            without_block(left.text, old),
            lines,
            new,
            source=self.source.text,
            sections=sections,
            taken=self.local.texts.credentials.sections.keys() - merged.shared,
        )
        return new, Status.NEW if block is None else Status.UPDATED

    def last(self, content: Content) -> Content | None:
        """Return what the last import wrote, None if it is not known; `content` is what comes."""
        return last_import(self.block, self.saved, content)

    def _last_values(
        self, merged: MergedFile, people: Mapping[str, Person]
    ) -> dict[tuple[str, str], str]:
        """Return what the last import wrote, by the header in the team's file and the key.

        It is needed where a person is not known.
        """
        block = self.block
        if block is None or all(person.is_known for person in people.values()):
            return {}
        last = self.saved if block.was_imported_as(self.saved) else block.content
        return {
            (header, key): option.value
            for header, name in merged.sections.items()
            if name in last.sections
            for key, option in last.sections[name].options.items()
        }


def refuse_other_structure(content: Content) -> None:
    """Raise `EditRefused` unless what is to import has the structure of a team's file."""
    if any(structure_problems(content)):
        raise EditRefused(
            "the AWS CLI would read the profiles differently here than in the team's file; "
            "nothing was written"
        )


def _is_same(block: Block, lines: Sequence[str], label: Label) -> bool:
    """Return whether the block would be the same except for its date."""
    names = label.names if block.label.names is not None else None
    old = replace(block.label, date=label.date)
    return list(block.content.lines) == list(lines) and old == replace(label, names=names)
