"""What an edit changed: as a record that leads back, and as a diff that shows no secret."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from examples import params, table, unescape
from ini_texts import edited, few_lines
from sync_profiles.config import line_changes
from sync_profiles.config.diff import unified_diff
from sync_profiles.config.document import parse_document
from sync_profiles.config.edit import edit_document
from sync_profiles.config.line_changes import find_changed_lines, invert_changes, restore_lines
from sync_profiles.errors import EditRefused
from sync_profiles.model import ChangedLine

NAME = "role_session_name = me"


@pytest.mark.parametrize("row", table("changed_lines.txt"))
def test_the_changed_lines(row: str) -> None:
    text, *change, _ = map(unescape, row.split(" | "))
    lines = edit_document(parse_document(text), {"p": "me"}).lines
    found = [[str(each.line), each.before or "-", each.after] for each in lines]
    assert found == ([change] if change else [])


BEGIN = "[p]\nrole_arn = r\n"


@pytest.mark.parametrize("text", [f"{BEGIN}region = x\n", f"{BEGIN}{NAME}2\n", BEGIN, "[p]\n", ""])
@pytest.mark.parametrize("after", [f"{NAME}\n", f"\n{NAME}"])
def test_lines_that_were_changed_since_are_not_restored(text: str, after: str) -> None:
    for change in (
        ChangedLine(line=3, before=None, after=after),
        ChangedLine(line=3, before="region = y", after="region = "),
    ):
        with pytest.raises(EditRefused, match="line 3 has changed since"):
            restore_lines(text, [change])


def test_lines_one_directly_below_the_other_are_restored() -> None:
    added = [ChangedLine(line=line, before=None, after=f"{line}\n") for line in (1, 2)]
    assert restore_lines("1\n2\n3\n", added) == "3\n"


@pytest.mark.parametrize(("text", "hunks"), params("diffs.txt"))
def test_the_diff(text: str, hunks: str) -> None:
    assert (
        unified_diff(text, edited(text, {"p": "me"}), name="config")
        == f"--- a/config\n+++ b/config\n{hunks}"
    )


@pytest.mark.parametrize(("name", "old", "new", "diff"), params("diffs_of_texts.txt"))
def test_the_diff_of_any_two_texts(name: str, old: str, new: str, diff: str) -> None:
    assert unified_diff(old, new, name=name) == diff


def test_of_many_lines_that_all_change_the_removed_ones_come_first() -> None:
    old, new = ("".join(f"{number} = {word}\n" for number in range(600)) for word in "ab")
    lines = unified_diff(old, new, name="config").splitlines()[3:]
    assert [line[0] for line in lines] == [*"-" * 600, *"+" * 600]


@pytest.mark.parametrize("most_pairs", [line_changes._MOST_PAIRS, 3])  # noqa: SLF001 - as if the texts were long
@example(old="a\nk\nk\na\n", new="k\nk\na\nk\n")  # no line that each has once
@given(old=few_lines, new=few_lines)
def test_changed_lines_convert_either_text_into_the_other(
    most_pairs: int, old: str, new: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_changes, "_MOST_PAIRS", most_pairs)
        changes = find_changed_lines(old, new)
    assert restore_lines(new, changes) == old
    assert restore_lines(old, invert_changes(changes)) == new
    assert bool(changes) is (old != new)


@pytest.mark.parametrize(
    ("old", "new", "hunks"),
    [
        ("xa", "ax", [(0, 0, ("a",)), (1, 2, ())]),
        ("c1b2a", "cba", [(1, 2, ()), (3, 4, ())]),
        ("cba", "c1b2a", [(1, 1, ("1",)), (2, 2, ("2",))]),
    ],
)
def test_the_difference_of_two_texts(
    old: str, new: str, hunks: list[tuple[int, int, tuple[str, ...]]]
) -> None:
    assert list(line_changes.find_hunks(old, new)) == hunks


def test_the_difference_of_long_texts_is_found_between_lines_that_both_have_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_changes, "_MOST_PAIRS", 0)
    assert list(line_changes.find_hunks("1a2b3c4", "5a6b7c89")) == [
        (0, 1, ("5",)),
        (2, 3, ("6",)),
        (4, 5, ("7",)),
        (6, 7, ("8", "9")),
    ]
    assert list(line_changes.find_hunks("1e2a3c4d5f", "6a7c8d9e0!f")) == [  # one of them has moved
        (0, 3, ("6",)),
        (4, 5, ("7",)),
        (6, 7, ("8",)),
        (8, 9, ("9", "e", "0", "!")),
    ]
