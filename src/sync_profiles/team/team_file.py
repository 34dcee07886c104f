"""Find what keeps data from being a team's file; parse it once, and read it by section.

Each section is read as botocore reads it, together with the comments above it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from typing import NamedTuple, Self

from sync_profiles.config.document import Document, Section, parse_document
from sync_profiles.config.profiles import Profiles, profile_sections, read_profiles
from sync_profiles.config.section_names import PROFILE, SectionName, name_section, sections_by_name
from sync_profiles.config.syntax import carries_text, split_lines, text_of
from sync_profiles.config.usable_sources import leads_to_no_credentials
from sync_profiles.config.values import quote_key
from sync_profiles.model import SESSION_NAME_KEY, Problem
from sync_profiles.team.refusals import RefusalCode, problem
from sync_profiles.text import has_controls, is_invisible, name_character

LARGEST = 2 * 1024 * 1024
LONGEST_LINE = 10_000
_ALLOWED = "\t\r\n"
_HINT = "remove it from the team's file"
# https://www.unicode.org/reports/tr9/: marks, embeddings, overrides and isolates
_BIDIRECTIONAL = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_WITHOUT_ALLOWED = str.maketrans("", "", _ALLOWED)
#: how data begins that came in place of a team's file, with what it is and what to do
_IN_PLACE = (
    (
        re.compile(rb"\s*<(?:!doctype\s+html|html|head|\?xml)\b", re.IGNORECASE),
        "this is a web page, perhaps one to log in",
        "name the raw file, or a clone of its repository",
    ),
    (
        re.compile(rb"version https://git-lfs\.github\.com/"),
        "this is a pointer of Git LFS to the file",
        "name the file itself: in a clone, `git lfs pull` puts it in this place",
    ),
    (
        re.compile(rb"\s*(?:\{[{%#]|<%)"),
        "this is a template of a config file, of which a program makes the file itself",
        "name the file that the program makes",
    ),
    (
        re.compile(rb"\s*\{"),
        "this is not a config file: it begins as JSON does, such as the error of an API",
        "name the raw file, or a clone of its repository",
    ),
)
_MERGE = "merge the sections in the team's file"


def data_problems(data: bytes) -> Iterator[Problem]:
    """Yield what keeps data from being the text of a team's file.

    Line endings and a byte order mark are no problem; control characters are, but for tabs.
    Invisible characters are allowed in comments, except those that change the text's direction.
    """
    if len(data) > LARGEST:
        what = f"the file is larger than {LARGEST // 1024**2} MiB"
        hint = "this is not a team's file: name another source"
        yield problem(RefusalCode.TOO_LARGE, 1, what, hint)
        return
    for beginning, what, hint in _IN_PLACE:
        if beginning.match(data.removeprefix(b"\xef\xbb\xbf")) is not None:
            yield problem(RefusalCode.NO_SECTION, 1, what, hint)
            return
    # botocore takes a time for a header that grows with the square of its length
    for number, line_data in enumerate(data.splitlines(), start=1):
        if len(line_data) > LONGEST_LINE:
            what = f"the line is longer than {LONGEST_LINE:,} bytes"
            hint = "shorten or remove it in the team's file"
            yield problem(RefusalCode.TOO_LARGE, number, what, hint)
            return
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len((error.object[: error.start] + b".").splitlines())
        what = f"byte 0x{error.object[error.start]:02x} is not UTF-8"
        yield problem(RefusalCode.NOT_UTF8, line, what, "save it as UTF-8")
        return
    for number, line_text in enumerate(split_lines(text), start=1):
        yield from _character_problems(number, line_text)


def _character_problems(number: int, text: str) -> Iterator[Problem]:
    """Yield the first character that must not be in a line, of either kind."""
    if text.isascii() and text.translate(_WITHOUT_ALLOWED).isprintable():
        return
    control = next((c for c in text if c not in _ALLOWED and has_controls(c)), None)
    if control is not None:
        what = f"{name_character(control)} is not allowed"
        yield problem(RefusalCode.CONTROL_CHARACTER, number, what, _HINT)
    # it makes a line look different from what the AWS CLI reads
    refused = is_invisible if carries_text(text) else _BIDIRECTIONAL.__contains__
    invisible = next(filter(refused, text), None)
    if invisible is not None:
        what = f"{name_character(invisible)} is not allowed"
        yield problem("invisible-character", number, what, _HINT)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFile:
    """A team's file that may be imported: its name for messages, and its content."""

    name: str
    content: Content

    def sources(self) -> list[str]:
        """Return the source profiles that have no credentials in the file, in order."""
        profiles = self.content.profiles.by_name
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


def structure_problems(content: Content) -> Iterator[Problem]:
    """Yield what keeps a section from taking effect, or a setting from having one line.

    Nested blocks may have several lines. Without such problems, a line can be left out or changed
    without changing the meaning of others.
    """
    document = content.document
    for refused in document.problems:
        yield problem(refused.code, refused.line, refused.message, refused.hint)
    if document.defaults.line:
        yield problem(
            RefusalCode.DEFAULT_SECTION,
            document.defaults.line,
            "`[DEFAULT]` would leak its keys into all your profiles",
            "give the keys to each profile",
        )
    if not document.sections:
        hint = "name a team's config file"
        yield problem(RefusalCode.NO_SECTION, 1, "the file has no section", hint)
    for hidden in profile_sections(document)[1]:
        yield replace(hidden, hint=_MERGE)
    yield from _hidden_sections(document)
    for section in document.sections.values():
        if content.lines[section.line - 1][0] != "[":
            yield problem(
                RefusalCode.INDENTED_HEADER,
                section.line,
                "the header is indented, and would continue the value above the block",
                "start each header at the beginning of its line",
            )
    yield from _continued_values(document)


def _hidden_sections(document: Document) -> Iterator[Problem]:
    """Yield the sso-session or services sections that others hide; `Profiles` has the profiles."""
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
