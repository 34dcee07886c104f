"""What a trust policy requires of a call, in sentences; `data/requirements.txt` has the examples.

An example has facts about the call, the elements of each statement that are not those of `allow`
(null: none), and the sentences.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import answered_examples, answers_of
from hint_cases import CALL, HOP
from plan_worlds import calling, parsed
from sync_profiles.explain.refused_call import ParentSession
from sync_profiles.explain.requirements import describe_requirements
from sync_profiles.policy.grammar import PolicyKind, parse_policy

Json = dict[str, object]


def allow(condition: Mapping[str, object] | None = None, **elements: object) -> Json:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "sts:AssumeRole",
        "Condition": condition or {},
        **elements,
    }


def requirements(example: str) -> tuple[str, ...]:
    """Return what an example's statements require of its call."""
    call, version = replace(CALL, has_long_term_key=True), "2012-10-17"
    statements = []
    for line in example.splitlines():
        fact, _, value = line.partition(": ")
        match fact:
            case "caller":
                call = replace(call, caller=calling(value))
            case "user ID":
                call = replace(call, caller=replace(call.caller, user_id=value))
            case "session name":
                call = call.with_setting("role_session_name", None if value == "none" else value)
            case "key":
                call = replace(call, has_long_term_key=value != "of a session")
            case "hop":
                above = ParentSession(profile=HOP, role=parsed(value), name="jane")
                call = replace(call, parent=above)
            case "version":
                version = value
            case _:
                if line.startswith("{"):
                    elements = {**allow(), **json.loads(line)}
                    statements.append({k: v for k, v in elements.items() if v is not None})
    policy = parse_policy({"Version": version, "Statement": statements}, kind=PolicyKind.TRUST)
    return describe_requirements(policy, call)


@pytest.mark.parametrize("example", answered_examples("requirements.txt", requirements))
def test_what_a_trust_policy_requires(example: str) -> None:
    assert list(requirements(example)) == answers_of(example)


KEYS = st.sampled_from(["sts:RoleSessionName", "aws:MultiFactorAuthPresent", "aws:SourceIp", "x:y"])
OPERATORS = st.sampled_from(
    [
        f"{quantifier}{name}{if_exists}"
        for quantifier in ("", "ForAnyValue:", "ForAllValues:")
        for name in (
            *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"),
            *("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "ArnNotEquals", "ArnLike"),
            *("Bool", "BinaryEquals", "IpAddress", "NotIpAddress", "NumericLessThanEquals"),
            *("NumericNotEquals", "DateGreaterThan", "DateEquals"),
        )
        for if_exists in ("", "IfExists")
    ]
    + ["Null"]
)
CONDITIONS = st.dictionaries(
    OPERATORS, st.dictionaries(KEYS, st.text() | st.lists(st.text()), max_size=2), max_size=2
)


@given(
    statements=st.lists(
        st.builds(allow, CONDITIONS, Effect=st.sampled_from(["Allow", "Deny"])),
        min_size=1,
        max_size=3,
    )
)
def test_any_conditions_give_sentences_in_our_style(statements: list[Json]) -> None:
    for sentence in describe_requirements(
        parse_policy({"Statement": statements}, kind=PolicyKind.TRUST), CALL
    ):
        assert sentence.isprintable()
        assert not sentence.endswith(".")
        assert sentence.count("`") % 2 == 0
