"""`trust-policy --check`: what is wrong is found, what is right is not, and corrections help."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.policy.grammar import PolicyKind, parse_policy
from sync_profiles.trust_policy.checking import check_policy, find_faults
from sync_profiles.trust_policy.pasted import read_pasted
from sync_profiles.trust_policy.policy_findings import MEANINGS, Code, path_text, with_fix
from trust_witness import CONDITIONS, PRINCIPALS

Json = dict[str, Any]

ACCOUNT = "arn:aws:iam::111111111111:root"
ROLE = "arn:aws:iam::222222222222:role/ci/deploy"
SSO = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123abcd"
SAML = "arn:aws:iam::222222222222:saml-provider/corp"
GITHUB = "arn:aws:iam::222222222222:oidc-provider/token.actions.githubusercontent.com"
OWN = "${aws:username}"
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def named(*values: str, by: str = "StringLike") -> Json:
    return {by: {"sts:RoleSessionName": values[0] if len(values) == 1 else list(values)}}


def allow(
    condition: Json | None = None,
    principal: object = None,
    action: object = "sts:AssumeRole",
    **more: object,
) -> Json:
    found = {
        "Effect": "Allow",
        "Principal": {"AWS": ACCOUNT} if principal is None else principal,
        "Action": action,
        "Condition": condition,
        **more,
    }
    return {name: value for name, value in found.items() if value is not None}


def policy(*statements: Json, version: str | None = "2012-10-17") -> Json:
    return {**({"Version": version} if version else {}), "Statement": list(statements)}


def deny(condition: Json | None = None, principal: object = "*", **more: object) -> Json:
    return allow(condition, principal, **{"Effect": "Deny", **more})


OWN_USERS = "IAM users of account `111111111111` get in under their own user name only"
ANY_NAME = "users and roles of account `111111111111` get in under any session name"
NO_ONE = "no one gets in"
NAME = '$.Statement[0].Condition.StringLike["sts:RoleSessionName"]'

WRONG = [
    pytest.param(
        policy(allow(named(OWN)), version=None),
        {"version-missing": "$.Version"},
        NO_ONE,
        id="no version",
    ),
    pytest.param(
        policy(allow(named(OWN)), version="2008-10-17"),
        {"version-missing": "$.Version"},
        NO_ONE,
        id="the old version",
    ),
    pytest.param(
        policy(allow(named("$${aws:username}"))),
        {"template-escape": NAME},
        NO_ONE,
        id="an escape of Terraform",
    ),
    pytest.param(
        policy(allow(named("${!aws:username}"))),
        {"template-escape": NAME},
        NO_ONE,
        id="an escape of CloudFormation",
    ),
    pytest.param(
        policy(allow(named("&{aws:username}"))),
        {"template-escape": NAME},
        NO_ONE,
        id="an escape of Terraform's data source",
    ),
    pytest.param(
        policy(allow(named(OWN), {"AWS": "arn:aws:iam::${AWS::AccountId}:root"})),
        {"template-escape": "$.Statement[0].Principal.AWS"},
        None,
        id="a variable that a template tool did not fill in",
    ),
    pytest.param(
        policy(allow()),
        {"no-session-name-condition": "$.Statement[0].Condition"},
        ANY_NAME,
        id="no condition",
    ),
    pytest.param(
        policy(allow(MFA)),
        {"no-session-name-condition": "$.Statement[0].Condition"},
        f"{ANY_NAME}, if MFA is used",
        id="a condition on MFA only",
    ),
    pytest.param(
        policy(allow(None, {"AWS": [ACCOUNT, ROLE], "Service": "ec2.amazonaws.com"})),
        {"no-session-name-condition": "$.Statement[0].Condition"},
        ANY_NAME,
        id="people, a role and a service in one statement",
    ),
    pytest.param(
        policy(allow(action=["sts:AssumeRole", "sts:TagSession"], Sid="People")),
        {"no-session-name-condition": "$.Statement[0].Condition"},
        ANY_NAME,
        id="two actions without a condition",
    ),
    pytest.param(
        policy(allow(named(OWN), {"AWS": ROLE})),
        {"principal-without-user-name": "$.Statement[0].Principal"},
        NO_ONE,
        id="a role",
    ),
    pytest.param(
        policy(allow(named(OWN), {"AWS": [ACCOUNT, SSO]})),
        {"principal-without-user-name": "$.Statement[0].Principal"},
        OWN_USERS,
        id="an Identity Center role beside users",
    ),
    pytest.param(
        policy(allow({**named(OWN), "ArnLike": {"aws:PrincipalArn": SSO[:-8] + "*"}})),
        {"principal-without-user-name": "$.Statement[0].Principal"},
        NO_ONE,
        id="Identity Center by a condition",
    ),
    pytest.param(
        policy(allow(named(OWN), {"Service": "lambda.amazonaws.com"})),
        {"principal-without-user-name": "$.Statement[0].Principal"},
        NO_ONE,
        id="a service",
    ),
    pytest.param(
        policy(allow(named(OWN), {"Federated": SAML}, "sts:AssumeRoleWithSAML")),
        {"principal-without-user-name": "$.Statement[0].Principal"},
        NO_ONE,
        id="SAML",
    ),
    pytest.param(
        policy(allow(named(OWN), action=["sts:AssumeRole", "sts:TagSession"])),
        {"other-actions-in-statement": "$.Statement[0].Action"},
        OWN_USERS,
        id="sts:TagSession under the condition",
    ),
    pytest.param(
        policy(allow(named(OWN, by="StringLikeIfExists"))),
        {
            "condition-optional": (
                '$.Statement[0].Condition.StringLikeIfExists["sts:RoleSessionName"]'
            )
        },
        OWN_USERS,
        id="IfExists on the session name",
    ),
    pytest.param(
        policy(allow({"StringEqualsIfExists": {"aws:username": "${sts:RoleSessionName}"}})),
        {"condition-optional": '$.Statement[0].Condition.StringEqualsIfExists["aws:username"]'},
        OWN_USERS,
        id="IfExists on the user name",
    ),
    pytest.param(
        policy(allow({"Null": {"sts:RoleSessionName": "false"}})),
        {"condition-optional": '$.Statement[0].Condition.Null["sts:RoleSessionName"]'},
        ANY_NAME,
        id="Null",
    ),
    pytest.param(
        policy(allow(named(OWN)), allow({"Null": {"aws:username": "true"}})),
        {"condition-optional": '$.Statement[1].Condition.Null["aws:username"]'},
        OWN_USERS,
        id="Null lets callers without a name in",
    ),
    pytest.param(
        policy(allow(named("botocore-session-*", by="StringNotLike"))),
        {"condition-optional": '$.Statement[0].Condition.StringNotLike["sts:RoleSessionName"]'},
        f"{ANY_NAME} but `botocore-session-*`",
        id="a negated operator",
    ),
    pytest.param(
        policy(allow(named(OWN, by="ForAllValues:StringLike"))),
        {
            "condition-optional": (
                '$.Statement[0].Condition["ForAllValues:StringLike"]["sts:RoleSessionName"]'
            )
        },
        OWN_USERS,
        id="ForAllValues",
    ),
    pytest.param(policy(allow(named("*"))), {"other-names-admitted": NAME}, ANY_NAME, id="a star"),
    pytest.param(
        policy(allow(named(f"{OWN}*"))),
        {"other-names-admitted": NAME},
        "IAM users of account `111111111111` get in as `${aws:username}*`",
        id="a star behind the name",
    ),
    pytest.param(
        policy(allow(named(OWN, "botocore-session-*"))),
        {"other-names-admitted": NAME},
        None,
        id="names that the tools make up",
    ),
    pytest.param(
        policy(allow(named(OWN), "*")),
        {"anyone-admitted": "$.Statement[0].Principal"},
        "IAM users of any account get in under their own user name only",
        id="everyone under their names",
    ),
    pytest.param(
        policy(allow(None, {"AWS": "*"})),
        {
            "anyone-admitted": "$.Statement[0].Principal",
            "no-session-name-condition": "$.Statement[0].Condition",
        },
        "users and roles of any account get in under any session name",
        id="everyone",
    ),
    pytest.param(
        policy(allow(named(OWN)), deny()),
        {"denied-to-everyone": "$.Statement[1]"},
        NO_ONE,
        id="a Deny without a condition",
    ),
    pytest.param(
        policy(allow(named(OWN)), deny(named(OWN))),
        {"denied-to-everyone": "$.Statement[1]"},
        NO_ONE,
        id="a Deny the wrong way round",
    ),
    pytest.param(
        policy(allow({"StringLike": {"sts:RoleSesionName": OWN}})),
        {"unknown-condition-key": ('$.Statement[0].Condition.StringLike["sts:RoleSesionName"]')},
        NO_ONE,
        id="a typo in the key",
    ),
    pytest.param(
        policy(allow(named("${aws:user}"))),
        {"unknown-condition-key": NAME},
        NO_ONE,
        id="a typo in the variable",
    ),
    pytest.param(
        policy(allow(named(OWN, by="StringLikes"))),
        {"unknown-condition-key": "$.Statement[0].Condition.StringLikes"},
        None,
        id="a typo in the operator",
    ),
    pytest.param(
        policy(allow({"sts:RoleSessionName": OWN})),
        {"unknown-condition-key": '$.Statement[0].Condition["sts:RoleSessionName"]'},
        None,
        id="a condition without an operator",
    ),
    pytest.param(
        policy(allow(named(OWN), Resource="*")),
        {"resource-in-trust-policy": "$.Statement[0].Resource"},
        None,
        id="a resource",
    ),
    pytest.param(
        {"Role": {"AssumeRolePolicyDocument": policy(allow(named(OWN)))}},
        {"not-a-policy": "$"},
        None,
        id="what `aws iam get-role` prints",
    ),
    pytest.param(allow(named(OWN)), {"not-a-policy": "$"}, None, id="a statement alone"),
    pytest.param(
        policy({**allow(named(OWN), principal="gone"), "Principal": ACCOUNT}),
        {"not-a-policy": "$.Statement[0].Principal"},
        None,
        id="a principal without AWS",
    ),
    pytest.param(
        policy(
            {
                ("Principle" if key == "Principal" else key): value
                for key, value in allow(named(OWN)).items()
            }
        ),
        {"not-a-policy": "$.Statement[0].Principle"},
        None,
        id="a typo in an element",
    ),
    pytest.param(
        policy(allow(named(OWN), action="AssumeRole")),
        {"not-a-policy": "$.Statement[0].Action"},
        None,
        id="an action without its service",
    ),
    pytest.param(
        policy(allow(named(OWN), {"AWS": "arn:aws:iam::111111111111:user/*"})),
        {"not-a-policy": "$.Statement[0].Principal.AWS"},
        None,
        id="a wildcard in a principal",
    ),
    pytest.param(
        policy(
            allow(named(OWN)),
            {"Effect": "Deny", "NotPrincipal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
        ),
        {"not-a-policy": "$.Statement[1].NotPrincipal"},
        None,
        id="NotPrincipal",
    ),
    pytest.param(
        policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}),
        {"not-a-policy": "$.Statement[0]"},
        None,
        id="an identity policy",
    ),
    pytest.param([], {"not-a-policy": "$"}, None, id="a list"),
]


def check(value: object) -> tuple[dict[str, str], tuple[str, ...], bool]:
    checked = check_policy(json.dumps(value, indent=2))
    found = {
        located.finding.code.value: path_text(located.finding.path) for located in checked.findings
    }
    return found, checked.admits, checked.is_sound


@pytest.mark.parametrize(("value", "findings", "admits"), WRONG)
def test_each_mistake_is_found_alone(
    value: Json, findings: dict[str, str], admits: str | None
) -> None:
    found, sentences, is_sound = check(value)
    assert found == findings
    assert admits is None or admits in sentences
    assert not is_sound


def test_every_code_has_a_mistake_and_a_meaning() -> None:
    codes = {code for case in WRONG for code in case.values[1]}  # type: ignore[union-attr] # the dicts
    assert codes | {"not-json"} == set(Code)
    assert set(MEANINGS) == set(Code)


TAG = "${aws:PrincipalTag/name}"
GOOD = [
    pytest.param(policy(allow(named(OWN))), OWN_USERS, id="the article's"),
    pytest.param(policy(allow(named(OWN, by="StringEquals"))), OWN_USERS, id="StringEquals"),
    pytest.param(policy(allow({**named(OWN), **MFA})), f"{OWN_USERS}, if MFA is used", id="MFA"),
    pytest.param({**policy(), "Statement": allow(named(OWN))}, OWN_USERS, id="one statement"),
    pytest.param(
        policy(allow(named(OWN), {"AWS": "arn:aws:iam::111111111111:user/team/ann"})),
        "the user `ann` of account `111111111111` gets in under their own user name only",
        id="a user",
    ),
    pytest.param(
        policy(allow(named("ann"), {"AWS": "arn:aws:iam::111111111111:user/team/ann"})),
        "the user `ann` of account `111111111111` gets in as `ann`",
        id="a user under a fixed name",
    ),
    pytest.param(
        policy(allow(named("ann", "bob", by="StringEquals"))),
        "users and roles of account `111111111111` get in as `ann` or `bob`",
        id="a list of names",
    ),
    pytest.param(
        policy(allow(named("deploy-*", "*-cicd"))),
        "users and roles of account `111111111111` get in as `deploy-*` or `*-cicd`",
        id="names of pipelines",
    ),
    pytest.param(
        policy(allow(named(OWN, "deploy-*"))),
        "IAM users of account `111111111111` get in under their own user name only, or as "
        "`deploy-*`",
        id="people and a pipeline",
    ),
    pytest.param(
        policy(allow(named(TAG, by="StringEquals"))),
        f"users and roles of account `111111111111` get in as `{TAG}`",
        id="a tag of the caller",
    ),
    pytest.param(
        policy(allow({"StringEquals": {"aws:username": "${sts:RoleSessionName}"}})),
        OWN_USERS,
        id="the names compared the other way",
    ),
    pytest.param(
        policy(allow(named(OWN)), allow(action=["sts:TagSession", "sts:SetSourceIdentity"])),
        OWN_USERS,
        id="tags in a statement of their own",
    ),
    pytest.param(
        policy(allow(), deny(named(OWN, by="StringNotLike"))),
        OWN_USERS,
        id="a Deny of every other name",
    ),
    pytest.param(
        policy(allow(named(OWN)), deny({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
        OWN_USERS,
        id="a Deny without MFA",
    ),
    pytest.param(
        policy(allow({**named(OWN), "StringEquals": {"aws:PrincipalOrgID": "o-abc"}}, "*")),
        "IAM users of any account get in under their own user name only, if the caller's "
        "organization is `o-abc`",
        id="an organization",
    ),
    pytest.param(
        policy(allow(named(OWN), "*"), deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-abc"}})),
        "IAM users of any account get in under their own user name only",
        id="an organization by a Deny",
    ),
    pytest.param(
        policy(allow(None, {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]})),
        "the service `ec2.amazonaws.com` gets in",
        id="services",
    ),
    pytest.param(
        policy(allow(None, {"Service": "ec2.amazonaws.com"}), version="2008-10-17"),
        "the service `ec2.amazonaws.com` gets in",
        id="a service in the old version, which has no variables",
    ),
    pytest.param(
        policy(
            allow(
                {
                    "StringEquals": {
                        "token.actions.githubusercontent.com:aud": "sts.amazonaws.com"
                    },
                    "StringLike": {"token.actions.githubusercontent.com:sub": "repo:org/*"},
                },
                {"Federated": GITHUB},
                "sts:AssumeRoleWithWebIdentity",
            )
        ),
        None,
        id="GitHub",
    ),
    pytest.param(
        policy(
            allow(
                {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
                {"Federated": SAML},
                "sts:AssumeRoleWithSAML",
            )
        ),
        None,
        id="SAML without a name",
    ),
    pytest.param(
        policy(allow(None, {"AWS": ROLE})),
        "sessions of the role `deploy` of account `222222222222` get in under any session name",
        id="a role of a pipeline",
    ),
    pytest.param(
        policy(allow({"ArnLike": {"aws:PrincipalArn": SSO[:-8] + "*"}})),
        None,
        id="Identity Center by a condition, without a name",
    ),
    pytest.param(
        policy(
            allow(
                {"StringEquals": {"aws:SourceAccount": "222222222222"}},
                {"Service": "config.amazonaws.com"},
            ),
            allow({**named(OWN), "StringEquals": {"sts:ExternalId": "a-1"}}),
        ),
        f"{OWN_USERS}, if the external ID is `a-1`",
        id="a service and people with an external ID",
    ),
]


@pytest.mark.parametrize(("value", "admits"), GOOD)
def test_a_good_policy_gives_no_alarm(value: Json, admits: str | None) -> None:
    found, sentences, is_sound = check(value)
    assert found == {}
    assert admits is None or admits in sentences
    assert is_sound


@pytest.mark.parametrize(("value", "findings", "_"), WRONG)
def test_each_correction_ends_its_finding(value: Json, findings: dict[str, str], _: str) -> None:
    del findings
    follow_each(value)


def follow_each(value: object) -> None:
    """Follow each correction alone, and all in turn: no finding is left, and IAM takes the rest."""
    found = find_faults(value)
    for finding in found:
        if finding.fixed is None:
            continue
        after = find_faults(with_fix(value, finding))
        codes = [[one.code for one in listed].count(finding.code) for listed in (found, after)]
        assert codes[1] < codes[0], (path_text(finding.path), finding.fixed, after)
    checked = check_policy(json.dumps(value))
    if found and all(finding.fixed is not None for finding in found):
        assert find_faults(checked.corrected) == []
        parse_policy(checked.corrected, kind=PolicyKind.TRUST)  # type: ignore[arg-type] # a policy


STATEMENTS = st.builds(
    lambda effect, principal, action, condition: allow(condition, principal, action, Effect=effect),
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from([*({"AWS": one} for one in PRINCIPALS), {"AWS": [ACCOUNT, ROLE]}, "*"])
    | st.sampled_from([{"Service": "ec2.amazonaws.com"}, {"AWS": ACCOUNT, "Federated": SAML}]),
    st.sampled_from(["sts:AssumeRole", ["sts:AssumeRole", "sts:TagSession"], "sts:*"]),
    st.none()
    | CONDITIONS
    | st.sampled_from([named(OWN), named(f"{OWN}*"), named("*"), named("$${aws:username}")]),
)


@given(
    value=st.builds(
        lambda statements, version: policy(*statements, version=version),
        st.lists(STATEMENTS, min_size=1, max_size=3),
        st.sampled_from(["2012-10-17", "2008-10-17", None]),
    )
)
def test_following_a_correction_ends_its_finding_whatever_the_policy_is(value: Json) -> None:
    follow_each(value)


PASTED = [
    pytest.param("\u201cVersion\u201d: 1", (1, 2), "LEFT DOUBLE QUOTATION MARK", id="smart quotes"),
    pytest.param('"a": 1\n"b": 2', (2, 1), "a comma is missing", id="a missing comma"),
    pytest.param('"a": [1,],', (1, 9), "one too many", id="a trailing comma"),
    pytest.param('"a": 1 // c', (1, 9), "JSON has no comments", id="a comment"),
    pytest.param("'a': 1", (1, 2), "must be a plain quote", id="single quotes"),
    pytest.param("a = 1", (1, 2), "`a` has no quotes", id="a key as Terraform has it"),
    pytest.param('"a":\u00a01', (1, 6), "NO-BREAK SPACE", id="a blank from a web page"),
    pytest.param('"a": "\\${b}"', (1, 8), "is not an escape of JSON", id="an escape of a shell"),
    pytest.param('"a": 1, "a": 2', (1, 10), "`a` appears twice", id="a key twice"),
    pytest.param('"a": True', (1, 7), "`True` has no quotes", id="a word of Python"),
]


@pytest.mark.parametrize(("inner", "place", "words"), PASTED)
def test_a_fault_of_pasted_json_has_its_place(
    inner: str, place: tuple[int, int], words: str
) -> None:
    found = read_pasted(f"{{{inner}\n}}")
    fault = found.faults[0]
    assert (fault.line, fault.column) == (place[0], place[1])
    assert words in fault.message
    assert isinstance(found.value, dict)


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


@given(st.text(alphabet="{}[]:,\"\\ \n/#*ab1\u201c'`=-") | st.text())
def test_any_text_has_a_result(text: str) -> None:
    checked = check_policy(text)
    assert checked.findings or checked.is_sound
