"""Merge a team's file with the local files: the lines of its block, and the conflicts.

A section outside the block is the user's own, however its header is spelled: no section ever hides
another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from sync_profiles.config.document import Document, Section
from sync_profiles.config.profiles import Profiles, read_profiles
from sync_profiles.config.section_names import PROFILE, SectionName, header_for, sections_by_name
from sync_profiles.config.syntax import parse_option_line
from sync_profiles.errors import RunError
from sync_profiles.known_keys import OTHER_CREDENTIALS
from sync_profiles.model import STATIC_KEYS, FileKind, Profile
from sync_profiles.team.block import Block, BlockOptions, OnConflict
from sync_profiles.team.import_results import Conflict
from sync_profiles.team.team_file import Content, LineOwner, values_of

PREFIX = "team-"
_CREDENTIALS = {*STATIC_KEYS, "aws_session_token", "aws_account_id"}


@dataclass(frozen=True, kw_only=True)  # no slots, because the rest is cached
class OwnProfiles:
    """What the user has outside the block: the profiles, and the config file's sections."""

    document: Document
    credentials: Document

    @cached_property
    def profiles(self) -> Profiles:
        """The profiles of both files."""
        return read_profiles(config=self.document, credentials=self.credentials)

    def without(self, headers: Collection[str]) -> OwnProfiles:
        """Return the same without the config file's sections with these headers."""
        if not headers:
            return self
        kept = {h: s for h, s in self.document.sections.items() if h not in headers}
        return replace(self, document=replace(self.document, sections=kept))


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedFile:
    """The block's content, its sections, and the conflicts.

    `sections` has the local names of all imported sections, `profiles` only of the profiles; the
    keys are the headers in the team's file. `replaced` are the headers of the user's own sections
    that the team's replace, `own` what is left. `shared` are the profiles of which only the
    credentials are the user's own.
    """

    content: Content
    sections: Mapping[str, SectionName]
    conflicts: tuple[Conflict, ...]
    replaced: tuple[str, ...]
    own: OwnProfiles
    shared: frozenset[str]

    @property
    def profiles(self) -> dict[str, str]:
        """The names of the imported profiles."""
        return {h: named.name for h, named in self.sections.items() if named.kind == PROFILE}

    def profiles_after_import(self) -> Mapping[str, Profile]:
        """Return all profiles after the import, with the team's variables in them."""
        mine = self.own.document
        both = replace(mine, sections=mine.sections | self.content.document.sections)
        return replace(self.own, document=both).profiles.by_name


def read_own(config: Document, credentials: Document, block: Block | None) -> OwnProfiles:
    """Return the contents of the files outside the block."""
    own = OwnProfiles(document=config, credentials=credentials)
    inside = () if block is None else range(block.first + 1, block.last + 2)
    return own.without([h for h, s in config.sections.items() if s.line in inside])


def merge(
    team: Content,
    *,
    own: OwnProfiles,
    options: BlockOptions,
    block: Block | None = None,
    others: Collection[Block] = (),
    may_replace_others: bool = False,
) -> MergedFile:
    """Return the block's lines, in the team's order and with the team's comments.

    Profiles of other blocks are replaced only if `may_replace_others`. A profile of `block` that
    got credentials is still the team's: the import itself asks for them.
    """
    shared = frozenset(
        name
        for name in (block.content.profiles.by_name if block is not None else ())
        if name in own.profiles.by_name and _has_only_credentials(own.profiles.by_name[name])
    )
    source_of_header = {
        header: other.label.source for other in others for header in other.content.document.sections
    }
    sections, conflicts, replaced = _names(
        team,
        own,
        options.on_conflict,
        source_of_header=source_of_header,
        may_replace_others=may_replace_others,
        shared=shared,
    )
    renamed = dict(options.sources)
    headers: dict[int, str] = {}
    left_out: set[int] = set()
    for named, section in team.sections.items():
        new = sections.get(section.name)
        if new is None:
            left_out.update(team.spans[section.name])
        elif new != named:
            renamed[named.name] = new.name
            headers[section.line] = header_for(new.name)
    lines = [
        (number, headers.get(number) or _with_source(text, team.owners.get(number), renamed))
        for number, text in team.numbered
        if number - 1 not in left_out
    ]
    while lines and not lines[-1][1].strip():
        lines.pop()
    content = Content.of(lines)
    return MergedFile(
        content=team if content.lines == team.lines else content,
        sections=sections,
        conflicts=tuple(conflicts),
        replaced=tuple(replaced),
        own=own.without(replaced),
        shared=shared,
    )


def _names(
    team: Content,
    own: OwnProfiles,
    on_conflict: OnConflict,
    *,
    source_of_header: Mapping[str, str],
    may_replace_others: bool,
    shared: Collection[str],
) -> tuple[dict[str, SectionName], list[Conflict], list[str]]:
    """Return the names of the imported sections, the conflicts, and the sections they replace."""
    sections: dict[str, SectionName] = {}
    conflicts, replaced = [], []
    own_sections = sections_by_name(own.document.sections)
    taken = {each.name for each in team.sections if each.kind == PROFILE} | {*own.profiles.by_name}
    for named, section in team.sections.items():
        is_own = named.kind == PROFILE and named.name not in shared
        mine = own.profiles.by_name.get(named.name) if is_own else None
        if mine is None and named not in own_sections:
            sections[section.name] = named
            continue
        mine_there = own_sections.get(named)
        is_same = mine_there is not None and values_of(mine_there) == values_of(section)
        if is_same and "role_arn" not in section.options:
            continue  # there is nothing to test, or to write
        there = mine.section if mine else mine_there.name if mine_there else ""
        source = source_of_header.get(there)
        has_credentials = mine is not None and _has_credentials(mine)
        serves_team = mine is not None and _serves(mine, section)
        name = named.name if named.kind == PROFILE else section.name
        becomes = None
        # those of another block stay, if this run does not ask for more
        may_replace = may_replace_others or there not in source_of_header
        may_replace |= on_conflict is not OnConflict.REPLACE
        if mine is not None and may_replace and not serves_team:
            becomes = _new_name(name, mine, on_conflict, taken)
            replaced += [mine.section] if becomes == name else []
        if becomes is not None:
            sections[section.name] = named._replace(name=becomes)
        conflicts.append(
            Conflict(
                name=name,
                line=section.line,
                own=mine.place if mine else None,
                source=source,
                becomes=becomes,
                has_credentials=has_credentials,
                is_same=is_same and source is None and not has_credentials,
                is_taken_too=PREFIX + name in taken,
                serves_team=serves_team,
            )
        )
    return sections, conflicts, replaced


def _new_name(
    name: str, mine: Profile, on_conflict: OnConflict, taken: Collection[str]
) -> str | None:
    """Return the new name of a team's profile whose name is the user's, None if it is skipped."""
    if on_conflict is OnConflict.REPLACE:
        if _has_credentials(mine):
            raise RunError(
                f"profile `{name}` is yours and has credentials: it cannot be replaced",
                hint="use `--on-conflict prefix`, or `keep`",
            )
        return name
    is_free = PREFIX + name not in taken
    return PREFIX + name if on_conflict is OnConflict.PREFIX and is_free else None


def _has_only_credentials(profile: Profile) -> bool:
    """Return whether a profile is in the credentials file alone, with nothing but keys."""
    return set(profile.settings) <= _CREDENTIALS and all(
        setting.place.file is FileKind.CREDENTIALS for setting in profile.settings.values()
    )


def _serves(mine: Profile, section: Section) -> bool:
    """Return whether the user's profile gives the credentials that a team's source lacks."""
    has_some = not mine.settings.keys().isdisjoint({*STATIC_KEYS, *OTHER_CREDENTIALS})
    return has_some and section.options.keys().isdisjoint({"role_arn", *OTHER_CREDENTIALS})


def _has_credentials(profile: Profile) -> bool:
    files = {profile.place.file, *(setting.place.file for setting in profile.settings.values())}
    return FileKind.CREDENTIALS in files or not profile.settings.keys().isdisjoint(STATIC_KEYS)


def _with_source(text: str, owner: LineOwner | None, renamed: Mapping[str, str]) -> str:
    if owner is None or not owner.is_first or owner.key != "source_profile":
        return text
    option = parse_option_line(text)
    if option is None or option.value not in renamed:
        return text
    return "".join(option._replace(value=renamed[option.value]))
