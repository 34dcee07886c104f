"""Which of the user's profiles `--source-profile` puts in the place of the team's sources.

An option is `TEAM=NAME`, for each file with the source profile `TEAM`, or `NAME` alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sync_profiles.config.profiles import Profiles
from sync_profiles.errors import UsageError
from sync_profiles.team.block import find_block
from sync_profiles.team.import_results import ImportRequest
from sync_profiles.team.sources import SourceKind, TeamSource
from sync_profiles.team.team_file import Content
from sync_profiles.text import quote, with_profile


def map_sources(
    team_file: Content,
    wanted: Sequence[str],
    *,
    name: str,
    own: Profiles,
    stored: Mapping[str, str],
) -> dict[str, str]:
    """Return the user's profiles that replace the team's source profiles, by the team's names.

    `wanted` are the options; those stored in the block apply to the sources that no option names. A
    `NAME` alone is for the only source, or the only one that the file does not define. An error
    has the file's `name`.
    """
    sources = team_file.sources()
    mapped = {team: here for team, here in stored.items() if team in sources}
    for option in wanted:
        team, here = _parse(option, sources, own)
        if team is None and sources:
            team = _only_source(option, team_file, name=name)
        if team not in sources:
            continue  # it is for another file, or to read S3 with
        if here not in own.by_name:
            raise UsageError(
                f"profile {quote(here)} does not exist",
                hint=f"run {with_profile('aws configure', here)} to add it, or name another",
            )
        mapped[team] = here
    return {team: here for team, here in mapped.items() if team != here}


def refuse_unknown_sources(
    wanted: Sequence[str], files: Mapping[TeamSource, Content], *, own: Profiles
) -> None:
    """Raise `UsageError` if an option is for no source profile of these files."""
    sources = list(dict.fromkeys(name for file in files.values() for name in file.sources()))
    is_reader = any(source.kind is SourceKind.S3 for source in files)
    where = " and ".join(f"`{source}`" for source in files)
    for option in wanted:
        team, _ = _parse(option, sources, own)
        is_used = bool(sources or is_reader) if team is None else team in sources
        if not is_used:
            raise UsageError(
                f"`--source-profile {option}` names no source profile of {where}",
                hint=f"write `TEAM=NAME` with one of {_named(sources)} as `TEAM`"
                if sources
                else "leave the option out",
            )


def reader_of(
    source: TeamSource, text: str, request: ImportRequest, environ: Mapping[str, str]
) -> str | None:
    """Return the profile to read S3 with, None for another source.

    It is the first one that an option names, or that of `AWS_PROFILE`. An update reads with the
    profile that is stored in the block, but where this run names the source, or with `NAME` alone
    another profile.
    """
    if source.kind is not SourceKind.S3:
        return None
    block = find_block(text, source.text)
    stored = None if block is None else block.label.options.reader
    first = next(iter(request.source_profiles), "")
    asked = first.partition("=")[2] or first or environ.get("AWS_PROFILE")
    is_named = bool(request.sources) or (bool(request.source_profiles) and "=" not in first)
    return next(filter(None, (asked, stored) if is_named else (stored, asked)), "default")


def _parse(option: str, sources: Collection[str], own: Profiles) -> tuple[str | None, str]:
    """Return the team's source profile, None for the only one of each file, and the user's."""
    team, separator, name = option.partition("=")
    is_name = team not in sources and option in own.by_name
    found = (None, option) if is_name or not separator else (team, name)
    if not found[1]:
        raise UsageError(
            f"`--source-profile {option}` names none of your profiles",
            hint="write `NAME` or `TEAM=NAME`, with one of your profiles as `NAME`",
        )
    return found


def _only_source(option: str, team_file: Content, *, name: str) -> str:
    sources = team_file.sources()
    undefined = [each for each in sources if each not in team_file.profiles.by_name]
    alone = sources if len(sources) == 1 else undefined
    if len(alone) == 1:
        return alone[0]
    raise UsageError(
        f"`--source-profile {option}` could be for any source of `{name}`: it has "
        f"{_named(sources)}",
        hint="write `--source-profile TEAM=NAME` for each",
    )


def _named(sources: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in sources)
