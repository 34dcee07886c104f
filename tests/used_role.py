"""A role that people, tools and a machine have used, as CloudTrail shows it, and who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from e2e import Home, Json, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.history import PastCall, PastSwitch, record_history
from sync_profiles.sandbox.server import Call
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, Role, RoleSession, User

AUDIT = Role(name="audit", path="/team/", trust=s.trust(), policies=(ALLOW_EVERYTHING,))
NEXT = replace(AUDIT, name="next", trust=s.trust(principal={"AWS": AUDIT.arn}))
BLIND = replace(AUDIT, name="blind", policies=())
JDOE = User(name="jdoe")
#: may read the trail of the users' account, where `work_api` may not
READER = User(name="reader", policies=(ALLOW_EVERYTHING,))
MACHINE = RoleSession(role=replace(AUDIT, name="ci", account_id="111111111111"), session_name="run")

OWN = PastSwitch(
    caller=s.WORK_API,
    role=AUDIT,
    session_name="work_api",
    ago=timedelta(hours=5),
    calls=[
        PastCall(action="ec2:DescribeInstances"),
        PastCall(action="ec2:DescribeInstances"),
        PastCall(action="ec2:RunInstances", service="cloudformation.amazonaws.com"),
    ],
)
COLLEAGUE = PastSwitch(caller=JDOE, role=AUDIT, session_name="jdoe", ago=timedelta(hours=4))
MADE_UP = replace(
    COLLEAGUE,
    caller=MACHINE,
    session_name="botocore-session-1764000001",
    ago=timedelta(minutes=60),
    user_agent="Boto3/1.40.1 md/Botocore#1.40.1",
)
#: someone who takes a colleague's name, and who hides behind our user agent
TAKEN = replace(AUDIT, name="taken")
OF_TAKEN = replace(COLLEAGUE, role=TAKEN)
HIDDEN = (
    replace(OWN, role=TAKEN),
    replace(OF_TAKEN, session_name="work_api", user_agent="x" * 900),
    replace(
        OF_TAKEN,
        session_name="root",
        source_ip="198.51.100.66",
        user_agent="sync-profiles/1.0",
        calls=[PastCall(action="iam:CreateUser")],
    ),
)
HISTORY = (
    *HIDDEN,
    OWN,
    COLLEAGUE,
    replace(COLLEAGUE, session_name="alice", ago=timedelta(hours=3), source_ip="198.51.100.7"),
    replace(COLLEAGUE, session_name="j.doe@example.com", ago=timedelta(hours=2)),
    replace(
        COLLEAGUE,
        session_name="aws-cdk-jdoe",
        ago=timedelta(minutes=90),
        user_agent="aws-sdk-nodejs/2.1 linux/v20 aws-cdk/2.160.0",
    ),
    MADE_UP,
    replace(
        MADE_UP,
        caller=JDOE,
        session_name="botocore-session-1764000002",
        ago=timedelta(minutes=50),
    ),
    # not shown: a test of sync-profiles, another region, another role, and more than 7 days ago
    replace(COLLEAGUE, ago=timedelta(minutes=40), user_agent="Boto3/1.40.1 sync-profiles/1.0"),
    replace(COLLEAGUE, ago=timedelta(minutes=30), region="eu-west-1"),
    replace(COLLEAGUE, ago=timedelta(minutes=20), role=NEXT, session_name="work_api"),
    replace(COLLEAGUE, ago=timedelta(days=8)),
)
WORLD = World(users=(s.WORK_API, JDOE, READER), roles=(AUDIT, NEXT))


def trail_of(history: Sequence[PastSwitch], **more: Any) -> Trail:  # noqa: ANN401 - of `Trail`
    """Return a trail that has recorded all this before now."""
    trail = Trail(**{"lookups_per_second": None, **more})
    record_history(trail, history, now=datetime.now(UTC))
    return trail


def write_laptop(home: Home) -> Home:
    """Write profiles of these roles, by two users."""
    config = role_profile("audit", AUDIT.arn, "keys", role_session_name="work_api")
    config += role_profile("as-reader", AUDIT.arn, "reader")
    config += role_profile("next", NEXT.arn, "audit")
    credentials = keys("keys", s.WORK_API.credentials) + keys("reader", READER.credentials)
    return home.write(config, credentials).with_environment(COLUMNS="200")


def lookups(sandbox: Sandbox) -> list[Call]:
    return [call for call in sandbox.calls if call.action == "cloudtrail:LookupEvents"]


def found_in(report: Json) -> dict[str, tuple[str, int, list[str]]]:
    """Return what a report has on each session name: what it says, its switches and its users."""
    return {
        use["session_name"]: (use["says"], use["switches"], use["users"])
        for use in report["sessions"]
    }
