"""The end of the sandbox, and its CloudTrail.

`data/sandbox_calls.txt` shows the names of CloudTrail's events alone.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox_client import client, issued, refusal, sts
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.history import PastCall, PastSwitch, record_history
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, FakeCredentials, User

ALL_MIGHTY = User(name="all_mighty", policies=(ALLOW_EVERYTHING,))
WORLD = replace(s.STORY, users=(*s.STORY.users, ALL_MIGHTY))


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
