r"""Find, create and replace imported blocks in a config file.

    # >>> sync-profiles import: https://team.example/config (2026-11-23) sha256=… names=…
    …
    # <<< sync-profiles import: https://team.example/config

`sha256` shows whether the block was edited by hand. It does not include session names, which the
sync writes. `names` shows whether the team changed the names in its file: what is saved of an
import may be older or newer than the block, after an undo for example. What is left of a block
of which a part was removed has no `names`. `with` has the options.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sync_profiles.config.proof import read_settings
from sync_profiles.config.syntax import carries_text, ending_of, split_lines, text_of, usual_ending
from sync_profiles.errors import EditRefused, RunError
from sync_profiles.known_keys import BLOCK_BEGIN, BLOCK_END
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.team.team_file import Content, without_blank_end

_BEGIN_LINE = re.compile(
    rf"{re.escape(BLOCK_BEGIN)} (?P<source>\S+) \((?P<date>[0-9-]{{10}})\) "
    # older versions wrote zeros for what is left of a block
    r"sha256=(?P<digest>[0-9a-f]{64})(?: names=(?:0{16}|(?P<names>[0-9a-f]{16})))?"
    r"(?: with=(?P<options>\{.*\}))?"
)
_HINT = "restore the line from a backup, or remove the rest of the block by hand"


class OnConflict(StrEnum):
    """What to do with a team's profile if its name is taken."""

    KEEP = "keep"
    REPLACE = "replace"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockOptions:
    """How a block is created; stored in it, so that an update works in the same way.

    `sources` maps the team's source profiles to those on this machine; `reader` is the profile that
    S3 was read with.
    """

    on_conflict: OnConflict = OnConflict.KEEP
    sources: Mapping[str, str] = field(default_factory=dict)
    reader: str | None = None


class BlockDamaged(RunError):
    """A marker of a block is missing or damaged; nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """The contents of a block's first line; `source` has no white space."""

    source: str
    date: str
    digest: str
    names: str | None
    options: BlockOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block in a text; the indexes of its first and last lines count from 0."""

    label: Label
    first: int
    last: int
    content: Content

    @property
    def is_edited(self) -> bool:
        """Whether anything except session names was changed."""
        return not self.was_imported_as(self.content)

    def was_imported_as(self, content: Content) -> bool:
        """Return whether the import wrote this content, apart from session names."""
        return self.label.digest == _digest_of(content)

    def has_names_of(self, content: Content) -> bool:
        """Return whether the import wrote this content's session names."""
        return self.label.names == _names_digest_of(content)


def find_blocks(text: str) -> list[Block]:
    """Return the blocks of a text in order; raise `BlockDamaged` if a marker is missing."""
    lines = [text_of(line) for line in split_lines(text)]
    blocks: list[Block] = []
    opened: tuple[int, Label] | None = None
    for number, line in enumerate(lines):
        if line.startswith(BLOCK_BEGIN):
            if opened is not None:
                raise _no_end(*opened)
            opened = number, _parse_label(line, number)
        elif line.startswith(BLOCK_END):
            if opened is None:
                raise BlockDamaged(
                    f"line {number + 1} ends an imported block that has no beginning", hint=_HINT
                )
            first, label = opened
            if line.removeprefix(BLOCK_END).strip() != label.source:
                raise _no_end(first, label)
            if any(block.label.source == label.source for block in blocks):
                raise BlockDamaged(
                    f"the block of `{label.source}` appears twice, again on line {first + 1}",
                    hint="remove one of the two",
                )
            content = Content(lines=tuple(lines[first + 1 : number]))
            blocks.append(Block(label=label, first=first, last=number, content=content))
            opened = None
    if opened is not None:
        raise _no_end(*opened)
    for block in blocks:
        _check_below(block, lines)
    return blocks


def find_block(text: str, source: str) -> Block | None:
    """Return the block of a source; raise `BlockDamaged` as `find_blocks` does."""
    return next((block for block in find_blocks(text) if block.label.source == source), None)


def move_settings_to_their_section(text: str) -> str:
    """Return text with the settings below a block's first or last line moved above it.

    It means the same. `aws configure` takes these lines for settings of the section above, and
    writes below them.
    """
    lines = split_lines(text)
    ending = usual_ending(lines)
    out: list[str] = []
    place = 0  # below the last header or setting
    is_below, is_first = False, False
    for line in lines:
        if line.startswith((BLOCK_BEGIN, BLOCK_END)):
            is_below = is_first = True
        elif line.startswith("["):
            is_below = False
        elif is_below and carries_text(line):
            if is_first and line[:1].isspace():
                return text  # it continues the value above
            is_first = False
            out.insert(place, line if ending_of(line) else f"{line}{ending}")
            place += 1
            continue
        out.append(line)
        if carries_text(line):
            place = len(out)
    new = "".join(out)
    try:
        is_same = new != text and read_settings(new) == read_settings(text)
    except EditRefused:
        return text
    return new if is_same else text


def make_label(source: str, *, date: str, content: Content, options: BlockOptions) -> Label:
    """Return the label of a block with this content, which still has the team's session names."""
    return Label(
        source=source,
        date=date,
        digest=_digest_of(content),
        names=_names_digest_of(content),
        options=options,
    )


def _digest_of(content: Content) -> str:
    """Return the hash of a content without line endings and the first lines of session names."""
    owners = content.owners.items()
    names = {n for n, owner in owners if owner.key == SESSION_NAME_KEY and owner.is_first}
    kept = [line for number, line in enumerate(content.lines, start=1) if number not in names]
    return _sha256("\n".join(kept))


def _names_digest_of(content: Content) -> str:
    names = [
        f"{section.name}\n{option.value}"
        for section in content.document.sections.values()
        if (option := section.options.get(SESSION_NAME_KEY)) is not None
    ]
    return _sha256("\n\n".join(names))[:16]


def put_block(text: str, label: Label, content: Sequence[str], *, replaces: Block | None) -> str:
    r"""Return text with a block in place of its old version, or at the end; nothing else changes.

    The block gets the line ending of most lines of the text; if the last line has none, the new
    last line has none either.
    """
    lines = split_lines(text)
    ending = usual_ending(lines)
    block = [_spell_label(label), *content, f"{BLOCK_END} {label.source}"]
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


def without_sections(block: Block, headers: Collection[str]) -> tuple[Label, tuple[str, ...]]:
    """Return an unedited block's label and content as if its team's file had no such sections."""
    gone = {index for header in headers for index in block.content.spans[header]}
    kept = [line for index, line in enumerate(block.content.lines) if index not in gone]
    content = Content(lines=tuple(without_blank_end(kept)))
    return replace(block.label, names=None, digest=_digest_of(content)), content.lines


def _parse_label(line: str, number: int) -> Label:
    match = _BEGIN_LINE.fullmatch(line)
    try:
        if match is not None:
            options = json.loads(match["options"] or "{}")
            reader = options.get("reader")
            return Label(
                source=match["source"],
                date=match["date"],
                digest=match["digest"],
                names=match["names"],
                options=BlockOptions(
                    on_conflict=OnConflict(options.get("on_conflict", OnConflict.KEEP)),
                    sources={str(k): str(v) for k, v in options.get("sources", {}).items()},
                    reader=None if reader is None else str(reader),
                ),
            )
    except (ValueError, AttributeError, RecursionError):
        pass
    raise BlockDamaged(f"line {number + 1} begins an imported block, and was changed", hint=_HINT)


def _spell_label(label: Label) -> str:
    options: dict[str, object] = {}
    if label.options.on_conflict is not OnConflict.KEEP:
        options["on_conflict"] = label.options.on_conflict.value
    if label.options.sources:
        options["sources"] = dict(label.options.sources)
    if label.options.reader is not None:
        options["reader"] = label.options.reader
    line = f"{BLOCK_BEGIN} {label.source} ({label.date}) sha256={label.digest}"
    if label.names is not None:
        line += f" names={label.names}"
    return f"{line} with={json.dumps(options)}" if options else line


def _check_below(block: Block, lines: Sequence[str]) -> None:
    """Refuse a setting right below a block's first or last line, of the section above it."""
    for side, start, stop in (("first", block.first, block.last), ("last", block.last, len(lines))):
        below = ((i, lines[i]) for i in range(start + 1, stop) if carries_text(lines[i]))
        number, line = next(below, (0, "["))
        if not line.startswith("["):
            raise BlockDamaged(
                f"line {number + 1} comes right after the {side} line of the block of "
                f"`{block.label.source}`, and so belongs to the profile above it",
                hint="move it to a profile of your own, outside of the block",
            )


def _no_end(number: int, label: Label) -> BlockDamaged:
    return BlockDamaged(
        f"the imported block that begins on line {number + 1} has no end: the line "
        f"`{BLOCK_END} {label.source}` is missing",
        hint="write that line again below the block's last profile, or remove the rest of the "
        "block by hand",
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
