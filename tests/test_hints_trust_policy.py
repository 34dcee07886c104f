"""A refusal of which STS says that it is the role's trust policy: what of it may not be met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile
from hint_cases import CALLER, DENIED, ROLE, SSO_USER, USER, answered, decision, profile
from sync_profiles.explain.evidence import Cleared, Proof, Strength, Suspicion, Topic
from sync_profiles.explain.explanation import Explanation
from sync_profiles.explain.hints import explain
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import DenialText, Role

if TYPE_CHECKING:
    from sync_profiles.explain.evidence import Evidence
    from sync_profiles.outcomes import Caller

DEVICE = "arn:aws:iam::111111111111:mfa/work_api"
ASK = (
    "ask an administrator of account `222222222222` to allow `sts:AssumeRole` on "
    f"`{ROLE}` in the trust policy of the role"
)
NOT_ALLOWED = " because no {} policy allows the sts:AssumeRole action"
SPELLING = "whether `role_arn` (config, line 11) is spelt right, case included"


def suspicion(topic: Topic, check: str, strength: Strength = Strength.STRONG) -> Suspicion:
    return Suspicion(topic=topic, strength=strength, check=check)


@pytest.mark.parametrize("kind", ["role trust", "resource-based"])
def test_it_is_told_what_the_trust_policy_may_demand(kind: str) -> None:
    denied = answered("AccessDenied", DENIED + NOT_ALLOWED.format(kind))

    assert explain(decision(denied), caller=CALLER) == Explanation(
        message=f"no {kind} policy allows `sts:AssumeRole` on `{ROLE}` for `{USER}`",
        hint="check, likeliest first: (1) whether the role demands MFA (no `mfa_serial` is set); "
        "(2) whether the role demands an external ID (no `external_id` is set); "
        f"(3) {SPELLING}; else {ASK}",
    )


@pytest.mark.parametrize(
    ("settings", "evidence", "caller", "hint"),
    [
        pytest.param(
            {"external_id": "x-1", "mfa_serial": DEVICE},
            (),
            CALLER,
            "check, likeliest first: (1) `external_id` (config, line 12) against the role's; "
            f"(2) {SPELLING}; else {ASK}",
            id="an external ID is set, and it may be another",
        ),
        pytest.param(
            {"mfa_serial": DEVICE},
            (
                suspicion(Topic.PERMISSION, "the caller's policies"),
                suspicion(Topic.ROLE_NAME, "the spelling, beside others"),
                suspicion(Topic.EXTERNAL_ID, "the external ID, beside others"),
                suspicion(Topic.TRUST, "who is trusted", Strength.LIKELY),
            ),
            CALLER,
            "check, likeliest first: (1) the external ID, beside others; (2) who is trusted; "
            f"(3) the spelling, beside others; else {ASK}",
            id="what others tell goes first, but not of the caller's policies",
        ),
        pytest.param(
            {"mfa_serial": DEVICE},
            (Cleared(topic=Topic.EXTERNAL_ID), Cleared(topic=Topic.ROLE_NAME)),
            CALLER,
            ASK,
            id="nothing is left to check",
        ),
        pytest.param(
            {"mfa_serial": DEVICE},
            (Cleared(topic=Topic.EXTERNAL_ID),),
            CALLER,
            f"check {SPELLING}; else {ASK}",
            id="one check",
        ),
        pytest.param({}, (Proof(step="do it"),), CALLER, "do it", id="a proof stands alone"),
        pytest.param(
            {"role_arn": "arn:aws:iam::222222222222:user/bob"},
            (),
            CALLER,
            "correct `role_arn` (config, line 11): it names an IAM user, not a role such as "
            "`arn:aws:iam::222222222222:role/NAME`",
            id="a user's ARN is no role whatever a policy says",
        ),
        pytest.param(
            {},
            (),
            SSO_USER,
            "check, likeliest first: (1) whether the role has a condition on `${aws:username}`, "
            "which an Identity Center user never meets; (2) whether the role demands an external "
            f"ID (no `external_id` is set); (3) {SPELLING}; else {ASK}",
            id="a caller without a user name",
        ),
    ],
)
def test_the_evidence_is_weighed_by_what_sts_says(
    settings: dict[str, str], evidence: tuple[Evidence, ...], caller: Caller, hint: str
) -> None:
    denied = answered(
        "AccessDenied",
        f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
        + NOT_ALLOWED.format("role trust"),
    )
    subject = decision(denied, subject=profile(**settings))

    assert explain(subject, caller=caller, evidence=evidence).hint == hint


def test_a_session_that_is_not_trusted_is_told_of() -> None:
    caller = "arn:aws:sts::111111111111:assumed-role/hop/work_api"
    denied = answered(
        "AccessDenied",
        f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
        + NOT_ALLOWED.format("role trust"),
    )

    assert explain(decision(denied, hops=("hop", "admin")), caller=CALLER).hint == (
        "check, likeliest first: (1) whether the role has a condition on `${aws:username}`, which "
        "a role's session never meets; (2) whether the role trusts the session of `hop`, not "
        "`default` alone; (3) whether the role demands an external ID (no `external_id` is set); "
        f"else {ASK}"
    )


@pytest.mark.parametrize(
    "suffix",
    [
        pytest.param(NOT_ALLOWED.format("identity-based"), id="the caller's own policies"),
        pytest.param(NOT_ALLOWED.format("session"), id="a session policy"),
        pytest.param(" with an explicit deny in a session policy", id="a deny"),
    ],
)
def test_where_another_policy_is_the_reason_no_setting_is_suspected(suffix: str) -> None:
    found = explain(
        decision(answered("AccessDenied", DENIED + suffix)),
        caller=CALLER,
        evidence=(suspicion(Topic.EXTERNAL_ID, "the external ID"),),
    )

    assert found.hint is not None
    assert found.hint.startswith("ask an administrator of account ")


def test_a_deny_of_the_trust_policy_tells_whom_no_user_name_belongs_to() -> None:
    denied = answered("AccessDenied", f"{DENIED} with an explicit deny in the role trust policy")

    assert explain(decision(denied, hops=("hop", "admin")), caller=CALLER).hint == (
        f"ask an administrator of account `222222222222` to except `sts:AssumeRole` on `{ROLE}` "
        "from the deny in the trust policy of the role; a condition on `${aws:username}` can "
        "never hold for this caller"
    )


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


@pytest.fixture
def world() -> World:
    """Return an AWS that names the kind of policy."""
    roles = (*s.STORY.roles, DENIES_STRANGERS)
    return World(users=s.STORY.users, roles=roles, denial_text=DenialText.NAMES_POLICY_TYPE)


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
        "check, likeliest first: (1) the external ID: no `external_id` here, but in `with`, "
        "accepted for the same role; (2) what differs from `with`, accepted for the same role; "
        "else ask an administrator of account `222222222222` to allow `sts:AssumeRole` on "
        f"`{role}` in the trust policy of the role"
    )


def test_a_deny_that_another_profile_passes_without_mfa_is_not_for_want_of_it(
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
        "check the external ID: no `external_id` here, but in `ok`, accepted for the same role; "
        "else ask an administrator of account `222222222222` to except `sts:AssumeRole` on "
        f"`{DENIES_STRANGERS.arn}` from the deny in the trust policy of the role"
    )
