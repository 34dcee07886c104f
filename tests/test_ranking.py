"""Which reason of a refusal comes first: in a large file whose truth is known, and one by one.

The rest is in `data/comparisons.txt`, `data/profile_findings.txt` and `data/situations.txt`.
"""

from __future__ import annotations

from collections import Counter

import pytest

from e2e import Home, Json, keys, role_profile
from sync_profiles.causes import Cause
from sync_profiles.explain.findings import Basis, Finding, Topic, ruled_out
from sync_profiles.explain.ranking import findings_left_by, rank
from sync_profiles.explain.weights import Weight
from sync_profiles.outcomes import Failure
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import CALLER_ACCOUNT, MfaDevice, Role, User

DEVICE = MfaDevice(serial=f"arn:aws:iam::{CALLER_ACCOUNT}:mfa/ann", codes=("123456",))
ANN = User(name="ann", mfa_devices=(DEVICE,), policies=s.WORK_API.policies)
#: what the roles of each account require, and what a profile for them sends
ACCOUNTS: dict[str, tuple[str, Json, dict[str, str]]] = {
    "222222222222": ("admin", {}, {}),
    "333333333333": (
        "vendor",
        {"StringEquals": {"sts:ExternalId": "acme-42"}},
        {"external_id": "acme-42"},
    ),
    "444444444444": (
        "secure",
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"mfa_serial": DEVICE.serial},
    ),
}
TOPICS = {"admin": "role-name", "vendor": "external-id", "secure": "mfa"}
EACH = 40
#: so many of each account lack what it requires, or have a typo
WRONG = 6


def test_the_first_reason_is_the_true_one_if_the_neighbours_show_it(bare_home: Home) -> None:
    roles, config = [], ""
    for account, (kind, condition, settings) in ACCOUNTS.items():
        for number in range(EACH):
            name = f"{kind}-role-{'abcdefgh'[number % 8]}{number}"
            trust = s.trust(condition=condition or None)
            roles.append(Role(name=name, account_id=account, trust=trust))
            is_wrong = number % (EACH // WRONG) == 1 and number // (EACH // WRONG) < WRONG
            written = name.replace("role", "roel") if is_wrong and kind == "admin" else name
            arn = f"arn:aws:iam::{account}:role/{written}"
            sent = {} if is_wrong else settings
            config += role_profile(f"acme-{name}", arn, "keys", role_session_name="ann", **sent)
    with Sandbox(World(users=(ANN,), roles=roles)) as sandbox:
        home = bare_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        home.write(config, keys("keys", ANN.credentials))
        checked = home.run("check", "--output", "json", "--mfa-code", DEVICE.codes[0])
    rejected = [each for each in checked.profiles.values() if each["verdict"] == "rejected"]
    firsts = Counter(
        (each["profile"].split("-")[1], each["reasons"][0]["topic"]) for each in rejected
    )
    assert firsts == dict.fromkeys(TOPICS.items(), WRONG)


WEAK = Finding(Topic.MFA, 1, "no device")
FAIR = Finding(Topic.PERMISSION, 2, "no policy")
ANY_ID = Finding(Topic.EXTERNAL_ID, 2, "no external ID", Basis.EVERY_ROLE)
OTHER_ID = Finding(Topic.EXTERNAL_ID, 2, "another's external ID", Basis.FILES)
RARE_ID, RARE_ROLE = (
    Finding(topic, Weight.RARELY_DENIED) for topic in (Topic.EXTERNAL_ID, Topic.ROLE_NAME)
)
SLIP = Finding(Topic.ROLE_NAME, 2, "a typo", Basis.FILES)
WRONG_NAME = Finding(Topic.SESSION_NAME, 2, "a wrong name", Basis.FILES)
REGION = Finding(Topic.REGION, 2, "another region", Basis.FILES)
STRONG = Finding(Topic.TRUST, 3, "not trusted")
CERTAIN = Finding(Topic.TRUST, Weight.CERTAIN, "a federated user")


@pytest.mark.parametrize(
    ("findings", "ranked"),
    [
        pytest.param([WEAK, CERTAIN, STRONG], (CERTAIN,), id="a certain one alone"),
        pytest.param([ruled_out(Topic.MFA), WEAK, FAIR], (FAIR,), id="a topic that is ruled out"),
        pytest.param([WEAK, ruled_out(Topic.MFA)], (), id="ruled out afterwards, and nothing else"),
    ],
)
def test_findings_are_ranked(findings: list[Finding], ranked: tuple[Finding, ...]) -> None:
    assert rank(findings) == ranked


@pytest.mark.parametrize(
    ("policy_type", "left"),
    [
        ("identity-based", (RARE_ROLE, WEAK, REGION, SLIP, CERTAIN)),
        ("role trust", (RARE_ID, WEAK, REGION, OTHER_ID, WRONG_NAME, CERTAIN)),
        ("service control", (RARE_ROLE, REGION, SLIP)),
    ],
)
def test_a_deny_may_be_about_what_the_caller_leaves_out(
    policy_type: str, left: tuple[Finding, ...]
) -> None:
    findings = [WEAK, REGION, FAIR, ANY_ID, OTHER_ID, SLIP, STRONG, WRONG_NAME, CERTAIN]
    denied = Failure(
        cause=Cause.EXPLICIT_DENY, proves=True, operation="AssumeRole", policy_type=policy_type
    )
    assert tuple(findings_left_by(denied, findings)) == left


def test_a_caller_that_no_policy_allows_may_be_the_wrong_one() -> None:
    meant = Finding(Topic.TRUST, 3, "keys in place of the role", Basis.PROBLEM)
    failure = Failure(cause=Cause.IMPLICIT_DENY, proves=True, operation="AssumeRole")
    assert [*findings_left_by(failure, [ANY_ID, FAIR, STRONG, meant])] == [meant]
