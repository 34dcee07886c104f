"""An INI text as Python's `RawConfigParser` reads it, with line numbers, and going on after errors.

botocore reads `~/.aws/config` and `~/.aws/credentials` with `RawConfigParser` and its defaults.
That parser says neither where a value stands nor what else is wrong after the first error; this
one takes the same decisions line by line and says both.  `IniFile.problems` is empty exactly
where botocore accepts the text.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field

DEFAULT_SECTION = "DEFAULT"
KEEP_COMMENT = "sync-profiles: keep"
#: the one problem at which botocore stops, and `RawConfigParser` does not
NESTED_BLOCK_INVALID = "nested-block-invalid"

_HEADER = re.compile(r"\[(?P<header>.+)\]")
_OPTION = re.compile(r"(?P<key>[^=:]*)[=:](?P<value>.*)")
_COMMENT_PREFIXES = ("#", ";")
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(slots=True, kw_only=True)
class IniOption:
    """One key with its value, as far as it goes over the lines below it.

    `further` are these lines, with their numbers; None where the value has one line, as most have.
    """

    key: str
    line: int
    first: str
    further: list[tuple[int, str]] | None = None

    @property
    def values(self) -> list[str]:
        """The lines of the value."""
        return [self.first, *(text for _, text in self.further or ())]

    @property
    def lines(self) -> list[int]:
        """The numbers of the lines that `values` stand in."""
        return [self.line, *(number for number, _ in self.further or ())]

    @property
    def value(self) -> str:
        """The value, its lines joined; it starts with a newline where its first line is empty."""
        return self.first if self.further is None else "\n".join(self.values).rstrip()

    @property
    def is_nested(self) -> bool:
        """Say whether botocore takes the value for a block of `key = value` lines."""
        return self.further is not None and self.value.startswith("\n")


@dataclass(slots=True, kw_only=True)
class IniSection:
    """One section: its header's text as it stands between the brackets, and its options.

    `repeated` are the lines of further headers with the same text.
    """

    name: str
    line: int
    repeated: list[int] = field(default_factory=list)
    options: dict[str, IniOption] = field(default_factory=dict)
    keep_name: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IniProblem:
    """Something for which botocore refuses the whole file; `code` is stable."""

    line: int
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IniFile:
    """The sections of a text in its order, `[DEFAULT]` apart, and why botocore refuses it."""

    sections: dict[str, IniSection]
    defaults: IniSection
    problems: tuple[IniProblem, ...]

    def options(self, section: IniSection) -> dict[str, IniOption]:
        """Return a section's options, then those that `[DEFAULT]` leaks into it."""
        leaks = self.defaults.options
        return section.options | leaks | section.options if leaks else section.options.copy()


EMPTY = IniFile(sections={}, defaults=IniSection(name=DEFAULT_SECTION, line=0), problems=())


def parse_ini(text: str) -> IniFile:
    """Read a text whose lines end in CRLF, LF or CR; never raises."""
    return _Parser().parse(text)


def split_lines(text: str) -> list[str]:
    """Return the lines as a file object in text mode yields them, without their endings."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class _Parser:
    def __init__(self) -> None:
        self.sections: dict[str, IniSection] = {}
        self.defaults = IniSection(name=DEFAULT_SECTION, line=0)
        self.problems: list[IniProblem] = []
        self.section: IniSection | None = None
        self.option: IniOption | None = None
        self.stray_line = 0

    def parse(self, text: str) -> IniFile:
        indent_level = 0
        for number, line in enumerate(split_lines(text), start=1):
            content = line.strip()
            if not content:
                self._go_on("", number)
                continue
            if content.startswith(_COMMENT_PREFIXES):
                self._read_comment(content)
                continue
            indent = len(line) - len(line.lstrip())
            if self.option is not None and indent > indent_level:
                self._go_on(content, number)
                continue
            indent_level = indent
            header = _HEADER.match(content)
            if header is not None:
                self._open_section(header["header"], number, content[header.end() :])
            elif self.section is None:
                self._refuse_stray_text(number, content)
            else:
                self._read_option(self.section, content, number)
        self._check_nested_blocks()
        problems = tuple(sorted(self.problems, key=lambda problem: problem.line))
        return IniFile(sections=self.sections, defaults=self.defaults, problems=problems)

    def _go_on(self, content: str, number: int) -> None:
        if self.option is not None:
            if self.option.further is None:
                self.option.further = []
            self.option.further.append((number, content))

    def _read_comment(self, content: str) -> None:
        if self.section is not None and _is_keep_comment(content):
            self.section.keep_name = True

    def _open_section(self, name: str, number: int, rest: str) -> None:
        self.option = None
        if name == DEFAULT_SECTION:
            self.section = self.defaults
            if self.defaults.line:
                self.defaults.repeated.append(number)
            self.defaults.line = self.defaults.line or number
            return
        first = self.sections.get(name)
        if first is None:
            self.section = IniSection(name=name, line=number)
            self.sections[name] = self.section
        else:
            self.section = first
            first.repeated.append(number)
            self._refuse(
                number,
                "duplicate-section",
                f"section `[{name}]` stands twice, first in line {first.line}",
                "merge the two sections into one",
            )
        if _is_keep_comment(rest.strip()):
            self.section.keep_name = True

    def _read_option(self, section: IniSection, content: str, number: int) -> None:
        match = _OPTION.match(content)
        if match is None:
            self._refuse(
                number,
                "no-delimiter",
                f"the line has no `=`, in section `[{section.name}]`",
                "write `key = value`, make it a comment with `#`, or take the line out",
            )
            return
        key = sys.intern(match["key"].rstrip().lower())  # a few words, in every section
        if not key:
            self.option = None
            self._refuse(
                number,
                "no-key",
                f"the line has no key before the `{content[0]}`, in section `[{section.name}]`",
                "write `key = value`, or take the line out",
            )
            return
        first = section.options.get(key)
        if first is not None:
            self._refuse(
                number,
                "duplicate-option",
                f"`{key}` stands twice in section `[{section.name}]`, first in line {first.line}",
                "take one of the two lines out",
            )
        self.option = IniOption(key=key, line=number, first=match["value"].strip())
        if first is None:
            section.options[key] = self.option

    def _refuse_stray_text(self, number: int, content: str) -> None:
        if number == 1 and content.startswith(_BYTE_ORDER_MARK):
            self._refuse(
                number,
                "byte-order-mark",
                "the file starts with a byte order mark",
                "save it as UTF-8 without BOM",
            )
            header = _HEADER.match(content.removeprefix(_BYTE_ORDER_MARK))
            if header is not None:
                self._open_section(header["header"], number, "")
        elif not self.stray_line:
            self.stray_line = number
            self._refuse(
                number,
                "text-before-section",
                "text stands before the first section",
                "put a header such as `[default]` above it, or take it out",
            )

    def _check_nested_blocks(self) -> None:
        sections = self.sections.values()
        for section in (self.defaults, *sections):
            for option in section.options.values():
                if section is self.defaults and all(option.key in own.options for own in sections):
                    continue  # nothing takes it, and so nothing trips over it
                if not option.is_nested:
                    continue
                if any("=" not in line for line in option.value.splitlines() if line.strip()):
                    self._refuse(
                        option.line,
                        NESTED_BLOCK_INVALID,
                        f"the lines below `{option.key}` in section `[{section.name}]` are not all "
                        "`key = value`",
                        f"write the value of `{option.key}` on its own line",
                    )

    def _refuse(self, line: int, code: str, message: str, hint: str) -> None:
        self.problems.append(IniProblem(line=line, code=code, message=message, hint=hint))


def _is_keep_comment(content: str) -> bool:
    return content.startswith(_COMMENT_PREFIXES) and (
        content.lstrip("#;").strip().casefold() == KEEP_COMMENT
    )
