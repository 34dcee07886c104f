"""The sandbox: who is who, what the callers may do, what a refusal says, what CloudTrail records.

`data/sandbox_calls.txt` has the calls and their answers.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

import teams
from examples import answered_examples, answers_of
from sandbox_fixtures import client, issued
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.history import PastCall, PastSwitch, record_history
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    ALLOW_EVERYTHING,
    FakeCredentials,
    FederatedUser,
    Instance,
    MfaDevice,
    Role,
    RoleSession,
    RootUser,
    User,
)
from teams import KEY_QUARANTINE, identity_center_session


def document(effect: str, action: str, resource: str = "*") -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


DENY_ALL = document("Deny", "*")
#: AWS does not document what becomes of `*` in place of an ARN
NOT_DOCUMENTED = {
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Condition": {"ArnLike": {"aws:PrincipalArn": "*"}},
}
OWN = "111111111111"
MACHINE = RoleSession(
    role=Role(name="runner", account_id=OWN, policies=(ALLOW_ASSUME_ROLE,)), session_name="i-0abc"
)
POWERLESS = User(name="powerless")
#: its policies are what it simulates: one for itself, one for each of two roles
ASKER = User(
    name="asker",
    policies=(
        teams.document(teams.SIMULATES, teams.allow("iam:ListMFADevices", on="*${aws:username}")),
        teams.document(
            {
                **teams.allow("sts:AssumeRole", on="arn:aws:iam::*:role/named"),
                "Condition": {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}},
            }
        ),
        teams.document({**teams.DENIES, "Resource": "arn:aws:iam::*:role/denied"}),
    ),
)
READS_CHINESE_ROLES = teams.document(teams.allow("iam:GetRole", on=f"arn:aws-cn:iam::{OWN}:role/*"))
OF_ASKER = teams.document({**teams.SIMULATES, "Resource": ASKER.arn})
ANYONE = Role(name="anyone", trust=s.trust(principal="*"))
USERS = (
    *s.STORY.users,
    POWERLESS,
    ASKER,
    User(name="narrow", policies=(OF_ASKER,)),
    User(name="all_mighty", policies=(ALLOW_EVERYTHING,)),
    User(name="leaked", policies=(ALLOW_ASSUME_ROLE, KEY_QUARANTINE)),
    User(name="bounded", policies=(ALLOW_ASSUME_ROLE,), permissions_boundary=DENY_ALL),
    User(name="controlled", account_id="444444444444", policies=(ALLOW_ASSUME_ROLE,)),
    User(name="undecided", policies=({"Statement": [{**NOT_DOCUMENTED, "Resource": "*"}]},)),
    User(name="chinese", partition="aws-cn", policies=(READS_CHINESE_ROLES,)),
    User(name="other", policies=(ALLOW_ASSUME_ROLE,), mfa_devices=(MfaDevice(serial="GAHT1234"),)),
)
ROLES = (
    *s.STORY.roles,
    ANYONE,
    Role(name="near", account_id=OWN, trust=s.trust()),
    Role(name="self", account_id=OWN, trust=s.trust(principal={"AWS": POWERLESS.arn})),
    Role(name="long", path="/team/", trust=s.trust(), max_session_duration=7200),
    Role(name="longest", trust=s.trust(), max_session_duration=43200),
    Role(
        name="undecided_role",
        trust=s.trust(principal="*", condition={"ArnLike": {"aws:PrincipalArn": "*"}}),
    ),
    Role(name="roles", trust=s.trust(principal={"AWS": "222222222222"})),
    Role(
        name="if_exists",
        trust=s.trust(condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
    ),
)
FRED = FederatedUser(name="fred", policies=(ALLOW_ASSUME_ROLE,))
SESSIONS = {
    "machine": MACHINE,
    "person": identity_center_session(permission_set="Admin", user_name="alice@example.com"),
    "expired": replace(MACHINE, session_name="old", lifetime=timedelta(minutes=-1)),
    "tagged": replace(
        MACHINE, session_name="tagged", transitive_tags={"team": "blue"}, source_identity="me"
    ),
}
WORLD = World(
    users=USERS,
    roles=ROLES,
    root_users=(RootUser(),),
    sessions=tuple(SESSIONS.values()),
    federated_users=(FRED,),
    instances=(
        *s.STORY.instances,
        Instance(name="own", account_id=OWN),
        Instance(name="far", region="eu-central-1"),
    ),
    service_control_policies={"444444444444": (DENY_ALL,)},
)
KEYS = s.WORK_API.credentials
CALLERS = {
    **{user.name: user.credentials for user in USERS},
    "fred": FRED.credentials,
    **{name: session.credentials for name, session in SESSIONS.items()},
    "root": RootUser().credentials,
    "nobody": FakeCredentials(access_key_id="AKIAFAKEFAKEFAKEFAKE", secret_access_key="x"),
    "wrong-secret": replace(KEYS, secret_access_key="x"),
    "blank-in-the-key": replace(KEYS, access_key_id=f"{KEYS.access_key_id[:10]} 2"),
    "without-its-token": replace(MACHINE.credentials, session_token=None),
}
VALUES = {
    "DENY_ALL": DENY_ALL,
    "DENY_DESCRIBE": json.dumps(
        teams.document(teams.allow("*"), {**teams.allow("ec2:Describe*"), "Effect": "Deny"})
    ),
    "ALLOW_ANYONE": document("Allow", "sts:AssumeRole", ANYONE.arn),
    "TOO_LONG": "x" * 2049,
    "KEY": KEYS.access_key_id,
    "MALFORMED": json.dumps({"Statement": [{"Effect": "Allow"}]}),
    **{role.name: role.arn for role in ROLES},
}
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
#: how a switch of two days ago, and what its session did, are recorded; and what is not shown
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
HISTORY = (
    PAST,
    replace(PAST, session_name="now", ago=timedelta(minutes=1)),
    replace(PAST, session_name="old", ago=timedelta(days=91)),
)
PARAMETERS = {"role": "RoleArn", "name": "RoleSessionName"}


def answers(example: str) -> Iterator[str]:
    """Yield what the sandbox answers to each call of an example."""
    world, callers, ahead, trail = WORLD, dict(CALLERS), timedelta(), Trail()
    events: dict[str, str] = {}
    lines = [line for line in example.splitlines() if line and not line.startswith("- ")]
    if lines[0] == "the world names policy types":
        world = replace(world, names_policy_type=True)
    elif lines[0].startswith("AWS's clock"):
        ahead = timedelta(minutes=int(lines[0].split()[-2]))
    elif lines[0].startswith("the world has switches"):
        trail = Trail(lookups_per_second=None, delay=timedelta(minutes=5))
        record_history(trail, HISTORY, now=datetime.now(UTC))
    with Sandbox(world, clock=lambda: datetime.now(UTC) + ahead, trail=trail) as sandbox:
        for line in lines[lines[0].startswith(("the world", "AWS")) :]:
            call, _, name = line.partition(" > ")
            who, action, *words = shlex.split(call)
            pairs = dict(word.split("=", 1) for word in words)
            region = pairs.pop("region", "us-east-1")
            service, _, operation = action.rpartition(":")
            caller = client(sandbox, callers[who], service or "sts", region)
            given = GIVEN.get(operation, parameters)(pairs)
            try:
                answer = getattr(caller, xform_name(operation))(**given)
            except ClientError as error:
                refused, status = error.response["Error"], error.response["ResponseMetadata"]
                message = re.sub(r"\d{8}T\d{6}Z", "TIME", refused["Message"])
                yield f"{refused['Code']} {status['HTTPStatusCode']}: {message}"
                continue
            if name:
                callers[name] = issued(answer)
            told = " ".join(["OK", *said(answer)])
            yield re.sub(UUID, lambda found: events.setdefault(found[0], f"{len(events)}"), told)


def parameters(pairs: dict[str, str]) -> dict[str, object]:
    """Return the parameters of a call of STS, or of one that has none."""
    given: dict[str, object] = {
        PARAMETERS.get(key, key): VALUES.get(value, value) for key, value in pairs.items()
    }
    if "DurationSeconds" in given:
        given["DurationSeconds"] = int(pairs["DurationSeconds"])
    return given


def simulation(pairs: dict[str, str]) -> dict[str, object]:
    """Return what to simulate: the AssumeRole of a user."""
    keys = {"aws:username": "asker"}
    if "name" in pairs:
        keys["sts:RoleSessionName"] = pairs["name"]
    return {
        "PolicySourceArn": f"arn:aws:iam::{pairs.get('account', OWN)}:user/{pairs['of']}",
        "ActionNames": ["sts:AssumeRole"],
        "ResourceArns": [f"arn:aws:iam::222222222222:role/{pairs.get('role', 'any')}"],
        "ContextEntries": [
            {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
            for key, value in keys.items()
        ],
    }


def lookup(pairs: dict[str, str]) -> dict[str, object]:
    """Return which events to look up."""
    return {
        "LookupAttributes": [
            {"AttributeKey": key, "AttributeValue": VALUES.get(value, value)}
            for key, value in pairs.items()
        ]
    }


GIVEN = {"SimulatePrincipalPolicy": simulation, "LookupEvents": lookup}


def said(answer: dict[str, Any]) -> Iterator[str]:
    """Yield what an answer says: of who is who, of instances, of policies and of events."""
    owner = answer.get("AssumedRoleUser", answer)
    yield from (owner[key] for key in ("Arn", "UserId") if key in owner)
    for reservation in answer.get("Reservations", []):
        yield from (tag["Value"] for each in reservation["Instances"] for tag in each["Tags"])
    for result in answer.get("EvaluationResults", []):
        yield result["EvalDecision"]
        yield from (statement["SourcePolicyId"] for statement in result["MatchedStatements"])
        yield from (f"without {key}" for key in result["MissingContextValues"])
    for event in answer.get("Events", []):
        record = json.loads(event["CloudTrailEvent"])
        asked = record.get("requestParameters") or {}
        name = asked.get("roleSessionName") or record.get("errorCode", "")
        yield f"{record['eventName']}({name})"
        identity = record["userIdentity"]
        tool = record["userAgent"].partition("/")[0]
        yield f"by {identity.get('arn', identity['principalId'])}"
        yield f"from {record['sourceIPAddress']} with {tool}"
        known = {"through": identity.get("invokedBy"), "event": record.get("sharedEventID")}
        yield from (f"{word} {value}" for word, value in known.items() if value)


def answered(example: str) -> list[str]:
    return list(answers(example))


@pytest.mark.parametrize("example", answered_examples("sandbox_calls.txt", answered))
def test_calls_are_answered_as_sts_answers_them(example: str) -> None:
    assert answered(example) == answers_of(example)


def test_the_sandbox_ends_cleanly_and_silently(capfd: pytest.CaptureFixture[str]) -> None:
    before = set(threading.enumerate())  # some of other tests may end meanwhile
    with Sandbox(WORLD) as sandbox:
        sts = client(sandbox, s.WORK_API.credentials, "sts")
        sts.get_caller_identity()
        with pytest.raises(ClientError):
            sts.get_access_key_info(AccessKeyId="AKIAFAKEFAKEFAKEFAKE")
    with pytest.raises(RuntimeError, match="the sandbox is not running"):
        _ = sandbox.endpoint_url
    for thread in set(threading.enumerate()) - before:  # one may be about to end
        thread.join(10)
        assert not thread.is_alive()
    assert capfd.readouterr() == ("", "")
