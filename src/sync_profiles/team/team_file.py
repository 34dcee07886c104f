"""Decode a team's file, or refuse it; parse it once, and read it by section.

Each section is read as botocore reads it, together with the comments above it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.config.section_names import PROFILE, name_section
from sync_profiles.config.syntax import carries_text, split_lines, text_of
from sync_profiles.errors import RunError
from sync_profiles.text import has_controls, is_invisible, name_character

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_profiles.config.document import Document, Section
    from sync_profiles.config.profiles import Profiles
    from sync_profiles.config.section_names import SectionName

LARGEST = 2 * 1024 * 1024
_ALLOWED = "\t\r\n"
_SHOWN = 5
_HINT = "remove it from the team's file"
# https://www.unicode.org/reports/tr9/: marks, embeddings, overrides and isolates
_BIDIRECTIONAL = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
_WITHOUT_ALLOWED = str.maketrans("", "", _ALLOWED)


class TeamFileRefused(RunError):
    """A team's file has something that must not be imported; nothing was written."""


def refusal(name: str, problems: Sequence[tuple[int, str]], *, hint: str) -> TeamFileRefused:
    """Return the error for problems of a team's file, each with its line."""
    shown = [f"line {line}: {what}" for line, what in sorted(problems)[:_SHOWN]]
    if len(problems) > _SHOWN:
        shown.append(f"and {len(problems) - _SHOWN} more")
    return TeamFileRefused(f"`{name}`, {'; '.join(shown)}", hint=hint)


def decode_team_file(data: bytes, *, name: str) -> str:
    """Return a team's file as text; raise `TeamFileRefused` if it is not text, or too large.

    Line endings stay; other control characters than those and tabs are refused.  Invisible
    characters are allowed in comments, except those that change the direction of the text.
    """
    if len(data) > LARGEST:
        raise TeamFileRefused(
            f"`{name}` is larger than {LARGEST // 1024**2} MiB",
            hint="this is not a team's file: name another source",
        )
    if data.startswith(b"\xef\xbb\xbf"):
        raise TeamFileRefused(
            f"`{name}` starts with a byte order mark", hint="save it as UTF-8 without BOM"
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = len((data[: error.start] + b".").splitlines())
        byte = data[error.start]
    else:
        _refuse_controls(text, name=name)
        _refuse_invisible(text, name=name)
        return text
    raise TeamFileRefused(
        f"`{name}`, line {line}: byte 0x{byte:02x} is not UTF-8", hint="save it as UTF-8"
    )


def _refuse_controls(text: str, *, name: str) -> None:
    if text.isascii() and text.translate(_WITHOUT_ALLOWED).isprintable():
        return
    for position, character in enumerate(text):
        if character not in _ALLOWED and has_controls(character):
            line = len(split_lines(f"{text[:position]}."))
            raise refusal(name, [(line, _not_allowed(character))], hint=_HINT)


def _refuse_invisible(text: str, *, name: str) -> None:
    """Refuse characters that make a line look different from what the AWS CLI reads."""
    if text.isascii():
        return
    problems = []
    for number, line in enumerate(split_lines(text), start=1):
        if line.isascii():
            continue
        refused = is_invisible if carries_text(line) else _BIDIRECTIONAL.__contains__
        first = next(filter(refused, line), None)
        if first is not None:
            problems.append((number, _not_allowed(first)))
    if problems:
        raise refusal(name, problems, hint=_HINT)


def _not_allowed(character: str) -> str:
    return f"the character {name_character(character)} is not allowed"


class LineOwner(NamedTuple):
    """The option that a line belongs to; `is_first` marks the line with the key."""

    section: str
    key: str
    is_first: bool


@dataclass(frozen=True, kw_only=True)  # no slots, because `document` is cached
class Content:
    """Lines without their endings; their numbers count from 1."""

    lines: tuple[str, ...]

    @cached_property
    def document(self) -> Document:
        """The lines as botocore reads them."""
        return parse_document("\n".join(self.lines))

    @cached_property
    def profiles(self) -> Profiles:
        """The profiles that the lines define."""
        return read_profiles(config=self.document)

    @cached_property
    def owners(self) -> Mapping[int, LineOwner]:
        """The option that each line of a setting belongs to, by the line's number."""
        return {
            number: LineOwner(section.name, option.key, number == option.line)
            for section in self.document.sections.values()
            for option in section.options.values()
            for number in option.lines
            if carries_text(self.lines[number - 1])
        }


class TeamLine(NamedTuple):
    """A line to import: its number in the team's file, and its text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSection:
    """A section with the comments above it; `named` is its name in botocore."""

    header: str
    line: int
    named: SectionName
    lines: tuple[TeamLine, ...]

    @property
    def profile(self) -> str | None:
        """The name of the profile that it defines, or None for any other section."""
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
        """All lines in order."""
        return [*self.preamble, *(line for section in self.sections for line in section.lines)]

    def sources(self) -> list[str]:
        """Return the source profiles that the file names but does not define, in order."""
        profiles = self.content.profiles.by_name
        named = (p.text("source_profile") for p in profiles.values() if p.is_assume_role)
        return list(dict.fromkeys(name for name in named if name and name not in profiles))


def read_team_file(text: str, *, name: str) -> TeamFile:
    """Return the file's sections; raise `TeamFileRefused` if botocore could not use them."""
    lines = [text_of(line) for line in split_lines(text)]
    while lines and not lines[-1].strip():
        lines.pop()
    content = Content(lines=tuple(lines))
    check_structure(content, name=name)
    sections = content.document.sections.values()
    numbered = [TeamLine(number, line) for number, line in enumerate(lines, start=1)]
    starts = [start_with_comments(section, lines) for section in sections]
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
    """Raise `TeamFileRefused` unless each section takes effect and each setting has one line.

    Nested blocks may have several lines. This way, a line can be left out or changed without
    changing the meaning of others.
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
    """Refuse an sso-session or services section that another hides; `Profiles` reports profiles."""
    first: dict[SectionName, Section] = {}
    found = []
    for section in document.sections.values():
        earlier = first.setdefault(name_section(section.name), section)
        if earlier is not section:
            found.append((earlier.line, f"`[{earlier.name}]` is hidden by `[{section.name}]`"))
    if found:
        raise refusal(name, found, hint="merge the sections in the team's file")


def _refuse_continued_values(document: Document, *, name: str) -> None:
    """Refuse a line that continues the value above it, except in a nested block."""
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


def start_with_comments(section: Section, lines: Sequence[str]) -> int:
    """Return the index of the first comment right above a section's header, or the header's."""
    start = section.line - 1
    while start and lines[start - 1].strip() and not carries_text(lines[start - 1]):
        start -= 1
    return start
