"""How `who` reads CloudTrail: where, how much, and what it does where it gets no answer.

With whom it reads is in `data/screens/who.txt`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

import used_role
from e2e import Home, installed, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.protocol import HttpRequest, Refusal
from used_role import AUDIT, MADE_UP, OWN, found_in, lookups, trail_of, write_laptop

WORLD = used_role.WORLD
TRAIL = partial(trail_of, [OWN])


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    return write_laptop(empty_home)


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
    role = replace(AUDIT, partition=partition, trust=trusted)
    past = replace(OWN, caller=user, role=role, region=of_partition)
    config = role_profile("admin", role.arn, "keys", region=region)
    config += f"[profile keys]\nregion = {region}\n"
    with Sandbox(World(users=(user,), roles=(role,)), trail=trail_of([past])) as sandbox:
        home = bare_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        ended = home.write(config, keys("keys", user.credentials)).run_json("who", "admin")
    assert ended.report["regions"] == [region, of_partition]
    assert found_in(ended.report) == {"work_api": ("user", 1, ["work_api"])}


def test_a_region_that_gives_no_answer_is_named_beside_the_others(
    laptop: Home, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: HttpRequest) -> None:
        if "/eu-south-1/cloudtrail/" in request.headers.get("authorization", ""):
            raise Refusal("UnrecognizedClientException", "The security token is invalid.")

    monkeypatch.setattr(sandbox, "_intercept", refuse)
    ended = laptop.run("who", "audit", "--region", "eu-south-1")
    assert ended.code == 1
    why = "The security token is invalid; the account may not have activated the region"
    assert f"eu-south-1 could not be read: {why}\n" in ended.stdout
    assert "1 switch: 1 under the user's own name" in ended.stdout


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
    ended = laptop.run("who", "audit", "--name", "work_api")
    assert (ended.code, len(set(seen))) == (0, 2)
    assert "2 calls by `work_api`" in ended.stdout


def throttled() -> Trail:
    past = [replace(MADE_UP, ago=timedelta(minutes=n)) for n in range(1, 201)]
    return trail_of(past, lookups_per_second=2)


@pytest.mark.parametrize("trail", [throttled], indirect=True)
def test_a_throttled_lookup_goes_on(laptop: Home, sandbox: Sandbox) -> None:
    report = laptop.run_json("who", "audit").report
    assert found_in(report) == {MADE_UP.session_name: ("nobody", 200, [])}
    assert "ThrottlingException" in {call.outcome for call in lookups(sandbox)}


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signal")
@pytest.mark.parametrize("trail", [throttled], indirect=True)
def test_an_interruption_shows_what_has_come_so_far(laptop: Home, sandbox: Sandbox) -> None:
    with laptop.start_installed("who", "audit", "--output", "json") as run:
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


def many() -> Trail:
    names = {n: f"botocore-session-{n}" for n in range(1, 5001)}
    return trail_of(
        [replace(MADE_UP, session_name=name, ago=timedelta(minutes=n)) for n, name in names.items()]
    )


#: bytes; Python with boto3 takes about 70 MB
MEMORY = 160 << 20
#: a child counts the memory of the process that started it, so this one is small
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory has another unit")
@pytest.mark.parametrize("trail", [many], indirect=True)
def test_5000_events_are_read_in_little_memory(laptop: Home) -> None:
    command = [sys.executable, "-c", MEASURE, installed("sync-profiles"), "who", "audit", "-q"]
    ended = laptop.run_command(command)
    assert ended.code == 0
    assert "botocore-session-… (5000 names)" in ended.stdout
    assert "\n5000 switches by roles and other callers are under no user's name: " in ended.stdout
    assert int(ended.stderr) << 10 < MEMORY


KEY = OWN.key.credentials.access_key_id


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        ({"type": "IAMUser", "principalId": "AIDAJANE", "userName": "jane"}, "the user jane"),
        ({"type": "Root", "principalId": "222222222222"}, "the caller 222222222222"),
    ],
)
def test_a_key_may_be_of_a_session_of_no_role(
    identity: dict[str, str],
    who: str,
    laptop: Home,
    trail: Trail,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    event = {
        "eventTime": "2026-11-20T10:11:12Z",
        "eventName": "GetSessionToken",
        "userIdentity": identity,
        "responseElements": {"credentials": {"accessKeyId": KEY}},
    }
    shown = [{"CloudTrailEvent": json.dumps(event)}]
    monkeypatch.setattr(trail, "lookup", lambda *_: {"Events": shown})
    ended = laptop.run("who", "audit", "--key", KEY)
    assert f"{KEY}` was issued on 2026-11-20 10:11 UTC to a session of {who}\n" in ended.stdout
    report = laptop.run_json("who", "audit", "--key", KEY).report
    assert (report["role_arn"], report["session_name"]) == (None, None)
    assert report["issued"]["says"] == "unknown"
