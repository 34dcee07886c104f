from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import rows
from sync_profiles.shapes import mask_words
from sync_profiles.text import one_line, quote


@pytest.mark.parametrize(
    ("message", "words"),
    rows("masked_words.txt"),
)
def test_messages_of_aws_and_of_this_machine_are_safe_to_show(message: str, words: str) -> None:
    assert mask_words(message) == words


def test_a_used_mfa_code_is_never_shown() -> None:
    assert mask_words("got 123456, sorry", holds_code=True) == "got …, sorry"


def test_an_endless_text_is_cut() -> None:
    assert len(mask_words("word " * 1000)) < 500


@given(code=st.text(alphabet=st.characters(exclude_characters="'"), min_size=4))
def test_no_mfa_code_is_echoed(code: str) -> None:
    message = f"Value '<{code}>' at 'tokenCode' failed to satisfy constraint"

    assert mask_words(message) == "Value '…' at 'tokenCode' failed to satisfy constraint"


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    assert one_line(text).isprintable()
    assert quote(text).count("`") == 2
    assert mask_words(text).isprintable()


def test_observed_messages_stay_readable() -> None:
    data = Path(__file__).parent / "data" / "sts_refusals.jsonl"
    for line in data.read_text(encoding="utf-8").splitlines():
        assert mask_words(json.loads(line)["message"])
