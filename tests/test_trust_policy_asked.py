"""`trust-policy --check … --as`: one question about a policy, with the simulated STS as witness."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import answered_examples, answers_of
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from sync_profiles.trust_policy.asking import Question, ask
from trust_witness import (
    NAMES,
    NOW,
    TARGET,
    USER,
    USER_CASE,
    VERSIONS,
    Aws,
    arn,
    statement,
    statements,
)

Json = dict[str, Any]

ANN = "arn:aws:iam::111111111111:user/team/ann"
ANSWERS = {True: "accepted: ", False: "not accepted: ", None: ""}


def answer(example: str) -> list[str]:
    """Return the answer about statements with an example's conditions, asked as it says."""
    asked: Json = {"caller": arn(ANN), "session_name": "ann", "asked_at": NOW}
    usual = statement({}, principal="arn:aws:iam::111111111111:root")
    differing = []
    for line in example.splitlines():
        fact, _, value = line.partition(": ")
        if line.startswith(("{", "Deny: ")):
            effect = "Allow" if line.startswith("{") else "Deny"
            condition = json.loads(line.removeprefix("Deny: "))
            differing.append({"Effect": effect, "Condition": condition})
        elif fact[:1].isupper():
            usual[fact] = json.loads(value)
        elif line and not line.startswith("- "):
            given = json.loads(value)
            asked[fact] = arn(given) if fact in {"caller", "role"} else given
    version = usual.pop("Version", "2012-10-17")
    listed = [{**usual, **each} for each in differing]
    found = ask(
        parse_policy({"Version": version, "Statement": listed}, kind=PolicyKind.TRUST),
        Question(**asked),
    )
    return [f"{ANSWERS[found.accepted]}{found.reason}"]


@pytest.mark.parametrize("example", answered_examples("trust_questions.txt", answer))
def test_a_question_gets_its_answer(example: str) -> None:
    assert answer(example) == answers_of(example)


@given(
    listed=st.lists(statements("Allow", "Allow", "Deny"), min_size=1, max_size=3),
    name=st.sampled_from(NAMES),
    external_id=st.sampled_from(["x-1", None]),
    version=VERSIONS,
)
def test_no_answer_is_false(
    *, listed: list[Json], name: str, external_id: str | None, version: str
) -> None:
    document: Json = {"Version": version, "Statement": listed}
    aws = Aws(document)
    question = Question(
        caller=arn(USER.arn),
        session_name=name,
        asked_at=NOW,
        role=arn(f"{TARGET.arn}-0"),
        external_id=external_id,
    )
    found = ask(parse_policy(document, kind=PolicyKind.TRUST), question)
    if found.accepted is not None:
        is_accepted = aws.accepts(aws.calling_key(USER_CASE), 0, name, external_id)
        assert found.accepted is is_accepted, found.reason
