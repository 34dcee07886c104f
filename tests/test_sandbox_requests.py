"""The sandbox's list of calls, its threads, its end, a test's own answers, and its CloudTrail.

`data/sandbox_calls.txt` shows the names of CloudTrail's events alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from sandbox_client import client, issued, refusal, sts
from sync_profiles.sandbox import Call, Sandbox
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.fake_keys import FakeCredentials
from sync_profiles.sandbox.history import PastCall, PastSwitch, record_history
from sync_profiles.sandbox.protocol import HttpRequest, Refusal, Response
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, User

ALL_MIGHTY = User(name="all_mighty", policies=(ALLOW_EVERYTHING,))
WORLD = replace(s.STORY, users=(*s.STORY.users, ALL_MIGHTY))
SERIAL = s.MFA_USER.mfa_devices[0].serial


def test_the_calls_are_listed_without_secrets(sandbox: Sandbox) -> None:
    client = sts(sandbox, s.MFA_USER.credentials)
    client.get_caller_identity()
    asked = {"RoleArn": s.MFA_ROLE.arn, "RoleSessionName": "mfa_user"}
    client.assume_role(**asked, SerialNumber=SERIAL, TokenCode="000001")
    refusal(client, "assume_role", **asked)
    arn = s.MFA_USER.arn
    calls = [
        ("sts:GetCallerIdentity", {}, "OK"),
        ("sts:AssumeRole", {**asked, "SerialNumber": SERIAL}, "OK"),
        ("sts:AssumeRole", asked, "AccessDenied"),
    ]
    assert sandbox.calls == tuple(
        Call(
            action=action,
            principal_arn=arn,
            parameters=parameters,
            region="us-east-1",
            outcome=outcome,
        )
        for action, parameters, outcome in calls
    )
    sandbox.reset_calls()
    assert sandbox.calls == ()


def test_many_threads_get_their_own_sessions(sandbox: Sandbox) -> None:
    client = sts(sandbox, s.WORK_API.credentials)

    def switch(number: int) -> tuple[str, str]:
        answer = client.assume_role(RoleArn=s.OPEN_ROLE.arn, RoleSessionName=f"name-{number}")
        return answer["AssumedRoleUser"]["Arn"], answer["Credentials"]["AccessKeyId"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(switch, range(64)))
    assert [arn for arn, _ in answers] == [
        s.OPEN_ROLE.session_arn(f"name-{number}") for number in range(64)
    ]
    assert len({key for _, key in answers}) == len(sandbox.calls) == 64


def test_a_test_may_answer_a_request_itself() -> None:
    def intercept(request: HttpRequest) -> Response | None:
        match request.parameters().get("RoleSessionName"):
            case "throttled":
                raise Refusal("Throttling", "Rate exceeded")
            case "lost":
                raise ConnectionError
            case "empty":
                return Response(status=502, headers=(("Content-Length", "0"),), body=b"")
            case _:
                return None

    with Sandbox(WORLD, intercept=intercept) as sandbox:
        client = sts(sandbox, s.WORK_API.credentials)
        role = {"RoleArn": s.OPEN_ROLE.arn}
        throttled = refusal(client, "assume_role", **role, RoleSessionName="throttled")
        assert throttled == ("Throttling", 400, "Rate exceeded")
        with pytest.raises(ConnectionClosedError):
            client.assume_role(**role, RoleSessionName="lost")
        assert refusal(client, "assume_role", **role, RoleSessionName="empty")[:2] == ("502", 502)
        assert client.assume_role(**role, RoleSessionName="as-usual")
        assert [call.outcome for call in sandbox.calls] == ["Throttling", "HTTP 502", "OK"]


def test_the_import_is_light() -> None:
    heavy = {"moto", "boto3", "botocore", "werkzeug", "flask"}
    code = "import sys, sync_profiles.sandbox.story; print(*sorted(sys.modules))"
    answer = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert heavy.isdisjoint(answer.stdout.split())


def test_the_sandbox_ends_cleanly_and_silently(capfd: pytest.CaptureFixture[str]) -> None:
    before = set(threading.enumerate())  # some of other tests may end meanwhile
    with Sandbox(WORLD) as sandbox:
        client = sts(sandbox, s.WORK_API.credentials)
        client.get_caller_identity()
        refusal(client, "get_access_key_info", AccessKeyId="AKIAFAKEFAKEFAKEFAKE")
    with pytest.raises(RuntimeError, match="the sandbox is not running"):
        _ = sandbox.endpoint_url
    for thread in set(threading.enumerate()) - before:  # one may be about to end
        thread.join(10)
        assert not thread.is_alive()
    assert capfd.readouterr() == ("", "")


def switch(sandbox: Sandbox) -> FakeCredentials:
    asked = {"RoleArn": s.ADMIN_ROLE.arn, "RoleSessionName": "work_api"}
    return issued(sts(sandbox, s.WORK_API.credentials).assume_role(**asked))


def look_up(
    sandbox: Sandbox, credentials: FakeCredentials, key: str, value: str
) -> list[dict[str, Any]]:
    attribute = {"AttributeKey": key, "AttributeValue": value}
    trail = client(sandbox, credentials, "cloudtrail")
    events: list[dict[str, Any]] = trail.lookup_events(LookupAttributes=[attribute])["Events"]
    return events


def test_an_assume_role_is_logged_on_both_sides() -> None:
    with Sandbox(WORLD) as sandbox:
        switched = switch(sandbox)
        client(sandbox, ALL_MIGHTY.credentials, "sts").get_caller_identity()
        (theirs,) = look_up(sandbox, switched, "ResourceName", s.ADMIN_ROLE.arn)
        (ours,) = look_up(sandbox, ALL_MIGHTY.credentials, "Username", "work_api")
        assert look_up(sandbox, switched, "Username", "bob") == []
    caller_side, role_side = (json.loads(event["CloudTrailEvent"]) for event in (ours, theirs))
    assert role_side["sharedEventID"] == caller_side["sharedEventID"]
    assert role_side["userIdentity"] == {
        "type": "AWSAccount",
        "principalId": s.WORK_API.user_id,
        "accountId": "111111111111",
    }
    assert role_side["requestParameters"] == {
        "roleArn": s.ADMIN_ROLE.arn,
        "roleSessionName": "work_api",
    }
    assert caller_side["userIdentity"]["arn"] == s.WORK_API.arn
    assert caller_side["userIdentity"]["userName"] == "work_api"
    assert ours["AccessKeyId"] == s.WORK_API.credentials.access_key_id


def test_lookup_events_pages_by_50_newest_first() -> None:
    with Sandbox(WORLD, trail=Trail(lookups_per_second=None)) as sandbox:
        caller = sts(sandbox, s.WORK_API.credentials)
        for number in range(60):
            caller.assume_role(RoleArn=s.OPEN_ROLE.arn, RoleSessionName=f"name-{number:02}")
        trail = client(sandbox, ALL_MIGHTY.credentials, "cloudtrail")
        first = trail.lookup_events()
        caller.assume_role(RoleArn=s.OPEN_ROLE.arn, RoleSessionName="between")
        second = trail.lookup_events(NextToken=first["NextToken"])
        recent = datetime.now(UTC) - timedelta(hours=1)
        assert trail.lookup_events(EndTime=recent)["Events"] == []
        assert len(trail.lookup_events(StartTime=recent, MaxResults=7)["Events"]) == 7
    names = [
        json.loads(event["CloudTrailEvent"])["requestParameters"]["roleSessionName"]
        for event in (*first["Events"], *second["Events"])
    ]
    assert len(first["Events"]) == 50
    assert "NextToken" not in second
    assert names == [f"name-{number:02}" for number in reversed(range(60))]


PAST = PastSwitch(
    caller=s.WORK_API,
    role=s.ADMIN_ROLE,
    session_name="before",
    ago=timedelta(days=2),
    calls=[
        PastCall(action="ec2:DescribeInstances"),
        PastCall(action="ec2:RunInstances", service="cloudformation.amazonaws.com"),
    ],
)


RECENT = replace(PAST, session_name="now", ago=timedelta(minutes=1), calls=())


OLD = replace(PAST, session_name="old", ago=timedelta(days=91))


def test_a_trail_has_a_history_that_ends_before_now_and_begins_90_days_ago() -> None:
    trail = Trail(lookups_per_second=None, delay=timedelta(minutes=5))
    record_history(trail, [RECENT, PAST, OLD], now=datetime.now(UTC))
    with Sandbox(WORLD, trail=trail) as sandbox:
        switched = switch(sandbox)
        (theirs,) = look_up(sandbox, switched, "ResourceName", s.ADMIN_ROLE.arn)
        by_key = look_up(sandbox, switched, "AccessKeyId", PAST.key.credentials.access_key_id)
        by_service, own = (json.loads(event["CloudTrailEvent"]) for event in by_key)
    assert json.loads(theirs["CloudTrailEvent"])["requestParameters"]["roleSessionName"] == "before"
    assert (own["eventName"], own["userIdentity"]["arn"]) == (
        "DescribeInstances",
        s.ADMIN_ROLE.session_arn("before"),
    )
    assert own["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == s.ADMIN_ROLE.arn
    assert "invokedBy" not in own["userIdentity"]
    assert by_service["userIdentity"]["invokedBy"] == "cloudformation.amazonaws.com"
    assert (
        by_service["sourceIPAddress"] == by_service["userAgent"] == "cloudformation.amazonaws.com"
    )
