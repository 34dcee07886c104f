"""What is a typo and what is another name: `data/spellings.txt` has the names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import table
from sync_profiles.explain.lookups import NameVariants, Spellings, is_one_word_off, is_typo
from sync_profiles.explain.spelling import common_word_for, form_of, spelled_like, version_of
from sync_profiles.text import is_one_slip

COMPARED: dict[str, Callable[[str, str], bool]] = {
    "one slip": is_one_slip,
    "typo": is_typo,
    "form": lambda one, other: form_of(one) == form_of(other),
}
FOUND: dict[str, Callable[[str], str]] = {
    "version": version_of,
    "common word": lambda name: " ".join(common_word_for(name) or ()),
    "readonly": lambda name: spelled_like(name, "readonly"),
}


@pytest.mark.parametrize("row", table("spellings.txt"))
def test_a_spelling(row: str) -> None:
    what, name, *cells, _ = row.split(" | ")
    if what in FOUND:
        assert (FOUND[what](name) or "-") == cells[0]
        return
    other, answer = cells
    for pair in ((name, other), (other, name)):
        assert COMPARED[what](*pair) is (answer == "yes")


def test_none_of_many_names_with_the_same_start_is_a_word_off() -> None:
    many = (f"role{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(99))
    names = NameVariants.of(["ops-team", *many])
    assert [*names.near("role")][:1] == ["roleaa"]
    names.add("rolezz")
    assert [*names.near("role"), *names.near("team")] == ["ops-team"]


@given(words=st.lists(st.text("ab1-", max_size=6), max_size=8), word=st.text("ab1-", max_size=6))
def test_look_up_finds_what_comparing_with_every_word_finds(words: list[str], word: str) -> None:
    spellings = Spellings.of(words)
    near = {known for known in words if min(len(known), len(word)) >= 4 and is_typo(known, word)}

    assert set(spellings.near(word)) == near


@given(names=st.lists(st.text("abB1-", max_size=9), max_size=8), name=st.text("abB1-", max_size=9))
def test_look_up_finds_names_one_word_off(names: list[str], name: str) -> None:
    variants = NameVariants.of(dict.fromkeys(names))
    assert set(variants.near(name)) == {known for known in names if is_one_word_off(name, known)}
