"""Find the block that a team's file continues, which is now in another place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.config.document import parse_document
from sync_profiles.team.block import find_block, find_blocks, without_block
from sync_profiles.team.variables import is_made_from

if TYPE_CHECKING:
    from collections.abc import Collection

    from sync_profiles.config.document import Document
    from sync_profiles.config.section_names import SectionName
    from sync_profiles.team.block import Block
    from sync_profiles.team.team_file import Content, TeamFile


def block_to_update(
    config: Document, file: TeamFile, source: str, *, replacing: Collection[str]
) -> tuple[Document, Block | None]:
    """Return the config file, and its block of a source, or the block that the source continues.

    `replacing` are the sources of an import that may replace other blocks' profiles. A file that is
    to replace all profiles of a block, and has one of its roles, is what that block's file is now,
    in another place: the user's edits stay. The file's own block is then removed: it has no
    profiles and no edits.
    """
    blocks = find_blocks(config.text)
    own = next((block for block in blocks if block.label.source == source), None)
    if not replacing or (own is not None and (own.content.sections or own.is_edited)):
        return config, own
    for block in blocks:
        if block.label.source not in replacing and _is_of(block.content, file.content):
            if own is not None:
                config = parse_document(without_block(config.text, own))
            return config, find_block(config.text, block.label.source)
    return config, own


def _is_of(content: Content, file: Content) -> bool:
    """Return whether a team's file has all sections of a block, and one of its roles, if any."""
    mine, theirs = _roles_of(content), _roles_of(file)
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
