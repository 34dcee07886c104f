"""Our own change is reverted in a text that was edited since: session names, and whole lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ini_texts import few_lines
from sync_profiles.config.document import parse_document
from sync_profiles.config.edit import edit_document
from sync_profiles.config.proof import read_settings
from sync_profiles.config.revert import (
    find_our_names,
    revert_lines,
    revert_names,
)
from sync_profiles.errors import EditRefused

OLD = "[profile a]\nrole_arn = r\n\n[profile b]\nrole_session_name = bob\nrole_arn = r\n"
NAMED = edit_document(parse_document(OLD), {"profile a": "me", "profile b": "me"})
NEW, CHANGES = NAMED.text, NAMED.lines


NAMES_REVERTED = [
    pytest.param(
        NEW.replace("\n", "\r\n"), OLD.replace("\n", "\r\n"), id="an editor changed line endings"
    ),
    pytest.param(
        NEW.replace("role_arn = r\n", "region = x\nrole_arn = z\n"),
        OLD.replace("role_arn = r\n", "region = x\nrole_arn = z\n"),
        id="other settings of the same sections were changed",
    ),
    pytest.param(NEW.replace("= me", "   =   me"), OLD, id="our line has another spacing"),
    pytest.param(
        NEW.replace("role_session_name = me\n", "", 1), OLD, id="one of our lines was removed"
    ),
    pytest.param(
        NEW.partition("[profile b]")[0],
        OLD.partition("[profile b]")[0],
        id="a section was removed with our line",
    ),
    pytest.param(
        "".join(NEW.partition("[profile b]")[index] for index in (1, 2, 0)),
        "".join(OLD.partition("[profile b]")[index] for index in (1, 2, 0)),
        id="the sections have another order",
    ),
]


@pytest.mark.parametrize(("now", "then"), NAMES_REVERTED)
def test_only_our_own_names_are_reverted(now: str, then: str) -> None:
    present, edited = find_our_names(parse_document(now), CHANGES)
    assert edited == []
    assert revert_names(parse_document(now), present).text == then


# text -> the sections in which our names are still present, and those in which they were edited
FOUND = [
    pytest.param(NEW.replace("= me", "= you", 1), "b", "a", id="another name in our line"),
    pytest.param(
        NEW.replace("role_session_name = me\n", "").replace(
            "[profile b]\n", "[profile b]\nrole_session_name = you\n"
        ),
        "",
        "b",
        id="another line in place of ours",
    ),
    pytest.param(
        NEW.replace("= me\n", "= me\n  more\n", 1), "b", "a", id="a line that continues ours"
    ),
    pytest.param(OLD, "", "", id="the names are those from before"),
    pytest.param(
        OLD.replace("= bob\n", "= bob\n  more\n"), "", "b", id="the name from before, continued"
    ),
    pytest.param("", "", "", id="the sections are gone"),
]


@pytest.mark.parametrize(("now", "present", "edited"), FOUND)
def test_our_names_are_found_again(now: str, present: str, edited: str) -> None:
    there, changed = find_our_names(parse_document(now), CHANGES)
    assert [change.section for change in there] == [f"profile {name}" for name in present]
    assert changed == [f"profile {name}" for name in edited]


def test_two_changes_of_one_section_are_not_ours_to_revert() -> None:
    present, edited = find_our_names(parse_document(NEW), [*CHANGES, CHANGES[0]])
    assert (present, edited) == ([CHANGES[1]], ["profile a"])


def test_names_that_were_removed_are_written_again() -> None:
    removed = revert_names(parse_document(NEW), CHANGES)
    assert revert_names(parse_document(removed.text), removed.lines).text == NEW


def test_the_last_line_of_a_file_without_a_newline_is_removed_with_the_break_above_it() -> None:
    old = "[profile a]\nregion = x\noutput = json\nrole_arn = r"
    named = edit_document(parse_document(old), {"profile a": "me"})
    ended = edit_document(parse_document(f"{old}\n"), {"profile a": "me"})
    for now, lines, then in (
        (named.text, named.lines, old),
        (f"{named.text}\n[b]\n", named.lines, f"{old}\n[b]\n"),
        (ended.text.rstrip(), ended.lines, f"{old}\n"),
    ):
        assert revert_names(parse_document(now), lines).text == then


def test_a_text_that_botocore_refuses_is_refused() -> None:
    with pytest.raises(EditRefused) as refusal:
        find_our_names(parse_document(f"{NEW}[profile a]\n"), CHANGES)
    assert str(refusal.value) == "the file cannot be parsed; nothing was written"
    assert refusal.value.hint == "correct the file first"


NAME_LINES = ["", "role_session_name = old\n", "role_session_name:x y\n", "ROLE_SESSION_NAME=o \n"]


@given(
    own=st.lists(st.sampled_from(NAME_LINES), min_size=1, max_size=6),
    place=st.integers(min_value=0),
    line=st.sampled_from(["# c\n", "\n", "[profile z]\n", "[profile z]\nregion = x\n"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    is_ended=st.booleans(),
)
def test_an_edit_elsewhere_is_kept_and_our_names_are_reverted(
    own: list[str], place: int, line: str, newline: str, *, is_ended: bool
) -> None:
    names = {f"profile {number}": "me" for number in range(len(own))}
    parts = [f"[{header}]\nrole_arn = r\n{line}" for header, line in zip(names, own, strict=True)]
    old = "".join(parts).replace("\n", newline)
    before = place % (len(parts) + is_ended)  # the edit is something above one of the profiles
    if not is_ended:
        old = old.rstrip("\r\n")
    new = edit_document(parse_document(old), names)

    def elsewhere(text: str) -> str:
        header = "[profile "
        pieces = [f"{header}{piece}" for piece in text.split(header)[1:]]
        return "".join([*pieces[:before], line.replace("\n", newline), *pieces[before:]])

    now = elsewhere(new.text)
    assert find_our_names(parse_document(now), new.lines) == (list(new.lines), [])
    assert revert_names(parse_document(now), new.lines).text == elsewhere(old)


OWN = "[a]\nx = 1\n\n[b]\ny = 2\n"
BLOCK = "\n# >>>\n[t]\nz = 3\n\n# <<<\n"
ENDINGS = ["\n", "\r\n"]

LAST_LINES = [
    pytest.param("", id="nothing was changed"),
    pytest.param("\n", id="an editor ended the last line"),
    pytest.param("\n[late]\n", id="a section was added below"),
    pytest.param("\n[late]", id="a section without a newline was added below"),
]
LINES_REVERTED = [
    pytest.param(
        OWN.replace("y = 2", "y = 9") + BLOCK,
        OWN.replace("y = 2", "y = 9"),
        id="a value was changed",
    ),
    pytest.param(
        OWN.replace("[b]", "[c]") + BLOCK, OWN.replace("[b]", "[c]"), id="a header was changed"
    ),
]


@pytest.mark.parametrize(("now", "expected"), LINES_REVERTED)
def test_a_block_is_removed_and_what_was_changed_since_is_kept(now: str, expected: str) -> None:
    assert revert_lines(now, before=OWN, after=OWN + BLOCK) == expected


def test_a_block_that_was_removed_is_back_beside_what_was_added_since() -> None:
    for was in (OWN + BLOCK.replace("\n", ending) for ending in ENDINGS):
        assert revert_lines(f"# new\n{OWN}", before=was, after=OWN) == f"# new\n{was}"
    with pytest.raises(EditRefused):  # in the same place
        revert_lines(f"{OWN}# new\n", before=OWN + BLOCK, after=OWN)


def test_lines_that_are_there_with_other_endings_are_not_inserted_again() -> None:
    block = "\n# >>>\n# <<<\n"
    now = f"{OWN}{block}".replace("\n", "\r\n")
    assert revert_lines(now, before=OWN[:-1], after=OWN + block) == OWN[:-1].replace("\n", "\r\n")
    for text, before, after in (
        (now, OWN + block, OWN),
        ("# a\n", "# b\n# a\n", "# b\n"),  # no more than that is there
    ):
        with pytest.raises(EditRefused, match=r"^later edits touch"):
            revert_lines(text, before=before, after=after)


@pytest.mark.parametrize("below", LAST_LINES)
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("added", ENDINGS)
def test_a_file_without_a_final_newline_is_restored_without_one(
    below: str, ending: str, added: str
) -> None:
    ours = (OWN[:-1], OWN[:-1] + BLOCK[:-1], below[:1])
    before, after, end = (text.replace("\n", ending) for text in ours)
    now = after + below.replace("\n", added)
    reverted = before + end + below[1:].replace("\n", added)
    for start in ("", f"# new{ending}"):
        assert revert_lines(start + now, before=before, after=after) == start + reverted


def sections(names: str) -> str:
    return "".join(f"[{name}]\nk = 1\n" for name in names)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("ac", "abc", id="nothing was changed"),
        pytest.param("ad", "abd", id="the section below was renamed"),
        pytest.param("dc", "dbc", id="the section above was renamed"),
        pytest.param("ace", "abce", id="a section was added at the end"),
        pytest.param("eac", "eabc", id="a section was added at the start"),
        pytest.param("aec", None, id="a section was added in the same place"),
        pytest.param("acb", None, id="a section of its name was added"),
    ],
)
def test_a_section_that_was_removed_comes_back(now: str, expected: str | None) -> None:
    before, after = sections("abc"), sections("ac")
    if expected is None:
        with pytest.raises(EditRefused, match=r"^later edits touch what it wrote$"):
            revert_lines(sections(now), before=before, after=after)
    else:
        assert revert_lines(sections(now), before=before, after=after) == sections(expected)


@pytest.mark.parametrize(
    ("above", "below", "end"),
    [
        pytest.param("", "", "", id="nothing was changed"),
        pytest.param("# new\n", "", "", id="a comment was added above"),
        pytest.param("", "[late]\n", "\n[late]\n", id="a section was added below"),
    ],
)
def test_a_newline_that_came_with_a_block_goes_with_it(above: str, below: str, end: str) -> None:
    now = above + OWN + BLOCK + below
    assert revert_lines(now, before=OWN[:-1], after=OWN + BLOCK) == above + OWN[:-1] + end


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
def test_changes_in_a_block_are_not_lost(now: str) -> None:
    is_parsable = "no setting" not in now
    reason = (
        "later edits touch" if is_parsable else "the file cannot be parsed; nothing was written"
    )
    with pytest.raises(EditRefused, match=f"^{reason}"):
        revert_lines(now, before=OWN, after=OWN + BLOCK)


def imported(source: str, text: str = "# x\n") -> str:
    return f"# >>> sync-profiles import: {source} …\n{text}# <<< sync-profiles import: {source}\n"


@pytest.mark.parametrize(
    ("now", "before", "after"),
    [
        pytest.param(
            imported("x", "\n# x\n") + imported("z"),
            "[own]\n\n" + imported("y", "[t]\n") + "\n" + imported("x") + imported("z"),
            "[own]\n\n" + imported("x") + imported("z"),
            id="inside another block, whose blank line is new",
        ),
        pytest.param(
            "# new\n" + OWN + "\n" + imported("x") + "[late]\n\n",
            OWN + "\n" + imported("x", ""),
            OWN + "\n",
            id="a second time, without a section",
        ),
    ],
)
def test_a_block_comes_back_whole_and_once_or_not_at_all(now: str, before: str, after: str) -> None:
    with pytest.raises(EditRefused, match=r"^later edits touch what it wrote$"):
        revert_lines(now, before=before, after=after)


@given(few_lines, few_lines)
def test_text_around_a_block_keeps_its_bytes_and_its_meaning(above: str, below: str) -> None:
    now = f"{above}\n{OWN}{BLOCK}[below]\n{below}"
    try:
        new = revert_lines(now, before=OWN, after=OWN + BLOCK)
    except EditRefused:
        return
    assert new == f"{above}\n{OWN}[below]\n{below}"
    settings = read_settings(now)
    del settings.sections["t"]
    assert read_settings(new) == settings
