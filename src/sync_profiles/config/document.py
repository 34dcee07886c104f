"""A config or credentials file as one document: read by ConfigUpdater, to be edited in place.

botocore reads both files with `RawConfigParser` and stops at the first error. Where ConfigUpdater
reads a file differently, this module decides as `RawConfigParser` does; and it goes on after an
error, so that all of them are reported. `Document.problems` is empty exactly where botocore
accepts the text.
"""

from __future__ import annotations

import configparser
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from configupdater import ConfigUpdater
from configupdater.option import Option as OptionBlock
from configupdater.parser import Parser
from configupdater.section import Section as SectionBlock

from sync_profiles.config.repairs import correct_problems
from sync_profiles.config.syntax import (
    COMMENT_PREFIXES,
    NESTED_BLOCK_INVALID,
    Option,
    carries_text,
    make_problem,
    split_lines,
    text_of,
)
from sync_profiles.known_keys import BLOCK_BEGIN, BLOCK_END
from sync_profiles.model import FileKind, Place, Problem

if TYPE_CHECKING:
    from configupdater.block import Block, Comment, Space

DEFAULT_SECTION = "DEFAULT"
KEEP_COMMENT = "sync-profiles: keep"
#: a person's reason may follow
_KEEPING = re.compile(r"[#;]+\s*sync-profiles\s*:\s*keep\b.*", re.IGNORECASE)

_BYTE_ORDER_MARK = "\ufeff"
#: at this error ConfigUpdater stops before it looks for values that go on below a blank line, which
#: takes the square of a section's size; `_read_section` looks for them
_NO_KEY = "=\n"


@dataclass(slots=True, kw_only=True)
class Section:
    """One section: the text between its header's brackets, and its options by their keys.

    `repeated` are the lines of further headers with the same text. `block` is the section in
    ConfigUpdater's document; None for `[DEFAULT]`, which may appear twice.
    """

    name: str
    place: Place
    block: SectionBlock | None = None
    repeated: list[int] = field(default_factory=list)
    options: dict[str, Option] = field(default_factory=dict)
    keep_name: bool = False

    @property
    def line(self) -> int:
        """The line of the header; 0 if there is none."""
        return self.place.line


@dataclass(slots=True, kw_only=True)
class Document:
    """The sections of a text in its order, `[DEFAULT]` apart, and why botocore refuses it.

    `text` is what was parsed. An edit changes the document in place: what is asked of it, such as
    its problems, is asked before.
    """

    text: str
    sections: dict[str, Section]
    defaults: Section
    problems: tuple[Problem, ...]
    blocks: ConfigUpdater

    @property
    def is_parsable(self) -> bool:
        """Whether `RawConfigParser` accepts the text."""
        return all(problem.code == NESTED_BLOCK_INVALID for problem in self.problems)

    @property
    def edited_text(self) -> str:
        """The text, to the byte, with the edits of the blocks."""
        return "".join(line for block in _flat(self.blocks) for line in block.lines)

    @property
    def all_sections(self) -> tuple[Section, ...]:
        """`[DEFAULT]`, which may be missing, and the sections."""
        return self.defaults, *self.sections.values()

    def release(self) -> None:
        """Free the sections, where only the text is needed any more.

        Garbage collection is off during a run, and the blocks refer to each other.
        """
        self.sections.clear()
        for section in self.blocks.section_blocks():
            section.structure.clear()
        self.blocks.structure.clear()

    def options(self, section: Section) -> dict[str, Option]:
        """Return a section's options, then those that `[DEFAULT]` leaks into it."""
        return section.options | self.defaults.options | section.options


def parse_document(text: str, kind: FileKind = FileKind.CONFIG) -> Document:
    """Read the text of a file, whose lines end in CRLF, LF or CR; never raises."""
    return _Reader(text, kind).read()


class _Reader:
    """One walk through the blocks that ConfigUpdater made, which counts the lines of the file."""

    def __init__(self, text: str, kind: FileKind) -> None:
        self.text = text
        self.kind = kind
        self.lines = split_lines(text)
        self.number = 1  # of the next block's first line
        self.sections: dict[str, Section] = {}
        self.defaults = Section(name=DEFAULT_SECTION, place=Place(kind, 0))
        self.problems: list[Problem] = []

    def read(self) -> Document:
        blocks = ConfigUpdater(strict=False, allow_no_value=True)
        with suppress(configparser.ParsingError):  # for lines without a key, reported below
            blocks.read_file([*self._readable_lines(), _NO_KEY])
        if isinstance(blocks.last_block, SectionBlock):
            blocks.last_block.structure.pop()  # of `_NO_KEY`
        for block in blocks.iter_blocks():
            line = self._restore_lines(block)
            if isinstance(block, SectionBlock):
                self._read_section(block, line)
        self._check_nested_blocks()
        problems = correct_problems(self.problems, self.lines) if self.problems else ()
        return Document(
            text=self.text,
            sections=self.sections,
            defaults=self.defaults,
            problems=problems,
            blocks=blocks,
        )

    def _readable_lines(self) -> list[str]:
        """Return the lines as ConfigUpdater reads them like `RawConfigParser`.

        Only comments may precede the first section, or ConfigUpdater stops there.
        """
        lines = list(map(_readable, self.lines))
        has_stray_text = False
        for index, line in enumerate(lines):
            if not carries_text(line):
                continue
            content = line.lstrip()
            if index == 0 and content.startswith(_BYTE_ORDER_MARK):
                self._refuse(1, "byte-order-mark")
                lines[0] = content = content.removeprefix(_BYTE_ORDER_MARK)
            elif Parser.SECTCRE.match(content) is None and not has_stray_text:
                has_stray_text = True
                self._refuse(index + 1, "text-before-section")
            if Parser.SECTCRE.match(content) is not None:
                break
            lines[index] = "\n"
        return lines

    def _restore_lines(self, block: Block) -> int:
        """Replace the lines of a block by those of the file; return the number of its first."""
        line = self.number
        self.number += len(block.lines)
        block.lines[:] = self.lines[line - 1 : self.number - 1]
        return line

    def _read_section(self, block: SectionBlock, line: int) -> None:
        section = self._open_section(block.name, line)
        if section is not self.defaults:
            section.block = section.block or block
            section.keep_name |= is_keep_comment(block.raw_comment) or self._is_kept_above(line)
        parts: list[OptionBlock | Comment | Space] = []
        above: OptionBlock | None = None
        below = 0  # how many of the parts end with that option
        is_own = True  # until an imported block begins or ends: its comments are not the section's
        for part in block.iter_blocks():
            number = self._restore_lines(part)
            for text in part.lines[isinstance(part, OptionBlock) :]:  # without the key's line
                is_own = is_own and not text.startswith((BLOCK_BEGIN, BLOCK_END))
                section.keep_name |= is_own and is_keep_comment(text)
            if isinstance(part, OptionBlock):
                above = part
                below = len(parts) + 1
                self._read_option(section, part, number)
            elif above is not None and any(map(carries_text, part.lines)):
                # ConfigUpdater leaves the lines of a value that are below a blank line here
                for between in parts[below:]:
                    above.lines.extend(between.lines)
                last = max(n for n, text in enumerate(part.lines, start=1) if carries_text(text))
                above.lines.extend(part.lines[:last])
                del parts[below:], part.lines[:last]
            parts.append(part)
        block.structure[:] = parts

    def _is_kept_above(self, line: int) -> bool:
        """Return whether the comments above a header, below a blank line, keep its name."""
        is_kept = False
        index = line - 2
        while index >= 0 and self.lines[index].startswith(COMMENT_PREFIXES):
            if self.lines[index].startswith((BLOCK_BEGIN, BLOCK_END)):
                return is_kept
            is_kept |= is_keep_comment(self.lines[index])
            index -= 1
        return is_kept and (index < 0 or not self.lines[index].strip())

    def _open_section(self, name: str, line: int) -> Section:
        if name == DEFAULT_SECTION:
            first = self.defaults
            if not first.line:
                first.place = Place(self.kind, line)
                return first
        elif name not in self.sections:
            self.sections[name] = Section(name=name, place=Place(self.kind, line))
            return self.sections[name]
        else:
            first = self.sections[name]
            self._refuse(line, "duplicate-section", section=name, first=first.line)
        first.repeated.append(line)
        return first

    def _read_option(self, section: Section, block: OptionBlock, line: int) -> None:
        key = sys.intern(block.raw_key.lower())  # a few words, in every section
        first = section.options.get(key)
        text = block.lines[0].strip()
        if not key:
            self._refuse(line, "no-key", delimiter=text[0], section=section.name)
        elif "=" not in text and ":" not in text:
            self._refuse(line, "no-delimiter", section=section.name)
        elif first is not None:
            self._refuse(line, "duplicate-option", key=key, section=section.name, first=first.line)
        else:
            section.options[key] = Option(key=key, place=Place(self.kind, line), block=block)

    def _check_nested_blocks(self) -> None:
        sections = self.sections.values()
        for section in (self.defaults, *sections):
            for option in section.options.values():
                if not option.is_nested:
                    continue
                if section is self.defaults and all(option.key in own.options for own in sections):
                    continue  # no section takes it, and so it stops none
                if any("=" not in line for line in option.value.splitlines() if line.strip()):
                    self._refuse(
                        option.line, NESTED_BLOCK_INVALID, key=option.key, section=section.name
                    )

    def _refuse(self, line: int, code: str, **words: object) -> None:
        self.problems.append(make_problem(code, Place(self.kind, line), **words))


def _readable(line: str) -> str:
    r"""Return a line with the ending `\n`, and without its indentation where it is a comment."""
    content = line.lstrip() if line.lstrip().startswith(COMMENT_PREFIXES) else line
    readable = f"{text_of(content)}\n"
    return line if readable == line else readable  # most are: no second copy of them is kept


def is_keep_comment(line: str) -> bool:
    """Return whether a line is the comment that keeps a section's session name."""
    return _KEEPING.fullmatch(line.strip()) is not None


def _flat(blocks: ConfigUpdater) -> Iterator[Block]:
    """Yield all blocks that have lines, in the order of the file."""
    for block in blocks.iter_blocks():
        yield block
        if isinstance(block, SectionBlock):
            yield from block.iter_blocks()


EMPTY = parse_document("")
