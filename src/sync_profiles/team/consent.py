"""Which settings of a team's file a person is to be asked about, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.config.lines import carries_text
from sync_profiles.errors import EditRefused
from sync_profiles.team.risks import find_risks
from sync_profiles.team.sections import read_team_file
from sync_profiles.team.text import TeamFileRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sync_profiles.team.block import Block
    from sync_profiles.team.risks import Risk
    from sync_profiles.team.sections import TeamFile, TeamLine


def risks_to_ask_about(
    file: TeamFile, lines: Sequence[TeamLine], block: Block | None
) -> list[Risk]:
    """Return the risks that are not in force already, each where the team has it.

    Each line counts as it stands in the team's file, and as it comes in.
    """
    in_force = {line.number for line in lines if carries_text(line.text)}
    risks = {risk.line: risk for risk in find_risks(file) if risk.line in in_force}
    for risk in _risks([line.text for line in lines]):
        number = lines[risk.line - 1].number
        risks[number] = risk._replace(line=number)
    found = [risks[number] for number in sorted(risks)]
    if block is not None and not block.is_edited:
        agreed = {_what(risk) for risk in _agreed(block)}
        return [risk for risk in found if _what(risk) not in agreed]
    return found


def _what(risk: Risk) -> tuple[str, str, str]:
    """Return what a person agrees to, wherever it stands in the file."""
    return risk.section, risk.key, risk.setting


def _agreed(block: Block) -> list[Risk]:
    """Return the risks that are in force by a block, which a person agreed to."""
    try:
        return _risks(block.content)
    except EditRefused:  # of no block that we would make
        return []


def _risks(content: Sequence[str]) -> list[Risk]:
    if not any(carries_text(line) for line in content):
        return []
    try:
        return find_risks(read_team_file("\n".join(content), name=""))
    except TeamFileRefused:
        raise EditRefused(
            "what comes in would not be read as the team's file is; nothing was written"
        ) from None
