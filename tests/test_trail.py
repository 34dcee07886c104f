"""What an event of CloudTrail says, what a session name says, and what a user agent says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from examples import examples, pairs
from sync_profiles.planning.name_forms import Says, what_it_says
from sync_profiles.who.events import parse_event
from sync_profiles.who.uses import Activity, SessionStarts, Use, fold_names, is_own, tool_of

ROLE = "arn:aws:iam::222222222222:role/admin"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (name, Says(says))
        for says, names in examples("session_names_used.txt")
        for name in names.split()
    ],
)
def test_a_name_says_by_its_form_whose_it_is(name: str, says: Says) -> None:
    assert what_it_says(name) is says


@pytest.mark.parametrize(("user_agent", "tool"), [*pairs("user_agents.txt")["tools"], ("", "")])
def test_a_user_agent_names_the_tool(user_agent: str, tool: str) -> None:
    assert tool_of(user_agent) == tool


def test_our_own_calls_are_known_by_their_user_agent() -> None:
    assert is_own("Boto3/1.40.1 md/Botocore#1.40.1 sync-profiles/1.0", "AssumeRole")
    assert not is_own("aws-cli/2.31.5 not-sync-profiles/1.0", "AssumeRole")
    assert not is_own("sync-profiles/1.0", "CreateUser")


def record(identity: dict[str, Any], name: str = "AssumeRole", **more: Any) -> str:  # noqa: ANN401 - JSON
    """Return an event of the role's account, as CloudTrail records it."""
    event = {
        "eventVersion": "1.11",
        "eventTime": "2026-11-20T10:11:12Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31.5",
        "userIdentity": identity,
        "requestParameters": {"roleArn": ROLE, "roleSessionName": "jane"},
        "responseElements": {"credentials": {"accessKeyId": "ASIAFAKE"}},
    }
    return json.dumps(event | more)


OF_ACCOUNT = {"type": "AWSAccount", "principalId": "AIDAFAKE", "accountId": "111111111111"}
OF_USER = {"type": "IAMUser", "principalId": "AIDAFAKE", "userName": "jane"}
OF_ROLE = {
    "type": "AssumedRole",
    "principalId": "AROAFAKE:x",
    "arn": "arn:aws:sts::222222222222:assumed-role/admin/jane",
    "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "jane"}},
}
OF_SERVICE = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
OF_NONE = {"accountId": "222222222222", "invokedBy": "AWS Internal"}
OF_PROVIDER = {
    "type": "WebIdentityUser",
    "principalId": "arn:aws:iam::222222222222:oidc-provider/example",
    "userName": "repo:example/app:ref:refs/heads/main",
}


CALLERS = [
    pytest.param(record(OF_ACCOUNT), Says.UNKNOWN, (), id="another account"),
    pytest.param(record(OF_USER), Says.USER, ("jane",), id="a user of the account"),
    pytest.param(record(OF_ROLE), Says.UNKNOWN, (), id="a role, whose name is no user's"),
    pytest.param(record(OF_SERVICE), Says.TOOL, (), id="a service"),
    pytest.param(record(OF_NONE), Says.TOOL, (), id="AWS itself"),
    pytest.param(
        record({**OF_ACCOUNT, "invokedBy": "signin.amazonaws.com"}),
        *(Says.UNKNOWN, ()),
        id="someone in the console",
    ),
    pytest.param(
        record(OF_PROVIDER, "AssumeRoleWithWebIdentity"),
        Says.UNKNOWN,
        (OF_PROVIDER["userName"],),
        id="an identity provider's user",
    ),
]


def sessions_of(*texts: str) -> tuple[Use, ...]:
    """Return the switches that are found in these events."""
    found = SessionStarts(lambda _: True)
    for text in texts:
        event = parse_event(text)
        assert event is not None
        found.add(event)
    return found.by_name()


@pytest.mark.parametrize(("text", "says", "users"), CALLERS)
def test_a_switch_says_who_made_it(text: str, says: Says, users: tuple[str, ...]) -> None:
    (session,) = sessions_of(text)
    assert (session.name, session.says, tuple(session.users)) == ("jane", says, users)
    assert session.first == datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)


def test_a_switch_has_the_source_identity_and_the_device_that_it_was_made_with() -> None:
    device = "arn:aws:iam::111111111111:mfa/jane"
    asked = {"roleArn": ROLE, "roleSessionName": "x", "serialNumber": device}
    (session,) = sessions_of(
        record(OF_ACCOUNT, requestParameters=asked, responseElements={"sourceIdentity": "jane"}),
        record(OF_ACCOUNT, requestParameters={**asked, "sourceIdentity": "joe"}),
        record({**OF_ROLE, "sessionContext": {"sourceIdentity": "jill"}}, requestParameters=asked),
    )
    assert list(session.source_identities) == ["jane", "joe", "jill"]
    assert list(session.mfa_devices) == [device]


def test_names_that_were_made_up_in_one_way_keep_what_says_who_it_was() -> None:
    asked = [
        {"roleArn": ROLE, "roleSessionName": f"botocore-session-{n}", "serialNumber": f"device-{n}"}
        for n in range(2)
    ]
    (folded,) = fold_names(
        sessions_of(
            record(OF_ACCOUNT, requestParameters=asked[0], responseElements={}),
            record(
                {**OF_ACCOUNT, "principalId": "AROAFAKE:jane", "accountId": "333333333333"},
                requestParameters={**asked[1], "sourceIdentity": "jane"},
            ),
        )
    )
    assert (folded.name, folded.names) == ("botocore-session-…", 2)
    assert (folded.count, folded.by_users) == (2, 1)
    assert set(folded.principals) == {"AIDAFAKE", "AROAFAKE:jane"}
    assert set(folded.accounts) == {"111111111111", "333333333333"}
    assert set(folded.mfa_devices) == {"device-0", "device-1"}
    assert list(folded.source_identities) == ["jane"]


def test_a_caller_without_an_id_is_nobody_else() -> None:
    without_id = ({**identity, "principalId": None} for identity in (OF_USER, OF_ACCOUNT))
    (session,) = sessions_of(*map(record, without_id))
    assert (session.says, session.users) == (Says.UNKNOWN, {})


NO_SWITCHES = [
    pytest.param(record(OF_ACCOUNT, errorCode="AccessDenied"), id="refused"),
    pytest.param(record(OF_ACCOUNT, "UpdateAssumeRolePolicy"), id="another call about the role"),
    pytest.param(
        record(OF_ACCOUNT, requestParameters=None, responseElements=None), id="without its elements"
    ),
]


@pytest.mark.parametrize("text", NO_SWITCHES)
def test_what_is_no_switch_is_not_counted(text: str) -> None:
    assert sessions_of(text) == ()


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
    event = parse_event(
        record({}, userIdentity=value, requestParameters=value, responseElements=value)
    )
    assert event is not None
    assert (event.account_id, event.caller_arn, event.session_name) == ("", "", "")


OWN = "Boto3/1.40.1 md/Botocore#1.40.1 sync-profiles/1.0"


def test_refused_calls_and_those_of_services_and_our_own_but_no_console_are_counted_apart() -> None:
    activity = Activity(lambda event: event.region == "us-east-1")
    asked = {"eventSource": "ec2.amazonaws.com"}
    for text in (
        record(OF_ROLE, "RunInstances", **asked),
        record(OF_ROLE, "RunInstances", **asked, errorCode="Client.UnauthorizedOperation"),
        record(OF_NONE, "RunInstances", **asked, sourceIPAddress="AWS Internal"),
        record({**OF_ROLE, "invokedBy": "cloudformation.amazonaws.com"}, "RunInstances", **asked),
        record({**OF_ROLE, "invokedBy": "signin.amazonaws.com"}, "RunInstances", **asked),
        record(OF_ROLE, "RunInstances", **asked, sourceIPAddress="AWS Internal"),
        record(OF_ROLE, "LookupEvents", **asked, userAgent=OWN),
        record(OF_ROLE, "RunInstances", **asked, awsRegion="eu-west-1"),
    ):
        event = parse_event(text)
        assert event is not None
        activity.add(event)
    (call,) = activity.calls()
    assert (call.name, call.count) == ("ec2:RunInstances", 4)
    assert list(call.roles) == [ROLE]
    assert call.errors == {"Client.UnauthorizedOperation": 1}
    assert activity.services == {"AWS Internal": 1, "cloudformation.amazonaws.com": 1}
    assert [(each.name, each.count) for each in activity.service_calls()] == [
        ("ec2:RunInstances", 2)
    ]
    assert activity.own_calls == 1
