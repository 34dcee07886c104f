"""The three-way merge of a block: what was imported last, what is there now, and what comes."""

from __future__ import annotations

import pytest

from sync_profiles.team.block import Block, BlockOptions, make_label
from sync_profiles.team.import_results import EditConflict
from sync_profiles.team.kept_edits import KeptEdits, keep_edits
from sync_profiles.team.team_file import Content

LAST = "# team\n[profile a]\nregion = x\noutput = json\n\n# of b\n[profile b]\nregion = x"

BLANK = "\n\n"


def merge(now: str, coming: str) -> KeptEdits:
    """Return what an update of a block makes that was imported as `LAST`."""
    last, mine, theirs = (Content(lines=tuple(text.split("\n"))) for text in (LAST, now, coming))
    old, new = (
        make_label("-", date="2026-01-31", content=content, options=BlockOptions())
        for content in (last, theirs)
    )
    return keep_edits(last, Block(label=old, first=0, last=9, content=mine), theirs, new)


@pytest.mark.parametrize(
    ("now", "coming", "merged"),
    [
        pytest.param(LAST, "[profile c]\nx = y", "[profile c]\nx = y", id="nothing edited"),
        pytest.param(*(f"{LAST}\n# my\n\n\nx = y", LAST, f"{LAST}\n# my\n\n\nx = y"), id="no news"),
        pytest.param(
            LAST.replace("= x", "= mine", 1),
            LAST.replace("json", "text"),
            LAST.replace("= x", "= mine", 1).replace("json", "text"),
            id="a value that the user changed beside one that the team changed",
        ),
        pytest.param(
            LAST.replace("\noutput = json", ""),
            f"{LAST}\n[profile c]",
            f"{LAST}\n[profile c]".replace("\noutput = json", ""),
            id="a setting that the user removed",
        ),
        pytest.param(
            f"{LAST}\ns3 =\n  a = b",
            LAST.replace("json", "text"),
            f"{LAST}\ns3 =\n  a = b".replace("json", "text"),
            id="a block of settings that the user added",
        ),
        pytest.param(
            LAST.replace("json", "json\n# why\ncli_pager ="),
            LAST.replace("json", "text"),
            LAST.replace("json", "text\ncli_pager =\n# why"),
            id="a comment and a setting that the user added",
        ),
        pytest.param(
            f"# mine\n\n{LAST}",
            LAST.replace("json", "text"),
            f"# mine\n\n{LAST}".replace("json", "text"),
            id="a comment that the user added above all profiles",
        ),
        pytest.param(
            f"# our team\n# mine\n\n{LAST}",
            f"# our team\n\n{LAST}",
            f"# mine\n# our team\n\n{LAST}",
            id="comments that both added above all profiles",
        ),
        pytest.param(
            f"{LAST}\n# sync-profiles: keep",
            LAST.replace("json", "json\n# sync-profiles: keep"),
            f"{LAST}\n# sync-profiles: keep".replace("json", "json\n# sync-profiles: keep"),
            id="a comment that the team has in another section",
        ),
        pytest.param(
            LAST.replace("output = json", "s3 =\n  # mine\n  a = b"),
            LAST.replace("output = json", "s3 =\n  a = b").replace("= x", "= y", 1),
            LAST.replace("output = json", "s3 =\n  a = b\n  # mine").replace("= x", "= y", 1),
            id="a comment in a block that both added",
        ),
        pytest.param(
            f"{LAST}\n\n[profile mine]\nregion = y",
            LAST.replace("json", "text"),
            f"{LAST}\n\n[profile mine]\nregion = y".replace("json", "text"),
            id="a profile that the user added",
        ),
        pytest.param(
            LAST.replace("# of b\n", "# of b\n# of mine\n[profile mine]\n\n"),
            LAST.replace("json", "text"),
            f"{LAST}\n\n# of mine\n[profile mine]".replace("json", "text"),
            id="a profile that the user added, below a comment of the team's",
        ),
        pytest.param(
            LAST.partition("\n\n")[0],
            f"{LAST}\n\n[profile c]",
            f"{LAST.partition('# of b')[0]}\n[profile c]",
            id="a profile that the user removed",
        ),
        pytest.param(
            f"{LAST.partition(BLANK)[0]}\n\n[profile mine]",
            LAST.replace("json", "text"),
            f"{LAST.partition(BLANK)[0]}\n\n[profile mine]".replace("json", "text"),
            id="a profile that the user wrote in place of another",
        ),
        pytest.param(
            LAST.partition("\n[profile b]")[0],
            "# of b\n[profile b]\nregion = x\n\n[profile c]",
            "\n[profile c]",
            id="a profile that the user removed, below a comment of the team's",
        ),
        pytest.param(
            f"# team\n\n{LAST.partition(BLANK)[2]}",
            f"{LAST}\nx = y",
            f"\n{LAST.partition(BLANK)[2]}\nx = y",
            id="the first profile that the user removed, below a comment of the team's",
        ),
        pytest.param(
            LAST.replace("= json", "= json\n# of b"),
            LAST.replace("= json", "= text"),
            LAST.replace("= json", "= text\n# of b"),
            id="a comment that the user added, in the words of another",
        ),
        pytest.param(
            LAST.replace("json", "text"),
            LAST.partition("\n\n")[0],
            LAST.partition("\n\n")[0].replace("json", "text"),
            id="a profile that the team removed",
        ),
        pytest.param(
            LAST.replace("json", "text"),
            LAST.replace("json", "text") + "\nx = y",
            LAST.replace("json", "text") + "\nx = y",
            id="one change that both sides made",
        ),
        pytest.param(
            LAST.replace("[profile a]", '[profile "a"]').replace("= x", "= mine", 1),
            LAST.replace("json", "text"),
            LAST.replace("json", "text").replace("= x", "= mine", 1),
            id="another spelling of a header",
        ),
    ],
)
def test_edits_and_updates_go_together(now: str, coming: str, merged: str) -> None:
    found = merge(now, coming)
    assert ("\n".join(found.content.lines), found.conflicts) == (merged, ())


@pytest.mark.parametrize(
    ("now", "coming", "merged", "conflict"),
    [
        pytest.param(
            LAST.replace("json", "text"),
            LAST.replace("json", "yaml"),
            LAST.replace("json", "text"),
            EditConflict(section="profile a", key="output", yours="text", theirs="yaml"),
            id="two values",
        ),
        pytest.param(
            LAST.replace("\noutput = json", ""),
            LAST.replace("json", "yaml"),
            LAST.replace("\noutput = json", ""),
            EditConflict(section="profile a", key="output", yours=None, theirs="yaml"),
            id="removed here",
        ),
        pytest.param(
            LAST.replace("json", "text"),
            LAST.replace("\noutput = json", ""),
            LAST.replace("\noutput = json", "").replace("= x", "= x\noutput = text", 1),
            EditConflict(section="profile a", key="output", yours="text", theirs=None),
            id="removed by the team",
        ),
        pytest.param(
            f"{LAST}\noutput = text",
            LAST.partition("\n\n")[0],
            f"{LAST}\noutput = text",
            EditConflict(
                section="profile b", key=None, yours="region = x; output = text", theirs=None
            ),
            id="a profile that the team removed",
        ),
        pytest.param(
            LAST.partition("\n\n")[0],
            f"{LAST}\noutput = text",
            f"{LAST.partition('# of b')[0]}",
            EditConflict(
                section="profile b", key=None, yours=None, theirs="region = x; output = text"
            ),
            id="a profile that the user removed",
        ),
    ],
)
def test_what_both_sides_changed_stays_the_user_s(
    now: str, coming: str, merged: str, conflict: EditConflict
) -> None:
    found = merge(now, coming)
    assert "\n".join(found.content.lines).rstrip("\n") == merged.rstrip("\n")
    assert found.conflicts == (conflict,)


def test_a_section_with_a_comment_of_the_user_stays_when_the_team_removes_it() -> None:
    merged = merge(f"{LAST}\n# mine", LAST.partition("\n\n")[0])
    assert merged.content.lines[-1] == "# mine"
    assert [(each.section, each.theirs) for each in merged.conflicts] == [("profile b", None)]
