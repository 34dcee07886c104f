"""Refused switches: in chains, because of durations, by policies of every kind."""

from __future__ import annotations

import os

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    ALLOW_EVERYTHING,
    KEY_QUARANTINE,
    Account,
    DenialText,
    Role,
    User,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")

DENY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}],
}
NOTHING_BUT_S3 = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}
BOUND = User(name="bound", policies=(ALLOW_ASSUME_ROLE,), permissions_boundary=NOTHING_BUT_S3)
CONTROLLED = User(name="controlled", account_id="444444444444", policies=(ALLOW_ASSUME_ROLE,))
DENIED = User(name="denied", policies=(ALLOW_ASSUME_ROLE, DENY))
LEAKED = User(name="leaked", policies=(ALLOW_ASSUME_ROLE, KEY_QUARANTINE))
POWERLESS = User(name="powerless")
EVERYBODY = s.trust(principal={"AWS": "*"})
ANY_ROLE = Role(name="any_role", trust=EVERYBODY)
CLOSED_ROLE = Role(
    name="closed_role",
    trust={
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
        ],
    },
)
LONG_ROLE = Role(name="long_role", trust=EVERYBODY, max_session_duration=7200)
THIRD_ROLE = Role(
    name="third_role",
    trust=s.trust(principal={"AWS": s.NEXT_ROLE.session_arn("work_api")}),
    policies=(ALLOW_EVERYTHING,),
)
WORLD = World(
    users=(*s.STORY.users, BOUND, CONTROLLED, DENIED, LEAKED, POWERLESS),
    roles=(*s.STORY.roles, ANY_ROLE, CLOSED_ROLE, LONG_ROLE, THIRD_ROLE),
    accounts=(Account(account_id="444444444444", service_control_policies=(DENY,)),),
    denial_text=DenialText.NAMES_POLICY_TYPE,
)
USERS = ("bound", "controlled", "denied", "leaked", "powerless", "work_api")


@pytest.fixture
def keyed_home(empty_home: Home) -> Home:
    """Return a home with the keys of all users, each under the user's name."""
    users = [user for user in WORLD.users if user.name in USERS]
    return empty_home.write(
        credentials="".join(keys(user.name, user.credentials) for user in users)
    )


def test_messages_of_sts_about_policies_are_passed_on(keyed_home: Home) -> None:
    config = "".join(
        role_profile(f"of-{user}", ANY_ROLE.arn, user, role_session_name="somebody")
        for user in USERS
    )
    config += role_profile("closed", CLOSED_ROLE.arn, "work_api", role_session_name="somebody")
    config += role_profile("strangers", s.STRANGERS_ROLE.arn, "work_api", role_session_name="me")
    ended = keyed_home.write(config).run_json("check")
    found = {name: (p["cause"], p["policy_type"]) for name, p in ended.profiles.items()}
    assert found == {
        "of-bound": ("implicit-deny", "permissions boundary"),
        "of-controlled": ("explicit-deny", "service control"),
        "of-denied": ("explicit-deny", "identity-based"),
        "of-leaked": ("key-quarantined", "identity-based"),
        "of-powerless": ("implicit-deny", "identity-based"),
        "of-work_api": (None, None),
        "closed": ("explicit-deny", "role trust"),
        "strangers": ("implicit-deny", "role trust"),
    }
    assert set(ended.column("verdict").values()) == {"rejected", "accepted"}
    assert KEY_QUARANTINE.arn in ended.profiles["of-leaked"]["message"]
    assert all(ended.profiles[name]["hint"] for name in found if name != "of-work_api")
    assert keyed_home.working_profiles(found) == ended.accepted == {"of-work_api"}


def test_one_sync_fixes_a_chain_of_three(keyed_home: Home) -> None:
    config = role_profile("third", THIRD_ROLE.arn, "second")
    config += role_profile("second", s.NEXT_ROLE.arn, "first", role_session_name="alice")
    config += role_profile("first", s.ADMIN_ROLE.arn, "work_api")
    names = {"third", "second", "first"}
    ended = keyed_home.write(config).run_json("check")
    assert ended.column("verdict") == dict.fromkeys(("third", "second", "first"), "fixable")
    assert ended.column("cause") == {
        "third": "source-refused",
        "second": "source-refused",
        "first": "session-name",
    }
    assert ended.profiles["third"]["chain"] == ["work_api", "first", "second"]
    assert keyed_home.working_profiles(names) == set()
    assert keyed_home.run_json().accepted == names
    assert keyed_home.working_profiles(names) == names


def test_a_hop_that_is_refused_is_named_in_all_below_it(keyed_home: Home, sandbox: Sandbox) -> None:
    config = role_profile("first", s.STRANGERS_ROLE.arn, "work_api")
    config += role_profile("second", s.NEXT_ROLE.arn, "first")
    config += role_profile("third", THIRD_ROLE.arn, "second")
    config += role_profile("beside", s.ADMIN_ROLE.arn, "work_api", role_session_name="work_api")
    ended = keyed_home.write(config).run_json("check")
    found = {name: (p["cause"], p["blocked_by"]) for name, p in ended.profiles.items()}
    assert found == {
        "first": ("implicit-deny", None),
        "second": ("source-refused", "first"),
        "third": ("source-refused", "first"),
        "beside": (None, None),
    }
    assert "the chain stops at `first`" in ended.profiles["third"]["message"]
    assert ended.profiles["third"]["hint"] == ended.profiles["first"]["hint"]
    asked = {call.parameters.get("RoleArn") for call in sandbox.calls}
    assert asked == {None, s.STRANGERS_ROLE.arn, s.ADMIN_ROLE.arn}
    assert keyed_home.working_profiles(["second", "third"]) == set()


def test_durations_are_validated_as_in_sts(keyed_home: Home) -> None:
    def lasting(name: str, role: Role, source: str, seconds: str) -> str:
        more = {"duration_seconds": seconds, "role_session_name": "work_api"}
        return role_profile(name, role.arn, source, **more)

    config = lasting("hop", s.ADMIN_ROLE, "work_api", "900")
    config += lasting("two-hours", LONG_ROLE, "work_api", "7200")
    config += lasting("too-long", s.ADMIN_ROLE, "work_api", "3601")
    config += lasting("chained-hour", s.NEXT_ROLE, "hop", "3600")
    config += lasting("chained-too-long", s.NEXT_ROLE, "hop", "3601")
    config += lasting("too-short", s.ADMIN_ROLE, "work_api", "899")
    config += lasting("over-a-day", s.ADMIN_ROLE, "work_api", "86400")
    config += lasting("no-number", s.ADMIN_ROLE, "work_api", "1h")
    ended = keyed_home.write(config).run_json("check")
    assert ended.column("cause") == {
        "hop": None,
        "two-hours": None,
        "too-long": "duration-too-long",
        "chained-hour": None,
        "chained-too-long": "chained-duration-too-long",
        "too-short": "duration-out-of-range",
        "over-a-day": "duration-out-of-range",
        "no-number": None,
    }
    assert ended.accepted == {"hop", "two-hours", "chained-hour", "no-number"}
    assert keyed_home.working_profiles(ended.profiles) == ended.accepted


def test_invalid_role_arns_are_refused_as_in_sts(keyed_home: Home) -> None:
    config = role_profile("user", s.WORK_API.arn, "work_api", role_session_name="work_api")
    config += role_profile(
        "session", ANY_ROLE.session_arn("x1"), "work_api", role_session_name="work_api"
    )
    config += role_profile("case", ANY_ROLE.arn.upper(), "work_api", role_session_name="work_api")
    config += role_profile("any", ANY_ROLE.arn, "work_api", role_session_name="work_api")
    ended = keyed_home.write(config).run_json("check")
    assert ended.accepted == {"any"}
    assert set(ended.column("verdict").values()) == {"rejected", "accepted"}
    assert all(ended.profiles[name]["hint"] for name in ("user", "session", "case"))
    assert keyed_home.working_profiles(ended.profiles) == {"any"}
