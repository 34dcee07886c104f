"""The sandbox's other services; the AWS CLI is their client in test_demo.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox_client import client, issued, refusal, sts
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.fake_keys import Credentials
from sync_profiles.sandbox.history import PastCall, PastSwitch, record_history
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, Instance, User

ALL_MIGHTY = User(name="all_mighty", policies=(ALLOW_EVERYTHING,))
WORLD = World(
    users=(*s.STORY.users, ALL_MIGHTY),
    roles=s.STORY.roles,
    instances=(
        *s.STORY.instances,
        Instance(name="own", account_id="111111111111"),
        Instance(name="far", region="eu-central-1"),
    ),
)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(WORLD) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset_calls()
    return running


def switch(sandbox: Sandbox, policy: str | None = None) -> Credentials:
    more = {} if policy is None else {"Policy": policy}
    asked = {"RoleArn": s.ADMIN_ROLE.arn, "RoleSessionName": "work_api", **more}
    return issued(sts(sandbox, s.WORK_API.credentials).assume_role(**asked))


def instances(sandbox: Sandbox, credentials: Credentials, region: str = "us-east-1") -> list[str]:
    answer = client(sandbox, credentials, "ec2", region).describe_instances()
    return [
        tag["Value"]
        for reservation in answer["Reservations"]
        for instance in reservation["Instances"]
        for tag in instance["Tags"]
    ]


def test_ec2_lists_the_instances_of_the_account_and_region(sandbox: Sandbox) -> None:
    switched = switch(sandbox)
    assert instances(sandbox, switched) == ["web-1"]
    assert instances(sandbox, switched, "eu-central-1") == ["far"]
    assert instances(sandbox, ALL_MIGHTY.credentials) == ["own"]
    assert [call.action for call in sandbox.calls].count("ec2:DescribeInstances") == 3


def deny(action: str) -> str:
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": action, "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_a_session_policy_applies_to_other_services(sandbox: Sandbox) -> None:
    ec2 = client(sandbox, switch(sandbox, deny("ec2:Describe*")), "ec2")
    message = (
        "You are not authorized to perform this operation. "
        f"User: {s.ADMIN_ROLE.session_arn('work_api')} is not authorized to perform: "
        "ec2:DescribeInstances with an explicit deny in a session policy"
    )
    assert refusal(ec2, "describe_instances") == ("UnauthorizedOperation", 403, message)


@pytest.mark.parametrize(
    ("service", "operation", "code", "status"),
    [
        ("ec2", "describe_instances", "UnauthorizedOperation", 403),
        ("iam", "list_roles", "AccessDenied", 403),
        ("s3", "list_buckets", "AccessDenied", 403),
        ("cloudtrail", "lookup_events", "AccessDeniedException", 400),
        ("dynamodb", "list_tables", "AccessDeniedException", 400),
    ],
)
def test_a_user_without_permission_is_refused_everywhere(
    sandbox: Sandbox, service: str, operation: str, code: str, status: int
) -> None:
    caller = client(sandbox, s.WORK_API.credentials, service)
    answer = refusal(caller, operation)
    assert answer[:2] == (code, status)
    assert "because no identity-based policy allows" in answer[2]


def test_a_rest_service_is_answered_by_moto(sandbox: Sandbox) -> None:
    bucket = client(sandbox, ALL_MIGHTY.credentials, "s3")
    bucket.create_bucket(Bucket="sandbox-bucket")
    bucket.put_object(Bucket="sandbox-bucket", Key="a b/ü", Body=b"text")
    assert bucket.get_object(Bucket="sandbox-bucket", Key="a b/ü")["Body"].read() == b"text"


def test_iam_accepts_session_token_credentials_only_with_mfa(sandbox: Sandbox) -> None:
    token = issued(sts(sandbox, ALL_MIGHTY.credentials).get_session_token())
    answer = refusal(client(sandbox, token, "iam"), "list_users")
    assert answer[:2] == ("InvalidClientTokenId", 403)


def look_up(
    sandbox: Sandbox, credentials: Credentials, key: str, value: str
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


def test_a_refused_assume_role_is_logged_only_in_the_callers_account() -> None:
    with Sandbox(WORLD) as sandbox:
        caller = sts(sandbox, s.WORK_API.credentials)
        names = {"RoleArn": s.ADMIN_ROLE.arn, "RoleSessionName": "someone"}
        code, _, message = refusal(caller, "assume_role", **names)
        switched = switch(sandbox)
        events = look_up(sandbox, ALL_MIGHTY.credentials, "EventName", "AssumeRole")
        theirs = look_up(sandbox, switched, "EventName", "AssumeRole")
    assert len(theirs) == 1
    accepted, refused = (json.loads(event["CloudTrailEvent"]) for event in events)
    assert "errorCode" not in accepted
    assert (refused["errorCode"], refused["errorMessage"]) == (code, message)
    assert refused["userIdentity"] == accepted["userIdentity"]
    assert (refused["requestParameters"], refused["responseElements"]) == (None, None)
    assert "sharedEventID" not in refused


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


def test_a_third_lookup_within_a_second_is_throttled_in_its_region_alone() -> None:
    with Sandbox(WORLD) as sandbox:
        trail = client(sandbox, ALL_MIGHTY.credentials, "cloudtrail")
        trail.lookup_events()
        trail.lookup_events()
        assert refusal(trail, "lookup_events") == ("ThrottlingException", 400, "Rate exceeded")
        client(sandbox, ALL_MIGHTY.credentials, "cloudtrail", "eu-west-1").lookup_events()


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


def test_a_further_attribute_of_a_lookup_is_ignored() -> None:
    with Sandbox(WORLD) as sandbox:
        switched = switch(sandbox)
        attributes = [
            {"AttributeKey": "ResourceName", "AttributeValue": s.ADMIN_ROLE.arn},
            {"AttributeKey": "EventName", "AttributeValue": "GetObject"},
        ]
        trail = client(sandbox, switched, "cloudtrail")
        assert len(trail.lookup_events(LookupAttributes=attributes)["Events"]) == 1


def test_a_refused_call_of_any_service_is_recorded(sandbox: Sandbox) -> None:
    refusal(client(sandbox, s.PATH_USER.credentials, "ec2"), "describe_instances")
    (event,) = look_up(sandbox, ALL_MIGHTY.credentials, "Username", "path_user")
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "UnauthorizedOperation"


OWN_DEVICES = {"Effect": "Allow", "Action": "iam:ListMFADevices", "Resource": "*${aws:username}"}
SIMULATES = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": "*"}
NAMED = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Resource": "arn:aws:iam::*:role/named",
    "Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
}
DENIED = {"Effect": "Deny", "Action": "sts:*", "Resource": "arn:aws:iam::*:role/denied"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


SELF = User(
    name="self",
    policies=(document(OWN_DEVICES, SIMULATES), document(NAMED), document(DENIED)),
)
NARROW = User(name="narrow", policies=(document({**SIMULATES, "Resource": SELF.arn}),))


@pytest.mark.parametrize(
    ("role", "given", "decision", "policies", "missing"),
    [
        ("named", {"sts:RoleSessionName": "self"}, "allowed", ["user_self_policy2"], []),
        ("named", {"sts:RoleSessionName": "other"}, "implicitDeny", [], []),
        ("named", {}, "implicitDeny", [], ["sts:RoleSessionName"]),
        ("other", {"sts:RoleSessionName": "self"}, "implicitDeny", [], []),
        ("denied", {"sts:RoleSessionName": "self"}, "explicitDeny", ["user_self_policy3"], []),
    ],
)
def test_a_user_is_simulated_by_its_own_policies_alone(
    role: str, given: dict[str, str], decision: str, policies: list[str], missing: list[str]
) -> None:
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in {"aws:username": "self", **given}.items()
    ]
    asked = {
        "PolicySourceArn": SELF.arn,
        "ActionNames": ["sts:AssumeRole"],
        "ResourceArns": [f"arn:aws:iam::222222222222:role/{role}"],
        "ContextEntries": entries,
    }
    with Sandbox(World(users=(SELF, NARROW))) as sandbox:
        for caller in (SELF, NARROW):
            iam = client(sandbox, caller.credentials, "iam")
            (result,) = iam.simulate_principal_policy(**asked)["EvaluationResults"]
            assert result["EvalDecision"] == decision
            assert [each["SourcePolicyId"] for each in result["MatchedStatements"]] == policies
            assert result["MissingContextValues"] == missing


def test_only_a_user_that_a_policy_allows_may_simulate_or_list_devices() -> None:
    asked = {"ActionNames": ["sts:AssumeRole"], "PolicySourceArn": NARROW.arn}
    with Sandbox(World(users=(SELF, NARROW))) as sandbox:
        narrow, own = (client(sandbox, user.credentials, "iam") for user in (NARROW, SELF))
        assert refusal(narrow, "simulate_principal_policy", **asked)[0] == "AccessDenied"
        assert refusal(narrow, "list_mfa_devices")[0] == "AccessDenied"
        assert own.list_mfa_devices()["MFADevices"] == []
        asked["PolicySourceArn"] = "arn:aws:iam::999999999999:user/self"
        assert refusal(own, "simulate_principal_policy", **asked)[0] == "NoSuchEntity"
