"""A team's file -> the lines of its block on this laptop, beside what stands there already.

A section that exists outside of the block is the person's own, whatever the spelling of its
header: none ever hides another.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync_profiles.config.chains import header_for
from sync_profiles.config.lines import parse_option_line
from sync_profiles.errors import RunError, UsageError
from sync_profiles.model import STATIC_KEYS, FileKind
from sync_profiles.team.on_conflict import OnConflict

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sync_profiles.config.profiles import Profiles
    from sync_profiles.model import Place
    from sync_profiles.team.headers import Named
    from sync_profiles.team.sections import TeamFile, TeamLine, TeamSection

PREFIX = "team-"


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeOptions:
    """How a block is made: stored with it, so that an update makes it in the same way.

    `sources` maps the team's source profiles to those on this laptop.
    """

    on_conflict: OnConflict = OnConflict.KEEP
    sources: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What stands outside of the block: the profiles, and the config file's sections."""

    profiles: Profiles
    sections: Collection[Named]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A team's section whose name is taken; `becomes` is its new name, None: it stays out."""

    name: str
    line: int
    own: Place | None
    becomes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The block's lines; its profiles by the headers of the team's file; what was in the way.

    `sections` is all that comes in, by its name on this laptop. `replaced` are the headers of the
    person's own sections that give way.
    """

    lines: tuple[TeamLine, ...]
    sections: frozenset[Named]
    profiles: Mapping[str, str]
    conflicts: tuple[Conflict, ...]
    replaced: tuple[str, ...]


def map_sources(
    file: TeamFile, wanted: Sequence[str], *, own: Profiles, stored: Mapping[str, str]
) -> dict[str, str]:
    """Return which profile here stands for which source profile of the team.

    `wanted` are the options: `NAME`, or `TEAM=NAME` where the team has several sources; without
    any, what is stored with the block holds.
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
                names = ", ".join(f"`{name}`" for name in sources) or "none"
                raise UsageError(
                    f"`--source-profile {option}` does not say for which source of `{file.name}`: "
                    f"it names {names}",
                    hint="write `--source-profile TEAM=NAME` for each"
                    if sources
                    else "leave the option out",
                )
            team = sources[0]
        if here not in own.by_name:
            raise UsageError(
                f"there is no profile `{here}` here",
                hint="run `aws configure list-profiles` to see the names",
            )
        mapped[team] = here
    return mapped


def merge(file: TeamFile, *, own: Own, options: MergeOptions) -> Merged:
    """Return the block's lines, in the team's order and with the team's comments."""
    names, conflicts, replaced = _names(file, own, options.on_conflict)
    renamed = dict(options.sources)
    for section in file.sections:
        new = names.get(section.header)
        if section.profile is not None and new is not None and new != section.profile:
            renamed[section.profile] = new
    lines = [*file.preamble]
    for section in file.sections:
        if section.header in names:
            lines += _written(section, file, names[section.header], renamed)
    while lines and not lines[-1].text.strip():
        lines.pop()
    return Merged(
        lines=tuple(lines),
        sections=frozenset(
            section.named._replace(name=names[section.header])
            for section in file.sections
            if section.header in names
        ),
        profiles={
            section.header: name
            for section in file.sections
            if section.profile is not None and (name := names.get(section.header)) is not None
        },
        conflicts=tuple(conflicts),
        replaced=tuple(replaced),
    )


def _names(
    file: TeamFile, own: Own, on_conflict: OnConflict
) -> tuple[dict[str, str], list[Conflict], list[str]]:
    """Return the names under which the sections come in; one that stays out is not among them."""
    names: dict[str, str] = {}
    conflicts = []
    replaced = []
    taken = {section.profile for section in file.sections} | set(own.profiles.by_name)
    for section in file.sections:
        mine = None if section.profile is None else own.profiles.by_name.get(section.profile)
        if mine is None and section.named not in own.sections:
            names[section.header] = section.named.name
            continue
        name = section.header if section.profile is None else section.profile
        becomes = None
        if mine is not None and on_conflict is OnConflict.REPLACE:
            _check_replaceable(name, own)
            replaced.append(mine.section)
            becomes = name
        elif mine is not None and on_conflict is OnConflict.PREFIX and PREFIX + name not in taken:
            becomes = PREFIX + name
        if becomes is not None:
            names[section.header] = becomes
        conflicts.append(
            Conflict(
                name=name, line=section.line, own=mine.place if mine else None, becomes=becomes
            )
        )
    return names, conflicts, replaced


def _check_replaceable(name: str, own: Own) -> None:
    profile = own.profiles.by_name[name]
    kinds = {setting.place.file for setting in profile.settings.values()}
    in_credentials = FileKind.CREDENTIALS in kinds or profile.place.file is FileKind.CREDENTIALS
    if in_credentials or any(key in profile.settings for key in STATIC_KEYS):
        raise RunError(
            f"profile `{name}` is yours and has credentials: it cannot be replaced",
            hint="use `--on-conflict prefix`, or `keep`",
        )


def _written(
    section: TeamSection, file: TeamFile, name: str, renamed: Mapping[str, str]
) -> list[TeamLine]:
    """Return a section's lines with its new name, and with the new names of its source profile."""
    lines = []
    for line in section.lines:
        text = line.text
        option = file.options.get(line.number)
        if line.number == section.line and section.profile is not None and name != section.profile:
            text = header_for(name)
        elif option is not None and option.is_first and option.key == "source_profile":
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
