"""How the tests call a sandbox: boto3 clients, and their errors as values."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

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


def sts(sandbox: Sandbox, credentials: FakeCredentials, region: str = "us-east-1") -> Any:  # noqa: ANN401 - as above
    return client(sandbox, credentials, "sts", region)


def issued(answer: dict[str, Any]) -> FakeCredentials:
    """Return the credentials that STS issued."""
    given = answer["Credentials"]
    return FakeCredentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )


def refusal(caller: Any, operation: str, **parameters: object) -> tuple[str, int, str]:  # noqa: ANN401 - as above
    """Return code, status and message of the error that a call must get."""
    with pytest.raises(ClientError) as caught:
        getattr(caller, operation)(**parameters)
    response = caught.value.response
    error, status = response["Error"], response["ResponseMetadata"]["HTTPStatusCode"]
    return str(error["Code"]), status, str(error["Message"])
