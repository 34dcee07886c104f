"""Text from files and from AWS does nothing to a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_profiles.text import inert

EXAMPLES = 400


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param("work_api [red] é 名 🙂", "work_api [red] é 名 🙂", id="text of any script"),
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="an escape sequence"),
        pytest.param("\x9b31m", "\\x9b31m", id="an escape sequence in one byte"),
        pytest.param("a\r\nb\tc\x07\x7f", "a\\r\\nb\\tc\\x07\\x7f", id="control characters"),
        pytest.param("a\u202eb\u2066", "a\\u202eb\\u2066", id="a change of direction"),
        pytest.param("a\u200bb\ufeff\xad", "a\\u200bb\\ufeff\\xad", id="what nobody sees"),
        pytest.param("a\u2028b\u2029", "a\\u2028b\\u2029", id="further line ends"),
        pytest.param("\udcff", "\\udcff", id="a byte that is not UTF-8"),
        pytest.param("\ue000\U000e0041", "\\ue000\\U000e0041", id="private use and tags"),
    ],
)
def test_what_a_terminal_acts_on_is_spelled_out(text: str, expected: str) -> None:
    assert inert(text) == expected


def test_some_characters_may_stay() -> None:
    assert inert("a\tb\nc\x1b", keep="\t\n") == "a\tb\nc\\x1b"


@settings(max_examples=EXAMPLES)
@given(st.text(st.characters()))
def test_no_text_acts_on_a_terminal(text: str) -> None:
    shown = inert(text)
    assert {unicodedata.category(character)[0] for character in shown} <= set("LMNPSZ")
    assert all(character.isprintable() or character.isspace() for character in shown)
    assert shown.splitlines() in ([], [shown])
    shown.encode()
    assert inert(shown) == shown
