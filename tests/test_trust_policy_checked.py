"""`trust-policy --check`: what is wrong is found, what is right is not, and corrections help.

With `--as`, one question about a policy is answered; the simulated STS is its witness.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples import answered_examples, answers_of, examples
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from sync_profiles.trust_policy.admission import NO_ONE
from sync_profiles.trust_policy.asking import Question, ask
from sync_profiles.trust_policy.auditing import Standing, audit_role
from sync_profiles.trust_policy.checking import check_policy, find_faults
from sync_profiles.trust_policy.policy_findings import MEANINGS, Code, path_text, with_fix
from trust_witness import (
    CONDITIONS,
    EVERYWHERE,
    NAMES,
    NOW,
    PRINCIPALS,
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

ACCOUNT = "arn:aws:iam::111111111111:root"
ROLE = "arn:aws:iam::222222222222:role/ci/deploy"
USUAL = {"Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
SAML = "arn:aws:iam::222222222222:saml-provider/corp"


def policy(example: str) -> object:
    """Return the policy of an example.

    Its statements begin with `Allow` or `Deny`, and let an account assume the role unless they say
    otherwise; what is `null` is left out. A policy that is none of that is there as a whole.
    """
    found: Json = {"Version": "2012-10-17"}
    statements: list[Json] = []
    for line in example.splitlines():
        name, _, value = line.partition(": ")
        match name:
            case "policy":
                return json.loads(value)
            case "Allow" | "Deny":
                statements.append({"Effect": name, **USUAL})
            case _ if not line.startswith("- ") and line:
                (statements[-1] if statements else found)[name] = json.loads(value)
    return present({**found, "Statement": [present(statement) for statement in statements]})


def present(elements: Json) -> Json:
    return {name: value for name, value in elements.items() if value is not None}


def answer(example: str) -> list[str]:
    """Return what an audit says of a role, who gets in, and what is found where."""
    checked = check_policy(json.dumps(policy(example), indent=2), NOW)
    assert checked.is_sound is (not checked.findings)
    first, *others = checked.admits
    standing = audit_role(ROLE, policy(example), NOW).standing
    codes = (f"{one.code.value}: {path_text(one.path)}" for one in checked.findings)
    return [f"{standing}: {first}", *others, *codes]


@pytest.mark.parametrize("example", answered_examples("trust_policies.txt", answer))
def test_a_mistake_is_found_alone_and_a_good_policy_gives_no_alarm(example: str) -> None:
    assert answer(example) == answers_of(example)
    follow_each(policy(example))


def offers(example: str) -> list[str]:
    """Return what each finding says and offers to write, and all of it in the corrected policy."""
    checked = check_policy(json.dumps(policy(example)), NOW)
    found = []
    for finding in checked.findings:
        found.append(f"{finding.code.value}: {finding.message}")
        if finding.fixed == checked.corrected and finding.fixed is not None:
            found.append("offered: the corrected policy")
        elif finding.fixed is not None:
            found.append(f"offered: {json.dumps(finding.fixed)}")
    return [*found, f"corrected: {json.dumps(checked.corrected)}"]


@pytest.mark.parametrize("example", answered_examples("trust_corrections.txt", offers))
def test_a_correction_leads_out_and_shuts_out_no_one_who_is_meant(example: str) -> None:
    assert offers(example) == answers_of(example)
    follow_each(policy(example))


def test_every_code_has_an_example_and_a_meaning() -> None:
    answers = [
        line for _, example in examples("trust_policies.txt") for line in answers_of(example)
    ]
    found = {code for line in answers for code in line.split(": ")[:2]}
    assert {code for code in Code if code.value not in found} == {Code.NOT_JSON}
    assert set(MEANINGS) == set(Code)


def test_a_policy_that_is_not_json_is_to_be_looked_at() -> None:
    assert audit_role(ROLE, "not JSON").standing is Standing.OPEN


def follow_each(value: object) -> None:
    """Follow each correction alone, and all in turn: no finding is left, and IAM takes the rest."""
    checked = check_policy(json.dumps(value))
    found = checked.findings
    for finding in found:
        if finding.fixed is None:
            continue
        after = find_faults(with_fix(value, finding))
        codes = [[one.code for one in listed].count(finding.code) for listed in (found, after)]
        assert codes[1] < codes[0], (path_text(finding.path), finding.fixed, after)
    if found and all(finding.fixed is not None for finding in found):
        # a correction may reveal what only the policy's author can correct
        left = check_policy(json.dumps(checked.corrected)).findings
        assert [one for one in left if one.fixed is not None] == []
        parse_policy(checked.corrected, kind=PolicyKind.TRUST)  # type: ignore[arg-type] # a policy


OWN_NAMES = ("${aws:username}", "${aws:username}*", "*", "$${aws:username}")
LIKE = [{"StringLike": {"sts:RoleSessionName": name}} for name in OWN_NAMES]
OTHERS = [{"AWS": ACCOUNT, "Federated": SAML}, {"Service": "ec2.amazonaws.com"}]


@given(
    listed=st.lists(
        statements(
            *("Allow", "Deny"),
            condition=CONDITIONS | st.sampled_from([EVERYWHERE, *LIKE]),
            principals=[*PRINCIPALS, [ACCOUNT, ROLE], *OTHERS],
            actions=["sts:AssumeRole", ["sts:AssumeRole", "sts:TagSession"], "sts:*"],
        ),
        min_size=1,
        max_size=3,
    ),
    version=st.none() | VERSIONS,
)
def test_following_a_correction_ends_its_finding_whatever_the_policy_is(
    listed: list[Json], version: str | None
) -> None:
    follow_each(present({"Version": version, "Statement": listed}))


ALICE, BOB = "arn:aws:iam::111111111111:user/alice", "arn:aws:iam::999999999999:user/bob"
SESSION = "arn:aws:sts::222222222222:assumed-role/deploy/alice"
SAMPLES = [
    (arn, name) for arn in (ALICE, BOB, SESSION) for name in ("alice", "bob", "x-alice", "x-bob")
]
NAMED = st.sampled_from(["alice", "alice*", "x-${aws:username}", "${aws:username}", "*"])
ABOUT_NAMES: st.SearchStrategy[dict[str, object]] = st.builds(
    lambda operator, key, value: {operator: {key: value}},
    st.sampled_from(["StringLike", "StringEquals", "StringNotLike", "StringNotEqualsIfExists"]),
    st.sampled_from(["sts:RoleSessionName", "aws:username", "RoleSessionName"]),
    NAMED | st.just("${sts:RoleSessionName}") | st.lists(NAMED, min_size=1, max_size=2),
)
#: what admits callers when it is corrected, as no one could have been meant to get in otherwise
ADMITTING = {
    *(Code.VERSION_MISSING, Code.CONDITION_NEVER_MET, Code.PRINCIPAL_WITHOUT_USER_NAME),
    *(Code.OTHER_ACTIONS_IN_STATEMENT, Code.DENIED_TO_EVERYONE, Code.UNKNOWN_CONDITION_KEY),
}


@given(
    listed=st.lists(
        statements(
            *("Allow", "Allow", "Deny"),
            condition=ABOUT_NAMES | CONDITIONS,
            principals=["*", ACCOUNT, ALICE, BOB, ROLE, SESSION],
            actions=["sts:AssumeRole", "sts:AssumeRole", "sts:AssumeRoleWithSAML"],
        ),
        min_size=1,
        max_size=3,
    )
)
def test_no_one_gets_in_where_the_check_says_so_and_a_correction_admits_no_others(
    listed: list[Json],
) -> None:
    value = {"Version": "2012-10-17", "Statement": listed}
    checked = check_policy(json.dumps(value))
    before = accepted(value)
    found = checked.findings
    if checked.admits == (NO_ONE,) or any("no one gets in" in one.message for one in found):
        assert True not in before.values(), before
    for finding in found:
        if finding.fixed is None:
            continue
        corrected = with_fix(value, finding)
        is_kept = check_policy(json.dumps(corrected)).admits != (NO_ONE,)
        assert is_kept or True not in before.values(), finding
        if any(one.code in ADMITTING for one in found):  # which it may correct too
            continue
        is_entered = any(answer is not False for answer in before.values())
        for call, answer in accepted(corrected).items():
            is_own = is_entered and call[0].endswith(f":user/{call[1]}")
            assert not answer or before[call] is not False or is_own, (finding, call)


def accepted(value: object) -> dict[tuple[str, str], bool | None]:
    """Return whether each sample call is accepted."""
    parsed = parse_policy(json.dumps(value), kind=PolicyKind.TRUST)
    return {
        (caller, name): ask(
            parsed, Question(caller=arn(caller), session_name=name, asked_at=NOW)
        ).accepted
        for caller, name in SAMPLES
    }


def test_many_names_beside_ones_own_are_not_tried_one_by_one() -> None:
    names = ["${aws:username}", *(f"team-{number}" for number in range(100))]
    listed = [
        {"Effect": effect, **USUAL, "Condition": {operator: {"sts:RoleSessionName": values}}}
        for effect, operator, values in (
            ("Allow", "StringLike", "*${aws:username}*"),
            ("Deny", "StringNotLike", names),
        )
    ]
    (admitted,) = check_policy(json.dumps({"Version": "2012-10-17", "Statement": listed})).admits
    assert "as `*${aws:username}*`, unless statement 2 denies it (if" in admitted


ANN = "arn:aws:iam::111111111111:user/team/ann"
ANSWERS = {True: "accepted: ", False: "not accepted: ", None: ""}


def asked_answer(example: str) -> list[str]:
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


@pytest.mark.parametrize("example", answered_examples("trust_questions.txt", asked_answer))
def test_a_question_gets_its_answer(example: str) -> None:
    assert asked_answer(example) == answers_of(example)


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
