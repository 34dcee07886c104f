"""Checks of profiles at an STS that behaves badly."""

from __future__ import annotations

import os

from e2e import Home, role_profile, section
from survey_runs import Checked, run_check


def role(number: int) -> str:
    return f"arn:aws:iam::222222222222:role/role-{number}"


def profiles(count: int) -> str:
    """Return profiles of which each has a role of its own, and the wanted name."""
    source = section("profile keys", {"region": "us-east-1"})
    return source + "".join(
        role_profile(f"p{number}", role(number), "keys", role_session_name="work_api")
        for number in range(count)
    )


def check_at(url: str, laptop: Home, *, count: int, jobs: int = 16) -> Checked:
    """Check profiles at a URL."""
    os.environ["AWS_ENDPOINT_URL"] = url  # the fixture `home` takes it back
    return run_check(laptop.write(profiles(count)), jobs=jobs)
