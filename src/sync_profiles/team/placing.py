"""Put a team's file into its block of the config file, and prove that nothing else changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import is_keep_comment, parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.config.syntax import carries_text, split_lines, usual_ending
from sync_profiles.errors import EditRefused, RunError
from sync_profiles.team.block import (
    UNKNOWN_NAMES,
    BlockOptions,
    OnConflict,
    find_block,
    find_blocks,
    make_label,
    put_block,
    without_block,
    without_sections,
)
from sync_profiles.team.imported import Imported, Status, compare_profiles
from sync_profiles.team.kept_edits import KeptEdits, keep_edits, keep_names, last_imported
from sync_profiles.team.merging import PREFIX, map_sources, merge, read_own
from sync_profiles.team.moved_file import block_to_update
from sync_profiles.team.person import find_people, missing_sources, removed_sources
from sync_profiles.team.proving import prove_import, prove_replaced
from sync_profiles.team.risks import risks_to_ask_about
from sync_profiles.team.team_file import Content, structure_problems
from sync_profiles.team.variables import expand_variables, needed_variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_profiles.config.document import Document
    from sync_profiles.team.block import Block, Label
    from sync_profiles.team.consent import Consent
    from sync_profiles.team.imported import ImportRequest
    from sync_profiles.team.merging import Merged
    from sync_profiles.team.person import LocalState
    from sync_profiles.team.team_file import TeamFile, TeamLine
    from sync_profiles.team.variables import Person, Waiting


class BlockEdited(RunError):
    """A block was edited by hand; nothing was written. `diff` shows what would be lost."""

    def __init__(self, message: str, *, hint: str, diff: str) -> None:
        super().__init__(message, hint=hint)
        self.diff = diff


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The config file with the block, and what was imported.

    `text` is the team's part of the block, to be saved under `digest`.
    """

    config: Document
    imported: Imported
    digest: str
    text: str


def place_team_file(
    config: Document,
    file: TeamFile,
    request: ImportRequest,
    *,
    local: LocalState,
    source: str,
    reader: str | None = None,
) -> Placed:
    """Return the config file with the team's file in its source's block; nothing else changes.

    `reader` is the profile that S3 was read with, to be stored with the block.
    """
    config, block = block_to_update(config, file, source, replacing=request.replacing)
    moved_from = None if block is None or block.label.source == source else block.label.source
    stored = BlockOptions() if block is None else block.label.options
    own = read_own(config, local.credentials, block)
    options = BlockOptions(
        # a file that has moved takes its own block over, and no profile of the user's
        on_conflict=(None if moved_from else request.on_conflict) or stored.on_conflict,
        sources=map_sources(file, request.source_profiles, own=own.profiles, stored=stored.sources),
        reader=reader,
    )
    others = [other for other in find_blocks(config.text) if other != block]
    merged = merge(
        file,
        own=own,
        options=options,
        block=block,
        others=others,
        # another block's profile is replaced only if this run asks for it, for this source alone;
        # else two blocks would replace each other's profile at every update
        may_replace_others=request.on_conflict is not None and len(request.sources) == 1,
    )
    if options.on_conflict is OnConflict.REPLACE and not merged.replaced:
        # it is saved once it has replaced a profile: an update replaces none unasked
        options = replace(options, on_conflict=stored.on_conflict)
    note = f"sync-profiles: replaced by the team's profile of {source} ({request.date})"
    left = _without_replaced(config, merged, others, note=note) if merged.replaced else config
    saved = _saved_import(block, local)
    content, last, waiting = _fill_in(file, merged, block, saved, local)
    label = make_label(source, date=request.date, content=content, options=options)
    kept = KeptEdits(content=content)
    if block is not None and last is not None and block.is_edited and not request.force:
        kept = keep_edits(last, block, content, label, merged.conflicts)
    added, removed, changed = compare_profiles(block, kept.content)
    if block is not None and not request.force:
        _agree_to_remove(removed, file, block, merged, local.user)
    expected = set(merged.sections.values())
    if kept.content is not content and block is not None:
        expected = kept.content.sections.keys() & (expected | block.content.sections.keys())
    # modifies the content's document
    named = keep_names(kept.content, content, block, label, saved)
    status = Status.NEW if block is None else Status.UPDATED
    if block is not None and _is_same(block, named, label):
        status = Status.UNCHANGED
        new = left
    else:
        old = None if block is None else find_block(left.text, block.label.source)
        new = parse_document(put_block(left.text, label, named, replaces=old))
        if last is None and not request.force and old is not None and old.is_edited:
            raise _edited(source, old, left.text, new.text)
        rest = without_block(left.text, old)
        taken = local.credentials.sections.keys() - merged.shared
        prove_import(rest, named, new, source=source, sections=expected, taken=taken)
    by_name = read_profiles(config=new, credentials=local.credentials).by_name
    needed = {team: options.sources.get(team, team) for team in file.sources()}
    profiles = tuple(name for name in merged.profiles.values() if name in by_name)
    imported = Imported(
        source=source,
        status=status,
        moved_from=moved_from,
        profiles=profiles,
        roles=tuple(name for name in profiles if by_name[name].is_assume_role),
        added=added,
        removed=removed,
        changed=changed,
        conflicts=merged.conflicts,
        edits=kept.conflicts,
        missing=removed_sources(removed, merged.own.profiles.by_name, by_name)
        | missing_sources(needed, merged.own.profiles.by_name, by_name),
        waiting=waiting,
    )
    text = "\n".join(content.lines)
    return Placed(config=new, imported=imported, digest=label.digest, text=text)


def _fill_in(
    file: TeamFile, merged: Merged, block: Block | None, saved: Content, local: LocalState
) -> tuple[Content, Content | None, tuple[Waiting, ...]]:
    """Return the lines to import with the person's values, what was imported last, and what waits.

    The person must agree to what is risky in them.
    """
    people = find_people(needed_variables(file, merged.sections), merged, local)
    lines, waiting = expand_variables(
        merged.lines, file, people, _imported_values(block, saved, merged, people)
    )
    content = read_again(lines)
    last = last_imported(block, saved, content)
    risks = risks_to_ask_about(file, lines, content, last)
    if risks:
        local.user.agree(file.name, risks)
    return content, last, waiting


def _agree_to_remove(
    removed: Sequence[str], file: TeamFile, block: Block, merged: Merged, user: Consent
) -> None:
    """Ask the user if more than half of a block's profiles go; raise `RunError` if they must not.

    One that only loses its prefix comes, and one that the user has as well stays.
    """
    mine, coming = merged.own.profiles.by_name, merged.profiles.values()
    gone = [n for n in removed if n not in mine and n.removeprefix(PREFIX) not in coming]
    if len(gone) * 2 > (count := len(block.content.profiles.by_name)):
        user.agree_to_remove(file.name, gone, of=count, is_edited=block.is_edited)


def _edited(source: str, block: Block, before: str, after: str) -> BlockEdited:
    return BlockEdited(
        f"the block of `{source}`, from line {block.first + 1}, was edited by hand: "
        "the import would undo that",
        hint="move the edits out of the block, into profiles of your own, or import "
        f"`{source}` with `--force`",
        diff=unified_diff(before, after, name="config"),
    )


def _saved_import(block: Block | None, local: LocalState) -> Content:
    """Return what is saved as a block's last import; without lines if nothing is."""
    text = None if block is None else local.imported(block.label.digest)
    return Content(lines=tuple((text or "").split("\n")))


def _imported_values(
    block: Block | None, saved: Content, merged: Merged, people: Mapping[str, Person]
) -> dict[tuple[str, str], str]:
    """Return what the last import wrote, by the header in the team's file and the key.

    It is needed where a person is not known.
    """
    if block is None or all(person.is_known for person in people.values()):
        return {}
    last = saved if block.was_imported_as(saved) else block.content
    return {
        (header, key): option.value
        for header, name in merged.sections.items()
        if name in last.sections
        for key, option in last.sections[name].options.items()
    }


def _without_replaced(
    config: Document, merged: Merged, others: Sequence[Block], *, note: str
) -> Document:
    """Return the config file without the sections that the team's replace.

    The person's own become comments, each below a note, and so do those of blocks that the person
    has edited. Those of other blocks are removed, as if the files of those teams had never had
    them. Raises `EditRefused` where another section would change.
    """
    for conflict in merged.conflicts:
        if conflict.becomes == conflict.name and conflict.name in merged.own.profiles.by_name:
            raise RunError(
                f"profile `{conflict.name}` appears twice in your own file",
                hint="remove one of the two, then run again",
            )
    own = set(merged.replaced)
    new = config.text
    for block in others:
        inside = own & block.content.document.sections.keys()
        found = find_block(new, block.label.source)
        if inside and found is not None and not block.is_edited:
            label, lines = without_sections(found, inside)
            new = put_block(new, label, lines, replaces=found)
            own -= inside
    if own:
        parsed = config if new == config.text else parse_document(new)
        new = _comment_out(new, parsed, [h for h in merged.replaced if h in own], note=note)
    prove_replaced(config.text, new, headers=merged.replaced)
    return parse_document(new)


def _comment_out(text: str, document: Document, headers: Sequence[str], *, note: str) -> str:
    lines = split_lines(text)
    ending = usual_ending(lines)
    sections = document.all_sections
    starts = sorted(line for section in sections for line in (section.line, *section.repeated))
    for header in headers:
        section = document.sections[header]
        stop = next((start for start in starts if start > section.line), len(lines) + 1)
        for index in range(section.line - 1, stop - 1):
            # a comment that keeps a name would keep that of the section above
            if carries_text(lines[index]) or is_keep_comment(lines[index]):
                lines[index] = f"# {lines[index]}"
        lines[section.line - 1] = f"# {note}{ending}{lines[section.line - 1]}"
    return "".join(lines)


def read_again(lines: Sequence[TeamLine]) -> Content:
    """Parse the lines to import, which must have the structure of a team's file."""
    content = Content(lines=tuple(line.text for line in lines))
    if any(map(carries_text, content.lines)) and any(structure_problems(content)):
        raise EditRefused(
            "the AWS CLI would read the profiles differently here than in the team's file; "
            "nothing was written"
        )
    return content


def _is_same(block: Block, lines: Sequence[str], label: Label) -> bool:
    """Return whether the block would be the same except for its date."""
    names = block.label.names if block.label.names == UNKNOWN_NAMES else label.names
    old = replace(block.label, date=label.date)
    return list(block.content.lines) == list(lines) and old == replace(label, names=names)
