"""Put one team's file into its block of a text, and prove that nothing else changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import parse_document
from sync_profiles.config.edit import NameEdit, edit_session_names
from sync_profiles.config.profiles import read_profiles
from sync_profiles.errors import RunError
from sync_profiles.explain.overrides import Overrides
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.planning.session_name import is_session_name
from sync_profiles.team.block import (
    comment_out,
    find_blocks,
    make_label,
    put_block,
    without_block,
)
from sync_profiles.team.consent import risks_to_ask_about
from sync_profiles.team.headers import named_by
from sync_profiles.team.merge import MergeOptions, Own, map_sources, merge
from sync_profiles.team.people import Here, find_people
from sync_profiles.team.proving import prove_import, prove_replaced
from sync_profiles.team.refused import refuse_secrets
from sync_profiles.team.sections import read_team_file
from sync_profiles.team.variables import check_variables, expand_variables, needed_variables

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sync_profiles.config.document import Document
    from sync_profiles.config.profiles import Profiles
    from sync_profiles.team.block import Block
    from sync_profiles.team.merge import Conflict, Merged
    from sync_profiles.team.on_conflict import OnConflict
    from sync_profiles.team.people import AsksPeople
    from sync_profiles.team.risks import Risk
    from sync_profiles.team.sections import TeamFile, TeamLine
    from sync_profiles.team.variables import Waiting


class BlockEdited(RunError):
    """Somebody changed a block by hand; nothing was written. `diff` is what would be lost."""

    def __init__(self, message: str, *, hint: str, diff: str) -> None:
        super().__init__(message, hint=hint)
        self.diff = diff


class Asked(Protocol):
    """How the block is to be made; `imported.ImportRequest` has it."""

    @property
    def source_profiles(self) -> tuple[str, ...]: ...  # noqa: D102 - see ImportRequest
    @property
    def on_conflict(self) -> OnConflict | None: ...  # noqa: D102 - see ImportRequest
    @property
    def force(self) -> bool: ...  # noqa: D102 - see ImportRequest
    @property
    def date(self) -> str: ...  # noqa: D102 - see ImportRequest
    @property
    def environ(self) -> Mapping[str, str]: ...  # noqa: D102 - see ImportRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The new text, and what became of the profiles; `roles` are those that assume one."""

    text: str
    status: str
    profiles: tuple[str, ...]
    roles: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    missing: Mapping[str, str]
    waiting: tuple[Waiting, ...]


def place_team_file(
    text: str,
    team_text: str,
    *,
    source: str,
    name: str,
    credentials: Document,
    request: Asked,
    people: AsksPeople,
    agree: Callable[[str, Sequence[Risk]], None],
) -> Placed:
    """Return text with the team's file in the source's block; the rest is as it was.

    `agree` returns where the person agrees to settings that need it, and raises else.
    """
    file = read_team_file(team_text, name=name)
    check_variables(file)
    refuse_secrets(file)
    disk = read_profiles(config=parse_document(text), credentials=credentials)
    block = _block_of(source, text)
    options, own = _options(file, text, block, credentials, request)
    merged = merge(file, own=own, options=options)
    note = f"sync-profiles: replaced by the team's profile of {source} ({request.date})"
    text = _yielding(text, merged, note=note, credentials=credentials)
    block = _block_of(source, text)
    rest = without_block(text, block)
    after = _profiles(rest, [line.text for line in merged.lines], credentials)
    left = _profiles(rest, [], credentials) if merged.replaced else own.profiles
    overrides = Overrides.of(request.environ, disk)
    here = Here(own=left, disk=disk, after=after, overrides=overrides)
    lines, waiting = _expanded(file, merged, here, people)
    risks = risks_to_ask_about(file, lines, block)
    if risks:
        agree(file.name, risks)
    team_content = [line.text for line in lines]
    filled = _profiles(rest, team_content, credentials)
    label = make_label(source, date=request.date, content=team_content, options=options)
    content = _with_names(
        team_content,
        block,
        same_names=block is not None and block.label.names == label.names,
    )
    status = "new" if block is None else "updated"
    if (
        block is not None
        and list(block.content) == content
        and (block.label.digest, block.label.names, block.label.options)
        == (label.digest, label.names, label.options)
    ):
        new, status = text, "unchanged"
    else:
        new = put_block(text, label, content, replaces=block)
        if block is not None and block.is_edited and list(block.content) != content:
            _refuse_lost_edits(text, new, block, force=request.force)
        prove_import(
            rest,
            content,
            new,
            source=source,
            sections=merged.sections,
            credentials=credentials,
        )
    added, removed, changed = _compare(block, content)
    profiles = tuple(merged.profiles.values())
    return Placed(
        text=new,
        status=status,
        profiles=profiles,
        roles=tuple(n for n in profiles if filled.by_name[n].is_assume_role),
        added=added,
        removed=removed,
        changed=changed,
        conflicts=merged.conflicts,
        missing={
            wanted: here.how_to_get_in(wanted)
            for team in file.sources()
            if (wanted := options.sources.get(team, team)) not in filled.by_name
        },
        waiting=waiting,
    )


def _options(
    file: TeamFile, text: str, block: Block | None, credentials: Document, request: Asked
) -> tuple[MergeOptions, Own]:
    outer = parse_document(without_block(text, block))
    profiles = read_profiles(config=outer, credentials=credentials)
    stored = MergeOptions() if block is None else block.label.options
    options = MergeOptions(
        on_conflict=request.on_conflict or stored.on_conflict,
        sources=map_sources(file, request.source_profiles, own=profiles, stored=stored.sources),
    )
    return options, Own(profiles=profiles, sections={named_by(h) for h in outer.sections})


def _yielding(text: str, merged: Merged, *, note: str, credentials: Document) -> str:
    """Return text in which the person's sections that are to be replaced are comments."""
    if not merged.replaced:
        return text
    new = comment_out(text, merged.replaced, note=note)
    left = read_profiles(config=parse_document(new), credentials=credentials)
    for conflict in merged.conflicts:
        if conflict.becomes == conflict.name and conflict.name in left.by_name:
            raise RunError(
                f"profile `{conflict.name}` stands twice in your own file",
                hint="take one of the two out, then run again",
            )
    prove_replaced(text, new, headers=merged.replaced)
    return new


def _expanded(
    file: TeamFile, merged: Merged, here: Here, asks: AsksPeople
) -> tuple[list[TeamLine], tuple[Waiting, ...]]:
    present = {option.section for line in merged.lines if (option := file.options.get(line.number))}
    needed = {h: names for h, names in needed_variables(file).items() if h in present}
    people = find_people(needed, merged.profiles, here, asks) if needed else {}
    return expand_variables(merged.lines, file, people.__getitem__)


def _with_names(content: list[str], block: Block | None, *, same_names: bool) -> list[str]:
    """Return the content with the session names that stand in the old block.

    They stay where the team gives none, and where the team gives the same ones as before.
    """
    if block is None:
        return content
    old = parse_document("\n".join(block.content)).sections
    edits = []
    for header, section in parse_document("\n".join(content)).sections.items():
        before = old[header].options.get(SESSION_NAME_KEY) if header in old else None
        given = section.options.get(SESSION_NAME_KEY)
        if (
            before is not None
            and "role_arn" in section.options
            and is_session_name(before.value)
            # one that goes over several lines is a mistake that its owner alone can mend
            and (given is None or (same_names and "\n" not in given.value))
        ):
            edits.append(NameEdit(section=header, session_name=before.value))
    if not edits:
        return content
    return edit_session_names("\n".join(content) + "\n", edits).split("\n")[:-1]


def _refuse_lost_edits(text: str, new: str, block: Block, *, force: bool) -> None:
    if force:
        return
    raise BlockEdited(
        f"the block of `{block.label.source}`, from line {block.first + 1}, was edited by hand: "
        "the import would undo that",
        hint="move the edits out of the block, into profiles of your own, or give `--force`",
        diff=unified_diff(text, new, name="config"),
    )


def _compare(
    block: Block | None, content: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    old = _meaning(() if block is None else block.content)
    new = _meaning(content)
    return (
        tuple(name for name in new if name not in old),
        tuple(name for name in old if name not in new),
        tuple(name for name in new if name in old and new[name] != old[name]),
    )


def _meaning(content: Sequence[str]) -> dict[str, dict[str, str]]:
    profiles = read_profiles(config=parse_document("\n".join(content))).by_name
    return {
        name: {k: s.value for k, s in profile.settings.items() if k != SESSION_NAME_KEY}
        for name, profile in profiles.items()
    }


def _profiles(rest: str, content: Sequence[str], credentials: Document) -> Profiles:
    both = "\n".join([rest, *content])
    return read_profiles(config=parse_document(both), credentials=credentials)


def _block_of(source: str, text: str) -> Block | None:
    return next((block for block in find_blocks(text) if block.label.source == source), None)
