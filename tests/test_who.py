"""`who`: who used a role, what a session did and who has a key, by the sandbox's CloudTrail."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from e2e import Home, installed, keys, role_profile, section
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.history import PastCall, PastSwitch, record_history
from sync_profiles.sandbox.protocol import HttpRequest, Refusal
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, Role, RoleSession, User

Json = dict[str, Any]

ALLOW_ONE: Json = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"},
        {"Effect": "Deny", "NotAction": "cloudtrail:LookupEvents", "Resource": "*"},
    ],
}
ROLE = Role(name="admin", path="/team/", trust=s.trust(), policies=(ALLOW_EVERYTHING,))
OTHER_ROLE = replace(ROLE, name="other", trust=s.trust(principal={"AWS": ROLE.arn}))
BLIND_ROLE = replace(ROLE, name="blind", policies=())
JDOE = User(name="jdoe")
READER = User(name="reader", policies=(ALLOW_EVERYTHING,))
MACHINE = RoleSession(role=replace(ROLE, name="ci", account_id="111111111111"), session_name="run")
WORLD = World(users=(s.WORK_API, JDOE, READER), roles=(ROLE, OTHER_ROLE, BLIND_ROLE))

OWN = PastSwitch(
    caller=s.WORK_API,
    role=ROLE,
    session_name="work_api",
    ago=timedelta(hours=5),
    calls=[
        PastCall(action="ec2:DescribeInstances"),
        PastCall(action="ec2:DescribeInstances"),
        PastCall(action="ec2:RunInstances", service="cloudformation.amazonaws.com"),
    ],
)
COLLEAGUE = replace(OWN, caller=JDOE, session_name="jdoe", ago=timedelta(hours=4), calls=())
ALIAS = replace(COLLEAGUE, session_name="alice", ago=timedelta(hours=3), source_ip="198.51.100.7")
EMAIL = replace(COLLEAGUE, session_name="j.doe@example.com", ago=timedelta(hours=2))
CDK = replace(
    COLLEAGUE,
    session_name="aws-cdk-jdoe",
    ago=timedelta(minutes=90),
    user_agent="aws-sdk-nodejs/2.1 linux/v20 aws-cdk/2.160.0",
)
MADE_UP = replace(
    COLLEAGUE,
    caller=MACHINE,
    session_name="botocore-session-1764000001",
    ago=timedelta(minutes=60),
    user_agent="Boto3/1.40.1 md/Botocore#1.40.1",
)
MADE_UP_AGAIN = replace(
    MADE_UP,
    caller=JDOE,
    session_name="botocore-session-1764000002",
    ago=timedelta(minutes=50),
)
TEST = replace(COLLEAGUE, ago=timedelta(minutes=40), user_agent="Boto3/1.40.1 sync-profiles/1.0")
ELSEWHERE = replace(COLLEAGUE, ago=timedelta(minutes=30), region="eu-west-1")
OF_OTHER = replace(COLLEAGUE, ago=timedelta(minutes=20), role=OTHER_ROLE, session_name="work_api")
OLD = replace(COLLEAGUE, ago=timedelta(days=8))
HISTORY = (
    *(OWN, COLLEAGUE, ALIAS, EMAIL, CDK, MADE_UP, MADE_UP_AGAIN, TEST, ELSEWHERE, OF_OTHER, OLD),
)


def trail_of(history: Sequence[PastSwitch], **more: Any) -> Trail:  # noqa: ANN401 - of `Trail`
    trail = Trail(**{"lookups_per_second": None, **more})
    record_history(trail, history, now=datetime.now(UTC))
    return trail


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Yield a sandbox with the history, or with the trail that a test asks for."""
    make = getattr(request, "param", lambda: trail_of(HISTORY))
    with Sandbox(WORLD, trail=make()) as running:
        yield running


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home with profiles of a user who may not read the trail, and of one who may."""
    named = {"role_session_name": "work_api"}
    config = role_profile("admin", ROLE.arn, "keys", **named)
    config += role_profile("blind", BLIND_ROLE.arn, "keys")
    config += role_profile("as-reader", ROLE.arn, "reader")
    config += role_profile("away", s.STRANGERS_ROLE.arn, "keys")
    config += role_profile("next", OTHER_ROLE.arn, "admin")
    credentials = keys("keys", s.WORK_API.credentials) + keys("reader", READER.credentials)
    return empty_home.write(config, credentials).with_environment(COLUMNS="100")


def found_by_name(report: Json) -> dict[str, tuple[str, int, list[str]]]:
    return {
        use["session_name"]: (use["says"], use["switches"], use["users"])
        for use in report["sessions"]
    }


def time_of(past: PastSwitch) -> datetime:
    return datetime.now(UTC) - past.ago


def test_each_session_name_has_a_row_and_says_whose_it_is(laptop: Home) -> None:
    ended = laptop.run("who", "admin", "--region", "eu-west-1")
    assert ended.code == 0
    assert ended.stderr == (
        "note: beside your own, user names are not known: account 111111111111 shows no events: "
        "`cloudtrail:LookupEvents` is denied\n"
    )
    heading, table, end = ended.stdout.strip().split("\n\n")
    role, span = heading.splitlines()
    assert role == f"role {ROLE.arn}"
    assert span.endswith("UTC, in us-east-1 and eu-west-1; `--region` adds others")
    rows = [line.split("  ") for line in table.splitlines()[1:] if not line.startswith(" ")]
    assert [(row[0], row[-1]) for row in rows] == [
        ("jdoe", "may be anyone's"),
        ("botocore-session-… (2 names)", "made up by a tool"),
        ("aws-cdk-jdoe", "a tool's name"),
        ("j.doe@example.com", "an e-mail address"),
        ("alice", "may be anyone's"),
        ("work_api", "the user's name"),
    ]
    assert "account 111111111111; from 198.51.100.7; by aws-cli/2.31.5\n" in table
    assert "by aws-cdk/2.160.0\n" in table
    assert " ".join(end.split()) == (
        "8 switches: 1 under the user's own name, 1 under an e-mail address, "
        "1 under a tool's name, 3 under a name that may be anyone's, "
        "2 under a name that names no user left out: 3 tests of sync-profiles itself "
        "1 switch of IAM users names no user: `sync-profiles trust-policy` writes the condition "
        "that ends it 1 switch under such names: by roles and others that have no user name to "
        "require"
    )


def test_the_caller_s_account_shows_the_user_names(laptop: Home, sandbox: Sandbox) -> None:
    sandbox.reset_calls()
    ended = laptop.run_json("who", "as-reader")
    assert (ended.code, ended.stderr) == (0, "")
    report = ended.report
    assert found_by_name(report) == {
        "botocore-session-1764000002": ("nobody", 1, ["jdoe"]),
        "botocore-session-1764000001": ("nobody", 1, []),
        "aws-cdk-jdoe": ("tool", 1, ["jdoe"]),
        "j.doe@example.com": ("email", 1, ["jdoe"]),
        "alice": ("unknown", 1, ["jdoe"]),
        "jdoe": ("user", 1, ["jdoe"]),
        "work_api": ("user", 1, ["work_api"]),
    }
    (work_api,) = (use for use in report["sessions"] if use["session_name"] == "work_api")
    assert work_api["accounts"] == ["111111111111"]
    assert work_api["addresses"] == ["203.0.113.7"]
    assert work_api["tools"] == ["aws-cli/2.31.5"]
    assert work_api["first"] == work_api["last"]
    assert abs(datetime.fromisoformat(work_api["last"]) - time_of(OWN)) < timedelta(minutes=1)
    tests = [call for call in sandbox.calls if call.action == "sts:AssumeRole"]
    assert report["own_tests"] == 1 + len(tests)
    assert report["regions"] == ["us-east-1"]
    since = datetime.fromisoformat(report["since"])
    assert timedelta(days=7) <= datetime.now(UTC) - since < timedelta(days=7, minutes=1)
    sent = [call for call in sandbox.calls if call.action == "cloudtrail:LookupEvents"]
    assert {call.principal_arn for call in sent} == {READER.arn, ROLE.session_arn("reader")}


def test_the_session_may_do_nothing_else(laptop: Home, sandbox: Sandbox) -> None:
    sandbox.reset_calls()
    laptop.run("who", "admin")
    policies = [
        json.loads(call.parameters["Policy"])
        for call in sandbox.calls
        if call.action == "sts:AssumeRole"
    ]
    assert [policy for policy in policies if policy["Statement"][0]["Effect"] == "Allow"][-1] == (
        ALLOW_ONE
    )


def test_the_commands_of_verbose_look_up_the_same(laptop: Home, sandbox: Sandbox) -> None:
    sandbox.reset_calls()
    arguments = ["--verbose", "--since", "24h"]
    noted = laptop.run("who", "admin", *arguments).stderr
    noted += laptop.run("who", "admin", *arguments, "--name", "a,b=c").stderr
    ours = [call for call in sandbox.calls if call.action == "cloudtrail:LookupEvents"]
    lines = [part for part in noted.split("`") if part.startswith("aws cloudtrail ")]
    assert len(lines) == 3
    sandbox.reset_calls()
    for line in lines:
        laptop.run_aws(*shlex.split(line)[1:])
    theirs = [call for call in sandbox.calls if call.action == "cloudtrail:LookupEvents"]

    def asked(calls: list[Any]) -> set[tuple[str, str, str, int, str]]:
        return {
            (
                call.principal_arn.partition("/")[0],
                call.region,
                call.parameters["LookupAttributes"],
                int(float(call.parameters["StartTime"])),
                call.outcome,
            )
            for call in calls
        }

    assert asked(ours) == asked(theirs)


def test_what_a_session_did_is_shown_by_operation(laptop: Home) -> None:
    report = laptop.run_json("who", "admin", "--name", "work_api").report
    assert report["session_name"] == "work_api"
    calls = {call["operation"]: (call["calls"], call["errors"]) for call in report["calls"]}
    assert calls == {"ec2:DescribeInstances": (2, {})}
    assert report["services"] == {"cloudformation.amazonaws.com": 1}
    assert report["issued"] is None
    shown = laptop.run("who", "admin", "--name", "work_api").stdout
    assert "\nec2:DescribeInstances      2  " in shown
    assert (
        "2 calls by work_api\n"
        "1 more call of AWS's services on its behalf: cloudformation.amazonaws.com (1)\n"
    ) in shown


KEY = OWN.key.credentials.access_key_id


def test_a_key_leads_to_the_session_and_the_user(laptop: Home) -> None:
    report = laptop.run_json("who", "as-reader", "--key", KEY).report
    issued = report["issued"]
    assert (issued["session_name"], issued["says"], issued["users"]) == (
        "work_api",
        "user",
        ["work_api"],
    )
    assert (report["key"], report["role_arn"]) == (KEY, ROLE.arn)
    assert [call["calls"] for call in report["calls"]] == [2]
    shown = laptop.run("who", "as-reader", "--key", KEY).stdout
    assert f"the key {KEY} was issued on " in shown
    assert "to the session work_api (the user's name), the user work_api" in shown.replace(
        "\n", " "
    )


def test_a_key_that_is_older_than_what_is_read_is_still_that_of_a_session(laptop: Home) -> None:
    arguments = ["who", "admin", "--key", KEY, "--since", "17999s"]
    arguments[-1] = f"{time_of(OWN) + timedelta(milliseconds=500):%Y-%m-%dT%H:%M:%S.%f}"
    report = laptop.run_json(*arguments).report
    assert (report["issued"], report["session_arn"]) == (None, ROLE.session_arn("work_api"))
    assert f"is of {ROLE.session_arn('work_api')}" in laptop.run(*arguments).stdout


def test_a_key_that_is_not_in_the_trail_is_said_to_be_unknown(laptop: Home) -> None:
    ended = laptop.run("who", "admin", "--key", "ASIA" + "X" * 16)
    assert ended.code == 0
    assert "no event shows who got the key" in ended.stdout


def test_one_s_own_switches_are_the_proof(laptop: Home) -> None:
    ended = laptop.run("who", "admin", "--me")
    assert ended.code == 0
    assert "switches under your name `work_api`" in ended.stdout
    assert "jdoe" not in ended.stdout
    report = laptop.run_json("who", "admin", "--me").report
    assert found_by_name(report) == {"work_api": ("user", 1, ["work_api"])}
    assert report["me"]["switches"] > 1


def late() -> Trail:
    return trail_of([], delay=timedelta(seconds=3))


def very_late() -> Trail:
    return trail_of([], delay=timedelta(minutes=5))


@pytest.mark.parametrize("sandbox", [very_late], indirect=True)
def test_without_an_event_of_one_s_own_there_is_no_proof_yet(laptop: Home) -> None:
    ended = laptop.run("who", "admin", "--me")
    assert ended.code == 1
    assert "no switch under your name `work_api` in this time and in these" in ended.stdout
    assert "`--wait` waits for them" in " ".join(ended.stdout.split())


@pytest.mark.parametrize("sandbox", [late], indirect=True)
def test_events_that_are_late_are_waited_for(laptop: Home, sandbox: Sandbox) -> None:
    ended = laptop.run("who", "admin", "--me", "--wait")
    assert ended.code == 0
    assert "under your name `work_api`, " in ended.stdout
    assert sum(call.action == "cloudtrail:LookupEvents" for call in sandbox.calls) > 1


#: the process's clock, on which a long sleep takes no time
SKIPS_SLEEP = """
import time
sleep, monotonic, skipped = time.sleep, time.monotonic, 0.0
def skip(seconds):
    global skipped
    if seconds < 3:
        sleep(seconds)
    else:
        skipped += seconds
time.sleep, time.monotonic = skip, lambda: monotonic() + skipped
"""


@pytest.mark.parametrize("sandbox", [very_late], indirect=True)
def test_after_15_minutes_events_are_no_longer_waited_for(
    laptop: Home, sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SKIPS_SLEEP, encoding="utf-8")
    home = laptop.with_environment(PYTHONPATH=str(tmp_path), COLUMNS="200")
    ended = home.run("who", "admin", "--me", "--wait")
    assert ended.code == 1
    assert ended.stdout.rstrip().endswith("arrive, and 15 minutes have brought none")
    # after 4, 12, 27, 57 seconds, then every 30 seconds
    assert 30 < sum(call.action == "cloudtrail:LookupEvents" for call in sandbox.calls) < 36


def test_a_chain_is_read_in_the_account_of_its_last_role(laptop: Home) -> None:
    report = laptop.run_json("who", "next").report
    assert report["role_arn"] == OTHER_ROLE.arn
    assert found_by_name(report) == {"work_api": ("unknown", 1, [])}
    assert laptop.run("who", "next", "--me").code == 0


def test_markdown_is_a_table(laptop: Home) -> None:
    lines = laptop.run("who", "admin", "--output", "markdown").stdout.splitlines()
    assert lines[3:5] == [
        "| session name | switches | first (UTC) | last (UTC) | whose | details |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    row = next(line for line in lines if line.startswith("| alice"))
    assert row.endswith(
        "| may be anyone's | account 111111111111; from 198.51.100.7; by aws-cli/2.31.5 |"
    )


def test_nothing_is_said_to_be_nothing(laptop: Home) -> None:
    ended = laptop.run("who", "admin", "--since", "5m", "--quiet")
    assert (ended.code, ended.stderr) == (0, "")
    assert "no switch to the role in this time and in these regions; " in ended.stdout


WRONG = [
    pytest.param(["nope"], 3, "no profile with a role matches `nope`", id="unknown profile"),
    pytest.param(["keys"], 3, "profile `keys` assumes no role", id="no role"),
    pytest.param(["away"], 3, "profile `away` cannot be used: AWS refused", id="rejected"),
    pytest.param(["admin", "--region", "mars"], 2, "is not a region", id="no region"),
    pytest.param(["admin", "--since", "soon"], 2, "is not a time", id="no time"),
    pytest.param(["admin", "--since", "2999-01-01"], 2, "is in the future", id="the future"),
    pytest.param(["admin", "--since", "0h"], 2, "is no time ago", id="now"),
    pytest.param(["admin", "--key", "AKIAX"], 2, "temporary access key", id="no key"),
    pytest.param(["admin", "--name", "a b"], 2, "cannot be a session name", id="no name"),
    pytest.param(["admin", "--wait"], 2, "it belongs to `--me`", id="wait alone"),
    pytest.param(["admin", "--me", "--name", "me"], 2, "exclude each other", id="two questions"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG)
def test_what_cannot_be_done_is_an_error(
    arguments: list[str], code: int, words: str, laptop: Home
) -> None:
    ended = laptop.run("who", *arguments)
    assert (ended.code, ended.stdout) == (code, "")
    assert words in ended.stderr
    assert "hint: " in ended.stderr


def test_another_profile_of_the_account_reads_where_one_may_not(
    laptop: Home, sandbox: Sandbox
) -> None:
    sandbox.reset_calls()
    ended = laptop.run("who", "blind", "--verbose", "--region", "eu-west-1", "--me")
    assert ended.code == 0
    assert "your name `work_api`" in ended.stdout
    assert f"role {BLIND_ROLE.arn}" in ended.stdout
    assert "may not look up events in CloudTrail: read with `admin`" in ended.stderr
    assert "--region eu-west-1 --profile admin`" in ended.stderr
    lookups = [call for call in sandbox.calls if call.action == "cloudtrail:LookupEvents"]
    readers = [BLIND_ROLE.session_arn("work_api"), ROLE.session_arn("work_api")]
    assert {call.principal_arn for call in lookups} == set(readers)
    assert sum(call.action == "sts:GetCallerIdentity" for call in sandbox.calls) == 2


@pytest.mark.parametrize(
    ("settings", "read_with"),
    [
        ({"source_profile": "keys"}, "read with `keys`"),
        (
            {"credential_source": "Environment"},
            "read with your own credentials (`credential_source = Environment`)",
        ),
    ],
)
def test_the_caller_reads_the_events_of_its_own_account(
    settings: dict[str, str], read_with: str, bare_home: Home
) -> None:
    own = replace(BLIND_ROLE, account_id=READER.account_id)
    past = PastSwitch(caller=READER, role=own, session_name="reader", ago=timedelta(hours=1))
    config = section("profile own", {"role_arn": own.arn, "region": "us-east-1", **settings})
    environment = {
        "AWS_ACCESS_KEY_ID": READER.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": READER.credentials.secret_access_key,
    }
    with Sandbox(World(users=(READER,), roles=(own,)), trail=trail_of([past])) as sandbox:
        home = bare_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url, **environment)
        ended = home.write(config, keys("keys", READER.credentials)).run_json("who", "own")
    assert found_by_name(ended.report) == {"reader": ("user", 1, ["reader"])}
    assert read_with in " ".join(ended.stderr.split())


BY_ROLE = f"let the role `{BLIND_ROLE.arn}` call `cloudtrail:LookupEvents`"
BY_ORGANIZATION = "organization to allow `cloudtrail:LookupEvents` in account 222222222222"


@pytest.mark.parametrize(
    ("other", "policy", "hint", "asks_for"),
    [
        pytest.param("", "", "ask the administrator of account", BY_ROLE, id="no other profile"),
        pytest.param(
            role_profile("away", s.STRANGERS_ROLE.arn, "keys"),
            *("", "ask the administrator of account", BY_ROLE),
            id="another one that is refused",
        ),
        pytest.param(
            role_profile("admin", ROLE.arn, "keys", mfa_serial="arn:aws:iam::111111111111:mfa/x"),
            *("", "ask the administrator of account", BY_ROLE),
            id="another one that needs MFA",
        ),
        pytest.param(
            role_profile("admin", ROLE.arn, "keys"),
            " because no identity-based policy allows the cloudtrail:LookupEvents action",
            "`admin` may not either: ask the administrator of account",
            BY_ROLE,
            id="another one that may not either",
        ),
        pytest.param(
            role_profile("admin", ROLE.arn, "keys"),
            " with an explicit deny in a service control policy",
            "a service control policy denies it",
            BY_ORGANIZATION,
            id="the organization",
        ),
    ],
)
def test_the_hint_names_the_needed_permission_and_who_was_tried(
    other: str,
    policy: str,
    hint: str,
    asks_for: str,
    laptop: Home,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(request: HttpRequest) -> None:
        if policy and (request.target or "").endswith("LookupEvents"):
            denied = "User: arn is not authorized to perform: cloudtrail:LookupEvents"
            raise Refusal("AccessDeniedException", denied + policy)

    monkeypatch.setattr(sandbox, "_intercept", refuse)
    ended = laptop.write(role_profile("blind", BLIND_ROLE.arn, "keys") + other).run("who", "blind")
    assert (ended.code, ended.stdout) == (3, "")
    said = " ".join(ended.stderr.split())
    assert "error: profile `blind` may not look up events in CloudTrail: User: " in said
    assert f"hint: {hint}" in said
    assert [text for text in (BY_ROLE, BY_ORGANIZATION) if text in said] == [asks_for]


@pytest.mark.parametrize(
    ("partition", "region", "of_partition"),
    [
        ("aws", "eu-west-1", "us-east-1"),
        ("aws-cn", "cn-northwest-1", "cn-north-1"),
        ("aws-us-gov", "us-gov-east-1", "us-gov-west-1"),
    ],
)
def test_each_partition_records_what_has_no_region_in_one_of_its_own(
    partition: str, region: str, of_partition: str, bare_home: Home
) -> None:
    user = replace(s.WORK_API, partition=partition)
    trusted = s.trust(principal={"AWS": f"arn:{partition}:iam::{user.account_id}:root"})
    role = replace(ROLE, partition=partition, trust=trusted)
    past = replace(OWN, caller=user, role=role, region=of_partition)
    config = role_profile("admin", role.arn, "keys", region=region)
    config += f"[profile keys]\nregion = {region}\n"
    with Sandbox(World(users=(user,), roles=(role,)), trail=trail_of([past])) as sandbox:
        home = bare_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        ended = home.write(config, keys("keys", user.credentials)).run_json("who", "admin")
    assert ended.report["regions"] == [region, of_partition]
    assert found_by_name(ended.report) == {"work_api": ("user", 1, ["work_api"])}


def test_more_than_90_days_are_cut_off_with_a_note(laptop: Home) -> None:
    for text in ("2020-01-01", "999999d", "9999h"):
        ended = laptop.run("who", "admin", "--since", text)
        assert ended.code == 0
        assert "note: CloudTrail's event history has the last 90 days only" in ended.stderr


def test_a_region_that_gives_no_answer_is_named_beside_the_others(
    laptop: Home, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: HttpRequest) -> None:
        if "/eu-south-1/cloudtrail/" in request.headers.get("authorization", ""):
            raise Refusal("UnrecognizedClientException", "The security token is invalid.")

    monkeypatch.setattr(sandbox, "_intercept", refuse)
    ended = laptop.run("who", "admin", "--region", "eu-south-1")
    assert ended.code == 1
    assert "eu-south-1 could not be read: The security token is invalid" in ended.stdout
    assert "7 switches" in ended.stdout


def test_an_expired_session_is_opened_anew(
    laptop: Home, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def expire(request: HttpRequest) -> None:
        if (request.target or "").endswith("LookupEvents"):
            seen.append(request.headers["x-amz-security-token"])
            if len(seen) == 1:
                raise Refusal("ExpiredTokenException", "The security token has expired")

    monkeypatch.setattr(sandbox, "_intercept", expire)
    ended = laptop.run("who", "admin", "--name", "work_api")
    assert (ended.code, len(set(seen))) == (0, 2)
    assert "2 calls by work_api" in ended.stdout


def test_the_profile_s_own_region_is_read_and_that_of_the_global_endpoint(laptop: Home) -> None:
    home = laptop.with_environment(AWS_REGION="eu-west-1")
    report = home.run_json("who", "admin", "--since", "35m").report
    assert report["regions"] == ["eu-west-1", "us-east-1"]
    assert found_by_name(report) == {"jdoe": ("unknown", 1, [])}


def many() -> Trail:
    made_up = [
        replace(MADE_UP, session_name=f"botocore-session-{number}", ago=timedelta(minutes=number))
        for number in range(1, 5001)
    ]
    return trail_of(made_up)


def throttled() -> Trail:
    return trail_of([replace(MADE_UP, ago=timedelta(minutes=n)) for n in range(1, 201)], **REAL)


REAL = {"lookups_per_second": 2}


@pytest.mark.parametrize("sandbox", [throttled], indirect=True)
def test_a_throttled_lookup_goes_on(laptop: Home, sandbox: Sandbox) -> None:
    report = laptop.run_json("who", "admin").report
    assert found_by_name(report) == {MADE_UP.session_name: ("nobody", 200, [])}
    outcomes = {call.outcome for call in sandbox.calls if "LookupEvents" in call.action}
    assert "ThrottlingException" in outcomes


#: bytes; Python with boto3 takes about 70 MB
MEMORY = 160 << 20
#: a child counts the memory of the process that started it, so this one is small
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory has another unit")
@pytest.mark.parametrize("sandbox", [many], indirect=True)
def test_5000_events_are_read_in_little_memory(laptop: Home) -> None:
    command = [sys.executable, "-c", MEASURE, installed("sync-profiles"), "who", "admin", "-q"]
    ended = laptop.run_command(command)
    assert ended.code == 0
    assert "botocore-session-… (5000 names)" in ended.stdout
    assert "\n5000 switches under such names: by roles " in ended.stdout
    assert int(ended.stderr) << 10 < MEMORY


def start(home: Home, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command
        [installed("sync-profiles"), *arguments],
        env=dict(home.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
@pytest.mark.parametrize("sandbox", [throttled], indirect=True)
def test_an_interruption_shows_what_has_come_so_far(laptop: Home, sandbox: Sandbox) -> None:
    with start(laptop, "who", "admin", "--output", "json") as run:
        while not any(call.outcome == "ThrottlingException" for call in sandbox.calls):
            assert run.poll() is None
        run.send_signal(signal.SIGINT)
        stdout, stderr = run.communicate(timeout=60)
    assert run.returncode == 130
    assert stderr.endswith("error: interrupted: these are the events that had come so far\n")
    report = json.loads(stdout)
    assert report["interrupted"] is True
    (found,) = report["sessions"]
    assert 50 <= found["switches"] < 200
