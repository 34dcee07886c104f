"""What CloudTrail's events, session names and user agents say, and how `who` reads the events.

With whom it reads is in `data/screens/who.txt`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

import used_role
from e2e import Home, Json, installed, keys, role_profile
from examples import DATA, answered_examples, answers_of, examples, pairs
from sync_profiles.planning.session_name import NameOwner, likely_owner
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.protocol import AwsError, HttpRequest
from sync_profiles.who.events import TrailEvent, parse_event
from sync_profiles.who.uses import Activity, SessionStarts, Use, fold_names, is_own, tool_of
from used_role import AUDIT, MADE_UP, OWN, found_in, lookups, trail_of, write_laptop


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


#: the event of an assumed role, and who calls, by the words of the examples
WORDS: dict[str, Json] = {
    word: json.loads(value)
    for word, value in re.findall(
        r"^([A-Z_]+): (.*)$", (DATA / "trail_events.txt").read_text("utf-8"), re.MULTILINE
    )
}
USUAL = WORDS["USUAL"]


def event_of(line: str) -> TrailEvent:
    """Return the event of a line: who calls, what differs there, and in the rest of the event."""
    who, _, more = line.partition(" ")
    identity, rest = json.loads(more) if more.startswith("[") else [{}, json.loads(more or "{}")]
    event = parse_event(json.dumps(USUAL | rest | {"userIdentity": WORDS[who] | identity}))
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
    times = f"{use.name}: {use.owner}, {use.count} by {use.by_users} users, {use.names} names"
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
            raise AwsError("UnrecognizedClientException", "The security token is invalid.")

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
                raise AwsError("ExpiredTokenException", "The security token has expired")

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
