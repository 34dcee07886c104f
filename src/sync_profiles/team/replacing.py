"""What `--on-conflict replace` replaces: the user's own profiles, and those of other blocks.

A file that would replace a whole block, and has one of its roles, is that block's own file, which
is now in another place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sync_profiles.config.document import Document, is_keep_comment, parse_document
from sync_profiles.config.section_names import SectionName
from sync_profiles.config.syntax import carries_text, split_lines, usual_ending
from sync_profiles.errors import RunError
from sync_profiles.team.block import (
    Block,
    find_block,
    find_blocks,
    put_block,
    without_block,
    without_sections,
)
from sync_profiles.team.merging import MergedFile
from sync_profiles.team.proving import prove_replaced
from sync_profiles.team.team_file import Content
from sync_profiles.team.variables import is_made_from


def block_to_update(
    config: Document, team: Content, source: str, *, replacing: Collection[str]
) -> tuple[Document, Block | None]:
    """Return the config file, and its block of a source, or the block that the source continues.

    `replacing` are the sources of an import that may replace other blocks' profiles. The edits of
    the block stay; the file's own block, without profiles and edits, is removed.
    """
    blocks = find_blocks(config.text)
    own = next((block for block in blocks if block.label.source == source), None)
    if not replacing or (own is not None and (own.content.sections or own.is_edited)):
        return config, own
    for block in blocks:
        if block.label.source not in replacing and _is_of(block.content, team):
            if own is not None:
                config = parse_document(without_block(config.text, own))
            return config, find_block(config.text, block.label.source)
    return config, own


def without_replaced(
    config: Document, merged: MergedFile, others: Sequence[Block], *, note: str
) -> Document:
    """Return the config file without the sections that the team's replace.

    The person's own become comments, each below a note, and so do those of blocks that the person
    has edited. Those of other blocks are removed, as if the files of those teams had never had
    them. Raises `EditRefused` where another section would change.
    """
    if not merged.replaced:
        return config
    for conflict in merged.conflicts:
        if conflict.is_replaced and conflict.name in merged.own.profiles.by_name:
            raise RunError(
                f"profile `{conflict.name}` appears twice in your own file",
                hint="remove one of the two, then run again",
            )
    own = set(merged.replaced)
    new = config.text
    for block in others:
        inside = own & block.content.document.sections.keys()
        found = find_block(new, block.label.source)
        if inside and found is not None and not block.is_edited:
            label, lines = without_sections(found, inside)
            new = put_block(new, label, lines, replaces=found)
            own -= inside
    if own:
        parsed = config if new == config.text else parse_document(new)
        new = _comment_out(new, parsed, [h for h in merged.replaced if h in own], note=note)
    prove_replaced(config.text, new, headers=merged.replaced)
    return parse_document(new)


def _comment_out(text: str, document: Document, headers: Sequence[str], *, note: str) -> str:
    lines = split_lines(text)
    ending = usual_ending(lines)
    sections = document.all_sections
    starts = sorted(line for section in sections for line in (section.line, *section.repeated))
    for header in headers:
        section = document.sections[header]
        stop = next((start for start in starts if start > section.line), len(lines) + 1)
        for index in range(section.line - 1, stop - 1):
            # a comment that keeps a name would keep that of the section above
            if carries_text(lines[index]) or is_keep_comment(lines[index]):
                lines[index] = f"# {lines[index]}"
        lines[section.line - 1] = f"# sync-profiles: {note}{ending}{lines[section.line - 1]}"
    return "".join(lines)


def _is_of(content: Content, team: Content) -> bool:
    """Return whether a team's file has all sections of a block, and one of its roles, if any."""
    mine, theirs = _roles_of(content), _roles_of(team)
    if not mine or not mine.keys() <= theirs.keys():
        return False
    roles = {name: role for name, role in mine.items() if role}
    return not roles or any(is_made_from(role, theirs[name]) for name, role in roles.items())


def _roles_of(content: Content) -> dict[SectionName, str]:
    """Return the role of each section; empty where it has none."""
    return {
        name: "" if (option := section.options.get("role_arn")) is None else option.value
        for name, section in content.sections.items()
    }
