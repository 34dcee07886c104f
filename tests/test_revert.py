"""Our own change is reverted in a text that was edited since: session names, and whole lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import params
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


@pytest.mark.parametrize(("now", "then", "edited"), params("reverted_names.txt"))
def test_only_our_own_names_are_reverted(now: str, then: str, edited: str) -> None:
    present, changed = find_our_names(parse_document(now), CHANGES)
    assert revert_names(parse_document(now), present).text == then
    assert changed == edited.splitlines()


def test_two_changes_of_one_section_are_not_ours_to_revert() -> None:
    present, edited = find_our_names(parse_document(NEW), [*CHANGES, CHANGES[0]])
    assert (present, edited) == ([CHANGES[1]], ["profile a"])


def test_names_that_were_removed_are_written_again() -> None:
    removed = revert_names(parse_document(NEW), CHANGES)
    assert revert_names(parse_document(removed.text), removed.lines).text == NEW


@pytest.mark.parametrize("settings", ["", "\nrole_arn = r", "\nrole_arn =\n r\n s\n t"])
def test_a_name_behind_a_line_without_a_break_leaves_none_behind(settings: str) -> None:
    named = edit_document(parse_document(f"[a]{settings}"), {"a": "me"})
    assert revert_names(parse_document(named.text), named.lines).text == f"[a]{settings}"


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
    value=st.sampled_from(["r\n", "r\n s\n t\n"]),
    is_ended=st.booleans(),
)
def test_an_edit_elsewhere_is_kept_and_our_names_are_reverted(
    own: list[str], place: int, line: str, newline: str, value: str, *, is_ended: bool
) -> None:
    names = {f"profile {number}": "me" for number in range(len(own))}
    parts = [
        f"[{header}]\nrole_arn = {value}{name}" for header, name in zip(names, own, strict=True)
    ]
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


@pytest.mark.parametrize(("before", "after", "now", "then"), params("reverted_lines.txt"))
def test_a_write_is_undone_if_later_edits_do_not_touch_it(
    before: str, after: str, now: str, then: str
) -> None:
    """`OWN` and `BLOCK` are as above."""
    words = {"OWN": OWN[:-1], "BLOCK": BLOCK[:-1]}
    for word, text in words.items():
        before, after, now, then = (each.replace(word, text) for each in (before, after, now, then))
    try:
        found = revert_lines(now, before=before, after=after)
    except EditRefused as refusal:
        found = f"refused: {refusal}\n"
    assert found == then


@given(few_lines, few_lines)
def test_text_around_a_block_keeps_its_bytes_and_its_meaning(above: str, below: str) -> None:
    now = f"{above}\n{OWN}{BLOCK}[below]\n{below}"
    try:
        new = revert_lines(now, before=OWN, after=OWN + BLOCK)
    except EditRefused:
        return
    assert new == f"{above}\n{OWN}[below]\n{below}"
    settings = read_settings(now)
    del settings["t"]
    assert read_settings(new) == settings
