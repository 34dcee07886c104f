from __future__ import annotations

import inspect

import botocore.exceptions
import pytest

from sync_profiles.causes import Cause
from sync_profiles.explain.classify import classify
from sync_profiles.explain.local_failures import classify_local
from sync_profiles.outcomes import LocalFailure

# texts as botocore 1.44 and Python print them
SETTLED = [
    ("ProfileNotFound", "The config profile (x) could not be found", Cause.SOURCE_PROFILE_MISSING),
    (
        "InvalidConfigError",
        'The source_profile "x" referenced in the profile "p" does not exist.',
        Cause.SOURCE_PROFILE_MISSING,
    ),
    (
        "InvalidConfigError",
        'The source profile "x" must have credentials.',
        Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
    ),
    (
        "InvalidConfigError",
        'The profile "p" contains both source_profile and credential_source.',
        Cause.SOURCE_CONFLICT,
    ),
    (
        "InvalidConfigError",
        'The credential source "x" referenced in profile "p" is not valid.',
        Cause.CREDENTIAL_SOURCE_INVALID,
    ),
    (
        "InvalidConfigError",
        'The credential source "contains both" referenced in profile "not exist" is not valid.',
        Cause.CREDENTIAL_SOURCE_INVALID,
    ),
    (
        "InvalidConfigError",
        'The specified sso-session does not exist: "corp"',
        Cause.SETTING_INVALID,
    ),
    (
        "PartialCredentialsError",
        "Partial credentials found in assume-role, missing: source_profile or credential_source",
        Cause.SOURCE_MISSING,
    ),
    (
        "PartialCredentialsError",
        "Partial credentials found in shared-credentials-file, missing: aws_secret_access_key",
        Cause.PARTIAL_CREDENTIALS,
    ),
    (
        "InfiniteLoopConfigError",
        "Infinite loop in credential configuration detected.",
        Cause.SOURCE_LOOP,
    ),
    (
        "CredentialRetrievalError",
        "Error when retrieving credentials from custom-process: boom",
        Cause.CREDENTIAL_PROCESS_FAILED,
    ),
    (
        "CredentialRetrievalError",
        "Error when retrieving credentials from sso: Credential refresh failed",
        Cause.SSO_LOGIN_NEEDED,
    ),
    (
        "CredentialRetrievalError",
        (
            "Error when retrieving credentials from Environment: No credentials found in "
            "credential_source referenced in profile p"
        ),
        Cause.NO_CREDENTIALS,
    ),
    ("UnauthorizedSSOTokenError", "The SSO session … has expired", Cause.SSO_LOGIN_NEEDED),
    ("SSOTokenLoadError", "Error loading SSO Token: …", Cause.SSO_LOGIN_NEEDED),
    ("TokenRetrievalError", "Error when retrieving token from sso: …", Cause.SSO_LOGIN_NEEDED),
    ("SSOError", "An unspecified error happened", Cause.SSO_LOGIN_NEEDED),
    ("LoginTokenLoadError", "Error loading login session token: …", Cause.LOGIN_NEEDED),
    ("LoginRefreshRequired", "Your session has expired", Cause.LOGIN_NEEDED),
    ("LoginInsufficientPermissions", "Unable to create or refresh", Cause.LOGIN_NEEDED),
    ("NoCredentialsError", "Unable to locate credentials", Cause.NO_CREDENTIALS),
    ("NoRegionError", "You must specify a region.", Cause.REGION_MISSING),
    ("RegionMissing", "", Cause.REGION_MISSING),
    ("InvalidRegionError", "Provided region_name 'us east' doesn't match", Cause.SETTING_INVALID),
    ("ValueError", "Invalid endpoint: foo", Cause.SETTING_INVALID),
    ("ValueError", "Port out of range 0-65535", Cause.SETTING_INVALID),
    ("ValueError", "invalid literal for int() with base 10: 'x'", Cause.SETTING_INVALID),
    ("TypeError", "expected string or bytes-like object, got 'dict'", Cause.SETTING_INVALID),
    ("InvalidRetryModeError", 'Invalid value provided to "mode"', Cause.SETTING_INVALID),
    ("ValueError", "No closing quotation", Cause.CREDENTIAL_PROCESS_FAILED),
    ("JSONDecodeError", "Expecting value: line 1 column 1", Cause.CREDENTIAL_PROCESS_FAILED),
    ("json.decoder.JSONDecodeError", "Expecting value", Cause.CREDENTIAL_PROCESS_FAILED),
    ("FileNotFoundError", "[Errno 2] No such file", Cause.CREDENTIAL_PROCESS_FAILED),
    ("PermissionError", "[Errno 13] Permission denied", Cause.CREDENTIAL_PROCESS_FAILED),
    ("OSError", "[Errno 8] Exec format error: './x'", Cause.CREDENTIAL_PROCESS_FAILED),
    ("AttributeError", "'list' object has no attribute 'get'", Cause.CREDENTIAL_PROCESS_FAILED),
    ("IndexError", "list index out of range", Cause.CREDENTIAL_PROCESS_FAILED),
    ("ParserError", "Unknown string format: garbage", Cause.CREDENTIAL_PROCESS_FAILED),
    (
        "RuntimeError",
        "Credentials were refreshed, but the refreshed credentials are still expired.",
        Cause.CREDENTIALS_EXPIRED,
    ),
    (
        "HTTPClientError",
        "An HTTP Client raised an unhandled exception: Invalid header value b'AWS4-HMAC-SHA256 …'",
        Cause.CREDENTIALS_MALFORMED,
    ),
    (
        "HTTPClientError",
        (
            "An HTTP Client raised an unhandled exception: Invalid configuration value(s) provided "
            "for proxies_config."
        ),
        Cause.SETTING_INVALID,
    ),
    (
        "SSLError",
        "SSL validation failed for https://… [Errno 2] No such file or directory",
        Cause.SETTING_INVALID,
    ),
    (
        "SSLError",
        "SSL validation failed for https://… [X509: NO_CERTIFICATE_OR_CRL_FOUND] no certificate",
        Cause.SETTING_INVALID,
    ),
    (
        "ParamValidationError",
        (
            "Parameter validation failed:\nInvalid length for parameter RoleSessionName, value: 1, "
            "valid min length: 2"
        ),
        Cause.SESSION_NAME_INVALID,
    ),
    (
        "ParamValidationError",
        (
            "Parameter validation failed:\nInvalid type for parameter RoleArn, value: {'a': 'b'}, "
            "type: <class 'dict'>, valid types: <class 'str'>"
        ),
        Cause.ROLE_ARN_INVALID,
    ),
    (
        "ParamValidationError",
        (
            "Parameter validation failed:\nInvalid value for parameter DurationSeconds, value: 9, "
            "valid min value: 900"
        ),
        Cause.DURATION_OUT_OF_RANGE,
    ),
    (
        "ParamValidationError",
        (
            "Parameter validation failed:\nInvalid length for parameter SerialNumber, value: 1, "
            "valid min length: 9"
        ),
        Cause.MFA_DEVICE_NOT_YOURS,
    ),
    (
        "ParamValidationError",
        (
            "Parameter validation failed:\nInvalid length for parameter ExternalId, value: 1, "
            "valid min length: 2"
        ),
        Cause.SETTING_INVALID,
    ),
]
NOT_SETTLED = [
    (
        "ParamValidationError",
        (
            "Parameter validation failed:\nInvalid length for parameter TokenCode, value: 3, "
            "valid min length: 6"
        ),
        Cause.MFA_CODE_REJECTED,
    ),
    ("MissingDependencyException", "Missing Dependency: …", Cause.DEPENDENCY_MISSING),
    ("EndpointConnectionError", 'Could not connect to the endpoint URL: "…"', Cause.NETWORK),
    ("ConnectTimeoutError", "Connect timeout on endpoint URL", Cause.NETWORK),
    ("ReadTimeoutError", "Read timeout on endpoint URL", Cause.NETWORK),
    ("ProxyConnectionError", "Failed to connect to proxy URL", Cause.NETWORK),
    ("ConnectionClosedError", "Connection was closed", Cause.NETWORK),
    ("HTTPClientError", "An HTTP Client raised an unhandled exception", Cause.NETWORK),
    ("SSLError", "SSL validation failed for https://…", Cause.TLS),
    ("MetadataRetrievalError", "Error retrieving metadata: …", Cause.NO_CREDENTIALS),
    ("MfaCodeNeeded", "", Cause.MFA_CODE_NEEDED),
    ("MfaProcessFailed", "exit status 1", Cause.MFA_CODE_NEEDED),
    ("RefreshWithMFAUnsupportedError", "MFA token required", Cause.MFA_CODE_NEEDED),
    (
        "SessionCannotUseMfa",
        "temporary credentials",
        Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS,
    ),
    ("NotTested", "", Cause.NOT_TESTED),
    ("ValueError", "something else", Cause.STS_ERROR),
    ("OSError", "[Errno 24] Too many open files", Cause.STS_ERROR),
    ("ZeroDivisionError", "division by zero", Cause.STS_ERROR),
    ("", "", Cause.STS_ERROR),
]


@pytest.mark.parametrize(("kind", "text", "cause"), SETTLED)
def test_what_the_aws_cli_meets_too_is_settled(kind: str, text: str, cause: Cause) -> None:
    assert classify_local(LocalFailure(kind=kind, text=text)) == (cause, True)


@pytest.mark.parametrize(("kind", "text", "cause"), NOT_SETTLED)
def test_what_passes_by_itself_proves_nothing(kind: str, text: str, cause: Cause) -> None:
    assert classify_local(LocalFailure(kind=kind, text=text)) == (cause, False)


def test_white_space_does_not_change_the_cause() -> None:
    for kind, text, cause in SETTLED + NOT_SETTLED:
        wrapped = "\n  ".join(text.split(" "))
        assert classify(LocalFailure(kind=kind, text=wrapped)).cause is cause, text


def test_every_login_and_sso_exception_of_botocore_asks_for_a_login() -> None:
    families = {
        botocore.exceptions.SSOError: Cause.SSO_LOGIN_NEEDED,
        botocore.exceptions.LoginError: Cause.LOGIN_NEEDED,
        botocore.exceptions.ConnectionError: {Cause.NETWORK, Cause.TLS},
    }
    for name, member in inspect.getmembers(botocore.exceptions, inspect.isclass):
        for family, expected in families.items():
            if issubclass(member, family):
                cause, _ = classify_local(LocalFailure(kind=name, text=""))
                assert cause in (expected if isinstance(expected, set) else {expected}), name
