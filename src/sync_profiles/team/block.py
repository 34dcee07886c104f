r"""Imported blocks in a config file: found, made, put in their place; all else stays to the byte.

    # >>> sync-profiles import: https://team.example/config (2026-11-23) sha256=… names=…
    …
    # <<< sync-profiles import: https://team.example/config

`sha256` tells whether somebody edited the block. Session names do not count for it: the sync writes
them. `names` tells whether the team changed the names that it gives. `with` holds the options.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.config.document import parse_document
from sync_profiles.config.lines import carries_text, ending_of, split_lines, text_of, usual_ending
from sync_profiles.errors import RunError
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.team.merge import MergeOptions
from sync_profiles.team.on_conflict import OnConflict

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEGIN = "# >>> sync-profiles import:"
_END = "# <<< sync-profiles import:"
_BEGIN_LINE = re.compile(
    rf"{re.escape(_BEGIN)} (?P<source>\S+) \((?P<date>[0-9-]{{10}})\) "
    r"sha256=(?P<digest>[0-9a-f]{64}) names=(?P<names>[0-9a-f]{16})(?: with=(?P<options>\{.*\}))?"
)
_HINT = "restore the line from a backup, or take out what is left of the block by hand"


class BlockDamaged(RunError):
    """The edge of a block is missing or spoiled; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a block's first line says; `source` is one word."""

    source: str
    date: str
    digest: str
    names: str
    options: MergeOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block in a text: its first and its last line count from 0, `content` has no endings."""

    label: Label
    first: int
    last: int
    content: tuple[str, ...]

    @property
    def is_edited(self) -> bool:
        """Say whether somebody changed more of it than session names."""
        return self.label.digest != digest_of(self.content)


def find_blocks(text: str) -> list[Block]:
    """Return the blocks of a text in its order; raise `BlockDamaged` where an edge is missing."""
    lines = [text_of(line) for line in split_lines(text)]
    blocks: list[Block] = []
    opened: tuple[int, Label] | None = None
    for number, line in enumerate(lines):
        if line.startswith(_BEGIN):
            if opened is not None:
                raise _no_end(*opened)
            opened = number, _parse_label(line, number)
        elif line.startswith(_END):
            if opened is None:
                raise BlockDamaged(
                    f"line {number + 1} ends an imported block that has no beginning", hint=_HINT
                )
            first, label = opened
            if line.removeprefix(_END).strip() != label.source:
                raise _no_end(first, label)
            if any(block.label.source == label.source for block in blocks):
                raise BlockDamaged(
                    f"the block of `{label.source}` stands twice, again in line {first + 1}",
                    hint="take one of the two out",
                )
            content = tuple(lines[first + 1 : number])
            blocks.append(Block(label=label, first=first, last=number, content=content))
            opened = None
    if opened is not None:
        raise _no_end(*opened)
    for block in blocks:
        _check_below(block, lines)
    return blocks


def make_label(source: str, *, date: str, content: Sequence[str], options: MergeOptions) -> Label:
    """Return the label of a block whose names are those of the team's file."""
    return Label(
        source=source,
        date=date,
        digest=digest_of(content),
        names=names_digest_of(content),
        options=options,
    )


def digest_of(content: Sequence[str]) -> str:
    """Return the hash of a block's content without its session names and its line endings."""
    names = {
        number
        for section in parse_document("\n".join(content)).sections.values()
        if (option := section.options.get(SESSION_NAME_KEY)) is not None
        for number in option.lines
    }
    kept = [
        line
        for number, line in enumerate(content, start=1)
        if number not in names or not carries_text(line)
    ]
    return _sha256("\n".join(kept))


def names_digest_of(content: Sequence[str]) -> str:
    """Return a hash of the session names of a content."""
    names = [
        f"{section.name}\n{option.value}"
        for section in parse_document("\n".join(content)).sections.values()
        if (option := section.options.get(SESSION_NAME_KEY)) is not None
    ]
    return _sha256("\n\n".join(names))[:16]


def put_block(text: str, label: Label, content: Sequence[str], *, replaces: Block | None) -> str:
    r"""Return text with a block in its old one's place, or at the end; the rest is as it was.

    The block takes the line ending that most of the text's lines have; a last newline that is
    missing stays missing.
    """
    lines = split_lines(text)
    ending = usual_ending(lines)
    block = [_spell_label(label), *content, f"{_END} {label.source}"]
    if replaces is None:
        if not lines:
            return "".join(f"{line}{ending}" for line in block)
        has_last_ending = bool(ending_of(lines[-1]))
        gap = [""] if lines[-1].strip() else []
        added = ending.join([*gap, *block])
        return f"{text}{added}{ending}" if has_last_ending else f"{text}{ending}{added}"
    last_ending = ending_of(lines[replaces.last])
    lines[replaces.first : replaces.last + 1] = [ending.join(block) + last_ending]
    return "".join(lines)


def without_block(text: str, block: Block | None) -> str:
    """Return text without the lines of a block."""
    if block is None:
        return text
    lines = split_lines(text)
    return "".join(lines[: block.first] + lines[block.last + 1 :])


def comment_out(text: str, headers: Sequence[str], *, note: str) -> str:
    """Return text in which the lines of these sections are comments, each below a note."""
    lines = split_lines(text)
    ending = usual_ending(lines)
    parsed = parse_document(text)
    for header in headers:
        section = parsed.sections[header]
        numbers = [n for option in section.options.values() for n in option.lines]
        for number in (section.line, *numbers):
            if number <= len(lines) and carries_text(lines[number - 1]):
                lines[number - 1] = f"# {lines[number - 1]}"
        lines[section.line - 1] = f"# {note}{ending}{lines[section.line - 1]}"
    return "".join(lines)


def _parse_label(line: str, number: int) -> Label:
    match = _BEGIN_LINE.fullmatch(line)
    try:
        if match is not None:
            options = json.loads(match["options"] or "{}")
            return Label(
                source=match["source"],
                date=match["date"],
                digest=match["digest"],
                names=match["names"],
                options=MergeOptions(
                    on_conflict=OnConflict(options.get("on_conflict", OnConflict.KEEP)),
                    sources={str(k): str(v) for k, v in options.get("sources", {}).items()},
                ),
            )
    except (ValueError, AttributeError, RecursionError):
        pass
    raise BlockDamaged(
        f"line {number + 1} begins an imported block, and somebody changed it", hint=_HINT
    )


def _spell_label(label: Label) -> str:
    options: dict[str, object] = {}
    if label.options.on_conflict is not OnConflict.KEEP:
        options["on_conflict"] = label.options.on_conflict.value
    if label.options.sources:
        options["sources"] = dict(label.options.sources)
    line = f"{_BEGIN} {label.source} ({label.date}) sha256={label.digest} names={label.names}"
    return f"{line} with={json.dumps(options)}" if options else line


def _check_below(block: Block, lines: Sequence[str]) -> None:
    """Refuse a setting below a block: it belongs to the block's last profile."""
    for number in range(block.last + 1, len(lines)):
        line = lines[number]
        if carries_text(line):
            if line[:1].isspace() or not line.startswith("["):
                raise BlockDamaged(
                    f"line {number + 1} stands below the block of `{block.label.source}`, and so "
                    "belongs to the block's last profile",
                    hint="give it a profile of its own, outside of the block",
                )
            return


def _no_end(number: int, label: Label) -> BlockDamaged:
    return BlockDamaged(
        f"the imported block that begins in line {number + 1} has no end: the line "
        f"`{_END} {label.source}` is missing",
        hint=_HINT,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
