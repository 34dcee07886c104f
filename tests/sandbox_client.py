"""How the tests call a sandbox: by boto3 clients."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox.world import FakeCredentials


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
