"""Edit the session names of a document: the planned lines change, and every other byte stays.

An edit works on the lines of ConfigUpdater's blocks and returns what it changed. The result is
proved before it is handed over: botocore's parser must read the same settings from both texts
except for the planned names, and undoing the changed lines must give the old text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING

from sync_profiles.config.document import Document, Section
from sync_profiles.config.proof import cannot_be_parsed, prove_lossless, prove_same_meaning
from sync_profiles.config.syntax import (
    Option,
    OptionLine,
    ending_of,
    indent_of,
    parse_option_line,
    split_lines,
    text_of,
    usual_ending,
)
from sync_profiles.errors import EditRefused
from sync_profiles.model import SESSION_NAME_KEY, ChangedLine
from sync_profiles.planning.session_name import SESSION_NAME_RULE, is_session_name

if TYPE_CHECKING:
    from configupdater.section import Section as SectionBlock

_ANCHOR_KEYS = ("role_arn", "source_profile", "credential_source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A text with the planned session names, and the lines in which it differs from the old one."""

    text: str
    lines: tuple[ChangedLine, ...] = ()


def edit_document(document: Document, names: Mapping[str, str]) -> Edited:
    """Write session names into a document; every other byte is kept.

    `names` has them by the text of the section's header: `profile admin`, `profile "a b"`. A name
    that a section already has is no change. A rewritten line keeps all but its value. An inserted
    line follows the style of the section's settings. The document is empty afterwards.

    Raises EditRefused where botocore cannot parse the document, a section does not exist, its name
    spans several lines, a name is not a session name, or the proof fails.
    """
    if not names:
        return Edited(text=document.text)
    editor = NameEditor(document)
    for header, name in names.items():
        if not is_session_name(name):
            raise EditRefused(
                f"the name for section `[{header}]` cannot be a session name",
                hint=f"a session name has {SESSION_NAME_RULE}",
            )
        editor.set_name(header, name)
    return editor.finish(names)


class NameEditor:
    """Edits the lines of a document, at most one in each section; `finish` proves the result."""

    def __init__(self, document: Document) -> None:
        if not document.is_parsable:
            raise cannot_be_parsed()
        self._document = document
        self._old = document.text
        #: line number in the old text, text before, text after, section
        self._changes: list[tuple[int, str | None, str | None, str]] = []

    def set_name(self, header: str, name: str) -> None:
        """Rewrite or insert the line of a section's session name."""
        section = self._document.sections.get(header)
        if section is None:
            raise EditRefused(f"the file has no section `[{header}]`; nothing was written")
        option = section.options.get(SESSION_NAME_KEY)
        if option is None:
            self._insert(section, name)
        elif len(option.block.lines) > 1:
            # an indented line below a name is most often a setting that it has swallowed
            raise EditRefused(
                f"the session name of section `[{header}]` spans several lines; "
                "nothing was written",
                hint="remove the indentation of the lines below it, or correct the value by hand",
            )
        else:
            self.set_line(header, _rewritten(option.block.lines[0], name))

    def set_line(self, header: str, text: str) -> None:
        """Replace the one line of a section's session name; its line break stays."""
        option = self._document.sections[header].options[SESSION_NAME_KEY]
        line = option.block.lines[0]
        if text_of(line) == text:
            return
        option.block.lines[0] = text + ending_of(line)
        self._record(option.line, before=text_of(line), after=text, section=header)

    def remove_line(self, header: str, *, with_break_above: bool) -> None:
        """Remove the one line of a section's session name.

        `with_break_above` also removes the line break above it, if the line has none of its own.
        """
        section = self._document.sections[header]
        option = section.options[SESSION_NAME_KEY]
        line = option.block.lines.pop()
        if with_break_above and not ending_of(line):
            above = _lines_above(section, option)
            line = ending_of(above[-1]) + line
            above[-1] = text_of(above[-1])
        self._record(option.line, before=line, after=None, section=header)

    def finish(self, names: Mapping[str, str | None]) -> Edited:
        """Return the new text and its changed lines, proved; the document is empty afterwards.

        `names` are the session names that the sections have now; None for no line of their own.
        """
        new = self._document.edited_text
        self._document.release()  # before the proof, which needs as much memory
        if new == self._old:
            return Edited(text=new)
        lines = []
        shift = 0  # lines inserted so far, less those removed
        for line, before, after, section in sorted(self._changes, key=itemgetter(0)):
            lines.append(
                ChangedLine(line=line + shift, before=before, after=after, section=section)
            )
            shift += (before is None) - (after is None)
        prove_same_meaning(self._old, new, names)
        prove_lossless(self._old, new, lines)
        return Edited(text=new, lines=tuple(lines))

    def _insert(self, section: Section, name: str) -> None:
        assert section.block is not None  # noqa: S101 - only `[DEFAULT]` has none
        options = list(section.options.values())
        if options:
            anchor = _anchor(options)
            lines, line = anchor.block.lines, anchor.line
            new = _styled_like(options, anchor) + name
        else:
            lines, line = section.block.lines, section.line
            new = f"{self._indent_below(section.block)}{SESSION_NAME_KEY} = {name}"
        ending = ending_of(lines[-1])
        # the last line of a file may have none
        inserted = new + ending if ending else usual_ending(split_lines(self._old)) + new
        number = line + len(lines)
        lines.append(inserted)
        self._record(number, before=None, after=inserted, section=section.name)

    def _indent_below(self, header: SectionBlock) -> str:
        """Return an indentation at which the next header does not continue the new line."""
        below = self._headers_below.get(id(header), header)
        return max((indent_of(block.lines[0]) for block in (header, below)), key=len)

    @cached_property
    def _headers_below(self) -> dict[int, SectionBlock]:
        blocks = self._document.blocks.section_blocks()
        return {id(block): below for block, below in pairwise(blocks)}

    def _record(self, line: int, *, before: str | None, after: str | None, section: str) -> None:
        self._changes.append((line, before, after, section))


def _lines_above(section: Section, option: Option) -> list[str]:
    """Return the lines of the block above an option that has none of its own any more."""
    assert section.block is not None  # noqa: S101 - only `[DEFAULT]` has none
    above = takewhile(lambda block: block is not option.block, section.block.iter_blocks())
    return [lines for block in (section.block, *above) if (lines := block.lines)][-1]


def _rewritten(line: str, name: str) -> str:
    option = _option_line(line)
    after = option.after or ("" if option.value else _one_blank(option.before))
    return "".join(option._replace(after=after, value=name, ending=""))


def _anchor(options: Sequence[Option]) -> Option:
    """Return the option below which a new line fits best."""
    by_key = {option.key: option for option in options}
    for key in _ANCHOR_KEYS:
        if key in by_key:
            return by_key[key]
    run = takewhile(
        lambda pair: pair[1].line == pair[0].line + len(pair[0].block.lines), pairwise(options)
    )
    return [options[0], *(option for _, option in run)][-1]


def _styled_like(options: Sequence[Option], anchor: Option) -> str:
    """Return the new line up to its value: the anchor's indentation, key case and delimiter.

    The anchor's indentation is what keeps the new line from continuing the option above, and
    the lines below from continuing the new one.
    """
    all_lines = [_option_line(option.block.lines[0]) for option in options]
    model = all_lines[options.index(anchor)]
    key = SESSION_NAME_KEY
    if all(line.key.isupper() for line in all_lines):
        key = key.upper()
    # a nested block's first line does not show the spacing between a delimiter and a value
    shown = [line for line in all_lines if line.value]
    if not shown:
        after = model.after or _one_blank(model.before)
        return f"{model.indent}{key}{model.before}{model.delimiter}{after}"
    spacing = model if model.value else shown[0]
    before, after = spacing.before, spacing.after
    if len({(line.before, line.delimiter, line.after) for line in shown}) > 1:
        # padded into columns, or mixed: more than one blank is alignment
        before, after = _one_blank(before), _one_blank(after)
    return f"{model.indent}{key}{before}{spacing.delimiter}{after}"


def _one_blank(spacing: str) -> str:
    return spacing if len(spacing) <= 1 else " "


def _option_line(line: str) -> OptionLine:
    parsed = parse_option_line(line)
    if parsed is None:  # pragma: no cover - ConfigUpdater's options have a delimiter
        raise EditRefused("a setting of the file cannot be found again; nothing was written")
    return parsed
