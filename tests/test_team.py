"""The pure middle of the import: blocks, variables and what must hold for every text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import params
from sync_profiles.config.document import parse_document
from sync_profiles.config.syntax import split_lines
from sync_profiles.team.block import (
    BlockDamaged,
    BlockOptions,
    OnConflict,
    find_blocks,
    make_label,
    move_settings_to_their_section,
    put_block,
)
from sync_profiles.team.fetching import read_team_file
from sync_profiles.team.refusals import TeamFileRefused
from sync_profiles.team.team_file import Content
from sync_profiles.team.variables import Person, expand_variables, is_made_from

SOURCE = "https://team.example/config"
CONTENT = ("# ours", "[profile a]", "role_arn = r", "", "[profile b]", "region = x")
OPTIONS = BlockOptions(on_conflict=OnConflict.PREFIX, sources={"base": "my own"})
LABEL = make_label(SOURCE, date="2026-01-31", content=Content(lines=CONTENT), options=OPTIONS)

_lines = st.lists(
    st.sampled_from(["[profile mine]", "# é", "", "k = v", "  more = 1", ";", "x = # y", "\t"]),
    max_size=8,
)
_endings = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def own_texts(draw: st.DrawFn) -> str:
    """Draw a text with any line endings, with or without a last newline."""
    text = "".join(line + draw(_endings) for line in draw(_lines))
    return text if draw(st.booleans()) else text.rstrip("\r\n")


@given(own_texts())
def test_a_new_block_leaves_every_byte_and_is_found_again(own: str) -> None:
    new = put_block(own, LABEL, CONTENT, replaces=None)
    assert new.startswith(own)
    assert new.endswith(("\n", "\r")) is (not own or own.endswith(("\n", "\r")))
    (block,) = find_blocks(new)
    assert (block.label, block.content.lines, block.is_edited) == (LABEL, CONTENT, False)
    assert put_block(new, LABEL, CONTENT, replaces=block) == new or len(set(own) & set("\r\n")) > 1


@given(own_texts(), own_texts())
def test_an_update_keeps_every_byte_around_the_block(above: str, below: str) -> None:
    text = put_block(above, LABEL, CONTENT, replaces=None)
    if not text.endswith(("\n", "\r")):
        text += "\n"
    whole = f"{text}[profile below]\n{below}"
    (block,) = find_blocks(whole)
    new = put_block(whole, LABEL, CONTENT[:3], replaces=block)
    assert new.startswith(above)
    assert new.endswith(f"[profile below]\n{below}")
    old_lines, new_lines = split_lines(whole), split_lines(new)
    assert new_lines[: block.first] == old_lines[: block.first]
    assert new_lines[block.first + 5 :] == old_lines[block.last + 1 :]


def test_options_without_an_end_are_a_damaged_block() -> None:
    """Other damage is in `data/import_stories.txt`."""
    text = put_block("", LABEL, CONTENT, replaces=None)
    deep = 'with={"a": ' + "[" * 65_536 + "]" * 65_536 + ", "
    with pytest.raises(BlockDamaged, match="line 1 begins an imported block"):
        find_blocks(text.replace("with={", deep))


@pytest.mark.parametrize(("text", "moved"), params("beside_blocks.txt"))
def test_settings_beside_a_block_go_to_their_section(text: str, moved: str) -> None:
    assert move_settings_to_their_section(text) == moved


@pytest.mark.parametrize(
    ("marker", "content", "words"),
    [
        pytest.param("# >>> ", CONTENT, "line 2 comes right after the first line", id="first"),
        pytest.param("# <<< ", CONTENT, "line 9 comes right after the last line", id="last"),
        pytest.param("# <<< ", (), "line 3 comes right after the last line", id="last of none"),
    ],
)
def test_a_setting_beside_a_block_is_an_error(
    marker: str, content: tuple[str, ...], words: str
) -> None:
    lines = put_block("", LABEL, content, replaces=None).splitlines(keepends=True)
    text = "".join(f"{line}x = y\n" if line.startswith(marker) else line for line in lines)
    with pytest.raises(BlockDamaged, match=words):
        find_blocks(text)


TEAM = """\
# top

[profile a]
role_arn = r
source_profile = b
# of b
[profile b]
x = ${aws:username}
"""


@given(st.text(min_size=1, max_size=12))
def test_a_value_is_inserted_unchanged_or_refused(value: str) -> None:
    team = read_team_file(TEAM.encode(), name="t")
    people = {"profile b": Person(variables={"aws:username": value})}
    try:
        content, _ = expand_variables(team, team, people, name="t")
    except TeamFileRefused:
        return
    text = "\n".join(content.lines)
    assert text == TEAM.replace("${aws:username}", value).removesuffix("\n")
    assert parse_document(text).sections["profile b"].options["x"].value == value
    assert len(parse_document(text).sections) == 2


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("of-work_api", "of-${aws:username}", True),
        ("of-", "of-${aws:username}", False),
        ("1-2-3", "${aws:username}-${aws:username}", True),
        ("by-work_api", "of-${aws:username}", False),
        ("a" * 200 + "b", "${aws:username}a" * 50, False),
        ("same", "same", True),
        ("", "${aws:username}", False),
    ],
)
def test_a_value_is_known_for_one_with_variables(text: str, value: str, *, expected: bool) -> None:
    assert is_made_from(text, value) is expected
