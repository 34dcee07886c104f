"""The AWS CLI sends every hop of a chain to the place of the profile at its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile, section
from loopback import Certificate, Gate
from rough_sts import Asked, RoughSts, good_answer, refusing, well
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, Role

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("hop", "below", "beside")


@pytest.fixture
def world() -> World:
    return World(users=s.STORY.users, roles=(*s.STORY.roles, ONE_REGION, BEHIND))


@pytest.fixture
def work_home(empty_home: Home) -> Home:
    """Return a home whose chains go through a hop with a region that cannot be one."""
    name = {"role_session_name": "work_api"}
    config = (
        role_profile("hop", s.ADMIN_ROLE.arn, "keys", region="no region", **name)
        + role_profile("below", s.NEXT_ROLE.arn, "hop", **name)
        + role_profile("beside", s.OPEN_ROLE.arn, "keys", **name)
    )
    return empty_home.write(config, keys("keys", s.WORK_API.credentials))


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)], ids=["a sync", "a dry run"])
def test_a_hop_that_fails_for_its_own_region_does_not_stop_the_chain(
    arguments: tuple[str, ...], work_home: Home
) -> None:
    ended = work_home.run_json(*arguments)
    assert ended.column("cause") == {"hop": "setting-invalid", "below": None, "beside": None}
    assert ended.accepted == work_home.working_profiles(NAMES) == {"below", "beside"}


ONE_REGION = Role(
    name="one_region",
    trust=s.trust(condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
    policies=(ALLOW_EVERYTHING,),
)
BEHIND = Role(name="behind", trust=s.trust(principal={"AWS": ONE_REGION.arn}))


@pytest.mark.parametrize(
    ("hop", "below", "working"),
    [
        pytest.param("eu-west-1", "us-east-1", {"hop"}, id="the hop's own region alone"),
        pytest.param("us-east-1", "eu-west-1", {"below"}, id="the end's region alone"),
        pytest.param("eu-west-1", "eu-west-1", {"hop", "below"}, id="one region"),
        pytest.param("us-east-1", "us-east-1", set(), id="neither"),
    ],
)
def test_a_hop_that_lets_in_from_one_region_is_called_in_that_of_the_end(
    hop: str, below: str, working: set[str], empty_home: Home
) -> None:
    name = {"role_session_name": "work_api"}
    config = role_profile("hop", ONE_REGION.arn, "keys", region=hop, **name)
    config += role_profile("below", BEHIND.arn, "hop", region=below, **name)
    work_home = empty_home.write(config, keys("keys", s.WORK_API.credentials))
    ended = work_home.run_json()
    assert ended.accepted == working == work_home.working_profiles(["hop", "below"])
    if "below" not in working:
        assert ended.profiles["below"]["cause"] == "source-refused"
    if working == {"hop"}:
        assert ended.profiles["below"]["message"].startswith(
            "the chain stops at `hop`, called with the region and endpoint of `below`: "
        )


def regional(asked: Asked) -> None:
    """Answer as STS does where an account opts in: sessions of the global endpoint are unknown."""
    host = re.search(r"(?im)^host: *(.*?)\r?$", asked.head)
    token = re.search(r"(?im)^x-amz-security-token: *(.*?)\r?$", asked.head)
    assert host is not None
    if host[1] == "sts.af-south-1.amazonaws.com" and token is not None and token[1] == "global":
        text = "The security token included in the request is invalid"
        refusing("InvalidClientTokenId", text, status=403)(asked)
    elif host[1] == "sts.amazonaws.com":
        asked.answer(good_answer(asked).replace("<SessionToken>t<", "<SessionToken>global<"))
    else:
        well(asked)


def test_a_session_of_the_global_endpoint_is_not_taken_to_a_region_to_opt_in_to(
    home: Path, child_environment: dict[str, str], tmp_path: Path
) -> None:
    hosts = ("sts.amazonaws.com", "sts.af-south-1.amazonaws.com")
    certificate = Certificate.make(tmp_path, *hosts)
    role = {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys", "role_session_name": "work_api"}
    config = section("profile hop", role)
    config += role_profile(
        "below", s.OPEN_ROLE.arn, "hop", region="af-south-1", role_session_name="work_api"
    )
    actions = frozenset({"AssumeRole", "GetCallerIdentity"})
    with (
        RoughSts(regional, actions=actions, certificate=certificate) as sts,
        Gate(sts.url) as gate,
    ):
        environment = {
            **child_environment,
            "https_proxy": gate.url,
            "AWS_CA_BUNDLE": str(certificate.certificate),
        }
        work_home = Home(path=home, environment=environment).write(
            config, keys("keys", s.WORK_API.credentials)
        )
        ended = work_home.run_json()
        assert ended.accepted == work_home.working_profiles(["hop", "below"]) == {"hop", "below"}
