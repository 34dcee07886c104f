"""From what botocore and Python raise to a cause, and to what it proves of the AWS CLI."""

from __future__ import annotations

import inspect
import json
import socket
import ssl

import botocore.exceptions as b
import pytest
from botocore.parsers import ResponseParserError
from dateutil.parser import ParserError  # type: ignore[import-untyped] # no stubs

from sync_profiles.aws.client import ClientNotMade
from sync_profiles.aws.credentials import CredentialProcessSilent
from sync_profiles.aws.failures import (
    NotAnAnswer,
    failure_of_call,
    failure_of_source,
)
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Reason


def config_error(text: str) -> Exception:
    return b.InvalidConfigError(error_msg=text)


def retrieval(provider: str, text: str = "boom") -> Exception:
    return b.CredentialRetrievalError(provider=provider, error_msg=text)


def parameter(name: str, value: str = "1") -> Exception:
    return b.ParamValidationError(
        report=f"Invalid length for parameter {name}, value: {value}, valid min length: 2"
    )


def in_client(text: str) -> Exception:
    return b.HTTPClientError(error=ValueError(text))


def tls(text: str) -> Exception:
    return b.SSLError(endpoint_url="https://…", error=OSError(text))


URL = {"endpoint_url": "https://…"}
LOOP = b.InfiniteLoopConfigError(source_profile="a", visited_profiles=["a"])
LACKS = "Credentials were refreshed, but the refreshed credentials are still expired."

# texts as botocore 1.44 and Python print them
BY_ERROR: list[tuple[Exception, Cause, str | None]] = [
    (b.ProfileNotFound(profile="x"), Cause.SOURCE_PROFILE_MISSING, None),
    (
        config_error('The source_profile "x" referenced in the profile "p" does not exist.'),
        Cause.SOURCE_PROFILE_MISSING,
        None,
    ),
    (
        config_error('The source profile "x" must have credentials.'),
        Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
        None,
    ),
    (
        config_error('The profile "p" contains both source_profile and credential_source.'),
        Cause.SOURCE_CONFLICT,
        None,
    ),
    (
        config_error('The credential source "x" referenced in profile "p" is not valid.'),
        Cause.CREDENTIAL_SOURCE_INVALID,
        None,
    ),
    (
        config_error('The credential source "contains both" referenced in profile "not exist" is'),
        Cause.CREDENTIAL_SOURCE_INVALID,
        None,
    ),
    (
        config_error('The specified sso-session does not exist: "corp"'),
        Cause.SETTING_INVALID,
        "sso_session",
    ),
    (config_error("Invalid CA bundle: the configured value"), Cause.SETTING_INVALID, "ca_bundle"),
    (
        b.PartialCredentialsError(
            provider="assume-role", cred_var="source_profile or credential_source"
        ),
        Cause.SOURCE_MISSING,
        None,
    ),
    (
        b.PartialCredentialsError(
            provider="shared-credentials-file", cred_var="aws_secret_access_key"
        ),
        Cause.PARTIAL_CREDENTIALS,
        None,
    ),
    (LOOP, Cause.SOURCE_LOOP, None),
    (retrieval("custom-process"), Cause.CREDENTIAL_PROCESS_FAILED, None),
    (retrieval("sso"), Cause.SSO_LOGIN_NEEDED, None),
    (retrieval("login"), Cause.LOGIN_NEEDED, None),
    (retrieval("Environment", "No credentials found"), Cause.NO_CREDENTIALS, None),
    (b.UnauthorizedSSOTokenError(), Cause.SSO_LOGIN_NEEDED, None),
    (b.SSOTokenLoadError(error_msg="…"), Cause.SSO_LOGIN_NEEDED, None),
    (b.TokenRetrievalError(provider="sso", error_msg="…"), Cause.SSO_LOGIN_NEEDED, None),
    (b.LoginTokenLoadError(error_msg="…"), Cause.LOGIN_NEEDED, None),
    (b.LoginRefreshRequired(), Cause.LOGIN_NEEDED, None),
    (b.LoginInsufficientPermissions(), Cause.LOGIN_NEEDED, None),
    (b.NoCredentialsError(), Cause.NO_CREDENTIALS, None),
    (b.NoRegionError(), Cause.REGION_MISSING, None),
    (b.InvalidRegionError(region_name="us east"), Cause.SETTING_INVALID, "region"),
    (
        b.UnknownEndpointError(service_name="sts", region_name="x"),
        Cause.SETTING_INVALID,
        "region",
    ),
    (b.EndpointProviderError(msg="bogus"), Cause.SETTING_INVALID, "endpoint_url"),
    (
        b.InvalidRetryModeError(provided_retry_mode="x", valid_modes=["legacy"]),
        Cause.SETTING_INVALID,
        "retry_mode",
    ),
    (
        b.InvalidIMDSEndpointModeError(mode="x", valid_modes=["ipv4"]),
        Cause.SETTING_INVALID,
        "ec2_metadata_service_endpoint_mode",
    ),
    (ValueError("Invalid endpoint: foo"), Cause.SETTING_INVALID, "endpoint_url"),
    (ValueError("Port out of range 0-65535"), Cause.SETTING_INVALID, "endpoint_url"),
    (ValueError("invalid literal for int() with base 10: 'x'"), Cause.SETTING_INVALID, None),
    (
        TypeError("expected string or bytes-like object, got 'dict'"),
        Cause.SETTING_INVALID,
        None,
    ),
    (
        ClientNotMade("'str' object has no attribute 'get'"),
        Cause.SETTING_INVALID,
        "endpoint_url",
    ),
    (RuntimeError(LACKS), Cause.CREDENTIALS_EXPIRED, None),
    (
        in_client("Invalid header value b'AWS4-HMAC-SHA256 …'"),
        Cause.CREDENTIALS_MALFORMED,
        None,
    ),
    (
        in_client("Invalid configuration value(s) provided for proxies_config."),
        Cause.SETTING_INVALID,
        None,
    ),
    (tls("[Errno 2] No such file or directory"), Cause.SETTING_INVALID, "ca_bundle"),
    (
        tls("[X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate"),
        Cause.SETTING_INVALID,
        "ca_bundle",
    ),
    (parameter("RoleSessionName"), Cause.SESSION_NAME_INVALID, None),
    (
        b.ParamValidationError(
            report="Invalid type for parameter RoleArn, value: {'a': 'b'}, type: <class 'dict'>"
        ),
        Cause.ROLE_ARN_INVALID,
        None,
    ),
    (parameter("DurationSeconds"), Cause.DURATION_OUT_OF_RANGE, None),
    (parameter("SerialNumber"), Cause.MFA_DEVICE_NOT_YOURS, None),
    (parameter("ExternalId"), Cause.SETTING_INVALID, "external_id"),
]

#: botocore starts a credential_process, and wraps nothing of what that raises
BY_PROCESS: list[Exception] = [
    ValueError("No closing quotation"),
    json.JSONDecodeError("Expecting value", "", 0),
    FileNotFoundError(2, "No such file"),
    PermissionError(13, "Permission denied"),
    OSError(8, "Exec format error: './x'"),
    AttributeError("'list' object has no attribute 'get'"),
    IndexError("list index out of range"),
    ParserError("Unknown string format: garbage"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
]

PROVES_NOTHING: list[tuple[Exception, Cause, Reason | None]] = [
    (parameter("TokenCode", "3"), Cause.MFA_CODE_REJECTED, None),
    (b.MissingDependencyException(msg="…"), Cause.DEPENDENCY_MISSING, None),
    (ModuleNotFoundError("no awscrt"), Cause.DEPENDENCY_MISSING, None),
    (b.EndpointConnectionError(**URL), Cause.NETWORK, None),
    (b.ConnectTimeoutError(**URL), Cause.NETWORK, None),
    (b.ReadTimeoutError(**URL), Cause.NETWORK, None),
    (b.ProxyConnectionError(proxy_url="…"), Cause.NETWORK, Reason.PROXY),
    (b.ConnectionClosedError(**URL), Cause.NETWORK, None),
    (in_client("something else"), Cause.NETWORK, None),
    (socket.gaierror(-2, "Name or service not known"), Cause.NETWORK, None),
    (ConnectionResetError(104, "Connection reset by peer"), Cause.NETWORK, None),
    (tls("…"), Cause.TLS, None),
    (tls("[SSL: CERTIFICATE_VERIFY_FAILED] …"), Cause.TLS, Reason.CERTIFICATE),
    (ssl.SSLCertVerificationError("…"), Cause.TLS, None),
    (b.MetadataRetrievalError(error_msg="…"), Cause.NO_CREDENTIALS, None),
    (b.RefreshWithMFAUnsupportedError(), Cause.MFA_CODE_NEEDED, None),
    (CredentialProcessSilent("it gave nothing"), Cause.CREDENTIAL_PROCESS_FAILED, None),
    (ResponseParserError("…"), Cause.STS_ERROR, Reason.NOT_AWS),
    (KeyError("Credentials"), Cause.STS_ERROR, Reason.NOT_AWS),
    (NotAnAnswer(), Cause.STS_ERROR, Reason.NOT_AWS),
    (ValueError("something else"), Cause.STS_ERROR, None),
    (OSError(24, "Too many open files"), Cause.STS_ERROR, None),
    (ZeroDivisionError("division by zero"), Cause.STS_ERROR, None),
]


def by_class(value: object) -> str:
    return type(value).__name__ if isinstance(value, Exception) else ""


@pytest.mark.parametrize(("error", "cause", "setting"), BY_ERROR, ids=by_class)
def test_what_the_aws_cli_meets_too_is_proved(
    error: Exception, cause: Cause, setting: str | None
) -> None:
    for failure in (failure_of_source(error), failure_of_call(error)):
        assert (failure.cause, failure.proves, failure.setting) == (cause, True, setting)


@pytest.mark.parametrize("error", BY_PROCESS, ids=by_class)
def test_a_credential_process_that_fails_is_known_where_one_may_have_run(error: Exception) -> None:
    failure = failure_of_source(error)
    assert (failure.cause, failure.proves) == (Cause.CREDENTIAL_PROCESS_FAILED, True)
    failure = failure_of_call(error)
    assert (failure.cause, failure.proves) == (Cause.STS_ERROR, False)


@pytest.mark.parametrize(("error", "cause", "reason"), PROVES_NOTHING, ids=by_class)
def test_what_passes_by_itself_proves_nothing(
    error: Exception, cause: Cause, reason: Reason | None
) -> None:
    for failure in (failure_of_source(error), failure_of_call(error)):
        assert (failure.cause, failure.proves, failure.reason) == (cause, False, reason)


def test_a_time_that_is_none_is_no_answer_of_aws() -> None:
    assert failure_of_call(ValueError("Invalid timestamp x")).reason is Reason.NOT_AWS


def test_an_unknown_exception_is_told_by_its_class() -> None:
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
