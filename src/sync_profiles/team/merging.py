"""Merge a team's file with the local files: the lines of its block, and the conflicts.

A section outside the block is the user's own, however its header is spelled: no section ever hides
another.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync_profiles.config.profiles import read_profiles
from sync_profiles.config.section_names import PROFILE, header_for, name_section
from sync_profiles.config.syntax import parse_option_line
from sync_profiles.errors import RunError, UsageError
from sync_profiles.model import STATIC_KEYS, FileKind, Place, Setting
from sync_profiles.team.imported import OnConflict
from sync_profiles.team.kept_edits import has_only_credentials
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sync_profiles.config.document import Document
    from sync_profiles.config.profiles import Profiles
    from sync_profiles.config.section_names import SectionName
    from sync_profiles.model import Profile
    from sync_profiles.team.block import Block, BlockOptions
    from sync_profiles.team.team_file import TeamFile, TeamLine, TeamSection

PREFIX = "team-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the user has outside the block: the profiles, and the config file's sections."""

    profiles: Profiles
    document: Document
    credentials: Document

    @property
    def sections(self) -> set[SectionName]:
        """The names of the config file's sections."""
        return {name_section(header) for header in self.document.sections}

    def without(self, headers: Collection[str]) -> Own:
        """Return the same without the config file's sections with these headers."""
        kept = {h: s for h, s in self.document.sections.items() if h not in headers}
        return _own(replace(self.document, sections=kept), self.credentials)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A team's section whose name is taken; it is skipped if `becomes`, its new name, is None.

    `source` is that of the other block that has the name, None for the user's own. A profile with
    credentials is never replaced.
    """

    name: str
    line: int
    own: Place | None
    source: str | None = None
    becomes: str | None = None
    has_credentials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The block's lines, its sections, and the conflicts.

    `sections` has the local names of all imported sections, `profiles` only of the profiles; the
    keys are the headers in the team's file. `replaced` are the headers of the user's own sections
    that the team's replace. `after` are all profiles after the import, with the team's variables in
    them. `shared` are those of which only the credentials are the user's own.
    """

    lines: tuple[TeamLine, ...]
    sections: Mapping[str, SectionName]
    conflicts: tuple[Conflict, ...]
    replaced: tuple[str, ...]
    own: Own
    after: Mapping[str, Profile]
    shared: frozenset[str]

    @property
    def profiles(self) -> dict[str, str]:
        """The names of the imported profiles."""
        return {h: named.name for h, named in self.sections.items() if named.kind == PROFILE}


def read_own(config: Document, credentials: Document, block: Block | None) -> Own:
    """Return the contents of the files outside the block."""
    if block is not None:
        inside = range(block.first + 1, block.last + 2)
        kept = {h: s for h, s in config.sections.items() if s.line not in inside}
        config = replace(config, sections=kept)
    return _own(config, credentials)


def _own(config: Document, credentials: Document) -> Own:
    profiles = read_profiles(config=config, credentials=credentials)
    return Own(profiles=profiles, document=config, credentials=credentials)


def map_sources(
    file: TeamFile, wanted: Sequence[str], *, own: Profiles, stored: Mapping[str, str]
) -> dict[str, str]:
    """Return the local profiles that replace the team's source profiles, by the team's names.

    `wanted` are the options: `NAME`, or `TEAM=NAME` if the team has several sources; without any,
    those stored in the block.
    """
    sources = file.sources()
    if not wanted:
        return {team: here for team, here in stored.items() if team in sources}
    mapped = {}
    for option in wanted:
        team, separator, here = option.partition("=")
        if not separator or team not in sources:
            here = option
            if len(sources) != 1:
                names = ", ".join(f"`{name}`" for name in sources)
                raise UsageError(
                    f"`--source-profile {option}` could be for any source of `{file.name}`: "
                    f"it has {names}"
                    if sources
                    else f"`{file.name}` has no source for `--source-profile {option}`",
                    hint="write `--source-profile TEAM=NAME` for each"
                    if sources
                    else "leave the option out",
                )
            team = sources[0]
        if here not in own.by_name:
            raise UsageError(
                f"profile `{here}` does not exist",
                hint=f"run {quote(f'aws configure --profile {here}')} to add it, or name another",
            )
        mapped[team] = here
    return mapped


def merge(
    file: TeamFile,
    *,
    own: Own,
    options: BlockOptions,
    block: Block | None = None,
    others: Collection[Block] = (),
    takes: bool = False,
) -> Merged:
    """Return the block's lines, in the team's order and with the team's comments.

    The profiles of the blocks `others` are only replaced with `takes`. A profile of `block` that
    got credentials is still the team's: the import itself asks for them.
    """
    shared = frozenset(
        name
        for name in (block.content.profiles.by_name if block is not None else ())
        if name in own.profiles.by_name and has_only_credentials(own.profiles.by_name[name])
    )
    imported = {
        header: other.label.source for other in others for header in other.content.document.sections
    }
    names, conflicts, replaced = _names(
        file, own, options.on_conflict, imported=imported, takes=takes, shared=shared
    )
    renamed = dict(options.sources)
    for section in file.sections:
        new = names.get(section.header)
        if section.profile is not None and new is not None and new != section.profile:
            renamed[section.profile] = new
    lines = [*file.preamble]
    for section in file.sections:
        if section.header in names:
            lines += _renamed_lines(section, file, names[section.header], renamed)
    while lines and not lines[-1].text.strip():
        lines.pop()
    sections = {
        section.header: section.named._replace(name=names[section.header])
        for section in file.sections
        if section.header in names
    }
    rest = own.without(replaced) if replaced else own
    return Merged(
        lines=tuple(lines),
        sections=sections,
        conflicts=tuple(conflicts),
        replaced=tuple(replaced),
        own=rest,
        after={**rest.profiles.by_name, **_profiles_here(file, names, rest, renamed)},
        shared=shared,
    )


def _profiles_here(
    file: TeamFile, names: Mapping[str, str], own: Own, renamed: Mapping[str, str]
) -> dict[str, Profile]:
    """Return the team's profiles as imported, with the settings that `[DEFAULT]` adds to them."""
    leaks = {
        key: Setting(option.value, Place(FileKind.CONFIG, option.line), option.is_nested)
        for key, option in own.document.defaults.options.items()
    }
    profiles = {}
    for section in file.sections:
        name = names.get(section.header)
        if section.profile is None or name is None:
            continue
        profile = file.content.profiles.by_name[section.profile]
        mine = own.profiles.by_name.get(name)
        settings = {**leaks, **profile.settings, **({} if mine is None else mine.settings)}
        source = settings.get("source_profile")
        if source is not None and source.value in renamed:
            settings["source_profile"] = source._replace(value=renamed[source.value])
        profiles[name] = replace(profile, name=name, settings=settings)
    return profiles


def _names(
    file: TeamFile,
    own: Own,
    on_conflict: OnConflict,
    *,
    imported: Mapping[str, str],
    takes: bool,
    shared: Collection[str],
) -> tuple[dict[str, str], list[Conflict], list[str]]:
    """Return the names of the imported sections, the conflicts, and the sections they replace."""
    names: dict[str, str] = {}
    conflicts, replaced = [], []
    taken = {section.profile for section in file.sections} | set(own.profiles.by_name)
    for section in file.sections:
        mine = None if section.profile is None else own.profiles.by_name.get(section.profile)
        if section.profile in shared:
            mine = None
        if mine is None and section.named not in own.sections:
            names[section.header] = section.named.name
            continue
        name = section.header if section.profile is None else section.profile
        becomes = None
        if (
            mine is not None
            and on_conflict is OnConflict.REPLACE
            and (takes or mine.section not in imported)
        ):
            if _has_credentials(mine):
                raise RunError(
                    f"profile `{name}` is yours and has credentials: it cannot be replaced",
                    hint="use `--on-conflict prefix`, or `keep`",
                )
            replaced.append(mine.section)
            becomes = name
        elif mine is not None and on_conflict is OnConflict.PREFIX and PREFIX + name not in taken:
            becomes = PREFIX + name
        if becomes is not None:
            names[section.header] = becomes
        conflicts.append(
            Conflict(
                name=name,
                line=section.line,
                own=mine.place if mine else None,
                source=imported.get(mine.section) if mine else None,
                becomes=becomes,
                has_credentials=mine is not None and _has_credentials(mine),
            )
        )
    return names, conflicts, replaced


def _has_credentials(profile: Profile) -> bool:
    files = {profile.place.file, *(setting.place.file for setting in profile.settings.values())}
    return FileKind.CREDENTIALS in files or not profile.settings.keys().isdisjoint(STATIC_KEYS)


def _renamed_lines(
    section: TeamSection, file: TeamFile, name: str, renamed: Mapping[str, str]
) -> list[TeamLine]:
    """Return a section's lines with its new name and the new name of its source profile."""
    lines = []
    for line in section.lines:
        text = line.text
        owner = file.content.owners.get(line.number)
        if line.number == section.line and section.profile is not None and name != section.profile:
            text = header_for(name)
        elif owner is not None and owner.is_first and owner.key == "source_profile":
            text = _with_value(text, renamed)
        lines.append(line._replace(text=text))
    return lines


def _with_value(text: str, renamed: Mapping[str, str]) -> str:
    parsed = parse_option_line(text)
    if parsed is None or parsed.value not in renamed:
        return text
    return (
        f"{parsed.indent}{parsed.key}{parsed.before}{parsed.delimiter}{parsed.after}"
        f"{renamed[parsed.value]}{parsed.tail}"
    )
