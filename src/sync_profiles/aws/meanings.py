"""What the exceptions mean that botocore raises, or lets through: tables, by class and by text."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import replace

from botocore import exceptions as botocore

from sync_profiles.aws.client import ClientNotMade
from sync_profiles.aws.credentials import CredentialProcessSilent
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure, Variant


def failure_for(cause: Cause, *, proves: bool = True, variant: Variant | None = None) -> Failure:
    """Return what an exception means; its text becomes the message."""
    return Failure(cause=cause, proves=proves, variant=variant)


#: what OpenSSL says of an answer in plain HTTP
WITHOUT_TLS = re.compile(r"\[SSL: (?:WRONG_VERSION_NUMBER|RECORD_LAYER_FAILURE)\]")

SETTING = failure_for(Cause.SETTING_INVALID)
_PROCESS = failure_for(Cause.CREDENTIAL_PROCESS_FAILED)
_NOT_EXECUTABLE = replace(_PROCESS, variant=Variant.NOT_EXECUTABLE)
_TOKEN = failure_for(Cause.WEB_IDENTITY_TOKEN_FAILED)
_NETWORK = failure_for(Cause.NETWORK, proves=False)
_DEPENDENCY = failure_for(Cause.DEPENDENCY_MISSING, proves=False)
_SSO = failure_for(Cause.SSO_LOGIN_NEEDED)
_LOGIN = failure_for(Cause.LOGIN_NEEDED)
_CONTAINER = failure_for(Cause.NO_CREDENTIALS)

#: by the exception's class, or the nearest class above it that is here
BY_CLASS: Mapping[type[BaseException], Failure] = {
    botocore.ProfileNotFound: failure_for(Cause.SOURCE_PROFILE_MISSING),
    botocore.InfiniteLoopConfigError: failure_for(Cause.SOURCE_LOOP),
    botocore.NoCredentialsError: failure_for(Cause.NO_CREDENTIALS),
    botocore.NoRegionError: failure_for(Cause.REGION_MISSING),
    # a profile's settings that botocore cannot use
    ClientNotMade: SETTING,
    botocore.ConfigNotFound: SETTING,
    botocore.ConfigParseError: SETTING,
    botocore.EndpointProviderError: SETTING,
    botocore.EndpointVariantError: SETTING,
    botocore.InvalidChecksumConfigError: SETTING,
    botocore.InvalidConfigError: SETTING,
    botocore.InvalidEndpointConfigurationError: SETTING,
    botocore.InvalidHostLabelError: SETTING,
    botocore.InvalidIMDSEndpointError: replace(SETTING, setting="ec2_metadata_service_endpoint"),
    botocore.InvalidIMDSEndpointModeError: replace(
        SETTING, setting="ec2_metadata_service_endpoint_mode"
    ),
    botocore.InvalidMaxRetryAttemptsError: replace(SETTING, setting="max_attempts"),
    botocore.InvalidProxiesConfigError: SETTING,
    botocore.InvalidRegionError: replace(SETTING, setting="region"),
    botocore.InvalidRetryConfigurationError: SETTING,
    botocore.InvalidRetryModeError: replace(SETTING, setting="retry_mode"),
    botocore.InvalidS3UsEast1RegionalEndpointConfigError: SETTING,
    botocore.ParamValidationError: SETTING,
    botocore.ServiceNotInRegionError: replace(SETTING, setting="region"),
    botocore.UnknownEndpointError: replace(SETTING, setting="region"),
    botocore.UnknownFIPSEndpointError: replace(SETTING, setting="region"),
    botocore.UnknownRegionError: replace(SETTING, setting="region"),
    botocore.UnknownSignatureVersionError: SETTING,
    botocore.UnsupportedSignatureVersionError: SETTING,
    # the source's credentials
    UnicodeEncodeError: failure_for(Cause.CREDENTIALS_MALFORMED),
    botocore.CredentialRetrievalError: failure_for(Cause.NO_CREDENTIALS),
    botocore.MetadataRetrievalError: failure_for(Cause.NO_CREDENTIALS, proves=False),
    botocore.PartialCredentialsError: failure_for(Cause.PARTIAL_CREDENTIALS),
    CredentialProcessSilent: failure_for(Cause.CREDENTIAL_PROCESS_FAILED, proves=False),
    botocore.RefreshWithMFAUnsupportedError: failure_for(Cause.MFA_CODE_NEEDED, proves=False),
    # IAM Identity Center
    botocore.NoAuthTokenError: _SSO,
    botocore.SSOError: _SSO,
    botocore.TokenRetrievalError: _SSO,
    # `aws login`
    botocore.LoginError: _LOGIN,
    botocore.LoginInsufficientPermissions: failure_for(
        Cause.LOGIN_NEEDED, variant=Variant.LOGIN_NOT_ALLOWED
    ),
    # this machine
    ImportError: _DEPENDENCY,
    botocore.MissingDependencyException: _DEPENDENCY,
    botocore.CapacityNotAvailableError: failure_for(Cause.THROTTLED, proves=False),
    # the network
    ConnectionError: _NETWORK,
    TimeoutError: _NETWORK,
    socket.gaierror: _NETWORK,
    botocore.ConnectionError: _NETWORK,
    botocore.HTTPClientError: _NETWORK,
    botocore.IncompleteReadError: _NETWORK,
    botocore.ProxyConnectionError: replace(_NETWORK, variant=Variant.PROXY),
    ssl.SSLError: failure_for(Cause.TLS, proves=False),
    botocore.SSLError: failure_for(Cause.TLS, proves=False),
}

#: Python's own exceptions come through botocore, some of them inside a HTTPClientError
_VALUES = (
    (re.compile(r"\bInvalid header value\b"), failure_for(Cause.CREDENTIALS_MALFORMED)),
    # an endpoint_url, and AWS_MAX_ATTEMPTS
    (re.compile(r"\bInvalid (?:endpoint|IPv6 URL)\b|\bFailed to parse: "), SETTING),
    (re.compile(r"\bPort (?:out of range|could not be cast)\b"), SETTING),
    (re.compile(r"\binvalid literal for int\b"), SETTING),
)
BY_TEXT: tuple[tuple[type[BaseException], re.Pattern[str], Failure], ...] = (
    *((ValueError, words, failure) for words, failure in _VALUES),
    # of an endpoint, botocore reads the address before the call: the proxy's is left
    *(
        (botocore.HTTPClientError, words, replace(failure, variant=Variant.PROXY))
        if failure is SETTING
        else (botocore.HTTPClientError, words, failure)
        for words, failure in _VALUES
    ),
    (
        botocore.HTTPClientError,
        re.compile(r"\bInvalid .* for proxies_config\b", re.IGNORECASE),
        SETTING,
    ),
    (
        botocore.SSLError,  # a CA bundle that is no file, may not be read, or has no certificate
        re.compile(
            r"\[Errno \d+\] (?:No such file|(?:Is|Not) a directory|Permission denied)"
            r"|\[X509: NO_CERTIFICATE_OR_CRL_FOUND\]|\[X509\] PEM lib"
        ),
        replace(SETTING, variant=Variant.CA_BUNDLE, setting="ca_bundle"),
    ),
    (
        botocore.SSLError,
        re.compile(r"CERTIFICATE_VERIFY_FAILED|doesn't match"),
        failure_for(Cause.TLS, proves=False, variant=Variant.CERTIFICATE),
    ),
    (
        botocore.SSLError,
        WITHOUT_TLS,
        failure_for(Cause.TLS, proves=False, variant=Variant.NO_TLS),
    ),
    (
        RuntimeError,
        re.compile(r"\bcredentials are still expired\b"),
        failure_for(Cause.CREDENTIALS_EXPIRED),
    ),
    (
        botocore.CredentialRetrievalError,
        re.compile(r"\berror when attempting to retrieve container metadata\b"),
        replace(_CONTAINER, proves=False),
    ),
    (TypeError, re.compile(r"'dict'"), SETTING),  # a nested block where botocore wants a text
    # a script without a first line, or a program for another kind of machine, as macOS calls it
    (OSError, re.compile(r"\bExec format error\b|\bBad CPU type\b"), _NOT_EXECUTABLE),
)

# what a text names, of an exception whose class leaves the setting open; the first one counts
SETTINGS = {
    "account_id_endpoint_mode": "account_id_endpoint_mode",
    "request_checksum_calculation": "request_checksum_calculation",
    "request_min_compression_size_bytes": "request_min_compression_size_bytes",
    "response_checksum_validation": "response_checksum_validation",
    "ca bundle": "ca_bundle",
    "services section": "services",
    "sso-session": "sso_session",
    "sso_session": "sso_session",
    "to use sso": "sso_start_url",
    "ipv6 url": "endpoint_url",
    "port out of range": "endpoint_url",
    "port could not": "endpoint_url",
    "//sts..": "region",  # an empty one
    "invalid endpoint": "endpoint_url",
    "no attribute 'get'": "endpoint_url",  # of services that are no block
    "region": "region",
    "endpoint": "endpoint_url",
}

PARAMETERS = {
    "rolesessionname": failure_for(Cause.SESSION_NAME_INVALID),
    "rolearn": failure_for(Cause.ROLE_ARN_INVALID),
    "durationseconds": failure_for(Cause.DURATION_OUT_OF_RANGE),
    "externalid": replace(SETTING, setting="external_id"),
    "serialnumber": failure_for(Cause.MFA_DEVICE_NOT_YOURS),
    "tokencode": failure_for(Cause.MFA_CODE_REJECTED, proves=False),
    "webidentitytoken": _TOKEN,
}

PROVIDERS = {
    "custom-process": _PROCESS,
    "sso": _SSO,
    "login": _LOGIN,
}

_NOT_READ = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
_NOT_EXPECTED = (AttributeError, LookupError, TypeError, ValueError)
#: what Python's own errors mean in a provider, which does not check what it reads; the first counts
BY_PROVIDER: tuple[tuple[str, tuple[type[Exception], ...], Failure], ...] = (
    # it makes a client
    *((name, (AttributeError,), SETTING) for name in ("assume-role-with-web-identity", "sso")),
    ("assume-role-with-web-identity", (*_NOT_READ, UnicodeDecodeError), _TOKEN),
    ("container-role", (*_NOT_READ, *_NOT_EXPECTED), _CONTAINER),
    ("custom-process", (FileNotFoundError,), replace(_PROCESS, variant=Variant.NO_PROGRAM)),
    ("custom-process", (PermissionError,), _NOT_EXECUTABLE),
    ("custom-process", (*_NOT_READ, *_NOT_EXPECTED), _PROCESS),
    ("env", _NOT_EXPECTED, replace(SETTING, setting="AWS_CREDENTIAL_EXPIRATION")),
    # the file that a login left: the AWS CLI need not read all of it
    ("login", (*_NOT_READ, *_NOT_EXPECTED), replace(_LOGIN, proves=False)),
    ("sso", (*_NOT_READ, *_NOT_EXPECTED), replace(_SSO, proves=False)),
)
