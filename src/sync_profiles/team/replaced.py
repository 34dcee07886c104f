"""A profile gives way to a team's of the same name: the person's own, or one of another block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.config.document import parse_document
from sync_profiles.config.syntax import carries_text, split_lines, usual_ending
from sync_profiles.team.block import find_block, find_blocks, put_block, without_sections
from sync_profiles.team.proving import prove_replaced

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sync_profiles.config.document import Document


def give_way(text: str, document: Document, headers: Collection[str], *, note: str) -> str:
    """Return text, parsed as `document`, in which the sections of these headers do not count.

    The person's own become comments, each below a note. Those of other blocks are removed, so that
    these blocks are as if their teams' files had never had them. Raises `EditRefused` where another
    section would change.
    """
    own = set(headers)
    new = text
    for block in find_blocks(text):
        inside = own & block.content.document.sections.keys()
        found = find_block(new, block.label.source)
        if inside and found is not None:
            label, lines = without_sections(found, inside)
            new = put_block(new, label, lines, replaces=found)
            own -= inside
    if own:
        parsed = document if new == text else parse_document(new)
        new = _comment_out(new, parsed, [h for h in headers if h in own], note=note)
    prove_replaced(text, new, headers=headers)
    return new


def _comment_out(text: str, document: Document, headers: Sequence[str], *, note: str) -> str:
    lines = split_lines(text)
    ending = usual_ending(lines)
    for header in headers:
        section = document.sections[header]
        numbers = [n for option in section.options.values() for n in option.lines]
        for number in (section.line, *numbers):
            if number <= len(lines) and carries_text(lines[number - 1]):
                lines[number - 1] = f"# {lines[number - 1]}"
        lines[section.line - 1] = f"# {note}{ending}{lines[section.line - 1]}"
    return "".join(lines)
