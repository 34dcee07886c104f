from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy

Json = dict[str, object]

TRUST: Json = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}


def document(**changes: object) -> str:
    changed = {name: value for name, value in {**TRUST, **changes}.items() if value != "gone"}
    return json.dumps({"Version": "2012-10-17", "Statement": changed})


MALFORMED = [
    pytest.param("", "the policy is not JSON: Expecting value (line 1, column 1)", id="empty text"),
    pytest.param("[]", "the policy must be an object", id="a list"),
    pytest.param("[" * 100_000, "the policy is nested too deeply", id="a deep nest"),
    pytest.param('{"a": NaN}', "the policy is not JSON: NaN is not a JSON number", id="no number"),
    pytest.param('{"Id": "", "Id": ""}', "`Id` appears twice in one object", id="a key twice"),
    pytest.param("{}", "the policy has no `Statement`", id="no statement"),
    pytest.param('{"Statement": []}', "the policy has no `Statement`", id="an empty list"),
    pytest.param(
        '{"Statement": ["x"]}', "statement 1 must be an object", id="text for a statement"
    ),
    pytest.param('{"statement": []}', "element `statement`", id="an element in another case"),
    pytest.param(
        '{"Version": "2020-01-01", "Statement": []}',
        "`Version` must be `2012-10-17` or `2008-10-17`",
        id="an unknown version",
    ),
    pytest.param(document(Effect="allow"), "must be `Allow` or `Deny`", id="effect in lower case"),
    pytest.param(document(Action="gone"), "statement 1 has no `Action`", id="no action"),
    pytest.param(document(Action=[]), "`Action` of statement 1 is empty", id="no action at all"),
    pytest.param(document(NotAction="sts:*"), "both `Action` and `NotAction`", id="both kinds"),
    pytest.param(
        document(Principal="gone", NotPrincipal={"AWS": "111111111111"}),
        "`NotPrincipal` of statement 1 is supported in a `Deny` only",
        id="all principals but some, allowed",
    ),
    pytest.param(document(NotPrincipal="*"), "both `Principal` and", id="both kinds of principals"),
    pytest.param(document(Principal={}), "names no one", id="a principal that names no one"),
    pytest.param(document(Principal={"AWS": "1234"}), "`1234` in", id="a short account ID"),
    pytest.param(
        document(Principal={"AWS": "arn:aws:iam::111111111111:group/g"}),
        "is not an account, a user, a role or a session",
        id="a group as principal",
    ),
    pytest.param(document(Condition=[]), "`Condition` of statement 1", id="a list of conditions"),
    pytest.param(document(Condition={"NullIfExists": {}}), "not a condition operator", id="Null…"),
    pytest.param(
        document(Condition={"StringLike": {"k": {}}}),
        "`k` under `StringLike` of statement 1 must be text",
        id="an object for a value",
    ),
    pytest.param(document(Sid=1), "`Sid` of statement 1 must be text", id="a number as Sid"),
    pytest.param(
        json.dumps({"Statement": [{**TRUST, "Sid": "A"}, {**TRUST, "Sid": "A"}]}),
        "two statements have the same `Sid`",
        id="one Sid twice",
    ),
]


@pytest.mark.parametrize(("text", "message"), MALFORMED)
def test_a_malformed_policy_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        parse_policy(text)
    assert message in str(caught.value)


def test_an_identity_based_policy_needs_a_resource() -> None:
    """What a trust policy needs is in `data/trust_policies.txt`."""
    parse_policy(document())
    with pytest.raises(
        PolicyInvalid, match="has no `Resource`, which identity-based policies need"
    ):
        parse_policy(document(), kind=PolicyKind.IDENTITY)


def test_a_single_statement_needs_no_list() -> None:
    parsed = parse_policy({"Statement": TRUST})
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
        parse_policy(text)
