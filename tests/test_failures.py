"""From what botocore and Python raise to a cause, and to what it proves of the AWS CLI."""

from __future__ import annotations

import inspect

import botocore.exceptions as b
import pytest

from examples import table, unescape
from hint_cases import exception_of
from sync_profiles.aws.credentials import ProviderFailed
from sync_profiles.aws.failures import NOT_AWS, failure_of_call, failure_of_source
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Variant


@pytest.mark.parametrize("row", table("failures.txt"))
def test_a_failure_has_its_cause_and_proves_what_affects_the_aws_cli_too(row: str) -> None:
    proved, cause, about, message, text = row.split(" | ")
    error = exception_of(unescape(text))
    for failure in (failure_of_source(error), failure_of_call(error)):
        assert (failure.proves, failure.cause) == (proved == "proved", cause)
        named = failure.setting if failure.proves else failure.variant and failure.variant.name
        assert (named or "-") == about
    assert message in {"…", failure_of_call(error).message}


def test_a_missing_dependency_is_told_with_what_installs_it() -> None:
    message = failure_of_source(b.MissingDependencyException(msg="…")).message
    assert "[crt]" in message
    assert message.endswith("sync-profiles check`")


def test_an_answer_of_aws_is_taken_apart() -> None:
    error = b.ClientError(
        {
            "Error": {"Code": "ExpiredToken", "Message": "it expired"},
            "ResponseMetadata": {
                "RequestId": "8d6b",
                "HTTPStatusCode": 403,
                "HTTPHeaders": {},
                "HostId": "",
                "RetryAttempts": 0,
            },
        },
        "AssumeRole",
    )
    assert failure_of_call(error) == Failure(
        cause=Cause.CREDENTIALS_EXPIRED,
        proves=True,
        message="it expired",
        operation="AssumeRole",
        code="ExpiredToken",
        request_id="8d6b",
    )
    error.response["Error"]["Code"] = "SomethingNew"
    error.response["ResponseMetadata"]["HTTPStatusCode"] = 503
    assert failure_of_call(error).variant is Variant.NO_ANSWER
    assert failure_of_call(b.ClientError({"Error": {"Code": ""}}, "AssumeRole")) == NOT_AWS
    assert failure_of_call(ValueError("Invalid timestamp x")).variant is Variant.NOT_AWS
    half = failure_of_call(b.ClientError({"Error": {"Message": "no"}}, "AssumeRole"))
    assert (half.code, half.message) == ("Unknown", "no")
    assert failure_of_call(b.ClientError({"Error": {"Code": "New"}}, "AssumeRole")).message == ""


@pytest.mark.parametrize(
    ("provider", "operation"),
    [("assume-role-with-web-identity", "AssumeRoleWithWebIdentity"), ("assume-role", None)],
)
def test_settings_that_are_not_sent_belong_to_the_call_of_their_provider(
    provider: str, operation: str | None
) -> None:
    failed = ProviderFailed(provider)
    failed.__cause__ = b.ParamValidationError(report="Invalid length for parameter RoleSessionName")
    failure = failure_of_source(failed)
    assert (failure.cause, failure.operation) == (Cause.SESSION_NAME_INVALID, operation)


def test_every_exception_of_botocore_for_a_login_or_a_connection_has_its_cause() -> None:
    families = {
        b.SSOError: {Cause.SSO_LOGIN_NEEDED},
        b.LoginError: {Cause.LOGIN_NEEDED},
        b.ConnectionError: {Cause.NETWORK, Cause.TLS},
    }
    for name, member in inspect.getmembers(b, inspect.isclass):
        for family, expected in families.items():
            if issubclass(member, family):
                error = member.__new__(member)
                Exception.__init__(error, "")
                assert failure_of_source(error).cause in expected, name
