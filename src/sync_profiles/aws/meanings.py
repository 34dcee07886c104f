"""What the exceptions mean that botocore raises, or lets through: tables, by class and by text."""

from __future__ import annotations

import json
import re
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple

from botocore import exceptions as botocore
from dateutil.parser import ParserError  # type: ignore[import-untyped] # no stubs

from sync_profiles.aws.client import ClientNotMade
from sync_profiles.aws.credentials import CredentialProcessSilent
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


class Meaning(NamedTuple):
    """What an exception means: its cause, whether the AWS CLI meets it too, the setting."""

    cause: Cause
    proves: bool = True
    setting: str | None = None
    reason: Reason | None = None


SETTING = Meaning(Cause.SETTING_INVALID)
_PROCESS = Meaning(Cause.CREDENTIAL_PROCESS_FAILED)
_NETWORK = Meaning(Cause.NETWORK, proves=False)
_DEPENDENCY = Meaning(Cause.DEPENDENCY_MISSING, proves=False)
_SSO = Meaning(Cause.SSO_LOGIN_NEEDED)

#: by the exception's class, or the nearest class above it that is here
BY_CLASS: Mapping[type[BaseException], Meaning] = {
    botocore.ProfileNotFound: Meaning(Cause.SOURCE_PROFILE_MISSING),
    botocore.InfiniteLoopConfigError: Meaning(Cause.SOURCE_LOOP),
    botocore.NoCredentialsError: Meaning(Cause.NO_CREDENTIALS),
    botocore.NoRegionError: Meaning(Cause.REGION_MISSING),
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
    botocore.InvalidIMDSEndpointError: SETTING._replace(setting="ec2_metadata_service_endpoint"),
    botocore.InvalidIMDSEndpointModeError: SETTING._replace(
        setting="ec2_metadata_service_endpoint_mode"
    ),
    botocore.InvalidMaxRetryAttemptsError: SETTING._replace(setting="max_attempts"),
    botocore.InvalidProxiesConfigError: SETTING,
    botocore.InvalidRegionError: SETTING._replace(setting="region"),
    botocore.InvalidRetryConfigurationError: SETTING,
    botocore.InvalidRetryModeError: SETTING._replace(setting="retry_mode"),
    botocore.InvalidS3UsEast1RegionalEndpointConfigError: SETTING,
    botocore.ParamValidationError: SETTING,
    botocore.ServiceNotInRegionError: SETTING._replace(setting="region"),
    botocore.UnknownEndpointError: SETTING._replace(setting="region"),
    botocore.UnknownFIPSEndpointError: SETTING._replace(setting="region"),
    botocore.UnknownRegionError: SETTING._replace(setting="region"),
    botocore.UnknownSignatureVersionError: SETTING,
    botocore.UnsupportedSignatureVersionError: SETTING,
    # the source's credentials
    UnicodeEncodeError: Meaning(Cause.CREDENTIALS_MALFORMED),
    botocore.CredentialRetrievalError: Meaning(Cause.NO_CREDENTIALS),
    botocore.MetadataRetrievalError: Meaning(Cause.NO_CREDENTIALS, proves=False),
    botocore.PartialCredentialsError: Meaning(Cause.PARTIAL_CREDENTIALS),
    CredentialProcessSilent: Meaning(Cause.CREDENTIAL_PROCESS_FAILED, proves=False),
    botocore.RefreshWithMFAUnsupportedError: Meaning(Cause.MFA_CODE_NEEDED, proves=False),
    # IAM Identity Center
    botocore.NoAuthTokenError: _SSO,
    botocore.SSOError: _SSO,
    botocore.TokenRetrievalError: _SSO,
    # `aws login`
    botocore.LoginError: Meaning(Cause.LOGIN_NEEDED),
    botocore.LoginInsufficientPermissions: Meaning(
        Cause.LOGIN_NEEDED, reason=Reason.LOGIN_NOT_ALLOWED
    ),
    # this machine
    ImportError: _DEPENDENCY,
    botocore.MissingDependencyException: _DEPENDENCY,
    botocore.CapacityNotAvailableError: Meaning(Cause.THROTTLED, proves=False),
    # the network
    ConnectionError: _NETWORK,
    TimeoutError: _NETWORK,
    socket.gaierror: _NETWORK,
    botocore.ConnectionError: _NETWORK,
    botocore.HTTPClientError: _NETWORK,
    botocore.IncompleteReadError: _NETWORK,
    botocore.ProxyConnectionError: _NETWORK._replace(reason=Reason.PROXY),
    ssl.SSLError: Meaning(Cause.TLS, proves=False),
    botocore.SSLError: Meaning(Cause.TLS, proves=False),
}

#: … and where botocore starts a credential_process and reads it, for it does not wrap these
BY_CLASS_OF_PROCESS: Mapping[type[BaseException], Meaning] = {
    FileNotFoundError: _PROCESS,
    IsADirectoryError: _PROCESS,
    NotADirectoryError: _PROCESS,
    ParserError: _PROCESS,  # an expiration that is no time
    PermissionError: _PROCESS,
    UnicodeDecodeError: _PROCESS,
    json.JSONDecodeError: _PROCESS,
}

#: Python's own exceptions come through botocore, some of them inside a HTTPClientError
_VALUES = (
    (re.compile(r"\bInvalid header value\b"), Meaning(Cause.CREDENTIALS_MALFORMED)),
    # an endpoint_url, and AWS_MAX_ATTEMPTS
    (re.compile(r"\bInvalid (?:endpoint|IPv6 URL)\b|\bFailed to parse: "), SETTING),
    (re.compile(r"\bPort (?:out of range|could not be cast)\b"), SETTING),
    (re.compile(r"\binvalid literal for int\b"), SETTING),
)
BY_TEXT: tuple[tuple[type[BaseException], re.Pattern[str], Meaning], ...] = (
    *((ValueError, words, meaning) for words, meaning in _VALUES),
    *((botocore.HTTPClientError, words, meaning) for words, meaning in _VALUES),
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
        SETTING._replace(reason=Reason.CA_BUNDLE, setting="ca_bundle"),
    ),
    (
        botocore.SSLError,
        re.compile(r"CERTIFICATE_VERIFY_FAILED|doesn't match"),
        Meaning(Cause.TLS, proves=False, reason=Reason.CERTIFICATE),
    ),
    (
        RuntimeError,
        re.compile(r"\bcredentials are still expired\b"),
        Meaning(Cause.CREDENTIALS_EXPIRED),
    ),
    (TypeError, re.compile(r"'dict'"), SETTING),  # a nested block where botocore wants a text
)
BY_TEXT_OF_PROCESS: tuple[tuple[type[BaseException], re.Pattern[str], Meaning], ...] = (
    (ValueError, re.compile(r"\bNo (?:closing quotation|escaped character)\b"), _PROCESS),  # shlex
    (OSError, re.compile(r"\bExec format error\b"), _PROCESS),
    (IndexError, re.compile(r"\blist index\b"), _PROCESS),  # an empty command
    (AttributeError, re.compile(r"\bhas no attribute 'get'"), _PROCESS),  # other JSON
)

# what a text names, of an exception whose class leaves the setting open; the first one counts
SETTINGS = {
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
    "rolesessionname": Meaning(Cause.SESSION_NAME_INVALID),
    "rolearn": Meaning(Cause.ROLE_ARN_INVALID),
    "durationseconds": Meaning(Cause.DURATION_OUT_OF_RANGE),
    "externalid": SETTING._replace(setting="external_id"),
    "serialnumber": Meaning(Cause.MFA_DEVICE_NOT_YOURS),
    "tokencode": Meaning(Cause.MFA_CODE_REJECTED, proves=False),
}

PROVIDERS = {
    "custom-process": _PROCESS,
    "sso": _SSO,
    "login": Meaning(Cause.LOGIN_NEEDED),
}
