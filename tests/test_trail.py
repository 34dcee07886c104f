"""What an event of CloudTrail says, what a session name says, and what a user agent says."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from e2e import Json
from examples import answered_examples, answers_of, examples, pairs
from sync_profiles.planning.session_name import NameOwner, likely_owner
from sync_profiles.who.events import TrailEvent, parse_event
from sync_profiles.who.uses import Activity, SessionStarts, Use, fold_names, is_own, tool_of

ROLE = "arn:aws:iam::222222222222:role/admin"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (name, NameOwner(says))
        for says, names in examples("session_names_used.txt")
        for name in names.split()
    ],
)
def test_a_name_says_by_its_form_whose_it_is(name: str, says: NameOwner) -> None:
    assert likely_owner(name) is says


@pytest.mark.parametrize(("user_agent", "tool"), [*pairs("user_agents.txt")["tools"], ("", "")])
def test_a_user_agent_names_the_tool(user_agent: str, tool: str) -> None:
    assert tool_of(user_agent) == tool


def test_our_own_calls_are_known_by_their_user_agent() -> None:
    assert is_own("Boto3/1.40.1 md/Botocore#1.40.1 sync-profiles/1.0", "AssumeRole")
    assert not is_own("aws-cli/2.31.5 not-sync-profiles/1.0", "AssumeRole")
    assert not is_own("sync-profiles/1.0", "CreateUser")


#: an assumed role of the account, as CloudTrail records it
USUAL = {
    "eventVersion": "1.11",
    "eventTime": "2026-11-20T10:11:12Z",
    "eventSource": "sts.amazonaws.com",
    "eventName": "AssumeRole",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "203.0.113.7",
    "userAgent": "aws-cli/2.31.5",
    "requestParameters": {"roleArn": ROLE, "roleSessionName": "jane"},
    "responseElements": {"credentials": {"accessKeyId": "ASIAFAKE"}},
}
#: who calls, by the words of the examples
IDENTITIES: dict[str, Json] = {
    "OTHER_ACCOUNT": {
        "type": "AWSAccount",
        "principalId": "AIDAFAKE",
        "accountId": "111111111111",
    },
    "USER": {"type": "IAMUser", "principalId": "AIDAFAKE", "userName": "jane"},
    "ROLE": {
        "type": "AssumedRole",
        "principalId": "AROAFAKE:x",
        "arn": "arn:aws:sts::222222222222:assumed-role/admin/jane",
        "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "jane"}},
    },
    "SERVICE": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
    "NONE": {"accountId": "222222222222", "invokedBy": "AWS Internal"},
    "PROVIDER": {
        "type": "WebIdentityUser",
        "principalId": "arn:aws:iam::222222222222:oidc-provider/example",
        "userName": "repo:example/app:ref:refs/heads/main",
    },
}


def event_of(line: str) -> TrailEvent:
    """Return the event of a line: who calls, what differs there, and in the rest of the event."""
    who, _, more = line.partition(" ")
    identity, rest = json.loads(more) if more.startswith("[") else [{}, json.loads(more or "{}")]
    event = parse_event(json.dumps(USUAL | rest | {"userIdentity": IDENTITIES[who] | identity}))
    assert event is not None
    return event


def told(use: Use) -> str:
    """Return all that is known of the uses of a name."""
    known: dict[str, Iterable[str]] = {
        "users": use.users,
        "principals": use.principals,
        "accounts": use.accounts,
        "roles": use.roles,
        "source identities": use.source_identities,
        "devices": use.mfa_devices,
        "errors": [f"{code} ({number})" for code, number in use.errors.items()],
    }
    words = (f"{name} {', '.join(found)}" for name, found in known.items() if any(found))
    times = f"{use.name}: {use.says}, {use.count} by {use.by_users} users, {use.names} names"
    return "; ".join([times, f"first {use.first:%Y-%m-%d %H:%M:%S %Z}", *words])


def uses(example: str) -> list[str]:
    """Return the switches and the calls that are found in the events of an example."""
    starts, activity = SessionStarts(lambda _: True), Activity(lambda each: each.region[:2] == "us")
    for line in example.splitlines():
        if line and not line.startswith("- "):
            event = event_of(line)
            starts.add(event)
            activity.add(event)
    counted = {**activity.services, "sync-profiles": activity.own_calls}
    made = {"call": activity.calls(), "call of a service": activity.service_calls()}
    return [
        *map(told, fold_names(starts.by_name())),
        *(f"{what} {told(use)}" for what in made for use in made[what] if "sts" not in use.name),
        *(f"{number} of {name}" for name, number in counted.items() if number),
    ]


@pytest.mark.parametrize("example", answered_examples("trail_events.txt", uses))
def test_what_events_say(example: str) -> None:
    assert uses(example) == answers_of(example)


BROKEN = ["", "[]", "{", "null", '{"eventTime": 3}', '{"eventTime": "soon"}', "[" * 100_000]
BROKEN += [
    '{"eventTime": "0001-01-01T00:00:00+10:00"}',
    '{"eventTime": "9999-12-31T23:59:59-10:00"}',
]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:20] or "nothing")
def test_what_is_no_event_is_none(text: str) -> None:
    assert parse_event(text) is None


@pytest.mark.parametrize("value", [None, 3, [], "text", {"accountId": 3, "arn": []}])
def test_an_event_may_have_anything_in_it(value: object) -> None:
    anything = dict.fromkeys(("userIdentity", "requestParameters", "responseElements"), value)
    event = parse_event(json.dumps(USUAL | anything))
    assert event is not None
    assert (event.account_id, event.caller_arn, event.session_name) == ("", "", "")
