"""Refusals by the role's trust policy: which of its conditions may not be met."""

from __future__ import annotations

import pytest

from e2e import Home, keys, role_profile
from hint_cases import CALLER, DENIED, answered, decision
from sync_profiles.explain.explanation import explain
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import DenialText, Role

DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
NOT_ALLOWED = " because no {} policy allows the sts:AssumeRole action"


@pytest.mark.parametrize(
    "suffix",
    [
        pytest.param(NOT_ALLOWED.format("identity-based"), id="the caller's own policies"),
        pytest.param(NOT_ALLOWED.format("session"), id="a session policy"),
        pytest.param(" with an explicit deny in a session policy", id="a deny"),
    ],
)
def test_no_setting_is_suspected_if_another_policy_is_the_reason(suffix: str) -> None:
    found = explain(
        decision(answered("AccessDenied", DENIED + suffix)),
        caller=CALLER,
    )

    assert found.hint is not None
    assert found.hint.startswith("ask an administrator of account ")


ALLOWS = {
    "Effect": "Allow",
    "Principal": {"AWS": "111111111111"},
    "Action": "sts:AssumeRole",
}
DENIES = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:AssumeRole",
    "Condition": {"StringNotEquals": {"sts:ExternalId": "x-1"}},
}
DENIES_STRANGERS = Role(
    name="denies_strangers", trust={"Version": "2012-10-17", "Statement": [ALLOWS, DENIES]}
)


WORLD = World(
    users=s.STORY.users,
    roles=(*s.STORY.roles, DENIES_STRANGERS),
    denial_text=DenialText.NAMES_POLICY_TYPE,
)


def test_another_profile_with_the_external_id_is_pointed_to(empty_home: Home) -> None:
    role = s.EXTERNAL_ID_ROLE.arn
    empty_home.write(
        role_profile("with", role, "keys", external_id=s.EXTERNAL_ID)
        + role_profile("without", role, "keys"),
        keys("keys", s.WORK_API.credentials),
    )

    ended = empty_home.run("check", "--output", "json").profiles["without"]

    assert (ended["cause"], ended["policy_type"]) == ("implicit-deny", "role trust")
    assert ended["hint"] == (
        "likely reason: the role requires an external ID (no `external_id` here, but in `with`, "
        "which works for the same role); otherwise ask an administrator of account "
        f"`222222222222` to allow `sts:AssumeRole` on `{role}` in the trust policy of the role"
    )


def test_a_deny_that_another_profile_passes_without_mfa_is_not_about_mfa(
    empty_home: Home,
) -> None:
    empty_home.write(
        role_profile("ok", DENIES_STRANGERS.arn, "keys", external_id="x-1")
        + role_profile("bad", DENIES_STRANGERS.arn, "keys"),
        keys("keys", s.WORK_API.credentials),
    )

    ended = empty_home.run("check", "--output", "json").profiles["bad"]

    assert (ended["cause"], ended["policy_type"]) == ("explicit-deny", "role trust")
    assert ended["hint"] == (
        "likely reason: the role requires an external ID (no `external_id` here, but in `ok`, "
        "which works for the same role); otherwise ask an administrator of account "
        "`222222222222` to exclude `sts:AssumeRole` on "
        f"`{DENIES_STRANGERS.arn}` from the deny in the trust policy of the role"
    )
