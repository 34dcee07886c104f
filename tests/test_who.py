"""`who`: who used a role, what a session did and who has a key, by the sandbox's CloudTrail.

What is printed is in `data/screens/who.txt`.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

import used_role
from e2e import Home, finish
from examples import table
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox.cloudtrail import Trail
from used_role import (
    AUDIT,
    HISTORY,
    JDOE,
    MADE_UP,
    OWN,
    READER,
    found_in,
    lookups,
    trail_of,
    write_laptop,
)

WORLD = used_role.WORLD
TRAIL = partial(trail_of, HISTORY)

KEY = OWN.key.credentials.access_key_id


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    return write_laptop(empty_home)


@pytest.mark.parametrize("row", table("switches_found.txt"))
def test_switches_are_found_by_session_name(row: str, laptop: Home) -> None:
    arguments, found, _ = row.split(" | ")
    ended = laptop.run_json("who", *arguments.split())
    assert ended.code == 0
    assert {name: [*use] for name, use in found_in(ended.report).items()} == json.loads(found)


def test_a_session_says_when_where_and_with_what_it_was_used(
    laptop: Home, sandbox: Sandbox
) -> None:
    sandbox.reset_calls()
    home = laptop.with_environment(AWS_REGION="eu-west-1")
    report = home.run_json("who", "as-reader").report
    work_api = report["sessions"][-1]
    assert work_api["accounts"] == ["111111111111"]
    assert work_api["addresses"] == ["203.0.113.7"]
    assert work_api["tools"] == ["aws-cli/2.31.5"]
    assert work_api["first"] == work_api["last"]
    age = datetime.now(UTC) - datetime.fromisoformat(work_api["last"])
    assert abs(age - OWN.ago) < timedelta(minutes=1)
    tests = [call for call in sandbox.calls if call.action == "sts:AssumeRole"]
    assert report["own_tests"] == 1 + len(tests)
    # the profile's own, and the one that records the calls of the global endpoint
    assert report["regions"] == ["eu-west-1", "us-east-1"]
    since = datetime.fromisoformat(report["since"])
    assert timedelta(days=7) <= datetime.now(UTC) - since < timedelta(days=7, minutes=1)
    readers = {call.principal_arn for call in lookups(sandbox)}
    assert readers == {READER.arn, AUDIT.session_arn("reader")}


def test_the_session_may_do_nothing_else(laptop: Home, sandbox: Sandbox) -> None:
    sandbox.reset_calls()
    laptop.run("who", "audit")
    policies = [
        json.loads(call.parameters["Policy"])["Statement"]
        for call in sandbox.calls
        if call.action == "sts:AssumeRole"
    ]
    assert [policy for policy in policies if policy[0]["Effect"] == "Allow"][-1] == [
        {"Effect": "Allow", "Action": ["cloudtrail:LookupEvents"], "Resource": "*"},
        {"Effect": "Deny", "NotAction": ["cloudtrail:LookupEvents"], "Resource": "*"},
    ]


def test_the_commands_of_verbose_look_up_the_same(laptop: Home, sandbox: Sandbox) -> None:
    def asked() -> set[tuple[object, ...]]:
        return {
            (
                str(call.principal_arn).partition("/")[0],
                call.region,
                call.parameters["LookupAttributes"],
                int(float(call.parameters["StartTime"])),
                call.outcome,
            )
            for call in lookups(sandbox)
        }

    sandbox.reset_calls()
    arguments = ["who", "audit", "--verbose", "--since", "24h"]
    noted = laptop.run(*arguments).stderr + laptop.run(*arguments, "--name", "a,b=c").stderr
    ours = asked()
    lines = [part for part in noted.split("`") if part.startswith("aws cloudtrail ")]
    assert len(lines) == 3
    sandbox.reset_calls()
    for line in lines:
        laptop.run_aws(*shlex.split(line)[1:])
    assert asked() == ours


def test_a_session_of_another_accounts_role_is_not_the_roles(
    laptop: Home, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = AUDIT.session_arn("work_api").replace(AUDIT.account_id, "333333333333")
    event = {"eventTime": "2026-11-20T10:11:12Z", "userIdentity": {"arn": foreign}}
    texts = (json.dumps(event), "no event", "[]")
    shown = [{"CloudTrailEvent": text} for text in texts]
    monkeypatch.setattr(trail, "lookup", lambda *_: {"Events": shown})
    assert laptop.run_json("who", "audit", "--name", "work_api").report["calls"] == []


def test_a_key_that_is_older_than_what_is_read_is_still_that_of_a_session(laptop: Home) -> None:
    issued = datetime.now(UTC) - OWN.ago
    since = f"{issued + timedelta(milliseconds=500):%Y-%m-%dT%H:%M:%S.%f}"
    arguments = ["who", "audit", "--key", KEY, "--since", since]
    report = laptop.run_json(*arguments).report
    assert (report["issued"], report["session_arn"]) == (None, AUDIT.session_arn("work_api"))
    assert f"is of {AUDIT.session_arn('work_api')}" in laptop.run(*arguments).stdout


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


def shared() -> Trail:
    """Return switches of a user and of a machine under one name, which is of no user."""
    return trail_of([MADE_UP, replace(MADE_UP, caller=JDOE)])


@pytest.mark.parametrize("trail", [shared], indirect=True)
def test_the_accounts_of_roles_are_none_to_write_a_policy_for(laptop: Home) -> None:
    shown = " ".join(laptop.run("who", "audit").stdout.split())
    assert (
        "1 switch by IAM users is under no user's name: "
        "`sync-profiles trust-policy --caller ACCOUNT`" in shown
    )


def late() -> Trail:
    return trail_of([], delay=timedelta(seconds=3))


def very_late() -> Trail:
    return trail_of([], delay=timedelta(minutes=5))


#: the process's clock, on which a long sleep takes no time
SKIPS_SLEEP = """
import time
sleep, monotonic, skipped = time.sleep, time.monotonic, 0.0
def skip(seconds):
    global skipped
    if seconds <= 4:
        sleep(seconds)
    else:
        skipped += seconds
time.sleep, time.monotonic = skip, lambda: monotonic() + skipped
"""


@pytest.mark.parametrize(
    ("trail", "arguments", "code", "last", "looks"),
    [
        pytest.param(very_late, [], 1, "`--wait` waits for them", range(1, 2), id="not waiting"),
        pytest.param(
            late, ["--wait"], 0, "`work_api`: 2 tests of sync-profiles", range(2, 30), id="late"
        ),
        # after 4, 12, 27, 57 seconds, then every 30 seconds
        pytest.param(
            *(very_late, ["--wait"], 1, "some longer", range(31, 36)),
            id="later than 15 minutes",
        ),
    ],
    indirect=["trail"],
)
def test_events_of_one_s_own_are_waited_for(
    arguments: list[str],
    code: int,
    last: str,
    looks: range,
    laptop: Home,
    sandbox: Sandbox,
    tmp_path: Path,
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SKIPS_SLEEP, encoding="utf-8")
    home = laptop.with_environment(PYTHONPATH=str(tmp_path))
    ended = home.run("who", "audit", "--me", *arguments)
    assert ended.code == code
    assert ended.stdout.rstrip().endswith(last)
    assert len(lookups(sandbox)) in looks


@pytest.mark.parametrize("trail", [very_late], indirect=True)
def test_a_wait_that_is_interrupted_says_how_long_it_was(laptop: Home) -> None:
    run = laptop.start_on_terminal("who", "audit", "--me", "--wait", columns=200)
    run.expect("no event yet: they take about 5 minutes, Ctrl-C ends")
    run.sendintr()
    ended = finish(run)
    assert ended.code == 130
    assert re.search(r"no switch by you under your name `work_api` in \d+ seconds?; ", ended.stdout)
