"""How policies are read: IAM's grammar, and what is pasted for a check, with any fault."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examples import answered_examples, answers_of, rows, unescape
from sync_profiles.policy.common_texts import TextPattern, texts_like
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.trust_policy.checking import check_policy
from sync_profiles.trust_policy.pasted import read_pasted

ALLOW = '"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"'


def found(example: str) -> list[str]:
    """Return the faults of a text, the policy that is meant, and whether it is offered."""
    text, _, _ = example.partition("\n- ")
    text = unescape(f"{text.rstrip()}\n")
    pasted, checked = read_pasted(text), check_policy(text)
    assert checked.findings
    faults = [f"line {line}, column {column}: {says}" for line, column, says in pasted.faults]
    meant = [f"meant: {json.dumps(pasted.value)}"] if pasted.value is not None else []
    return [*faults, *meant, *(["it is offered"] if checked.corrected is not None else [])]


@pytest.mark.parametrize("text", answered_examples("pasted_policies.txt", found))
def test_what_is_pasted_is_read_as_it_was_meant(text: str) -> None:
    assert found(text) == answers_of(text)


@example(value={"\u00bb": "\u201d,"}, indent=None, is_ascii=False)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    indent=st.sampled_from([None, 0, 2]),
    is_ascii=st.booleans(),
)
def test_json_without_faults_is_read_as_python_reads_it(
    *, value: object, indent: int | None, is_ascii: bool
) -> None:
    found = read_pasted(json.dumps(value, indent=indent, ensure_ascii=is_ascii))
    assert (found.value, found.faults, found.is_whole) == (value, (), True)


@example("{a:")  # cut off where a value begins
@example(f'{{"Statement": {"9" * 5_000}}}')  # Python reads no integer of so many digits
@given(st.text(alphabet="{}[]:,\"\\ \n/#*ab1\u201c'`=-") | st.text())
def test_any_text_has_a_result(text: str) -> None:
    checked = check_policy(text)
    assert checked.findings or checked.is_sound
    assert checked.corrected is None or "Statement" in str(checked.corrected)


NO_POLICIES = ["[" * 102, "[" + "x," * 60, f'{{"Id": "{"x" * 8192}", "Statement": {{{ALLOW}}}}}']


@pytest.mark.parametrize("text", NO_POLICIES)
def test_what_is_no_policy_has_no_correction(text: str) -> None:
    checked = check_policy(text)
    assert checked.findings
    assert checked.corrected is None


TRUST: dict[str, object] = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}


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
def test_an_identity_based_policy_has_a_resource_and_no_principal(
    more: dict[str, object], fault: str
) -> None:
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
