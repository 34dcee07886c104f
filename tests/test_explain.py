"""What `explain` may do with AWS, and what it shows of the caller's policies.

What it finds is in `data/explained.txt`, what it prints in `data/screens/explain.txt`, its JSON in
`data/screens/json.txt`, and what follows from its advice in `data/advice_stories.txt`.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from e2e import Home, keys, role_profile
from situation_world import KEYS
from situation_world import WORLD as SITUATIONS
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s
from teams import READER, role

BLIND = role("views_bills")
DENIED = role("denied_role", id="theirs", name="${aws:username}")
WORLD = replace(SITUATIONS, roles=(*SITUATIONS.roles, READER, BLIND, DENIED))
NAMED = {"role_session_name": "work_api"}


@pytest.fixture
def wide_home(empty_home: Home) -> Home:
    """Return a home with one refused profile."""
    config = role_profile("denied", DENIED.arn, "keys", external_id="ours")
    wide = empty_home.with_environment(COLUMNS="1000")
    return wide.write(config, keys("keys", s.WORK_API.credentials))


def test_only_the_trust_policy_is_read_and_each_session_can_do_nothing_else(
    wide_home: Home, sandbox: Sandbox
) -> None:
    config = wide_home.config_file.read_text(encoding="utf-8")
    config += role_profile("blind", BLIND.arn, "keys", **NAMED)
    config += role_profile("reader", READER.arn, "keys", **NAMED)
    report = wide_home.write(config).run_json("explain", "denied").report
    assert report["trust_policy"]["read_with_profile"] == "reader"
    reads = [call for call in sandbox.calls if call.action == "iam:GetRole"]
    assert [(call.principal_arn, call.outcome, call.parameters) for call in reads] == [
        (BLIND.session_arn("work_api"), "AccessDenied", {"RoleName": "denied_role"}),
        (READER.session_arn("work_api"), "OK", {"RoleName": "denied_role"}),
    ]
    policies = [
        json.loads(call.parameters["Policy"])["Statement"]
        for call in sandbox.calls
        if call.action == "sts:AssumeRole" and "GetRole" in call.parameters["Policy"]
    ]
    under_any_path = DENIED.arn.replace("role/", "role/*/")
    only = [
        {"Effect": "Allow", "Action": ["iam:GetRole"], "Resource": "*"},
        {"Effect": "Deny", "NotAction": ["iam:GetRole"], "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "NotResource": [DENIED.arn, under_any_path]},
    ]
    assert policies == [only, only]
    asked = {"sts:GetCallerIdentity", "sts:AssumeRole", "iam:GetRole"}
    assert {call.action for call in sandbox.calls} == asked


def test_a_session_of_an_mfa_device_is_as_short_as_sts_allows(
    wide_home: Home, sandbox: Sandbox
) -> None:
    """No policy can limit it."""
    serial = s.MFA_USER.mfa_devices[0].serial
    config = role_profile("mine", DENIED.arn, "keys", mfa_serial=serial)
    config += role_profile(
        "other", READER.arn, "keys", mfa_serial=serial.replace("mfa_user", "x-1")
    )
    wide_home.write(config, keys("keys", s.MFA_USER.credentials))
    wide_home.run("explain", "mine", "--mfa-code", "000001")
    asked = [call.parameters for call in sandbox.calls if call.action == "sts:GetSessionToken"]
    assert asked == [{"SerialNumber": serial, "DurationSeconds": "900"}]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("asker", "they allow {call}: `user_asker_policy1`; so it is the role that refuses"),
        ("only_others", "no policy allows {call}"),
        ("walled", "the permissions boundary denies {call}"),
        (
            "office_asker",
            "`user_office_asker_policy1` denies {call}, without `aws:SourceIp`, which they test",
        ),
    ],
)
def test_it_shows_what_the_policies_of_the_caller_say(
    source: str, words: str, wide_home: Home
) -> None:
    wide_home.write(credentials=keys("keys", KEYS[source]))
    ended = wide_home.run("explain", "denied")
    _, _, below = ended.stdout.partition("what the caller's own policies say\n")
    assert below.partition("\n")[0].strip() == words.format(call="`sts:AssumeRole` on the role")
    assert "``" not in ended.stdout
