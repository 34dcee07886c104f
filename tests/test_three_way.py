"""Whole-line changes: described without loss, and taken out of a text that was edited since."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.config import hunks
from sync_profiles.config.proof import read_settings
from sync_profiles.config.three_way import apply_lines, describe_lines, take_change_out
from sync_profiles.errors import EditRefused

OWN = "[a]\nx = 1\n\n[b]\ny = 2\n"
BLOCK = "\n# >>>\n[t]\nz = 3\n\n# <<<\n"

_texts = st.lists(
    st.sampled_from(["a", "", "[x]", "k = v", " w"]).flatmap(
        lambda text: st.sampled_from([f"{text}\n", f"{text}\r\n", f"{text}\r"])
    ),
    max_size=9,
).flatmap(lambda lines: st.sampled_from(["".join(lines), "".join(lines).rstrip("\r\n")]))


@given(_texts, _texts)
def test_what_is_described_leads_from_the_one_text_to_the_other(old: str, new: str) -> None:
    changes = describe_lines(old, new)
    assert apply_lines(old, changes) == new
    assert bool(changes) is (old != new)


@given(_texts, _texts)
def test_long_texts_are_described_without_loss_too(old: str, new: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hunks, "_MOST_PAIRS", 3)  # as if these texts had hundreds of lines
        assert apply_lines(old, describe_lines(old, new)) == new


def test_described_lines_do_not_fit_another_text() -> None:
    changes = describe_lines(OWN, BLOCK)
    with pytest.raises(EditRefused):
        apply_lines(OWN.replace("x = 1", "x = 2"), changes)


TAKEN_OUT = [
    pytest.param(OWN + BLOCK, OWN, id="nothing else was changed"),
    pytest.param(
        "# new\n" + OWN + BLOCK + "[late]\n", "# new\n" + OWN + "[late]\n", id="above and below"
    ),
    pytest.param(
        OWN.replace("y = 2", "y = 9") + BLOCK, OWN.replace("y = 2", "y = 9"), id="an own value"
    ),
    pytest.param(OWN.replace("[b]", "[c]") + BLOCK, OWN.replace("[b]", "[c]"), id="an own header"),
]


@pytest.mark.parametrize(("now", "expected"), TAKEN_OUT)
def test_a_block_comes_out_and_what_was_changed_since_stays(now: str, expected: str) -> None:
    assert take_change_out(now, before=OWN, after=OWN + BLOCK) == expected


OPEN = OWN.rstrip("\n")
LAST_LINES = [
    pytest.param("", OPEN, id="nothing was changed"),
    pytest.param("\n", OWN, id="somebody ended the last line"),
    pytest.param("\n[late]\n", f"{OWN}[late]\n", id="a section came below"),
    pytest.param("\n[late]", f"{OWN}[late]", id="a section without a newline came below"),
]


@pytest.mark.parametrize(("below", "expected"), LAST_LINES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_that_had_no_last_newline_has_none_again(
    below: str, expected: str, ending: str
) -> None:
    before, after = (text.replace("\n", ending) for text in (OPEN, OPEN + BLOCK.rstrip("\n")))
    now = after + below.replace("\n", ending)
    assert take_change_out(now, before=before, after=after) == expected.replace("\n", ending)
    above = f"# new{ending}"
    assert take_change_out(above + now, before=before, after=after) == (
        above + expected.replace("\n", ending)
    )


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(OWN + BLOCK.replace("z = 3", "z = 4"), id="another value in it"),
        pytest.param(OWN + BLOCK.replace("z = 3", "z = 3\nw = 4"), id="one more setting in it"),
        pytest.param(OWN + BLOCK + "w = 5\n", id="a setting below it, which its last section gets"),
        pytest.param(OWN + "[t]\nq = 1\n", id="another section of its name in its place"),
        pytest.param(OWN + BLOCK + "no setting\n", id="what the AWS CLI cannot read"),
    ],
)
def test_what_was_changed_in_a_block_is_not_lost(now: str) -> None:
    with pytest.raises(EditRefused):
        take_change_out(now, before=OWN, after=OWN + BLOCK)


@given(_texts, _texts)
def test_whatever_stands_around_a_block_keeps_its_bytes_and_its_meaning(
    above: str, below: str
) -> None:
    now = f"{above}\n{OWN}{BLOCK}[below]\n{below}"
    try:
        new = take_change_out(now, before=OWN, after=OWN + BLOCK)
    except EditRefused:
        return
    assert new == f"{above}\n{OWN}[below]\n{below}"
    settings = read_settings(now)
    del settings.sections["t"]
    assert read_settings(new) == settings
