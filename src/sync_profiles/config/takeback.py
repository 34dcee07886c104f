"""Take our session names out of a text that was edited since; the rest stays to the byte.

A changed line is found again by its section. What comes out is proved as an edit is: botocore must
read everything else as before, and session names alone may differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from sync_profiles.config.changes import changes_either_way
from sync_profiles.config.edit import NameEdit, edit_session_names
from sync_profiles.config.layout import (
    SESSION_NAME_KEY,
    ending_of,
    find_sections,
    parse_option_line,
    split_lines,
    text_of,
)
from sync_profiles.config.proof import Settings, prove_same_meaning, read_settings
from sync_profiles.errors import EditRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.config.changes import ChangedLine
    from sync_profiles.config.layout import SectionPlace

_LINE_BREAKS = ("\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionChange:
    """What we changed in one section: the lines that it got, and those that it had; no breaks.

    `broke_line` says that the file had no newline at its end, and got one in front of our line.
    """

    section: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    broke_line: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Which of our changes stand in a text, and which were changed since.

    What is already as it was before, or gone with its section, is in neither. `touched` has
    sections, or lines for what is no session name of a section.
    """

    changes: tuple[SectionChange, ...]
    touched: tuple[str, ...]


def find_standing(text: str, lines: Sequence[ChangedLine]) -> Standing:
    """Find our changes again; raise EditRefused where botocore cannot parse text."""
    read_settings(text)
    text_lines = split_lines(text)
    places = find_sections(text_lines, {line.section for line in lines if line.section})
    changes = []
    touched = []
    for section, group in groupby(lines, key=lambda line: line.section):
        members = list(group)
        change = _section_change(section, members)
        if change is None:
            touched.append(f"line {members[0].line}" if section is None else f"[{section}]")
        elif change.section in places:
            now = _session_name_lines(text_lines, places[change.section])
            if now is not None and _meaning(now) == _meaning(change.after):
                changes.append(change)
            elif now is None or _meaning(now) != _meaning(change.before):
                touched.append(f"[{section}]")
    return Standing(changes=tuple(changes), touched=tuple(touched))


def take_back(text: str, changes: Sequence[SectionChange]) -> str:
    """Return text with what stood before in place of the changes, all of which stand in it.

    Raises EditRefused where the proof fails.
    """
    settings = read_settings(text)
    lines = split_lines(text)
    places = find_sections(lines, {change.section for change in changes})
    out = list(lines)
    returning = []
    for change in changes:
        if not change.after:
            returning.append(_edit(change))
            continue
        numbers = _option_lines(places[change.section])
        _put_back(out, lines, range(numbers[0], numbers[-1] + 1), change)
    new = edit_session_names("".join(out), returning)
    names = {change.section: _value(change, settings) for change in changes}
    prove_same_meaning(settings, new, names)
    changes_either_way(text, new)
    return new


def _section_change(section: str | None, lines: Sequence[ChangedLine]) -> SectionChange | None:
    """Return a section's change, None where it is not that of one session name, in one piece."""
    if section is None:
        return None
    for above, below in pairwise(lines):
        if below.line != above.line + (above.after is not None):
            return None
    before = tuple(line.before for line in lines if line.before is not None)
    after = tuple(line.after for line in lines if line.after is not None)
    change = SectionChange(
        section=section,
        before=tuple(text.strip("\r\n") for text in before),
        after=tuple(text.strip("\r\n") for text in after),
        broke_line=any(text.startswith(_LINE_BREAKS) for text in after),
    )
    is_name = all(_is_session_name(texts[0]) for texts in (change.before, change.after) if texts)
    return change if is_name else None


def _session_name_lines(lines: Sequence[str], place: SectionPlace) -> tuple[str, ...] | None:
    """Return a section's session name as it stands, None where something stands in between."""
    numbers = _option_lines(place)
    if any(below != above + 1 for above, below in pairwise(numbers)):
        return None
    return tuple(text_of(lines[number]) for number in numbers)


def _option_lines(place: SectionPlace) -> tuple[int, ...]:
    found = (option.lines for option in place.options if option.key == SESSION_NAME_KEY)
    return next(found, ())


def _put_back(out: list[str], lines: Sequence[str], ours: range, change: SectionChange) -> None:
    first, last = ours[0], ours[-1]
    its_ending = ending_of(lines[last])
    out[first : last + 1] = [""] * len(ours)
    if change.before:
        line_break = ending_of(lines[first]) or _ending_above(lines, first)
        out[first] = line_break.join(change.before) + its_ending
    elif change.broke_line and not its_ending:
        out[first - 1] = text_of(out[first - 1])


def _ending_above(lines: Sequence[str], number: int) -> str:
    return ending_of(lines[number - 1])  # a header, at least, stands above


def _edit(change: SectionChange) -> NameEdit:
    return NameEdit(section=change.section, session_name=_parsed(change.before))


def _value(change: SectionChange, settings: Settings) -> str:
    """Return what botocore is to read as a section's session name after the take-back."""
    return _parsed(change.before) if change.before else settings.defaults.get(SESSION_NAME_KEY, "")


def _parsed(texts: Sequence[str]) -> str:
    section = read_settings("\n".join(("[section]", *texts))).sections["section"]
    if list(section) != [SESSION_NAME_KEY]:
        raise EditRefused("the undo record holds more than a session name; nothing was written")
    return section[SESSION_NAME_KEY]


def _meaning(texts: Sequence[str]) -> list[str]:
    """Return the value that lines of an option give, whatever the spacing around it."""
    option = parse_option_line(texts[0]) if texts else None
    return [] if option is None else [option.value, *(text.strip() for text in texts[1:])]


def _is_session_name(text: str) -> bool:
    option = parse_option_line(text)
    return option is not None and option.key.lower() == SESSION_NAME_KEY
