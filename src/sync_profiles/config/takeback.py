"""Take our session names out of a text that was edited since; the rest stays to the byte.

A changed line is found again by its section. What comes out is proved as an edit is: botocore must
read everything else as before, and session names alone may differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sync_profiles.config.changes import changes_either_way
from sync_profiles.config.document import parse_document
from sync_profiles.config.edit import NameEdit, edit_session_names
from sync_profiles.config.layout import find_sections
from sync_profiles.config.lines import ending_of, parse_option_line, split_lines, text_of
from sync_profiles.config.proof import Settings, prove_same_meaning, read_settings
from sync_profiles.errors import EditRefused
from sync_profiles.model import SESSION_NAME_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.config.changes import ChangedLine
    from sync_profiles.config.layout import SectionPlace

_LINE_BREAKS = ("\r", "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionChange:
    """What we changed in one section: the line that it has, and the one that it had; no breaks.

    None is for no line. `broke_line` says that the file had no newline at its end, and got one in
    front of our line.
    """

    section: str
    before: str | None
    after: str | None
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
    places = find_sections(parse_document(text), {line.section for line in lines if line.section})
    changes = []
    touched = []
    for section, group in groupby(lines, key=lambda line: line.section):
        members = list(group)
        change = _section_change(section, members)
        if change is None:
            touched.append(f"line {members[0].line}" if section is None else f"[{section}]")
        elif change.section in places:
            numbers = _name_lines(places[change.section])
            now = text_of(text_lines[numbers[0]]) if numbers else None
            is_one_line = len(numbers) <= 1
            if is_one_line and _meaning(now) == _meaning(change.after):
                changes.append(change)
            elif not is_one_line or _meaning(now) != _meaning(change.before):
                touched.append(f"[{section}]")
    return Standing(changes=tuple(changes), touched=tuple(touched))


def take_back(text: str, changes: Sequence[SectionChange]) -> str:
    """Return text with what stood before in place of the changes, all of which stand in it.

    Raises EditRefused where the proof fails.
    """
    settings = read_settings(text)
    lines = split_lines(text)
    places = find_sections(parse_document(text), {change.section for change in changes})
    out = list(lines)
    returning = []
    for change in changes:
        if change.after is None:
            returning.append(NameEdit(section=change.section, session_name=_parsed(change.before)))
        else:
            _put_back(out, _name_lines(places[change.section])[0], change)
    new = edit_session_names("".join(out), returning)
    names = {change.section: _value(change, settings) for change in changes}
    prove_same_meaning(settings, new, names)
    changes_either_way(text, new)
    return new


def _section_change(section: str | None, lines: Sequence[ChangedLine]) -> SectionChange | None:
    """Return a section's change, None where it is not that of one session name's line."""
    if section is None or len(lines) != 1:
        return None
    [line] = lines
    before, after = (
        None if text is None else text.strip("\r\n") for text in (line.before, line.after)
    )
    if not all(_is_session_name(text) for text in (before, after) if text is not None):
        return None
    broke_line = line.after is not None and line.after.startswith(_LINE_BREAKS)
    return SectionChange(section=section, before=before, after=after, broke_line=broke_line)


def _name_lines(place: SectionPlace) -> tuple[int, ...]:
    """Return where a section's session name stands, nothing where it has none."""
    found = (option.lines for option in place.options if option.key == SESSION_NAME_KEY)
    return next(found, ())


def _put_back(out: list[str], number: int, change: SectionChange) -> None:
    its_ending = ending_of(out[number])
    if change.before is not None:
        out[number] = change.before + its_ending
        return
    out[number] = ""
    if change.broke_line and not its_ending:
        out[number - 1] = text_of(out[number - 1])


def _value(change: SectionChange, settings: Settings) -> str:
    """Return what botocore is to read as a section's session name after the take-back."""
    if change.before is None:
        return settings.defaults.get(SESSION_NAME_KEY, "")
    return _parsed(change.before)


def _parsed(line: str | None) -> str:
    section = read_settings(f"[section]\n{line or ''}").sections["section"]
    if list(section) != [SESSION_NAME_KEY]:
        raise EditRefused("the undo record holds more than a session name; nothing was written")
    return section[SESSION_NAME_KEY]


def _meaning(line: str | None) -> str | None:
    """Return the value that an option's line gives, whatever the spacing around it."""
    option = None if line is None else parse_option_line(line)
    return None if option is None else option.value


def _is_session_name(text: str) -> bool:
    option = parse_option_line(text)
    return option is not None and option.key.lower() == SESSION_NAME_KEY
