"""`explain` in JSON, and what it may do with AWS.

What it finds is in `data/explained.txt`, what it prints in `data/screens/explain.txt` and in
`data/advice_stories.txt`.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from e2e import Home, keys, role_profile, section
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from teams import ASSUMES, DENIES, READER, SIMULATES, document, role, user

BLIND = role("views_bills")
DENIED = role("denied_role", id="theirs", name="${aws:username}")
ELSEWHERE = {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
ASKERS = {
    "allowed": document(SIMULATES, ASSUMES),
    "powerless": document(SIMULATES),
    "bound": document(SIMULATES, ASSUMES, {**DENIES, "Condition": ELSEWHERE}),
}
USERS = {name: user(name, policy) for name, policy in ASKERS.items()}
USERS["fenced"] = replace(
    user("fenced", document(SIMULATES, ASSUMES)),
    permissions_boundary=document(SIMULATES, ASSUMES, DENIES),
)
WORLD = World(
    users=(*s.STORY.users, *USERS.values()), roles=(*s.STORY.roles, READER, BLIND, DENIED)
)
NAMED = {"role_session_name": "work_api"}
TOKEN = "FwoGZXIvYXdzEBYaD" + "hunter2" * 5


@pytest.fixture
def wide_home(empty_home: Home) -> Home:
    """Return a home with one refused profile, whose settings are in both files.

    Without its key, a pasted token is read as one.
    """
    config = role_profile("denied", DENIED.arn, "keys", external_id="ours", duration_seconds="1800")
    config += f"{TOKEN}==\n"
    credentials = keys("keys", s.WORK_API.credentials)
    credentials += section("denied", {"role_session_name": "alice"})
    return empty_home.with_environment(COLUMNS="1000").write(config, credentials)


def test_the_json_has_what_the_screen_has(wide_home: Home) -> None:
    before = wide_home.footprint()
    ended = wide_home.run("explain", "denied")
    report = wide_home.run_json("explain", "denied").report
    assert (ended.code, ended.stderr, wide_home.footprint()) == (1, "", before)
    assert (report["version"], report["command"]) == (1, "explain")
    assert report["caller"] == s.WORK_API.arn
    profile = report["profile"]
    assert f"hint: {profile['hint']}" in ended.stdout
    settings = [(x["key"], x["value"], x["file"], x["line"]) for x in report["settings"]]
    assert sorted(settings) == [
        ("duration_seconds", "1800", "config", 6),
        ("external_id", "ours", "config", 5),
        ("region", "us-east-1", "config", 4),
        ("role_arn", DENIED.arn, "config", 2),
        ("role_session_name", "alice", "credentials", 6),
        ("source_profile", "keys", "config", 3),
        ("…", "****", "config", 8),
    ]
    assert TOKEN.lower() not in (ended.stdout + str(report)).lower()
    for key, value, file, line in settings:
        assert f"{key} = {value}  ({file}, line {line})" in ended.stdout
    for sent in report["switches"]:
        words = f"as `{sent['session_name']}` for 1800 s with external ID `ours`"
        assert f"AssumeRole {DENIED.arn} {words}" in ended.stdout
        assert sent["request_id"]
    # the moment and the requests differ from run to run
    steady = [line for line in report["letter"].splitlines() if ": " not in line]
    assert [line for line in steady if line not in ended.stdout.splitlines()] == []
    assert report["letter"] == "\n".join(letter["text"] for letter in report["letters"])


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
        ("allowed", "they allow {call}: `user_allowed_policy1`; so it is the role that refuses"),
        ("powerless", "no policy allows {call}"),
        ("fenced", "the permissions boundary denies {call}"),
        (
            "bound",
            "`user_bound_policy1` denies {call}, without `aws:SourceIp`, which they test",
        ),
    ],
)
def test_it_shows_what_the_policies_of_the_caller_say(
    source: str, words: str, wide_home: Home
) -> None:
    wide_home.write(credentials=keys("keys", USERS[source].credentials))
    ended = wide_home.run("explain", "denied")
    _, _, below = ended.stdout.partition("what the caller's own policies say\n")
    assert below.partition("\n")[0].strip() == words.format(call="`sts:AssumeRole` on the role")
    assert "``" not in ended.stdout
