"""Fixtures of the tests that run the command: a sandbox, its clients, and homes whose AWS it is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.cloudtrail import Trail
from sync_profiles.sandbox.world import FakeCredentials


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """Return what the sandbox contains: the story, or the `WORLD` of the test's module."""
    made: World = getattr(request.module, "WORLD", s.STORY)
    return made


@pytest.fixture
def trail(request: pytest.FixtureRequest) -> Trail:
    """Return an empty trail, or what the test or the `TRAIL` of its module makes."""
    made: Trail = getattr(request, "param", getattr(request.module, "TRAIL", Trail))()
    return made


@pytest.fixture
def sandbox(world: World, trail: Trail) -> Iterator[Sandbox]:
    with Sandbox(world, trail=trail) as running:
        yield running


@pytest.fixture
def bare_home(home: Path, child_environment: dict[str, str]) -> Home:
    """Return an empty home without an AWS: its processes reach loopback alone."""
    return Home(path=home, environment=child_environment)


@pytest.fixture
def home_with_keys(bare_home: Home) -> Home:
    """Return the same home with the keys of `work_api`, as `keys`."""
    return bare_home.write(credentials=keys("keys", s.WORK_API.credentials))


@pytest.fixture
def empty_home(bare_home: Home, sandbox: Sandbox) -> Home:
    """Return an empty home whose AWS is the sandbox."""
    return bare_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)


@pytest.fixture
def work_home(home_with_keys: Home, sandbox: Sandbox) -> Home:
    """Return a home with the keys of `work_api`, as `keys`, whose AWS is the sandbox."""
    return home_with_keys.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)


@pytest.fixture
def home_of_three(work_home: Home) -> Home:
    """Return a home with a profile that is accepted, one to fix and one that is rejected."""
    config = role_profile("good", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api")
    config += role_profile("fixed", s.ADMIN_ROLE.arn, "keys", role_session_name="alice")
    config += role_profile("bad", s.STRANGERS_ROLE.arn, "keys", role_session_name="work_api")
    return work_home.write(config)


@cache
def _session() -> boto3.Session:
    """Return one session for all clients: each would read botocore's models anew."""
    return boto3.Session()


def client(
    sandbox: Sandbox, credentials: FakeCredentials, service: str, region: str = "us-east-1"
) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """Return a client that calls the sandbox with the credentials, and tries once."""
    return _session().client(
        service,  # type: ignore[call-overload]  # the stubs know literal names only
        **credentials.settings(),
        region_name=region,
        endpoint_url=sandbox.endpoint_url,
        config=Config(retries={"total_max_attempts": 1}),
    )


def issued(answer: dict[str, Any]) -> FakeCredentials:
    """Return the credentials that STS issued."""
    given = answer["Credentials"]
    return FakeCredentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )
