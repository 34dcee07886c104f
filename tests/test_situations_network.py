"""Typical networks: none, a proxy, custom TLS certificates, throttling, other regions."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from certificates import Certificate
from e2e import Home, keys, role_profile
from loopback import Gate
from rough_sts import Asked, Behave, refusing
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, Role, User

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")

NAMED = role_profile("named", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api")
UNNAMED = role_profile("unnamed", s.ADMIN_ROLE.arn, "keys")


@pytest.fixture
def two_profiles(home_with_keys: Home) -> Home:
    """Return a home, still without an endpoint, of which one profile works and one is fixable."""
    return home_with_keys.write(NAMED + UNNAMED)


def at(home: Home, url: str) -> Home:
    """Return the home for processes that ask AWS at a URL."""
    return home.with_environment(AWS_ENDPOINT_URL=url)


def test_a_proxy_from_the_environment_is_used(two_profiles: Home, sandbox: Sandbox) -> None:
    with Gate(sandbox.endpoint_url) as proxy:
        home = at(two_profiles, "http://sts.example.invalid").with_environment(
            http_proxy=proxy.url, no_proxy=""
        )
        assert home.run_json("check").column("verdict") == {
            "named": "accepted",
            "unnamed": "fixable",
        }
        assert {asked.headers["host"] for asked in proxy.received} == {"sts.example.invalid"}
        assert [call.action for call in sandbox.calls] == [
            "sts:GetCallerIdentity",
            "sts:AssumeRole",
            "sts:AssumeRole",
        ]
        assert home.working_profiles(["named", "unnamed"]) == {"named"}


def test_calls_to_aws_itself_go_through_the_proxy_s_tunnel(
    two_profiles: Home, sandbox: Sandbox, tmp_path: Path
) -> None:
    certificate = Certificate.make(tmp_path, "sts.us-east-1.amazonaws.com")
    with Gate(sandbox.endpoint_url, certificate=certificate) as aws, Gate(aws.url) as proxy:
        home = two_profiles.with_environment(
            HTTPS_PROXY=proxy.url,
            https_proxy=proxy.url,
            no_proxy="",
            AWS_CA_BUNDLE=str(certificate.certificate),
        )
        verdicts = home.run_json("check").column("verdict")
        assert verdicts == {"named": "accepted", "unnamed": "fixable"}
        assert set(proxy.tunnels) == {"sts.us-east-1.amazonaws.com:443"}
        assert home.working_profiles(["named", "unnamed"]) == {"named"}


@pytest.mark.parametrize("hours", [-1, 1], ids=["an hour fast", "an hour slow"])
def test_with_a_clock_one_hour_off_the_verdict_matches_the_aws_cli(
    hours: int, two_profiles: Home
) -> None:
    with Sandbox(s.STORY, clock=lambda: datetime.now(UTC) + timedelta(hours=hours)) as skewed:
        home = at(two_profiles, skewed.endpoint_url)
        ended = home.run_json("check")
        assert set(ended.column("cause").values()) == {"clock-skew"}
        assert ended.accepted == home.working_profiles(["named", "unnamed"]) == set()


UNKNOWN_KEY = refusing(
    "InvalidClientTokenId", "The security token included in the request is invalid.", status=403
)


def refuse_region(asked: Asked) -> Behave | None:
    return UNKNOWN_KEY if "/af-south-1/" in asked.headers["authorization"] else None


@pytest.mark.parametrize("order", ["off last", "off first"])
def test_a_disabled_region_is_distinguished_from_wrong_keys(
    order: str, two_profiles: Home, sandbox: Sandbox
) -> None:
    off = role_profile(
        "off", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api", region="af-south-1"
    )
    config = NAMED + off if order == "off last" else off + NAMED
    with Gate(sandbox.endpoint_url, rule=refuse_region) as gate:
        home = at(two_profiles.write(config), gate.url)
        ended = home.run_json("check")
        assert home.working_profiles(["named", "off"]) == {"named"}
    found = {name: (p["verdict"], p["cause"]) for name, p in ended.profiles.items()}
    assert found == {"named": ("accepted", None), "off": ("rejected", "region-disabled")}
    assert "af-south-1" in ended.profiles["off"]["hint"]
    assert ended.report["callers"][0]["arn"] == s.WORK_API.arn


def test_partitions_are_independent(two_profiles: Home) -> None:
    users, roles, config, credentials = [], [], "", ""
    for partition, region in [
        ("aws", "us-east-1"),
        ("aws-cn", "cn-north-1"),
        ("aws-us-gov", "us-gov-west-1"),
    ]:
        user = User(name=f"me.{partition}", partition=partition, policies=(ALLOW_ASSUME_ROLE,))
        principal = {"AWS": f"arn:{partition}:iam::111111111111:root"}
        role = Role(
            name=f"role.{partition}",
            partition=partition,
            trust=s.trust(principal=principal, condition={"StringEquals": s.OWN_NAME}),
        )
        users.append(user)
        roles.append(role)
        credentials += keys(f"keys-{partition}", user.credentials)
        config += role_profile(
            partition, role.arn, f"keys-{partition}", region=region, role_session_name=user.name
        )
        config += role_profile(f"{partition}-bare", role.arn, f"keys-{partition}", region=region)
    abroad = {"region": "cn-north-1", "role_session_name": "me.aws"}
    config += role_profile("abroad", roles[0].arn, "keys-aws", **abroad)
    names = [f"{user.partition}{end}" for user in users for end in ("", "-bare")]
    with Sandbox(World(users=users, roles=roles)) as running:
        home = at(two_profiles.write(config, credentials), running.endpoint_url)
        ended = home.run_json("check")
        assert home.working_profiles([*names, "abroad"]) == ended.accepted
        assert ended.column("verdict") == {
            **{name: "fixable" if "-bare" in name else "accepted" for name in names},
            "abroad": "rejected",
        }
        assert ended.profiles["abroad"]["cause"] == "credentials-invalid"
        assert [caller["arn"] for caller in ended.report["callers"]] == [u.arn for u in users]
        synced = home.run_json("-p", "aws*")
        assert synced.accepted == set(names)
