from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import rows
from sync_profiles.policy.common_texts import TextPattern, texts_like
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy

Json = dict[str, object]

TRUST: Json = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}


def document(**changes: object) -> str:
    changed = {name: value for name, value in {**TRUST, **changes}.items() if value != "gone"}
    return json.dumps({"Version": "2012-10-17", "Statement": changed})


@pytest.mark.parametrize(
    ("text", "message"),
    [*rows("malformed_policies.txt"), ("[" * 100_000, "the policy is nested too deeply")],
    ids=lambda text: text[:40],
)
def test_a_malformed_policy_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text, kind=PolicyKind.TRUST)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({}, "no `Resource`, which identity-based policies need"),
        ({"Resource": "*"}, "a `Principal`, which identity-based policies must not have"),
    ],
)
def test_an_identity_based_policy_has_a_resource_and_no_principal(more: Json, fault: str) -> None:
    """What a trust policy needs is in `data/trust_policies.txt`."""
    text = document(**more)
    with pytest.raises(PolicyInvalid, match=f"has {fault}"):
        parse_policy(text, kind=PolicyKind.IDENTITY)


def test_a_single_statement_needs_no_list() -> None:
    parsed = parse_policy({"Statement": TRUST}, kind=PolicyKind.TRUST)
    assert parsed.version == "2008-10-17"
    assert [statement.actions.patterns for statement in parsed.statements] == [("sts:AssumeRole",)]


WORDS = st.sampled_from(
    [
        *("Version", "Statement", "Effect", "Allow", "Principal", "AWS", "*", "Action", "Sid"),
        *("sts:AssumeRole", "Condition", "StringLike", "2012-10-17", "Resource", "NotPrincipal"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | WORDS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(), inner, max_size=4)
    ),
)
STATEMENTS = st.fixed_dictionaries(
    dict.fromkeys(("Effect", "Action"), VALUES),
    optional=dict.fromkeys(("Sid", "Principal", "Condition", "Resource"), VALUES),
)


@given(
    st.text()
    | VALUES.map(json.dumps)
    | st.builds(lambda value: json.dumps({"Statement": value}), STATEMENTS)
    | st.dictionaries(WORDS | st.text(), VALUES)
    | st.fixed_dictionaries({"Statement": STATEMENTS | VALUES})
)
def test_only_policy_invalid_is_raised(text: str | dict[str, object]) -> None:
    with suppress(PolicyInvalid):
        parse_policy(text, kind=PolicyKind.TRUST)


ANY = TextPattern("*")


def test_there_is_a_text_for_each_set_of_patterns_that_one_is_like() -> None:
    assert texts_like([ANY], [TextPattern("X"), TextPattern("Y")]) == ["", "Y", "X"]
    assert texts_like([TextPattern("A", ignores_case=True)], [TextPattern("A")]) == ["a", "A"]
    # a letter that is neither in upper nor in lower case
    assert texts_like([TextPattern("\u01c5")], []) == ["\u01c5"]
    assert texts_like([TextPattern("a*")], [TextPattern("a*")]) == ["a"]
    plain = [TextPattern(text, wildcards=False) for text in ("a**", "a*")]
    assert texts_like(plain[:1], plain[1:]) == ["a**"]
    assert texts_like([TextPattern("*a" + "?" * 10)], [ANY]) is None  # too many states to say
    assert texts_like([], [ANY] * 41) is None
    part = TextPattern("*", is_arn=True)  # which is no colon
    assert texts_like([TextPattern("?")], [part]) == ["\N{REPLACEMENT CHARACTER}", ":"]
