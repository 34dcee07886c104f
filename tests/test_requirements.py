from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hint_cases import CALL, CALLER, SSO_USER, USER, role
from sync_profiles.explain.letter_policies import write_trust_policy
from sync_profiles.explain.refused_call import ParentSession
from sync_profiles.explain.requirements import describe_requirements
from sync_profiles.outcomes import Caller
from sync_profiles.policy.grammar import parse_policy

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, object]

ROOT = "arn:aws:iam::111111111111:root"
NEEDS_OWN = (
    f"statement 1 allows the call, and a policy of the caller `{USER}` must allow "
    "`sts:AssumeRole` as well"
)


def allow(condition: Mapping[str, object] | None = None, **elements: object) -> Json:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": ROOT},
        "Action": "sts:AssumeRole",
        "Condition": condition or {},
        **elements,
    }


def requirements(
    *statements: Json,
    caller: Caller = CALLER,
    session_name: str | None = "work_api",
    version: str = "2012-10-17",
    has_long_term_key: bool = True,
) -> tuple[str, ...]:
    call = replace(
        CALL,
        caller=caller,
        session_name=session_name,
        has_long_term_key=has_long_term_key,
    )
    policy = parse_policy(json.dumps({"Version": version, "Statement": statements}))
    return describe_requirements(policy, call)


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        pytest.param(
            {"StringLike": {"sts:RoleSessionName": "robot"}},
            "that the session name is like `robot`: not met, it is `work_api`",
            id="another session name",
        ),
        pytest.param(
            {"StringEquals": {"sts:RoleSessionName": ["bob", "eve"]}},
            "that the session name is `bob` or `eve`: not met, it is `work_api`",
            id="a list of session names",
        ),
        pytest.param(
            {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            "that MFA is used: not met, the profile has no `mfa_serial`",
            id="MFA",
        ),
        pytest.param(
            {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}},
            "that the age of the MFA session in seconds is less than `3600`: cannot be checked "
            "from here",
            id="the age of MFA",
        ),
        pytest.param(
            {"StringEquals": {"sts:ExternalId": "x-1"}},
            "that the external ID is `x-1`: not met, the profile has no `external_id`",
            id="an external ID",
        ),
        pytest.param(
            {"StringLike": {"sts:SourceIdentity": "${aws:username}"}},
            "that the source identity is like `${aws:username}` (here `work_api`): not met, no "
            "profile can set one",
            id="a source identity",
        ),
        pytest.param(
            {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
            "that the caller's organization is `o-1`: cannot be checked from here",
            id="an organization",
        ),
        pytest.param(
            {"StringEquals": {"sts:RoleSessionName": "${aws:PrincipalTag/mail}"}},
            "that the session name is `${aws:PrincipalTag/mail}`: cannot be checked from here",
            id="a variable that AWS alone knows",
        ),
        pytest.param(
            {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:user/team/*"}},
            "that the caller's ARN is not like `arn:aws:iam::111111111111:user/team/*`: not met, "
            f"it is `{USER}`",
            id="all but some callers",
        ),
        pytest.param(
            {"Null": {"sts:ExternalId": "false"}},
            "that the external ID is given: not met, the profile has no `external_id`",
            id="a key that must be there",
        ),
        pytest.param(
            {"ForAnyValue:StringEqualsIfExists": {"sts:ExternalId": "x"}},
            "that the external ID is `x`: not met, the profile has no `external_id`",
            id="any of no values, whatever the suffix",
        ),
        pytest.param(
            {"StringEqualsIfExists": {"sts:ExternalId": "x"}},
            "that the external ID is `x`, if it is given: met",
            id="a key that may be absent",
        ),
        pytest.param(
            {"ForAllValues:StringEquals": {"sts:ExternalId": "x"}},
            "that the external ID is `x`, if it is given: met",
            id="all of no values",
        ),
        pytest.param(
            {"Null": {"sts:ExternalId": ["true", "false"]}},
            "that the external ID is given or not: met",
            id="a key that may be there or not",
        ),
        pytest.param(
            {"Null": {"sts:ExternalId": "no"}},
            "that the external ID is neither given nor not given: not met, the profile has no "
            "`external_id`",
            id="neither true nor false",
        ),
        pytest.param(
            {"Bool": {"aws:MultiFactorAuthPresent": "yes"}},
            "that MFA is neither used nor not used: not met, the profile has no `mfa_serial`",
            id="MFA that is neither true nor false",
        ),
        pytest.param(
            {"Bool": {"aws:MultiFactorAuthPresent": [True, False]}},
            "that MFA is known to be used or not: not met, the profile has no `mfa_serial`",
            id="MFA or none, which a long-term key does not show",
        ),
        pytest.param(
            {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
            "that the caller's address is not in `10.0.0.0/8`: cannot be checked from here",
            id="an address",
        ),
    ],
)
def test_a_condition_is_described_plainly(condition: Json, sentence: str) -> None:
    assert requirements(allow(condition))[0] == f"statement 1 requires {sentence}"


@pytest.mark.parametrize(
    ("caller", "source_identity"),
    [
        pytest.param(CALLER, "not met, no profile can set one", id="an IAM user"),
        pytest.param(SSO_USER, "cannot be checked from here", id="a role"),
    ],
)
def test_the_possible_keys_of_a_session_are_not_known(caller: Caller, source_identity: str) -> None:
    mfa = {"aws:MultiFactorAuthPresent": "true"}
    no_mfa = allow({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, Effect="Deny")
    identity = allow({"StringEquals": {"sts:SourceIdentity": "jane"}})

    assert requirements(
        allow({"Bool": mfa}), no_mfa, identity, caller=caller, has_long_term_key=False
    ) == (
        "statement 1 requires that MFA is used: cannot be checked from here",
        (
            "statement 2 denies the call where MFA is not used, if that is known: "
            "cannot be checked from here"
        ),
        f"statement 3 requires that the source identity is `jane`: {source_identity}",
    )


def test_conditions_that_are_met_are_described_too() -> None:
    named = allow({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}, Sid="People")

    assert requirements(named) == (
        (
            "statement `People` requires that the session name is like `${aws:username}` (here "
            "`work_api`): met"
        ),
        NEEDS_OWN.replace("statement 1", "statement `People`"),
    )


def test_a_condition_on_the_user_name_never_holds_for_others() -> None:
    named = allow({"StringLike": {"sts:RoleSessionName": "${aws:username}"}})

    assert requirements(named, caller=SSO_USER, session_name="jane") == (
        (
            "statement 1 requires that the session name is like `${aws:username}`: not met, and "
            "never can be, as the caller is not an IAM user"
        ),
    )
    assert requirements(named, version="2008-10-17") == (
        (
            "statement 1 requires that the session name is like `${aws:username}`: not met, and "
            "never can be, as without `Version` `2012-10-17` it is plain text"
        ),
    )


AS_SSO_ROLE = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"


def test_a_role_matches_its_session_with_any_path() -> None:
    by_role = allow(Principal={"AWS": AS_SSO_ROLE})
    by_key = allow({"ArnLike": {"aws:PrincipalArn": AS_SSO_ROLE}})
    parent = ParentSession(role=role(AS_SSO_ROLE), name="jane")
    in_chain = replace(CALL, caller=SSO_USER, parent=parent)

    assert requirements(by_role, caller=SSO_USER, session_name="jane") == (
        NEEDS_OWN.replace(USER, SSO_USER.arn),
    )
    assert requirements(by_key, caller=SSO_USER, session_name="jane") == (
        (
            f"statement 1 requires that the caller's ARN is like `{AS_SSO_ROLE}`: "
            "cannot be checked from here"
        ),
    )
    assert describe_requirements(parse_policy({"Statement": by_key}), in_chain)[0] == (
        f"statement 1 requires that the caller's ARN is like `{AS_SSO_ROLE}`: met"
    )


@pytest.mark.parametrize(
    ("pattern", "outcome"),
    [
        pytest.param("botocore-session-*", "met", id="any that is generated"),
        pytest.param("botocore-session-1772600767", "met", id="the very moment"),
        pytest.param(
            "work_api",
            "not met, none is set, so it is `botocore-session-…` and the time",
            id="one that must be set",
        ),
    ],
)
def test_a_generated_name_has_the_time(pattern: str, outcome: str) -> None:
    named = allow({"StringLike": {"sts:RoleSessionName": pattern}})

    assert requirements(named, session_name=None)[0] == (
        f"statement 1 requires that the session name is like `{pattern}`: {outcome}"
    )


@pytest.mark.parametrize(
    ("operator", "names", "version", "outcome"),
    [
        pytest.param(
            "StringLike",
            ["${aws:username}", "robot-*"],
            "2012-10-17",
            "like `${aws:username}` or `robot-*`: not met, it is `jane`",
            id="another name of the list can be met",
        ),
        pytest.param(
            "StringLike",
            ["${aws:username}", "${aws:username}-*"],
            "2012-10-17",
            "like `${aws:username}` or `${aws:username}-*`: not met, and never "
            "can be, as the caller is not an IAM user",
            id="all names of the list are of users",
        ),
        pytest.param(
            "StringNotEquals",
            ["${aws:username}", "jane"],
            "2012-10-17",
            "not `${aws:username}` or `jane`: not met, it is `jane`",
            id="all but some names",
        ),
        pytest.param(
            "StringLike",
            ["${aws:username}", "robot-*"],
            "2008-10-17",
            "like `${aws:username}` or `robot-*`: not met, it is `jane`",
            id="another name of an old policy can be met",
        ),
        pytest.param(
            "StringNotLike",
            ["${aws:username}", "j*"],
            "2008-10-17",
            "not like `${aws:username}` or `j*`: not met, it is `jane`",
            id="all but some names in an old policy",
        ),
    ],
)
def test_a_condition_that_no_value_can_meet_never_holds(
    operator: str, names: list[str], version: str, outcome: str
) -> None:
    named = allow({operator: {"sts:RoleSessionName": names}})

    assert requirements(named, caller=SSO_USER, session_name="jane", version=version) == (
        f"statement 1 requires that the session name is {outcome}",
    )


def test_a_principal_that_is_not_named_does_not_hide_the_conditions() -> None:
    other = allow(
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, Principal={"AWS": "333333333333"}
    )

    assert requirements(other) == (
        f"statement 1 names `333333333333`: not the caller `{USER}`",
        "statement 1 requires that MFA is used: not met, the profile has no `mfa_serial`",
    )


def test_statements_for_others_are_left_out_if_some_remain() -> None:
    service = allow(Principal={"Service": "ec2.amazonaws.com"})
    web = allow(Action="sts:AssumeRoleWithSAML")

    assert requirements(service, web, allow()) == (NEEDS_OWN.replace("statement 1", "statement 3"),)
    assert requirements(service, web) == (
        "statement 1 names `ec2.amazonaws.com`",
        "statement 2 is about `sts:AssumeRoleWithSAML`, not `sts:AssumeRole`",
    )


def test_a_deny_is_described_if_it_applies_or_may() -> None:
    by_name = {"StringNotEquals": {"sts:RoleSessionName": "robot"}}
    by_organization = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
    by_address = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    other_name = {"StringEquals": {"sts:RoleSessionName": "robot"}}

    assert requirements(
        *(
            allow(condition, Effect="Deny", Principal="*")
            for condition in (by_name, by_organization, by_address, other_name)
        ),
        allow(Effect="Deny"),
    ) == (
        (
            "statement 1 denies the call where the session name is not `robot`: it overrides "
            "every allow"
        ),
        (
            "statement 2 denies the call where the caller's organization is not `o-1`: "
            "cannot be checked from here"
        ),
        (
            "statement 3 denies the call where the caller's address is in `10.0.0.0/8`: "
            "cannot be checked from here"
        ),
        "statement 5 denies the call: it overrides every allow",
    )


def test_in_one_account_a_named_caller_needs_no_more() -> None:
    local = Caller(
        source=CALLER.source, arn=USER.replace("111111111111", "222222222222"), account_id="2" * 12
    )

    assert requirements(allow(Principal={"AWS": local.arn}), caller=local) == (
        "statement 1 allows the call",
    )


def test_the_conditions_of_a_letter_are_met() -> None:
    call = replace(CALL, external_id="x", has_mfa=True)
    policy = write_trust_policy(call)
    assert policy is not None

    assert describe_requirements(parse_policy(policy), call) == (
        (
            "statement 1 requires that the session name is like `${aws:username}` (here "
            "`work_api`): met"
        ),
        "statement 1 requires that the external ID is `x`: met",
        "statement 1 requires that MFA is used: met",
        NEEDS_OWN,
    )


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
    for sentence in requirements(*statements):
        assert sentence.isprintable()
        assert not sentence.endswith(".")
        assert sentence.count("`") % 2 == 0
