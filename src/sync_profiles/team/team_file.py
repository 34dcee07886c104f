"""A team's file, read as botocore reads it, section by section with the comments above each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.lines import carries_text, split_lines, text_of
from sync_profiles.config.section_names import PROFILE, name_section
from sync_profiles.team.content import Content
from sync_profiles.team.team_text import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.config.document import Document, Section
    from sync_profiles.config.section_names import SectionName


class TeamLine(NamedTuple):
    """A line on its way into the block: its number in the team's file, and its text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSection:
    """A section with the comments above it; `named` is its name for botocore."""

    header: str
    line: int
    named: SectionName
    lines: tuple[TeamLine, ...]

    @property
    def profile(self) -> str | None:
        """The name of the profile that it defines, None for any other section."""
        return self.named.name if self.named.kind == PROFILE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFile:
    """A team's file: its content, the comments at its top, and its sections."""

    name: str
    content: Content
    preamble: tuple[TeamLine, ...]
    sections: tuple[TeamSection, ...]

    @property
    def lines(self) -> list[TeamLine]:
        """All lines in their order."""
        return [*self.preamble, *(line for section in self.sections for line in section.lines)]

    def sources(self) -> list[str]:
        """Return the source profiles that the file names and does not define, in its order."""
        profiles = self.content.profiles.by_name
        named = (p.text("source_profile") for p in profiles.values() if p.is_assume_role)
        return list(dict.fromkeys(name for name in named if name and name not in profiles))


def read_team_file(text: str, *, name: str) -> TeamFile:
    """Return the file's sections; raise `TeamFileRefused` where botocore could not use them."""
    lines = [text_of(line) for line in split_lines(text)]
    while lines and not lines[-1].strip():
        lines.pop()
    content = Content(lines=tuple(lines))
    check_structure(content, name=name)
    sections = content.document.sections.values()
    numbered = [TeamLine(number, line) for number, line in enumerate(lines, start=1)]
    starts = [_start_with_comments(section, lines) for section in sections]
    stops = [*starts[1:], len(lines)]
    return TeamFile(
        name=name,
        content=content,
        preamble=tuple(numbered[: starts[0]]),
        sections=tuple(
            TeamSection(
                header=section.name,
                line=section.line,
                named=name_section(section.name),
                lines=tuple(numbered[start:stop]),
            )
            for section, start, stop in zip(sections, starts, stops, strict=True)
        ),
    )


def check_structure(content: Content, *, name: str) -> None:
    """Raise `TeamFileRefused` unless each section counts, and each setting has one line.

    Nested blocks may have several. So a line may be left out or changed, and the others keep their
    meaning.
    """
    document = content.document
    _refuse_unreadable(document, name=name)
    if content.profiles.problems:
        found = [(problem.place.line, problem.message) for problem in content.profiles.problems]
        raise refusal(name, found, hint="merge the sections in the team's file")
    _refuse_hidden_sections(document, name=name)
    indented = [
        (section.line, "the header is indented, and would continue the value above the block")
        for section in document.sections.values()
        if content.lines[section.line - 1][0] != "["
    ]
    if indented:
        raise refusal(name, indented, hint="start each header at the beginning of its line")
    _refuse_continued_values(document, name=name)


def _refuse_unreadable(document: Document, *, name: str) -> None:
    if document.problems:
        found = [(problem.line, problem.message) for problem in document.problems]
        raise refusal(name, found, hint="the AWS CLI cannot read such a file: correct it first")
    if document.defaults.line:
        raise refusal(
            name,
            [(document.defaults.line, "`[DEFAULT]` would leak its keys into all your profiles")],
            hint="write `[default]`, or give the keys to each profile",
        )
    if not document.sections:
        raise refusal(name, [(1, "the file has no section")], hint="name a team's config file")


def _refuse_hidden_sections(document: Document, *, name: str) -> None:
    """Refuse an sso-session or services that another one hides; `Profiles` reports profiles."""
    first: dict[SectionName, Section] = {}
    found = []
    for section in document.sections.values():
        earlier = first.setdefault(name_section(section.name), section)
        if earlier is not section:
            found.append((earlier.line, f"`[{earlier.name}]` is hidden by `[{section.name}]`"))
    if found:
        raise refusal(name, found, hint="merge the sections in the team's file")


def _refuse_continued_values(document: Document, *, name: str) -> None:
    """Refuse a line that continues the value above, unless it is one of a nested block."""
    found = []
    for section in document.sections.values():
        for option in section.options.values():
            _, *further = option.lines
            if not further:
                continue
            is_nested = option.is_nested
            found += [
                (number, f"the line is indented, and so belongs to the value of `{option.key}`")
                for number, text in zip(further, option.values[1:], strict=True)
                if text and (text.startswith("[") or not is_nested)
            ]
    if found:
        raise refusal(
            name, found, hint="start each setting at the beginning of its line, and end it there"
        )


def _start_with_comments(section: Section, lines: Sequence[str]) -> int:
    """Return the index of the first comment right above a section's header, or the header's."""
    start = section.line - 1
    while start and lines[start - 1].strip() and not carries_text(lines[start - 1]):
        start -= 1
    return start
