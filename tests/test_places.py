"""The AWS CLI sends every hop of a chain to the place of the profile at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("hop", "below", "beside")


@pytest.fixture
def work_home(home: Path, child_environment: dict[str, str]) -> Iterator[Home]:
    """Yield a home whose chains go through a hop with a region that cannot be one."""
    with Sandbox(s.STORY) as sandbox:
        environment = {**child_environment, "AWS_ENDPOINT_URL": sandbox.endpoint_url}
        name = {"role_session_name": "work_api"}
        config = (
            role_profile("hop", s.ADMIN_ROLE.arn, "keys", region="no region", **name)
            + role_profile("below", s.NEXT_ROLE.arn, "hop", **name)
            + role_profile("beside", s.OPEN_ROLE.arn, "keys", **name)
        )
        yield Home(path=home, environment=environment).write(
            config, keys("keys", s.WORK_API.credentials)
        )


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)], ids=["a sync", "a dry run"])
def test_a_hop_that_fails_for_its_own_region_does_not_stop_the_chain(
    arguments: tuple[str, ...], work_home: Home
) -> None:
    ended = work_home.run_json(*arguments)
    assert ended.column("cause") == {"hop": "setting-invalid", "below": None, "beside": None}
    assert ended.accepted == work_home.working_profiles(NAMES) == {"below", "beside"}
