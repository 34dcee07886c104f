"""Take our session names back in a text that was edited since; the rest stays to the byte.

A changed line is found again by its section. What comes out is proved as an edit is: botocore must
read everything else as before, and session names alone may differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sync_profiles.config.edit import Edited, NameEditor
from sync_profiles.config.lines import parse_option_line, text_of
from sync_profiles.config.proof import cannot_be_parsed, read_settings
from sync_profiles.errors import EditRefused
from sync_profiles.model import SESSION_NAME_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.config.changes import ChangedLine
    from sync_profiles.config.document import Document

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
    """Which of our changes are in a text, and which were changed since.

    What is already as it was before, or gone with its section, is in neither. `touched` has
    sections, or lines for what is not the session name of a section.
    """

    changes: tuple[SectionChange, ...]
    touched: tuple[str, ...]


def find_standing(document: Document, lines: Sequence[ChangedLine]) -> Standing:
    """Find our changes again; raise EditRefused where botocore cannot parse the document."""
    if not document.is_parsable:
        raise cannot_be_parsed()
    changes = []
    touched = []
    for section, group in groupby(lines, key=lambda line: line.section):
        members = list(group)
        change = _section_change(section, members)
        if change is None:
            touched.append(f"line {members[0].line}" if section is None else f"[{section}]")
        elif change.section in document.sections:
            option = document.sections[change.section].options.get(SESSION_NAME_KEY)
            lines_now = option.block.lines if option is not None else []
            now = text_of(lines_now[0]) if lines_now else None
            is_one_line = len(lines_now) <= 1
            if is_one_line and _meaning(now) == _meaning(change.after):
                changes.append(change)
            elif not is_one_line or _meaning(now) != _meaning(change.before):
                touched.append(f"[{section}]")
    return Standing(changes=tuple(changes), touched=tuple(touched))


def take_back(document: Document, changes: Sequence[SectionChange]) -> Edited:
    """Put what was before in place of the changes, all of which are in the document.

    Raises EditRefused where the proof fails.
    """
    editor = NameEditor(document)
    names: dict[str, str | None] = {}
    for change in changes:
        name = None if change.before is None else _value_of(change.before)
        names[change.section] = name
        if change.after is None and name is not None:
            editor.set_name(change.section, name)
        elif change.before is None:
            editor.remove_line(change.section, with_break_above=change.broke_line)
        else:
            editor.set_line(change.section, change.before)
    return editor.finish(names)


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


def _value_of(line: str) -> str:
    section = read_settings(f"[section]\n{line}").sections["section"]
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
