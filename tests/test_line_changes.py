"""The changed lines between two texts, found, inverted and made; and the hunks of a diff."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from ini_texts import few_lines
from sync_profiles.config import line_changes
from sync_profiles.config.line_changes import find_changed_lines, invert_changes, restore_lines
from sync_profiles.model import ChangedLine


def test_changed_lines_have_the_numbers_of_the_text_that_has_them() -> None:
    old, new = "a\nb\nc\ne\nf\ng\n", "a\nx\ny\nc\nd\nf\n"

    def numbers(changes: list[ChangedLine]) -> list[tuple[int, str | None, str | None]]:
        return [(change.line, change.before, change.after) for change in changes]

    changes = find_changed_lines(old, new)
    assert numbers(changes) == [
        (2, "b\n", None),
        (2, None, "x\n"),
        (3, None, "y\n"),
        (5, "e\n", None),
        (5, None, "d\n"),
        (7, "g\n", None),
    ]
    back = invert_changes(changes)
    assert numbers(back) == [
        (2, None, "b\n"),
        (3, "x\n", None),
        (3, "y\n", None),
        (4, None, "e\n"),
        (5, "d\n", None),
        (6, None, "g\n"),
    ]
    assert restore_lines(new, changes) == old
    assert restore_lines(old, back) == new


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
    assert line_changes.find_hunks(old, new) == hunks


def test_the_difference_of_long_texts_is_found_between_lines_that_both_have_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_changes, "_MOST_PAIRS", 0)
    assert line_changes.find_hunks("1a2b3c4", "5a6b7c89") == [
        (0, 1, ("5",)),
        (2, 3, ("6",)),
        (4, 5, ("7",)),
        (6, 7, ("8", "9")),
    ]
    assert line_changes.find_hunks("1e2a3c4d5f", "6a7c8d9e0!f") == [  # one of them has moved
        (0, 3, ("6",)),
        (4, 5, ("7",)),
        (6, 7, ("8",)),
        (8, 9, ("9", "e", "0", "!")),
    ]
