"""Suggested changes of a profile: the sandbox accepts the call with them, and not without."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hint_cases import profile
from sync_profiles.explain.trust import required_change
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from trust_witness import CASES, OPEN, USER_CASE, Aws, Json, conditions, refused_call

NAME = "sts:RoleSessionName"
ID = "sts:ExternalId"
MFA = "aws:MultiFactorAuthPresent"
REQUIRED = ": the role's trust policy requires it"
NO_MFA: Json = {"Effect": "Deny", "Principal": "*", "Action": "sts:*"}
NO_MFA["Condition"] = {"BoolIfExists": {MFA: "false"}}
#: the keys of which all is known where an IAM user's own key calls
KNOWN = conditions(
    *(NAME, ID, MFA, "aws:username", "aws:PrincipalArn", "aws:PrincipalAccount"),
    variables=["${aws:username}", "${aws:PrincipalArn}"],
)


def allow(condition: Json, principal: str = "111111111111") -> Json:
    named: Json = {"Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return {"Effect": "Allow", **named, "Condition": condition}


def change_for(
    *statements: Json,
    case: str = "an access key",
    session_name: str | None = "work_api",
    **settings: str,
) -> str | None:
    policy = parse_policy({"Version": "2012-10-17", "Statement": statements}, kind=PolicyKind.TRUST)
    call = refused_call(CASES[case], session_name, settings.get("external_id"))
    return required_change(policy, call, profile(**settings))


@pytest.mark.parametrize(
    ("statements", "settings", "step"),
    [
        pytest.param(
            [allow({"StringEquals": {ID: "acme-42"}})],
            {},
            "add `external_id = acme-42` to `[profile admin]` (config, line 10)",
            id="the external ID is missing",
        ),
        pytest.param(
            [allow({"StringEquals": {ID: ["acme-*", "acme-42"]}})],
            {"external_id": "acme"},
            "set `external_id` (config, line 12) to `acme-42`",
            id="the external ID is another, and one of the role's has what none can have",
        ),
        pytest.param(
            [allow({"Bool": {MFA: "true"}})],
            {},
            "add `mfa_serial`, the ARN of your MFA device, to `[profile admin]` (config, line 10)",
            id="MFA is missing",
        ),
        pytest.param(
            [allow({}), NO_MFA],
            {},
            "add `mfa_serial`, the ARN of your MFA device, to `[profile admin]` (config, line 10)",
            id="a deny without MFA",
        ),
        pytest.param(
            [allow({"StringEquals": {ID: "acme-42"}}), NO_MFA],
            {},
            "add `external_id = acme-42` to `[profile admin]` (config, line 10) and add "
            "`mfa_serial`, the ARN of your MFA device, to `[profile admin]` (config, line 10)",
            id="two of them",
        ),
        pytest.param(
            [
                allow({"StringEquals": {ID: "acme-42"}, "Bool": {MFA: "true"}}),
                allow({"StringEquals": {ID: "acme-43"}}),
            ],
            {},
            "add `external_id = acme-43` to `[profile admin]` (config, line 10)",
            id="the statement that takes the fewest changes",
        ),
        pytest.param(
            [allow({"StringLike": {NAME: ["ci-??-*", "deploy-*"]}})],
            {"role_session_name": "work_api"},
            "set `role_session_name` (config, line 12) to `deploy-work_api`",
            id="any session name of a kind",
        ),
        pytest.param(
            [allow({"StringEquals": {NAME: "deploy-${aws:username}"}})],
            {},
            "add `role_session_name = deploy-work_api` to `[profile admin]` (config, line 10)",
            id="a session name that is the user's with something before it",
        ),
        pytest.param(
            [allow({"StringEquals": {ID: "acme-42"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})],
            {},
            "add `external_id = acme-42` to `[profile admin]` (config, line 10)",
            id="of what AWS alone knows nothing is concluded",
        ),
    ],
)
def test_the_setting_is_named_with_its_place(
    statements: list[Json], settings: dict[str, str], step: str
) -> None:
    assert change_for(*statements, **settings) == f"{step}{REQUIRED}"


@pytest.mark.parametrize(
    ("statements", "case"),
    [
        pytest.param([OPEN], "an access key", id="nothing is refused"),
        pytest.param(
            [allow({"StringEquals": {NAME: "alice"}})], "an access key", id="the name of another"
        ),
        pytest.param(
            [allow({"StringEquals": {ID: "x-1"}}, "444444444444")],
            "an access key",
            id="the statement is for another principal",
        ),
        pytest.param(
            [allow({"StringLike": {ID: "acme-*"}})], "an access key", id="an ID that is not known"
        ),
        pytest.param(
            [allow({"StringEquals": {ID: "x-1", "sts:SourceIdentity": "work_api"}})],
            "an access key",
            id="a requirement that no profile can meet",
        ),
        pytest.param(
            [allow({}), {**NO_MFA, "Condition": {}}], "an access key", id="a deny of everything"
        ),
        pytest.param(
            [allow({}), NO_MFA], "a user's session", id="a session can present no MFA code"
        ),
        pytest.param(
            [allow({"Bool": {MFA: "true"}}, "222222222222")],
            "a hop from an access key",
            id="no code can be presented further down a chain",
        ),
    ],
)
def test_no_change_is_suggested_if_no_setting_helps(statements: list[Json], case: str) -> None:
    assert change_for(*statements, case=case) is None


@given(
    allowed=st.lists(KNOWN, min_size=1, max_size=2),
    denied=st.none() | KNOWN,
    external_id=st.sampled_from([None, "x-1", "other"]),
)
def test_a_suggested_change_is_accepted_and_no_change_that_helps_is_missed(
    allowed: list[Json], denied: Json | None, external_id: str | None
) -> None:
    statements = [allow(condition) for condition in allowed]
    if denied is not None:
        statements.append({**NO_MFA, "Condition": denied})
    aws = Aws({"Version": "2012-10-17", "Statement": statements})
    keys = [aws.calling_key(replace(USER_CASE, mfa_serial=mfa)) for mfa in (False, True)]

    def accepts(name: str, an_id: str | None, *, mfa: bool) -> bool:
        return aws.accepts(keys[mfa], 0, name, an_id)

    is_accepted = accepts("work_api", external_id, mfa=False)
    settings = {} if external_id is None else {"external_id": external_id}
    step = change_for(*statements, **settings)
    if step is None:
        about_id = json.dumps([each["Condition"] for each in statements if ID in str(each)])
        about_id = about_id.replace("${aws:username}", "work_api")
        ids = [an_id for an_id in ("x-1", "work_api") if f'"{an_id}"' in about_id]
        ways = product([external_id, *ids], [False, True])
        assert is_accepted or not any(accepts("work_api", way, mfa=mfa) for way, mfa in ways)
        return
    assert not is_accepted
    name = re.search(r"`role_session_name = ([^`]+)`", step)
    new_id = re.search(r"`external_id(?: = |` \(config, line 12\) to `)([^`]+)`", step)
    assert accepts(
        name[1] if name else "work_api",
        new_id[1] if new_id else external_id,
        mfa="of your MFA device" in step,
    )
