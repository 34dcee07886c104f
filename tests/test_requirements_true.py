"""Statements about a trust policy match the sandbox's answers to real requests."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rounds import EXAMPLES
from sync_profiles.explain.requirements import describe_requirements
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from trust_witness import (
    CASES,
    CONDITIONS,
    NAMES,
    NOW,
    OPEN,
    PRINCIPALS,
    Aws,
    Json,
    refused_call,
    statement,
)


@settings(max_examples=3 * EXAMPLES)
@given(
    name=st.sampled_from([*CASES]),
    principal=st.sampled_from(PRINCIPALS),
    condition=CONDITIONS,
    effect=st.sampled_from(["Allow", "Deny"]),
    version=st.sampled_from(["2012-10-17", "2008-10-17"]),
    session_name=st.sampled_from([*NAMES, None]),
    external_id=st.sampled_from(["x-1", "work_api", None]),
)
def test_no_statement_is_false(
    name: str,
    principal: str,
    condition: Json,
    effect: str,
    version: str,
    session_name: str | None,
    external_id: str | None,
) -> None:
    case = CASES[name]
    drawn = statement(condition, effect=effect, principal=principal)
    # what goes with the call beside it: a source identity follows its session
    also: Json = {**OPEN, "Action": ["sts:TagSession", "sts:SetSourceIdentity"]}
    trusts: list[list[Json]] = [
        [{**drawn, "Effect": "Allow", "Principal": "*"}, also],
        [{**drawn, "Effect": "Allow", "Condition": {}}, also],
        [drawn, also] if effect == "Allow" else [drawn, OPEN],
    ]
    documents: list[Json] = [{"Version": version, "Statement": trust} for trust in trusts]
    aws = Aws(*documents)
    key = aws.calling_key(case)
    sent_name = session_name or f"botocore-session-{int(NOW.timestamp())}"
    is_met, is_named, is_let_in = (aws.accepts(key, i, sent_name, external_id) for i in range(3))

    policy = parse_policy({"Version": version, "Statement": [drawn]}, kind=PolicyKind.TRUST)
    sentences = describe_requirements(policy, refused_call(case, session_name, external_id))

    for sentence in sentences:
        fact, _, verdict = sentence.rpartition(": ")
        if verdict == "met":
            assert is_met, sentence
        elif verdict.startswith("not met"):
            assert not is_met, sentence
        elif verdict.startswith("not the caller"):
            assert not is_named, sentence
        elif verdict == "it overrides every allow":
            assert not is_let_in, sentence
        elif verdict != "cannot be checked from here":
            assert " allows " in sentence
            assert is_named, sentence
            assert is_let_in, sentence
        if "and never can be" in verdict:
            assert not any(aws.accepts(key, 0, other, external_id) for other in NAMES), fact
    if effect == "Deny" and not sentences:
        assert is_let_in
