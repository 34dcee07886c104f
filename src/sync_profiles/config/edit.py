"""Write session names into a file's text: the planned lines change, and every other byte stays.

What comes out is proved before it is handed over: botocore's parser must read the same settings
from both texts but for the planned names, and taking the changed lines back must give the old text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from sync_profiles.config.changes import headers_of
from sync_profiles.config.document import parse_document
from sync_profiles.config.layout import OptionPlace, SectionPlace, find_sections
from sync_profiles.config.lines import (
    OptionLine,
    ending_of,
    indent_of,
    parse_option_line,
    split_lines,
    usual_ending,
)
from sync_profiles.config.proof import prove_lossless, prove_same_meaning, read_settings
from sync_profiles.errors import EditRefused
from sync_profiles.model import SESSION_NAME_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_profiles.config.changes import ChangedLine
    from sync_profiles.config.document import Document

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_ANCHOR_KEYS = ("role_arn", "source_profile", "credential_source")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameEdit:
    """One `role_session_name` line to insert or rewrite.

    `section` is the header's text between the brackets: `profile admin`, `profile "a b"`.
    """

    section: str
    session_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A text with the planned session names, and the lines in which it differs from the old one."""

    text: str
    lines: tuple[ChangedLine, ...] = ()


def edit_session_names(text: str, edits: Sequence[NameEdit]) -> str:
    """Return text in which only the planned session names differ, as `edit_text` does."""
    return edit_text(text, edits).text


def edit_text(text: str, edits: Sequence[NameEdit], *, parsed: Document | None = None) -> Edited:
    r"""Return text in which only the planned session names differ; every other byte is kept.

    `text` holds the file's own line endings (`\r\n`, `\n`, `\r`); undecodable bytes may stand in
    it as surrogates. The order of the edits does not matter. A name that a section already has is
    no change. A rewritten line keeps all but its value. An inserted line follows the style of the
    section's settings. `parsed` is text as `parse_document` reads it, where that is done already.

    Raises EditRefused where botocore cannot parse text, a section does not exist, its name goes
    over several lines, a name is no session name or stands against another one for its section, or
    the proof fails.
    """
    names = _planned_names(edits)
    if not names:
        return Edited(text=text)
    # written before the old text is read for the proof: each of the two takes much memory
    try:
        parsed = parse_document(text) if parsed is None else parsed
        new = _write_names(text, names, parsed)
    except EditRefused:
        read_settings(text)  # where botocore reads nothing, that is the reason
        raise
    settings = read_settings(text)
    for section in names:
        if section not in settings.sections:  # [DEFAULT], which is none
            raise _no_section(section)
    if new == text:
        return Edited(text=text)
    prove_same_meaning(settings, new, names)
    return Edited(text=new, lines=tuple(prove_lossless(text, new, headers=headers_of(parsed))))


def _planned_names(edits: Sequence[NameEdit]) -> dict[str, str]:
    names: dict[str, str] = {}
    for edit in edits:
        if _SESSION_NAME.fullmatch(edit.session_name) is None:
            raise EditRefused(
                f"the name for section `[{edit.section}]` cannot be a session name",
                hint="a session name has 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ -",
            )
        if names.setdefault(edit.section, edit.session_name) != edit.session_name:
            raise EditRefused(f"two session names are planned for section `[{edit.section}]`")
    return names


def _write_names(text: str, names: Mapping[str, str], parsed: Document) -> str:
    lines = split_lines(text)
    places = find_sections(parsed, names)
    out = list(lines)  # each line's place holds what stands there afterwards
    for section, name in names.items():
        place = places.get(section)
        if place is None:
            raise _no_section(section)
        existing = next((o for o in place.options if o.key == SESSION_NAME_KEY), None)
        if existing is None:
            _insert(out, lines, place, name)
        else:
            if len(existing.lines) > 1:
                # an indented line below a name is most often a setting that it has swallowed
                raise EditRefused(
                    f"the session name of section `[{section}]` goes over several lines; "
                    "nothing was written",
                    hint="start the lines below it without blanks, or correct the value by hand",
                )
            number = existing.lines[0]
            out[number] = _rewritten(lines[number], name)
    return "".join(out)


def _no_section(section: str) -> EditRefused:
    return EditRefused(f"the file has no section `[{section}]`; nothing was written")


def _rewritten(line: str, name: str) -> str:
    option = _option_line(line)
    after = option.after or ("" if option.value else _one_blank(option.before))
    start = f"{option.indent}{option.key}{option.before}{option.delimiter}{after}"
    return f"{start}{name}{option.tail}{option.ending}"


def _insert(out: list[str], lines: Sequence[str], place: SectionPlace, name: str) -> None:
    if place.options:
        anchor = _anchor(place.options)
        above = anchor.lines[-1]
        new = _styled_like(lines, place.options, anchor) + name
    else:
        above = place.header
        new = f"{_indent_below_header(lines, place)}{SESSION_NAME_KEY} = {name}"
    ending = ending_of(lines[above])
    out[above] += new + ending if ending else usual_ending(lines) + new


def _anchor(options: Sequence[OptionPlace]) -> OptionPlace:
    """Return the option below which a new line stands best."""
    by_key = {option.key: option for option in options}
    for key in _ANCHOR_KEYS:
        if key in by_key:
            return by_key[key]
    run = takewhile(lambda pair: pair[1].lines[0] == pair[0].lines[-1] + 1, pairwise(options))
    return [options[0], *(option for _, option in run)][-1]


def _styled_like(lines: Sequence[str], options: Sequence[OptionPlace], anchor: OptionPlace) -> str:
    """Return the new line up to its value: the anchor's indentation, key case and delimiter.

    The anchor's indentation is what keeps the new line from continuing the option above, and
    the lines below from continuing the new one.
    """
    all_lines = [_option_line(lines[option.lines[0]]) for option in options]
    model = all_lines[options.index(anchor)]
    key = SESSION_NAME_KEY
    if all(line.key.isupper() for line in all_lines):
        key = key.upper()
    # a nested block's first line does not show what stands between a delimiter and a value
    shown = [line for line in all_lines if line.value]
    if not shown:
        after = model.after or _one_blank(model.before)
        return f"{model.indent}{key}{model.before}{model.delimiter}{after}"
    spacing = model if model.value else shown[0]
    before, after = spacing.before, spacing.after
    if len({(line.before, line.delimiter, line.after) for line in shown}) > 1:
        # padded into columns, or mixed: more than one blank is somebody's alignment
        before, after = _one_blank(before), _one_blank(after)
    return f"{model.indent}{key}{before}{spacing.delimiter}{after}"


def _indent_below_header(lines: Sequence[str], place: SectionPlace) -> str:
    """Return an indentation at which the next header does not continue the new line."""
    headers = [place.header] if place.next_header is None else [place.header, place.next_header]
    return max((indent_of(lines[header]) for header in headers), key=len)


def _one_blank(spacing: str) -> str:
    return spacing if len(spacing) <= 1 else " "


def _option_line(line: str) -> OptionLine:
    parsed = parse_option_line(line)
    if parsed is None:
        raise EditRefused("a setting of the file cannot be found again; nothing was written")
    return parsed
