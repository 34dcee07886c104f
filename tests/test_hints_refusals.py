"""What is said of a refusal, and what to do about it."""

from __future__ import annotations

import pytest

from hint_cases import CALLER, DENIED, ROLE, USER, answered, decision, profile
from sync_profiles.causes import Cause
from sync_profiles.explain.explanation import Explanation
from sync_profiles.explain.hints import explain
from sync_profiles.outcomes import Failure


@pytest.mark.parametrize(
    ("failure", "settings", "message", "hint"),
    [
        pytest.param(
            answered(
                "AccessDenied",
                f"{DENIED} because no identity-based policy allows the sts:AssumeRole action",
            ),
            {},
            f"no identity-based policy allows `sts:AssumeRole` on `{ROLE}` for `{USER}`",
            "ask an administrator of account `111111111111` to allow `sts:AssumeRole` on "
            f"`{ROLE}` in a policy of `{USER}`",
            id="no permission of the caller's",
        ),
        pytest.param(
            answered(
                "AccessDenied",
                f"{DENIED} with an explicit deny in a resource control policy: "
                "arn:aws:organizations::1:policy/o-1/p-1",
            ),
            {},
            f"a resource control policy denies `sts:AssumeRole` on `{ROLE}` for `{USER}` "
            "(`arn:aws:organizations::1:policy/o-1/p-1`)",
            "ask an administrator of the organization of account `222222222222` to except "
            f"`sts:AssumeRole` on `{ROLE}` from the deny in a resource control policy",
            id="a deny of the role's organization",
        ),
        pytest.param(
            answered(
                "AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code"
            ),
            {"mfa_serial": USER},
            f"`{USER}` is a user, no MFA device of `work_api`",
            "set `mfa_serial` (config, line 12) to your own device, such as "
            "`arn:aws:iam::111111111111:mfa/work_api`",
            id="the user's ARN as the device",
        ),
        pytest.param(
            answered("ValidationError", "Value 'a b' at 'roleSessionName' failed to satisfy"),
            {"role_session_name": "a b"},
            "`a b` cannot be a session name",
            "correct `role_session_name` (config, line 12): 2 to 64 of `A-Z a-z 0-9 _+=,.@-`",
            id="a session name with a blank",
        ),
        pytest.param(
            Failure(cause=Cause.REGION_MISSING, proves=True),
            {},
            "profile `admin` has no region, and the AWS CLI stops without one",
            "add `region` in `[profile admin]` (config, line 10), or set `AWS_REGION`",
            id="no region",
        ),
        pytest.param(
            Failure(cause=Cause.SSO_LOGIN_NEEDED, proves=True, message="expired"),
            {},
            "the IAM Identity Center login of profile `default` is missing or has expired",
            "run `aws sso login --profile default`",
            id="an Identity Center login",
        ),
        pytest.param(
            Failure(cause=Cause.LOGIN_NEEDED, proves=True, message="expired"),
            {},
            "the login of profile `default` is missing or has expired",
            "run `aws login --profile default`",
            id="a console login",
        ),
        pytest.param(
            Failure(
                cause=Cause.CREDENTIAL_PROCESS_FAILED,
                proves=True,
                message="Error when retrieving credentials from custom-process: token=… expired",
            ),
            {},
            "the `credential_process` of profile `default` gave no credentials: token=… expired",
            "run the command of `credential_process` by hand: it must print JSON with `Version`, "
            "`AccessKeyId` and `SecretAccessKey`",
            id="a credential_process",
        ),
        pytest.param(
            answered("InvalidClientTokenId", "The security token included … is invalid."),
            {"region": "eu-south-1"},
            "STS does not know the access key of profile `default`",
            "check that the account of profile `default` has opted in to region `eu-south-1` and "
            "that it is spelt right, else run `aws configure --profile default` with a valid "
            "access key",
            id="an opt-in region",
        ),
        pytest.param(
            answered("InvalidClientTokenId"),
            {"region": "us-east-1", "role_arn": "arn:aws-cn:iam::222222222222:role/x"},
            "STS does not know the access key of profile `default`",
            "set `region` (config, line 12) to one of partition `aws-cn`, as the role is, for "
            "`us-east-1` is of `aws` and knows no other keys",
            id="two partitions",
        ),
        pytest.param(
            answered("TeapotRefused", "I am a teapot."),
            {},
            "AWS answered `TeapotRefused` to AssumeRole: I am a teapot",
            "look `TeapotRefused` up in the errors of the AWS STS API reference",
            id="an unknown code in AWS's own words",
        ),
    ],
)
def test_a_refusal_says_the_fact_and_the_next_step(
    failure: Failure, settings: dict[str, str], message: str, hint: str
) -> None:
    found = explain(decision(failure, subject=profile(**settings)), caller=CALLER)

    assert found == Explanation(message=message, hint=hint)


IN_A_POLICY_OF_THE_CALLER = (
    f"{DENIED} with an explicit deny in an identity-based policy: "
    "arn:aws:iam::111111111111:policy/force-mfa"
)
ASK_FOR_AN_EXCEPTION = (
    f"ask an administrator of account `111111111111` to except `sts:AssumeRole` on `{ROLE}` from "
    f"the deny in a policy of `{USER}`"
)


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        pytest.param(
            {},
            "likely reason: that policy requires MFA (no `mfa_serial` is set); otherwise "
            f"{ASK_FOR_AN_EXCEPTION}",
            id="no device",
        ),
        pytest.param(
            {"mfa_serial": "arn:aws:iam::111111111111:mfa/work_api"},
            ASK_FOR_AN_EXCEPTION,
            id="a device",
        ),
    ],
)
def test_a_deny_may_be_for_want_of_mfa(settings: dict[str, str], hint: str) -> None:
    denied = answered("AccessDenied", IN_A_POLICY_OF_THE_CALLER)
    found = explain(decision(denied, subject=profile(**settings)), caller=CALLER)

    assert found.hint == hint
