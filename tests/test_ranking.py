"""Which reason of a refusal `check` names first, in a large file whose truth is known."""

from __future__ import annotations

from collections import Counter

from e2e import Home, Json, keys, role_profile
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
