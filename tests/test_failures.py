"""From what botocore and Python raise to a cause, and to what it proves of the AWS CLI."""

from __future__ import annotations

import inspect
import socket
import ssl

import botocore.exceptions as b
import pytest
from botocore.parsers import ResponseParserError

from sync_profiles.aws.client import ClientNotMade
from sync_profiles.aws.credentials import CredentialProcessSilent, ProviderFailed
from sync_profiles.aws.failures import (
    NOT_AWS,
    NotAnAnswer,
    failure_of_call,
    failure_of_source,
)
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Variant


def config_error(text: str) -> Exception:
    return b.InvalidConfigError(error_msg=text)


def retrieval(provider: str, text: str = "boom") -> Exception:
    return b.CredentialRetrievalError(provider=provider, error_msg=text)


def partial(missing: str) -> Exception:
    return b.PartialCredentialsError(provider="…", cred_var=missing)


def parameter(name: str, value: str = "1") -> Exception:
    return b.ParamValidationError(
        report=f"Invalid length for parameter {name}, value: {value}, valid min length: 2"
    )


def in_client(text: str) -> Exception:
    return b.HTTPClientError(error=ValueError(text))


def tls(text: str) -> Exception:
    return b.SSLError(endpoint_url="https://…", error=OSError(text))


URL = {"endpoint_url": "https://…"}

# texts as botocore 1.44 and Python print them
BY_CAUSE: dict[Cause, list[Exception]] = {
    Cause.SOURCE_PROFILE_MISSING: [
        b.ProfileNotFound(profile="x"),
        config_error('The source_profile "x" referenced in the profile "p" does not exist.'),
    ],
    Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS: [
        config_error('The source profile "x" must have credentials.')
    ],
    Cause.SOURCE_CONFLICT: [
        config_error('The profile "p" contains both source_profile and credential_source.')
    ],
    Cause.CREDENTIAL_SOURCE_INVALID: [
        config_error('The credential source "x" referenced in profile "p" is not valid.'),
        config_error('The credential source "contains both" referenced in profile "not exist" is'),
    ],
    Cause.SOURCE_MISSING: [partial("source_profile or credential_source")],
    Cause.PARTIAL_CREDENTIALS: [partial("aws_secret_access_key")],
    Cause.SOURCE_LOOP: [b.InfiniteLoopConfigError(source_profile="a", visited_profiles=["a"])],
    Cause.CREDENTIAL_PROCESS_FAILED: [retrieval("custom-process")],
    Cause.SSO_LOGIN_NEEDED: [
        retrieval("sso"),
        b.UnauthorizedSSOTokenError(),
        b.SSOTokenLoadError(error_msg="…"),
        b.TokenRetrievalError(provider="sso", error_msg="…"),
    ],
    Cause.LOGIN_NEEDED: [
        retrieval("login"),
        b.LoginTokenLoadError(error_msg="…"),
        b.LoginRefreshRequired(),
        b.LoginInsufficientPermissions(),
    ],
    Cause.NO_CREDENTIALS: [
        retrieval("Environment", "No credentials found"),
        b.NoCredentialsError(),
    ],
    Cause.CREDENTIALS_EXPIRED: [
        RuntimeError("Credentials were refreshed, but … credentials are still expired.")
    ],
    Cause.CREDENTIALS_MALFORMED: [in_client("Invalid header value b'AWS4-HMAC-SHA256 …'")],
    Cause.REGION_MISSING: [b.NoRegionError()],
    Cause.SESSION_NAME_INVALID: [parameter("RoleSessionName")],
    Cause.ROLE_ARN_INVALID: [
        b.ParamValidationError(report="Invalid type for parameter RoleArn, value: {'a': 'b'}, …")
    ],
    Cause.DURATION_OUT_OF_RANGE: [parameter("DurationSeconds")],
    Cause.MFA_DEVICE_NOT_YOURS: [parameter("SerialNumber")],
}
BY_SETTING: dict[str | None, list[Exception]] = {
    "sso_session": [config_error('The specified sso-session does not exist: "corp"')],
    "sso_region": [
        config_error("The value for sso_region is inconsistent between profile (a) and sso-session")
    ],
    "sso_role_name": [
        config_error("… to use SSO but is missing required configuration: sso_role_name")
    ],
    "ca_bundle": [
        config_error("Invalid CA bundle: the configured value"),
        tls("[Errno 2] No such file or directory"),
        tls("[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate"),
    ],
    "region": [
        b.InvalidRegionError(region_name="us east"),
        b.UnknownEndpointError(service_name="sts", region_name="x"),
    ],
    "retry_mode": [b.InvalidRetryModeError(provided_retry_mode="x", valid_modes=["legacy"])],
    "ec2_metadata_service_endpoint_mode": [
        b.InvalidIMDSEndpointModeError(mode="x", valid_modes=["ipv4"])
    ],
    "account_id_endpoint_mode": [
        config_error("The configured value 'x' for 'account_id_endpoint_mode' is invalid.")
    ],
    "endpoint_url": [
        b.EndpointProviderError(msg="bogus"),
        ValueError("Invalid endpoint: foo"),
        ValueError("Port out of range 0-65535"),
        ClientNotMade("'str' object has no attribute 'get'"),
    ],
    "external_id": [parameter("ExternalId")],
    None: [
        in_client("Failed to parse: 'me:pa' is not a valid host or port"),
        ValueError("invalid literal for int() with base 10: 'x'"),
        TypeError("expected string or bytes-like object, got 'dict'"),
        in_client("Invalid configuration value(s) provided for proxies_config."),
    ],
}
BY_ERROR = [
    *((error, cause, None) for cause, errors in BY_CAUSE.items() for error in errors),
    *(
        (error, Cause.SETTING_INVALID, setting)
        for setting, errors in BY_SETTING.items()
        for error in errors
    ),
]

PROVES_NOTHING: list[tuple[Exception, Cause, Variant | None]] = [
    (parameter("TokenCode", "3"), Cause.MFA_CODE_REJECTED, None),
    (b.MissingDependencyException(msg="…"), Cause.DEPENDENCY_MISSING, None),
    (ModuleNotFoundError("no awscrt"), Cause.DEPENDENCY_MISSING, None),
    (b.EndpointConnectionError(**URL), Cause.NETWORK, None),
    (b.ConnectTimeoutError(**URL), Cause.NETWORK, None),
    (b.ReadTimeoutError(**URL), Cause.NETWORK, None),
    (b.ProxyConnectionError(proxy_url="…"), Cause.NETWORK, Variant.PROXY),
    (b.ConnectionClosedError(**URL), Cause.NETWORK, None),
    (in_client("something else"), Cause.NETWORK, None),
    (socket.gaierror(-2, "Name or service not known"), Cause.NETWORK, None),
    (ConnectionResetError(104, "Connection reset by peer"), Cause.NETWORK, None),
    (tls("…"), Cause.TLS, None),
    (tls("[SSL: CERTIFICATE_VERIFY_FAILED] …"), Cause.TLS, Variant.CERTIFICATE),
    (ssl.SSLCertVerificationError("…"), Cause.TLS, None),
    (b.MetadataRetrievalError(error_msg="…"), Cause.NO_CREDENTIALS, None),
    (
        retrieval(
            "container-role",
            "Error retrieving metadata: Received error when attempting to retrieve container "
            "metadata: Read timeout",
        ),
        Cause.NO_CREDENTIALS,
        None,
    ),
    (b.RefreshWithMFAUnsupportedError(), Cause.MFA_CODE_NEEDED, None),
    (CredentialProcessSilent("it gave nothing"), Cause.CREDENTIAL_PROCESS_FAILED, None),
    (ResponseParserError("…"), Cause.STS_ERROR, Variant.NOT_AWS),
    (KeyError("Credentials"), Cause.STS_ERROR, Variant.NOT_AWS),
    (NotAnAnswer(), Cause.STS_ERROR, Variant.NOT_AWS),
    (ValueError("something else"), Cause.STS_ERROR, None),
    (OSError(24, "Too many open files"), Cause.STS_ERROR, None),
    (ZeroDivisionError("division by zero"), Cause.STS_ERROR, None),
]


def by_class(value: object) -> str:
    return type(value).__name__ if isinstance(value, Exception) else ""


@pytest.mark.parametrize(("error", "cause", "setting"), BY_ERROR, ids=by_class)
def test_failures_that_affect_the_aws_cli_too_are_proved(
    error: Exception, cause: Cause, setting: str | None
) -> None:
    for failure in (failure_of_source(error), failure_of_call(error)):
        assert (failure.cause, failure.proves, failure.setting) == (cause, True, setting)


@pytest.mark.parametrize(("error", "cause", "variant"), PROVES_NOTHING, ids=by_class)
def test_temporary_failures_prove_nothing(
    error: Exception, cause: Cause, variant: Variant | None
) -> None:
    for failure in (failure_of_source(error), failure_of_call(error)):
        assert (failure.cause, failure.proves, failure.variant) == (cause, False, variant)


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
    half = failure_of_call(b.ClientError({"Error": {"Message": "no"}}, "AssumeRole"))
    assert (half.code, half.message) == ("Unknown", "no")
    assert failure_of_call(b.ClientError({"Error": {"Code": "New"}}, "AssumeRole")).message == ""


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("RoleSessionName", "1", (Cause.SESSION_NAME_INVALID, "it has 1 character, and AWS")),
        ("Tags", "0", (Cause.SETTING_INVALID, "it has 0 characters, and AWS")),
    ],
)
def test_a_value_that_is_too_short(name: str, given: str, expected: tuple[Cause, str]) -> None:
    failure = failure_of_call(parameter(name, given))
    cause, start = expected
    assert (failure.cause, failure.message) == (cause, f"{start} requires at least 2")
    passed_on = failure_of_source(retrieval("custom-process", str(parameter(name, given))))
    assert passed_on.message.endswith(f"{name}, value: {given}, valid min length: 2")


@pytest.mark.parametrize(
    ("provider", "operation"),
    [("assume-role-with-web-identity", "AssumeRoleWithWebIdentity"), ("assume-role", None)],
)
def test_settings_that_are_not_sent_belong_to_the_call_of_their_provider(
    provider: str, operation: str | None
) -> None:
    failed = ProviderFailed(provider)
    failed.__cause__ = parameter("RoleSessionName")
    failure = failure_of_source(failed)
    assert (failure.cause, failure.operation) == (Cause.SESSION_NAME_INVALID, operation)


def test_an_answer_with_an_invalid_time_is_not_from_aws() -> None:
    assert failure_of_call(ValueError("Invalid timestamp x")).variant is Variant.NOT_AWS


def test_an_unknown_exception_is_reported_by_its_class() -> None:
    assert failure_of_call(ZeroDivisionError("division by zero\nsecret")) == Failure(
        cause=Cause.STS_ERROR, proves=False, message="ZeroDivisionError: division by zero …"
    )


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
