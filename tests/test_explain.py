"""`explain`: everything known about one profile, as text, as JSON, and as a message."""

from __future__ import annotations

import json

import pytest

from e2e import Home, Json, keys, role_profile, section
from readers import READER
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, Role, identity_center_session

BLIND = Role(name="blind_role", trust=s.trust())
DENIED = Role(
    name="denied_role",
    trust=s.trust(
        condition={
            "StringEquals": {"sts:ExternalId": "theirs"},
            "StringLike": {"sts:RoleSessionName": "${aws:username}"},
        }
    ),
)
NAME_IS_MET = (
    "statement 1 requires that the session name is like `${aws:username}` (here `work_api`): met"
)
SECRET = s.WORK_API.credentials.secret_access_key
PLANTED = {"aws_secret_access_key": "planted/secret", "aws_session_token": "planted/token"}


PERSON = identity_center_session(permission_set="Admin", user_name="jane")
HOP = Role(name="hop_role", trust=s.trust(), policies=(ALLOW_ASSUME_ROLE,))
EXTERNAL_ID: Json = {"StringEquals": {"sts:ExternalId": "theirs"}}
TRUSTS_PERSON = Role(
    name="person_role",
    trust=s.trust(
        principal={"AWS": PERSON.role.arn},
        condition={**EXTERNAL_ID, "Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ),
)
TRUSTS_ROBOT = Role(
    name="robot_role",
    trust=s.trust(principal={"AWS": HOP.session_arn("robot")}, condition=EXTERNAL_ID),
)
#: AWS may know more than we do: here, an operator that it has added
ODD = Role(
    name="odd_role",
    shown_trust=json.dumps(s.trust(condition={"StringResembles": {"sts:ExternalId": "x"}})),
)
WORLD = World(
    users=s.STORY.users,
    roles=(*s.STORY.roles, READER, BLIND, DENIED, HOP, TRUSTS_PERSON, TRUSTS_ROBOT, ODD),
    sessions=(PERSON,),
)


@pytest.fixture
def wide_home(empty_home: Home) -> Home:
    """Return a home with one refused profile, whose settings stand in both files."""
    config = role_profile("denied", DENIED.arn, "keys", external_id="ours", duration_seconds="1800")
    credentials = keys("keys", s.WORK_API.credentials)
    credentials += section("denied", {"role_session_name": "alice"})
    made = empty_home.with_environment(COLUMNS="1000")
    return made.write(config, credentials)


def test_the_whole_chain_is_shown(wide_home: Home) -> None:
    before = wide_home.footprint()
    ended = wide_home.run("explain", "denied")
    assert (ended.code, ended.stderr) == (1, "")
    for words in (
        "keys > denied",
        f"caller: {s.WORK_API.arn}",
        f"role_arn = {DENIED.arn}  (config, line 2)",
        "source_profile = keys  (config, line 3)",
        "external_id = ours  (config, line 5)",
        "role_session_name = alice  (credentials, line 6)",
        f"AssumeRole {DENIED.arn} as `alice` for 1800 s with external ID `ours`",
        f"AssumeRole {DENIED.arn} as `work_api` for 1800 s with external ID `ours`",
        "-> AccessDenied: User: arn:aws:iam::111111111111:user/work_api is not authorized",
        " denied: rejected (not-authorized)\n",
        "hint: likely reasons: (1) ",
    ):
        assert words in ended.stdout
    assert SECRET not in ended.stdout
    assert wide_home.footprint() == before


def test_the_json_has_what_the_screen_has(wide_home: Home) -> None:
    report = wide_home.run_json("explain", "denied").report
    shown = wide_home.run("explain", "denied").stdout
    assert (report["version"], report["command"]) == (1, "explain")
    assert report["caller"] == s.WORK_API.arn
    profile = report["profile"]
    assert (profile["verdict"], profile["cause"]) == ("rejected", "not-authorized")
    assert profile["chain"] == ["keys"]
    assert profile["message"] in shown
    assert f"hint: {profile['hint']}" in shown
    settings = [(x["key"], x["value"], x["file"], x["line"]) for x in report["settings"]]
    assert sorted(settings) == [
        ("duration_seconds", "1800", "config", 6),
        ("external_id", "ours", "config", 5),
        ("region", "us-east-1", "config", 4),
        ("role_arn", DENIED.arn, "config", 2),
        ("role_session_name", "alice", "credentials", 6),
        ("source_profile", "keys", "config", 3),
    ]
    sent = [(x["session_name"], x["duration_seconds"], x["code"]) for x in report["switches"]]
    assert sorted(sent) == [("alice", 1800, "AccessDenied"), ("work_api", 1800, "AccessDenied")]
    assert all(switch["request_id"] for switch in report["switches"])
    # the moment and the requests differ from run to run
    steady = [line for line in report["letter"].splitlines() if ": " not in line]
    assert [line for line in steady if line not in shown.splitlines()] == []
    assert report["trust_policy"] is None
    assert report["letter"] == "\n".join(letter["text"] for letter in report["letters"])


def test_the_shortest_duration_is_shown_as_sent(wide_home: Home) -> None:
    wide_home.write(role_profile("open", s.OPEN_ROLE.arn, "keys", role_session_name="work_api"))
    (switch,) = wide_home.run_json("explain", "open").report["switches"]
    assert switch["duration_seconds"] == 900
    assert switch["assumed_role_arn"] == s.OPEN_ROLE.session_arn("work_api")


def test_a_call_that_lacks_its_mfa_code_is_not_sent(wide_home: Home) -> None:
    device = "arn:aws:iam::111111111111:mfa/work_api"
    with_device = role_profile("device", s.ADMIN_ROLE.arn, "keys", mfa_serial=device)
    shown = wide_home.write(with_device).run("explain", "device").stdout
    assert f"with MFA `{device}`\n   -> not sent: " in shown


def test_the_trust_policy_is_read_through_an_accepted_profile_and_nothing_else_is(
    wide_home: Home, sandbox: Sandbox
) -> None:
    config = wide_home.config_file.read_text(encoding="utf-8")
    name = {"role_session_name": "work_api"}
    config += role_profile("blind", BLIND.arn, "keys", **name)
    config += role_profile("reader", READER.arn, "keys", **name)
    wide_home.write(config)
    report = wide_home.run_json("explain", "denied").report
    assert report["trust_policy"] == {
        "role_arn": DENIED.arn,
        "read_with_profile": "reader",
        "demands": [
            "statement 1 requires that the external ID is `theirs`: not met, it is `ours`",
            NAME_IS_MET,
        ],
        "problem": None,
    }
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
    assert {call.action for call in sandbox.calls} == {
        "sts:GetCallerIdentity",
        "sts:AssumeRole",
        "iam:GetRole",
    }
    shown = wide_home.run("explain", "denied").stdout
    assert "what the role's trust policy requires (read with profile reader)" in shown
    assert all(demand in shown for demand in report["trust_policy"]["demands"])


NO_EXTERNAL_ID = (
    "statement 1 requires that the external ID is `theirs`: not met, the profile has no "
    "`external_id`"
)


def test_the_real_caller_is_compared_with_the_trust_policy(wide_home: Home) -> None:
    config = role_profile("person", TRUSTS_PERSON.arn, "sso")
    config += role_profile("reader", READER.arn, "sso", role_session_name="jane")
    config += role_profile("hop", HOP.arn, "keys", role_session_name="robot")
    config += role_profile("robot", TRUSTS_ROBOT.arn, "hop", role_session_name="work_api")
    wide_home.write(config, keys("keys", s.WORK_API.credentials) + keys("sso", PERSON.credentials))
    person = wide_home.run_json("explain", "person").report["trust_policy"]
    robot = wide_home.run_json("explain", "robot").report["trust_policy"]
    assert person["demands"] == [
        NO_EXTERNAL_ID,
        "statement 1 requires that MFA is used: cannot be checked from here",
    ]
    assert robot["demands"] == [NO_EXTERNAL_ID]


def test_a_trust_policy_that_is_not_understood_is_reported(wide_home: Home) -> None:
    name = {"role_session_name": "work_api"}
    config = role_profile("odd", ODD.arn, "keys", **name)
    wide_home.write(config + role_profile("reader", READER.arn, "keys", **name))
    read = wide_home.run_json("explain", "odd").report["trust_policy"]
    shown = wide_home.run("explain", "odd").stdout
    assert (read["demands"], read["problem"]) == (
        [],
        "`StringResembles` of statement 1 is not a condition operator",
    )
    assert (
        "the policy is not understood: `StringResembles` of statement 1 is not a condition operator"
    ) in shown


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        pytest.param("nobody", "no profile with a role matches `nobody`", id="an unknown one"),
        pytest.param("plain", "profile `plain` assumes no role", id="one without a role"),
        pytest.param("\x1b[1mx", "no profile with a role matches `\\x1b[1mx`", id="a hostile one"),
    ],
)
def test_there_is_nothing_to_explain_about_a_profile_without_a_role(
    profile: str, words: str, wide_home: Home, sandbox: Sandbox
) -> None:
    wide_home.write(section("profile plain", {"region": "us-east-1"}))
    ended = wide_home.run("explain", profile)
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr.startswith(f"error: {words}\nhint: ")
    assert sandbox.calls == ()


def test_a_broken_chain_is_shown_with_its_line(wide_home: Home, sandbox: Sandbox) -> None:
    config = role_profile("top", s.ADMIN_ROLE.arn, "hop")
    config += role_profile("hop", s.ADMIN_ROLE.arn, "gone")
    wide_home.write(config)
    report = wide_home.run_json("explain", "top").report
    assert report["profile"]["cause"] == "source-profile-missing"
    assert "(config, line 8)" in report["profile"]["message"]
    assert (report["caller"], report["letter"], report["switches"]) == (None, None, [])
    found = [(p["line"], p["code"], p["profile"]) for p in report["problems"]]
    assert found == [(8, "source-profile-missing", "hop")]
    assert sandbox.calls == ()


def test_a_web_identity_is_shown_and_not_tested(wide_home: Home, sandbox: Sandbox) -> None:
    token = {"role_arn": s.OPEN_ROLE.arn, "web_identity_token_file": "/run/token"}
    wide_home.write(section("profile token", token))
    ended = wide_home.run("explain", "token")
    assert ended.code == 1
    assert " token: unknown (web-identity)\n" in ended.stdout
    assert "web_identity_token_file = /run/token  (config, line 3)" in ended.stdout
    assert sandbox.calls == ()


def test_no_secret_is_shown_and_no_name_takes_effect(wide_home: Home) -> None:
    config = section(
        "profile a\x1b[31mb",
        {
            "role_arn": DENIED.arn,
            "source_profile": "keys",
            "external_id": "\x1b]0;x\x07[bold]y[/]",
            "region": "us-east-1",
            **PLANTED,
        },
    )
    wide_home.write(config)
    for arguments in ((), ("--output", "json")):
        ended = wide_home.run("explain", *arguments, "a\x1b[31mb")
        shown = ended.stdout + ended.stderr
        assert ended.code == 1
        assert not {"\x1b", "\x07"} & set(shown)
        assert not [secret for secret in (SECRET, *PLANTED.values()) if secret in shown]
    assert (
        "aws_secret_access_key = ****  (config, line 6)"
        in wide_home.run("explain", "a\x1b[31mb").stdout
    )
