from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.explain.similar_names import Spellings, Variants, is_one_word_off, is_typo
from sync_profiles.explain.spelling import (
    common_word_for,
    form_of,
    spelled_like,
    version_of,
)
from sync_profiles.text import is_one_slip


@pytest.mark.parametrize(
    ("left", "right", "is_slip"),
    [
        pytest.param("admin", "admins", True, id="a letter more"),
        pytest.param("admin", "admn", True, id="a letter less"),
        pytest.param("admin", "adnin", True, id="another letter"),
        pytest.param("admin", "amdin", True, id="two letters swapped"),
        pytest.param("aab", "aaab", True, id="a letter doubled"),
        pytest.param("admin", "admin", False, id="the same word"),
        pytest.param("admin", "adnim", False, id="two slips"),
        pytest.param("node1", "node2", False, id="another number"),
        pytest.param("node1", "node11", False, id="a longer number"),
    ],
)
def test_a_typo(left: str, right: str, is_slip: bool) -> None:  # noqa: FBT001 - a cell of the table above
    assert is_one_slip(left, right) is is_slip
    assert is_one_slip(right, left) is is_slip


@pytest.mark.parametrize(
    ("left", "right"),
    [("team-a-admin", "team-b-admin"), ("db-ro", "db-rw"), ("AppDevAdmin", "AppDexAdmin")],
)
def test_another_letter_of_a_short_part_is_no_typo(left: str, right: str) -> None:
    assert not is_typo(left, right)
    assert not is_typo(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [("read-only", "readonly"), ("prod-admin", "prd-admin"), ("dex-admin", "dex-amdin")],
)
def test_another_letter_of_a_long_part_is_a_typo(left: str, right: str) -> None:
    assert is_typo(left, right)
    assert is_typo(right, left)


def test_none_of_many_names_with_the_same_start_is_a_word_off() -> None:
    many = (f"role{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(99))
    names = Variants.of(["ops-team", *many])
    assert [*names.near("role")][:1] == ["roleaa"]
    names.add("rolezz")
    assert [*names.near("role"), *names.near("team")] == ["ops-team"]


def test_a_number_is_no_version() -> None:
    found = {name: version_of(name) for name in ("web-v2", "webV10", "role11", "read-s3", "web-2")}
    assert found == {"web-v2": "-v2", "webV10": "V10", "role11": "", "read-s3": "", "web-2": ""}


@pytest.mark.parametrize("other", ["AdminRole", "admin_role", "admin-role-v2", "adminRoleV2"])
def test_the_form_of_a_name_is_without_its_style_and_version(other: str) -> None:
    assert form_of(other) == form_of("admin-role")


@pytest.mark.parametrize(
    ("left", "right"), [("dev1", "dev2"), ("DEV1", "DEV2"), ("v1", "v2"), ("app-1-11", "app-11-1")]
)
def test_numbers_that_tell_roles_apart_are_part_of_the_form(left: str, right: str) -> None:
    assert form_of(left) != form_of(right)


def test_a_word_of_its_own_is_no_typo() -> None:
    for name in ("team-lead-robots", "AWSControlTowerExecution", "us-west-2-rules", "Organisation"):
        assert common_word_for(name) is None
    assert common_word_for("SuperUsers") is None
    assert common_word_for("team-raed") == ("raed", "read")


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        pytest.param("ReadOly", "ReadOnly", id="a letter less"),
        pytest.param("ReadOnnly", "ReadOnly", id="a letter more"),
        pytest.param("eadOnly", "ReadOnly", id="without its first letter"),
        pytest.param("TeadOnly", "ReadOnly", id="another capital"),
        pytest.param("ReadInly", "ReadOnly", id="another capital in it"),
        pytest.param("ReaOdnly", "ReadOnly", id="a capital swapped"),
        pytest.param("READONY", "READONLY", id="all in capitals"),
        pytest.param("readoly", "readonly", id="none in capitals"),
        pytest.param("read_olny", "read_only", id="behind a separator"),
        pytest.param("readd-only", "read-only", id="before a separator"),
    ],
)
def test_a_typo_is_corrected_in_the_style_of_the_name(name: str, spelled: str) -> None:
    assert spelled_like(name, "readonly") == spelled


@given(words=st.lists(st.text("ab1-", max_size=6), max_size=8), word=st.text("ab1-", max_size=6))
def test_look_up_finds_what_comparing_with_every_word_finds(words: list[str], word: str) -> None:
    spellings = Spellings.of(words)
    near = {known for known in words if min(len(known), len(word)) >= 4 and is_typo(known, word)}

    assert set(spellings.near(word)) == near


@given(names=st.lists(st.text("abB1-", max_size=9), max_size=8), name=st.text("abB1-", max_size=9))
def test_look_up_finds_names_one_word_off(names: list[str], name: str) -> None:
    variants = Variants.of(dict.fromkeys(names))
    assert set(variants.near(name)) == {known for known in names if is_one_word_off(name, known)}
