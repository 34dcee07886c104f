"""What a check offers to correct, and what it says instead where that would shut someone out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync_profiles.trust_policy.checking import check_policy, find_faults
from sync_profiles.trust_policy.policy_findings import Code, with_fix

Json = dict[str, Any]
ACCOUNT = "arn:aws:iam::111111111111:root"
BOB = "arn:aws:iam::999999999999:user/bob"
USUAL = {"Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
OWN: Json = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}


def with_condition(**condition: Json) -> Json:
    statement = {"Effect": "Allow", **USUAL, "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize("key", ["sts:RoleSesionName", "RoleSessionName"])
@pytest.mark.parametrize("operator", ["StringNotLike", "StringNotEqualsIfExists"])
def test_no_correction_shuts_out_everyone_who_gets_in(key: str, operator: str) -> None:
    own = "${aws:username}"
    value = with_condition(StringEquals={"sts:RoleSessionName": own}, **{operator: {key: own}})
    other = {"Effect": "Allow", **USUAL, "Principal": {"AWS": BOB}}
    beside = {**value, "Statement": [*value["Statement"], other]}
    (located,) = check_policy(json.dumps(value)).findings
    assert located.finding.fixed is None
    (same, needed) = check_policy(json.dumps(beside)).findings
    assert same.finding == located.finding
    assert check_policy(json.dumps(beside)).corrected == with_fix(beside, needed.finding)
    assert located.finding.message.endswith(
        "correcting that would shut out everyone whom a statement lets in today: remove the "
        "condition, or decide whom to admit"
    )


def test_a_correction_without_the_version_is_one_of_the_whole_policy() -> None:
    own = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
    listed = [
        {"Effect": "Allow", **USUAL, "Condition": own},
        {"Effect": "Allow", **USUAL, "Principal": "*", "Condition": own},
    ]
    for located in check_policy(json.dumps({"Statement": listed})).findings:
        assert isinstance(located.finding.fixed, dict)
        assert located.finding.fixed["Version"] == "2012-10-17"


@pytest.mark.parametrize(
    ("named", "more", "message"),
    [
        pytest.param(
            ACCOUNT,
            [{"Effect": "Deny", **USUAL, "Condition": {"Null": {"RoleSessionName": "false"}}}],
            "remove the statement, or decide whom to admit",
            id="a Deny that applies to no one would apply to all without the condition",
        ),
        pytest.param(
            [ACCOUNT, "arn:aws:iam::111111111111:user/u"],
            [],
            "remove the condition, or decide whom to admit",
            id="the name of one user is not why all are shut out",
        ),
    ],
)
def test_what_is_advised_in_place_of_a_correction_leads_out(
    named: object, more: list[Json], message: str
) -> None:
    condition = OWN if more else {**OWN, "StringNotLike": {"RoleSessionName": "${aws:username}"}}
    first = {"Effect": "Allow", **USUAL, "Principal": {"AWS": named}, "Condition": condition}
    (located,) = check_policy(
        json.dumps({"Version": "2012-10-17", "Statement": [first, *more]})
    ).findings
    assert located.finding.fixed is None
    assert located.finding.message.endswith(message)


@pytest.mark.parametrize(
    ("names", "condition"),
    [
        pytest.param(["u"], {"ArnEquals": {"aws:PrincipalArn": BOB}}, id="another condition"),
        pytest.param(["u", "ann"], {**OWN, "StringLike": {"aws:username": "x"}}, id="another user"),
    ],
)
def test_a_user_is_not_to_be_renamed_whom_something_else_keeps_out(
    names: list[str], condition: Json
) -> None:
    arns = [f"arn:aws:iam::111111111111:user/{name}" for name in names]
    statement = {"Effect": "Allow", **USUAL, "Principal": {"AWS": arns}, "Condition": condition}
    (finding,) = find_faults({"Version": "2012-10-17", "Statement": [statement]})
    assert finding.message == "no one whom this statement names can meet its conditions"


def test_corrections_that_shut_out_everyone_only_together_are_offered_one_by_one() -> None:
    own, other = "${aws:username}", "x-${aws:username}"
    names = {
        "ForAllValues:StringEquals": {"sts:RoleSesionName": f"{own}*"},
        "StringEqualsIfExists": {"RoleSessionName": own},
    }
    denied = {"StringEquals": {"aws:RoleSessionName": [other, own]}}
    listed = [
        {"Effect": "Allow", **USUAL, "Principal": {"AWS": BOB}, "Condition": names},
        {"Effect": "Deny", **USUAL, "Principal": {"AWS": "999999999999"}, "Condition": denied},
    ]
    checked = check_policy(json.dumps({"Version": "2012-10-17", "Statement": listed}))
    assert any(one.finding.fixed is not None for one in checked.findings)
    assert checked.corrected is None


@pytest.mark.parametrize("users_named", [["u"], ["u", "ann"]])
def test_a_user_who_cannot_keep_the_rule_is_to_be_renamed(users_named: list[str]) -> None:
    arns = [f"arn:aws:iam::111111111111:user/{name}" for name in users_named]
    statement = {"Effect": "Allow", **USUAL, "Principal": {"AWS": arns}}
    (located,) = check_policy(json.dumps({"Statement": [statement]})).findings
    assert (located.finding.fixed is None) is (users_named == ["u"])
    assert located.finding.message.endswith(
        "the user `u` can never use its own name, as a session name has 2 to 64 characters: "
        "rename the user"
    )


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({"StringNotLike": {"RoleSessionName": "${aws:username}"}}, id="own name"),
        pytest.param({"StringLike": {"RoleSessionName": "*-${aws:username}"}}, id="others' names"),
    ],
)
def test_what_is_right_only_with_the_other_corrections_is_the_whole_policy(condition: Json) -> None:
    checked = check_policy(json.dumps(with_condition(**condition)))
    own = with_condition(StringLike={"sts:RoleSessionName": "${aws:username}"})
    assert checked.corrected == own
    fixed = {one.finding.code: one.finding.fixed for one in checked.findings}
    assert fixed[Code.UNKNOWN_CONDITION_KEY] == own


def test_a_required_name_does_not_refuse_the_actions_without_one() -> None:
    value = with_condition(StringLikeIfExists={"sts:RoleSessionName": "${aws:username}"})
    (statement,) = value["Statement"]
    tagged = {**value, "Statement": [{**statement, "Action": ["sts:AssumeRole", "sts:TagSession"]}]}
    (located,) = check_policy(json.dumps(tagged)).findings
    (own,) = with_condition(StringLike={"sts:RoleSessionName": "${aws:username}"})["Statement"]
    tags = {"Effect": "Allow", **USUAL, "Action": "sts:TagSession"}
    assert located.finding.fixed == {**value, "Statement": [own, tags]}


def test_a_tag_in_place_of_the_user_name_has_no_wildcard_beside_it() -> None:
    role = {"AWS": "arn:aws:iam::111111111111:role/ci"}
    value = with_condition(StringLike={"sts:RoleSessionName": "${aws:username}*"})
    value["Statement"][0]["Principal"] = role
    (finding,) = find_faults(value)
    tag = with_condition(StringLike={"sts:RoleSessionName": "${aws:PrincipalTag/UserName}"})
    assert [finding.fixed] == [{**each, "Principal": role} for each in tag["Statement"]]


@pytest.mark.parametrize("text", ["*", "${aws:username}*"])
def test_a_wildcard_that_is_taken_literally_is_not_corrected_to_any_name(text: str) -> None:
    (finding,) = find_faults(with_condition(StringEquals={"sts:RoleSessionName": text}))
    own = with_condition(StringLike={"sts:RoleSessionName": "${aws:username}"})
    assert [finding.fixed] == own["Statement"]


def test_a_correction_keeps_another_condition_on_the_name() -> None:
    key, own = "sts:RoleSessionName", "${aws:username}"
    both = {"StringLike": {key: "a*"}, "StringLikeIfExists": {key: own}}
    statement = {"Effect": "Allow", **USUAL, "Condition": both}
    (finding,) = find_faults({"Version": "2012-10-17", "Statement": [statement]})
    fixed = {"StringLike": {key: "a*"}, "StringEquals": {key: own}}
    assert finding.fixed == {**statement, "Condition": fixed}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("aws:username", "it is plain text"),
        ("${ aws:username}", "AWS does not document blanks inside"),
        ("%${aws:username}", "what is beside it is part of the name"),
    ],
)
def test_a_variable_is_corrected_with_the_reason(text: str, reason: str) -> None:
    (finding,) = find_faults(with_condition(StringEquals={"sts:RoleSessionName": text}))
    assert finding.message == f"`{text}` must be `${{aws:username}}`: {reason}"
    assert [finding.fixed] == with_condition(**OWN)["Statement"]


def test_a_condition_that_is_never_met_is_corrected_beside_each_action() -> None:
    value = with_condition(**OWN, Bool={"aws:MultiFactorAuthPresent": "yes"})
    value["Statement"][0]["Action"] = ["sts:AssumeRole", "sts:TagSession"]
    corrected = check_policy(json.dumps(value)).corrected
    assert '"yes"' not in json.dumps(corrected)
    assert not check_policy(json.dumps(corrected)).findings


@pytest.mark.parametrize(
    ("key", "start"),
    [("sts:RoleSessionName", "callers of"), ("sts:SessionName", "once the others are corrected: ")],
)
def test_a_finding_says_what_must_be_corrected_before_it_is_true(key: str, start: str) -> None:
    value = with_condition(StringEquals={key: "${aws:username}"})
    value["Statement"][0]["Principal"] = "*"
    findings = [located.finding for located in check_policy(json.dumps(value)).findings]
    (anyone,) = (one for one in findings if one.code is Code.ANYONE_ADMITTED)
    assert anyone.message.startswith(start)


@pytest.mark.parametrize(
    ("principal", "action", "condition", "start"),
    [
        pytest.param("*", "sts:AssumeRoleWithSAML", {}, "AWS does not document", id="providers"),
        pytest.param(
            {"Service": "ec2.amazonaws.com"},
            "sts:AssumeRole",
            {"StringLikeIfExists": {"sts:RoleSessionName": "${aws:username}"}},
            "`ec2.amazonaws.com` never gets in",
            id="a condition that its correction removes",
        ),
    ],
)
def test_the_only_finding_waits_for_no_other(
    principal: object, action: str, condition: Json, start: str
) -> None:
    value = with_condition(**condition)
    value["Statement"][0] |= {"Principal": principal, "Action": action}
    (located,) = check_policy(json.dumps(value)).findings
    assert located.finding.message.startswith(start)


@pytest.mark.parametrize(
    "provider", ["arn:aws:iam::222222222222:oidc-provider/x.com", "accounts.google.com"]
)
def test_no_correction_opens_a_role_to_everyone_whom_a_provider_knows(provider: str) -> None:
    host = provider.rpartition("/")[2]
    own = {"sts:RoleSessionName": "${aws:username}", f"{host}:aud": "sts.amazonaws.com"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": own},
    }
    (finding,) = find_faults({"Version": "2012-10-17", "Statement": [statement]})
    assert (finding.code, finding.fixed) == (Code.PRINCIPAL_WITHOUT_USER_NAME, None)
    limited = {**statement, "Condition": {"StringEquals": {**own, f"{host}:sub": "repo:a/b"}}}
    (finding,) = find_faults({"Version": "2012-10-17", "Statement": [limited]})
    assert "repo:a/b" in str(finding.fixed)


@pytest.mark.parametrize(
    "condition",
    [
        pytest.param({"Null": {"sts:RoleSessionName": "false"}}, id="any name"),
        pytest.param({"StringLike": {"sts:RoleSessionName": "*"}}, id="a wildcard"),
    ],
)
def test_a_correction_for_people_leaves_a_named_role_what_it_had(condition: Json) -> None:
    role = "arn:aws:iam::111111111111:role/ci"
    value = with_condition(**condition)
    value["Statement"][0]["Principal"] = {"AWS": [ACCOUNT, role]}
    (located,) = check_policy(json.dumps(value)).findings
    (people,) = with_condition(StringLike={"sts:RoleSessionName": "${aws:username}"})["Statement"]
    (kept,) = with_condition(**condition)["Statement"]
    listed = [people, {**kept, "Principal": {"AWS": role}}]
    assert located.finding.fixed == {**value, "Statement": listed}


@pytest.mark.parametrize(
    ("operator", "name"),
    [("StringEquals", "$${aws:username}"), ("StringEqualss", "${aws:username}")],
)
def test_a_correction_that_would_let_every_account_in_is_the_whole_policy(
    operator: str, name: str
) -> None:
    value = with_condition(**{operator: {"sts:RoleSessionName": name}})
    value["Statement"][0]["Principal"] = "*"
    checked = check_policy(json.dumps(value))
    assert "aws:PrincipalOrgID" in str(checked.corrected)
    located, _ = checked.findings
    assert located.finding.fixed == checked.corrected


def test_what_another_mistake_hides_is_said_to_be_so() -> None:
    names = {"StringLike": {"sts:RoleSessionName": ["${aws:username}", "*"]}}
    value = with_condition(**names, Bool={"aws:MultiFactorAuthPresent": "yes"})
    checked = check_policy(json.dumps(value))
    (_, hidden) = (each.finding for each in checked.findings)
    assert hidden.message == (
        "once the others are corrected: `*` also admits names that are not the caller's"
    )
    assert hidden.fixed == checked.corrected
