"""A team's file, read as botocore reads it, section by section with the comments above each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.document import parse_document
from sync_profiles.config.lines import carries_text, split_lines, text_of
from sync_profiles.config.profiles import read_profiles
from sync_profiles.team.headers import PROFILE, named_by
from sync_profiles.team.text import refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_profiles.config.document import Document, Section
    from sync_profiles.config.profiles import Profiles
    from sync_profiles.team.headers import Named


class TeamLine(NamedTuple):
    """A line on its way into the block: its number in the team's file, and its text."""

    number: int
    text: str


class OptionAt(NamedTuple):
    """What a line of the team's file belongs to; `is_first` is the line with the key."""

    section: str
    key: str
    is_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSection:
    """A section with the comments above it; `named` is what its header names for botocore."""

    header: str
    line: int
    named: Named
    lines: tuple[TeamLine, ...]

    @property
    def profile(self) -> str | None:
        """The name of the profile that it is, None for any other section."""
        return self.named.name if self.named.kind == PROFILE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFile:
    """A team's file: the comments at its top, its sections, and what each line belongs to."""

    name: str
    preamble: tuple[TeamLine, ...]
    sections: tuple[TeamSection, ...]
    profiles: Profiles
    options: Mapping[int, OptionAt]

    @property
    def lines(self) -> list[TeamLine]:
        """All lines in their order."""
        return [*self.preamble, *(line for section in self.sections for line in section.lines)]

    def sources(self) -> list[str]:
        """Return the source profiles that the file names and does not define, in its order."""
        named = (
            profile.text("source_profile")
            for profile in self.profiles.by_name.values()
            if profile.is_assume_role
        )
        return list(dict.fromkeys(n for n in named if n and n not in self.profiles.by_name))


def read_team_file(text: str, *, name: str) -> TeamFile:
    """Return the file's sections; raise `TeamFileRefused` where botocore could not use them.

    Each setting has one line, but for a nested block: so a line may be left out or be changed,
    and the others mean what they meant.
    """
    parsed = parse_document(text)
    _refuse_problems(parsed, name=name)
    profiles = read_profiles(config=parsed)
    if profiles.problems:
        found = [(problem.place.line, problem.message) for problem in profiles.problems]
        raise refusal(name, found, hint="merge the sections in the team's file")
    _refuse_hidden_sections(parsed, name=name)
    lines = [
        TeamLine(number, text_of(line)) for number, line in enumerate(split_lines(text), start=1)
    ]
    while lines and not lines[-1].text.strip():
        lines.pop()
    indented = [
        (section.line, "the header is indented, and would continue the value above the block")
        for section in parsed.sections.values()
        if lines[section.line - 1].text[0] != "["
    ]
    if indented:
        raise refusal(name, indented, hint="let each header start at the beginning of its line")
    _refuse_further_lines(parsed, name=name)
    starts = _starts(parsed, lines)
    stops = [*starts[1:], len(lines)]
    sections = tuple(
        TeamSection(
            header=section.name,
            line=section.line,
            named=named_by(section.name),
            lines=tuple(lines[start:stop]),
        )
        for section, start, stop in zip(parsed.sections.values(), starts, stops, strict=True)
    )
    return TeamFile(
        name=name,
        preamble=tuple(lines[: starts[0]]),
        sections=sections,
        profiles=profiles,
        options=_options(parsed),
    )


def _refuse_problems(parsed: Document, *, name: str) -> None:
    if parsed.problems:
        found = [(problem.line, problem.message) for problem in parsed.problems]
        raise refusal(name, found, hint="the AWS CLI cannot read such a file: correct it first")
    if parsed.defaults.line:
        raise refusal(
            name,
            [(parsed.defaults.line, "`[DEFAULT]` would leak its keys into every profile of yours")],
            hint="write `[default]`, or give the keys to each profile",
        )
    if not parsed.sections:
        raise refusal(name, [(1, "there is no section in it")], hint="name a team's config file")


def _refuse_hidden_sections(parsed: Document, *, name: str) -> None:
    """Refuse an sso-session or services that another one hides; of profiles this is known."""
    first: dict[Named, Section] = {}
    found = []
    for section in parsed.sections.values():
        earlier = first.setdefault(named_by(section.name), section)
        if earlier is not section:
            found.append((earlier.line, f"`[{earlier.name}]` is hidden by `[{section.name}]`"))
    if found:
        raise refusal(name, found, hint="merge the sections in the team's file")


def _refuse_further_lines(parsed: Document, *, name: str) -> None:
    """Refuse a line that continues the value above, unless it is one of a nested block."""
    options = [o for section in parsed.sections.values() for o in section.options.values()]
    found = []
    for option in options:
        is_nested = option.is_nested
        found += [
            (number, f"the line is indented, and so belongs to the value of `{option.key}`")
            for number, text in zip(option.lines[1:], option.values[1:], strict=True)
            if text and (text.startswith("[") or not is_nested)
        ]
    if found:
        raise refusal(
            name, found, hint="let each setting start at the beginning of its line, and end there"
        )


def _starts(parsed: Document, lines: Sequence[TeamLine]) -> list[int]:
    """Return where each section starts: with the comments right above its header."""
    starts = []
    for section in parsed.sections.values():
        start = section.line - 1
        while start and lines[start - 1].text.strip() and not carries_text(lines[start - 1].text):
            start -= 1
        starts.append(start)
    return starts


def _options(parsed: Document) -> dict[int, OptionAt]:
    return {
        number: OptionAt(section.name, option.key, number == option.line)
        for section in parsed.sections.values()
        for option in section.options.values()
        for number in option.lines
    }
