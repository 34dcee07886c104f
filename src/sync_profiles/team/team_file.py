"""Parse a team's file once, read it by section, and find what keeps a section from its effect.

Each section is read as botocore reads it, together with the comments above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import NamedTuple, Self

from sync_profiles.config.chains import leads_to_no_credentials
from sync_profiles.config.document import Document, Section, parse_document
from sync_profiles.config.profiles import Profiles, profile_sections, read_profiles
from sync_profiles.config.section_names import PROFILE, SectionName, name_section, sections_by_name
from sync_profiles.config.syntax import carries_text, split_lines, text_of
from sync_profiles.config.values import quote_key
from sync_profiles.model import SESSION_NAME_KEY, Problem
from sync_profiles.team.refusals import problem

#: a section that the AWS CLI takes by its header
PLUGINS = "plugins"
_MERGE = "merge the sections in the team's file"


def is_comment(line: str) -> bool:
    """Return whether a line has nothing but a comment."""
    return bool(line.strip()) and not carries_text(line)


class LineOwner(NamedTuple):
    """The option that a line belongs to: its first line has the key, its only one is the whole."""

    section: str
    key: str
    is_first: bool
    is_whole: bool


@dataclass(frozen=True, kw_only=True)  # no slots, because `document` is cached
class Content:
    """Lines without their endings; their numbers count from 1.

    `origins` are the numbers of the team's lines that they are made of, if these are others.
    """

    lines: tuple[str, ...]
    origins: tuple[int, ...] = ()

    @classmethod
    def of(cls, numbered: Sequence[tuple[int, str]]) -> Self:
        """Return the content of lines that come with the numbers of the team's lines."""
        origins, lines = zip(*numbered, strict=True) if numbered else ((), ())
        return cls(lines=lines, origins=origins)

    @property
    def numbered(self) -> Iterator[tuple[int, str]]:
        """The lines with the numbers of the team's lines."""
        return zip(self.origins or count(1), self.lines, strict=False)

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
            number: LineOwner(section.name, option.key, number == option.line, is_whole)
            for section in self.document.sections.values()
            for option in section.options.values()
            for is_whole in [not any(text for text, _ in option.below)]
            for number in option.lines
            if carries_text(self.lines[number - 1])
        }

    @cached_property
    def sections(self) -> Mapping[SectionName, Section]:
        """The sections by the names that botocore takes from their headers."""
        return sections_by_name(self.document.sections)

    @cached_property
    def spans(self) -> Mapping[str, range]:
        """The lines of each section and of the comments above it, from 0, by its header."""
        starts = [self._start_with_comments(s) for s in self.document.sections.values()]
        stops = [*starts[1:], len(self.lines)]
        return dict(zip(self.document.sections, map(range, starts, stops), strict=True))

    @property
    def head(self) -> Sequence[str]:
        """The lines above the first section and its comments."""
        return self.lines[: min((span.start for span in self.spans.values()), default=None)]

    def _start_with_comments(self, section: Section) -> int:
        start = section.line - 1
        while start and is_comment(self.lines[start - 1]):
            start -= 1
        return start

    def lines_of(self, section: Section) -> list[str]:
        """Return a section's lines with the comments above it, without blank ones at its end."""
        return without_blank_end([self.lines[index] for index in self.spans[section.name]])

    def sources(self) -> list[str]:
        """Return the source profiles that have no credentials in the lines, in order."""
        profiles = self.profiles.by_name
        named = (p.text("source_profile") for p in profiles.values() if p.is_assume_role)
        return [
            name
            for name in dict.fromkeys(named)
            if name and (name not in profiles or leads_to_no_credentials(profiles[name]))
        ]


def values_of(section: Section | None) -> dict[str, str]:
    """Return a section's settings but for its session name, which the sync writes in one line."""
    options = {} if section is None else section.options
    return {
        key: option.value
        for key, option in options.items()
        if key != SESSION_NAME_KEY or "\n" in option.value
    }


def without_blank_end(lines: list[str]) -> list[str]:
    """Return the lines without the blank ones at their end."""
    stop = max((number for number, line in enumerate(lines, start=1) if line.strip()), default=0)
    return lines[:stop]


def read_content(data: bytes) -> Content:
    """Return the lines of data that is UTF-8, without the blank ones at their end."""
    lines = [text_of(line) for line in split_lines(data.decode("utf-8-sig"))]
    return Content(lines=tuple(without_blank_end(lines)))


def missing_profiles(content: Content) -> Iterator[Problem]:
    """Yield that the AWS CLI reads no section of a file."""
    what, hint = "the file has no section", "name a team's config file"
    lines = [section.line for section in content.document.sections.values()]
    if lines:
        what = "the file has no profile: a profile's header is `[profile NAME]`"
        hint = "write `[profile NAME]` in place of each `[NAME]`"
    if not any(named.kind or named.name == PLUGINS for named in content.sections):
        yield problem("no-section", min(lines, default=1), what, hint)


def structure_problems(content: Content) -> Iterator[Problem]:
    """Yield what keeps a section from taking effect, or a setting from having one line.

    Nested blocks may have several lines. Without such problems, a line can be left out or changed
    without changing the meaning of others.
    """
    document = content.document
    yield from document.problems
    if document.defaults.line:
        yield problem(
            "default-section",
            document.defaults.line,
            "`[DEFAULT]` would leak its keys into all your profiles",
            "give the keys to each profile",
        )
    for hidden in profile_sections(document)[1]:
        yield replace(hidden, hint=_MERGE)
    yield from _hidden_sections(document)
    for section in document.sections.values():
        if content.lines[section.line - 1][0] != "[":
            yield problem(
                "indented-header",
                section.line,
                "the header is indented, and would continue the value above the block",
                "start each header at the beginning of its line",
            )
    yield from _continued_values(document)


def _hidden_sections(document: Document) -> Iterator[Problem]:
    """Yield the `sso-session` and `services` sections that a later one of their name hides."""
    first: dict[SectionName, Section] = {}
    for section in document.sections.values():
        named = name_section(section.name)
        earlier = first.setdefault(named, section)
        if earlier is not section and named.kind != PROFILE:
            what = f"`[{earlier.name}]` is hidden by `[{section.name}]`"
            yield problem("hidden-section", earlier.line, what, _MERGE)


def _continued_values(document: Document) -> Iterator[Problem]:
    """Yield the lines that continue the value above them, except in a nested block.

    A setting on the line of another one continues it as well.
    """
    for section in document.sections.values():
        for option in section.options.values():
            key = quote_key(option.key)
            if option.is_glued:
                yield problem(
                    "setting-after-value",
                    option.line,
                    f"another setting is on the line of {key}, and so part of its value",
                    "start each setting on a line of its own",
                )
            is_nested = option.is_nested  # which reads the whole value
            for text, number in option.below:
                if text and (text.startswith("[") or not is_nested):
                    yield problem(
                        "swallowed-line",
                        number,
                        f"the line is indented, and so belongs to the value of {key}",
                        "start each setting at the beginning of its line, and end it there",
                    )
