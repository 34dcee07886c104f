"""The three-way merge of a block: what was imported last, what is there now, and what comes.

An example of `data/kept_edits.txt` changes what was imported last, `LAST`, on both sides.
"""

from __future__ import annotations

import re

import pytest

from examples import answered_examples, answers_of, pair
from sync_profiles.team.block import Block, BlockOptions, make_label
from sync_profiles.team.kept_edits import keep_edits
from sync_profiles.team.team_file import Content

LAST = "# team\n[profile a]\nregion = x\noutput = json\n\n# of b\n[profile b]\nregion = x"


def edited(example: str, side: str) -> Content:
    """Return what was imported last with the edits of a side."""
    text = LAST
    for edit in re.findall(f"^{side}: (.*)", example, re.MULTILINE):
        old, new = pair(edit)
        match old:
            case "ALL":
                text = new
            case "END":
                text += new
            case _:
                assert old in text
                text = text.replace(old, new, 1)
    return Content(lines=tuple(text.split("\n")))


def merged(example: str) -> list[str]:
    """Return the lines that an update makes, and what both sides have changed."""
    last, mine, theirs = (edited(example, side) for side in ("none", "yours", "theirs"))
    old, new = (
        make_label("-", date="2026-01-31", content=content, options=BlockOptions())
        for content in (last, theirs)
    )
    kept, both = keep_edits(last, Block(label=old, first=0, last=9, content=mine), theirs, new)
    conflicts = (f"{each.section}, {each.key}: {each.yours}, {each.theirs}" for each in both)
    return [*kept.lines, *(f"both changed {conflict}" for conflict in conflicts)]


@pytest.mark.parametrize("example", answered_examples("kept_edits.txt", merged))
def test_edits_and_updates_go_together(example: str) -> None:
    assert merged(example) == answers_of(example)
