"""From an exception to a `Failure` with its cause: where it is raised, and only there.

The AWS CLI uses the same botocore and reads the same files, so it meets most of these too; what
passes by itself (a network, a missing package, an MFA code) proves nothing.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple

from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError
from dateutil.parser import ParserError  # type: ignore[import-untyped] # no stubs

from sync_profiles.answers import failure_of_answer
from sync_profiles.aws.client import ClientNotMade
from sync_profiles.aws.credentials import CredentialProcessSilent
from sync_profiles.causes import Cause
from sync_profiles.messages import mask_words
from sync_profiles.outcomes import Failure, Reason
from sync_profiles.text import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotAnAnswer(Exception):
    """What came has the form of an answer, but AWS gives no such answer."""


class _Meaning(NamedTuple):
    """What an exception means: its cause, whether the AWS CLI meets it too, the setting."""

    cause: Cause
    proves: bool = True
    setting: str | None = None
    reason: Reason | None = None


_SETTING = _Meaning(Cause.SETTING_INVALID)
_PROCESS = _Meaning(Cause.CREDENTIAL_PROCESS_FAILED)
_NETWORK = _Meaning(Cause.NETWORK, proves=False)
_DEPENDENCY = _Meaning(Cause.DEPENDENCY_MISSING, proves=False)
_SSO = _Meaning(Cause.SSO_LOGIN_NEEDED)

#: by the exception's class, or the nearest class above it that is here
_MEANINGS: Mapping[type[BaseException], _Meaning] = {
    botocore.ProfileNotFound: _Meaning(Cause.SOURCE_PROFILE_MISSING),
    botocore.InfiniteLoopConfigError: _Meaning(Cause.SOURCE_LOOP),
    botocore.NoCredentialsError: _Meaning(Cause.NO_CREDENTIALS),
    botocore.NoRegionError: _Meaning(Cause.REGION_MISSING),
    # a profile's settings that botocore cannot use
    ClientNotMade: _SETTING,
    botocore.ConfigNotFound: _SETTING,
    botocore.ConfigParseError: _SETTING,
    botocore.EndpointProviderError: _SETTING,
    botocore.EndpointVariantError: _SETTING,
    botocore.InvalidChecksumConfigError: _SETTING,
    botocore.InvalidConfigError: _SETTING,
    botocore.InvalidEndpointConfigurationError: _SETTING,
    botocore.InvalidHostLabelError: _SETTING,
    botocore.InvalidIMDSEndpointError: _SETTING._replace(setting="ec2_metadata_service_endpoint"),
    botocore.InvalidIMDSEndpointModeError: _SETTING._replace(
        setting="ec2_metadata_service_endpoint_mode"
    ),
    botocore.InvalidMaxRetryAttemptsError: _SETTING._replace(setting="max_attempts"),
    botocore.InvalidProxiesConfigError: _SETTING,
    botocore.InvalidRegionError: _SETTING._replace(setting="region"),
    botocore.InvalidRetryConfigurationError: _SETTING,
    botocore.InvalidRetryModeError: _SETTING._replace(setting="retry_mode"),
    botocore.InvalidS3UsEast1RegionalEndpointConfigError: _SETTING,
    botocore.ParamValidationError: _SETTING,
    botocore.ServiceNotInRegionError: _SETTING._replace(setting="region"),
    botocore.UnknownEndpointError: _SETTING._replace(setting="region"),
    botocore.UnknownFIPSEndpointError: _SETTING._replace(setting="region"),
    botocore.UnknownRegionError: _SETTING._replace(setting="region"),
    botocore.UnknownSignatureVersionError: _SETTING,
    botocore.UnsupportedSignatureVersionError: _SETTING,
    # the source's credentials
    UnicodeEncodeError: _Meaning(Cause.CREDENTIALS_MALFORMED),
    botocore.CredentialRetrievalError: _Meaning(Cause.NO_CREDENTIALS),
    botocore.MetadataRetrievalError: _Meaning(Cause.NO_CREDENTIALS, proves=False),
    botocore.PartialCredentialsError: _Meaning(Cause.PARTIAL_CREDENTIALS),
    CredentialProcessSilent: _Meaning(Cause.CREDENTIAL_PROCESS_FAILED, proves=False),
    botocore.RefreshWithMFAUnsupportedError: _Meaning(Cause.MFA_CODE_NEEDED, proves=False),
    # IAM Identity Center
    botocore.NoAuthTokenError: _SSO,
    botocore.SSOError: _SSO,
    botocore.TokenRetrievalError: _SSO,
    # `aws login`
    botocore.LoginError: _Meaning(Cause.LOGIN_NEEDED),
    botocore.LoginInsufficientPermissions: _Meaning(
        Cause.LOGIN_NEEDED, reason=Reason.LOGIN_NOT_ALLOWED
    ),
    # this machine
    ImportError: _DEPENDENCY,
    botocore.MissingDependencyException: _DEPENDENCY,
    botocore.CapacityNotAvailableError: _Meaning(Cause.THROTTLED, proves=False),
    # the network
    ConnectionError: _NETWORK,
    TimeoutError: _NETWORK,
    socket.gaierror: _NETWORK,
    botocore.ConnectionError: _NETWORK,
    botocore.HTTPClientError: _NETWORK,
    botocore.IncompleteReadError: _NETWORK,
    botocore.ProxyConnectionError: _NETWORK._replace(reason=Reason.PROXY),
    ssl.SSLError: _Meaning(Cause.TLS, proves=False),
    botocore.SSLError: _Meaning(Cause.TLS, proves=False),
}

#: … and where botocore starts a credential_process and reads it, for it does not wrap these
_OF_PROCESS: Mapping[type[BaseException], _Meaning] = {
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
    (re.compile(r"\bInvalid header value\b"), _Meaning(Cause.CREDENTIALS_MALFORMED)),
    # an endpoint_url, and AWS_MAX_ATTEMPTS
    (re.compile(r"\bInvalid (?:endpoint|IPv6 URL)\b|\bFailed to parse: "), _SETTING),
    (re.compile(r"\bPort (?:out of range|could not be cast)\b"), _SETTING),
    (re.compile(r"\binvalid literal for int\b"), _SETTING),
)
_BY_TEXT: tuple[tuple[type[BaseException], re.Pattern[str], _Meaning], ...] = (
    *((ValueError, words, meaning) for words, meaning in _VALUES),
    *((botocore.HTTPClientError, words, meaning) for words, meaning in _VALUES),
    (
        botocore.HTTPClientError,
        re.compile(r"\bInvalid .* for proxies_config\b", re.IGNORECASE),
        _SETTING,
    ),
    (
        botocore.SSLError,  # a CA bundle that is no file, may not be read, or has no certificate
        re.compile(
            r"\[Errno \d+\] (?:No such file|(?:Is|Not) a directory|Permission denied)"
            r"|\[X509: NO_CERTIFICATE_OR_CRL_FOUND\]|\[X509\] PEM lib"
        ),
        _SETTING._replace(reason=Reason.CA_BUNDLE, setting="ca_bundle"),
    ),
    (
        botocore.SSLError,
        re.compile(r"CERTIFICATE_VERIFY_FAILED|doesn't match"),
        _Meaning(Cause.TLS, proves=False, reason=Reason.CERTIFICATE),
    ),
    (
        RuntimeError,
        re.compile(r"\bcredentials are still expired\b"),
        _Meaning(Cause.CREDENTIALS_EXPIRED),
    ),
    (TypeError, re.compile(r"'dict'"), _SETTING),  # a nested block where botocore wants a text
)
_BY_TEXT_OF_PROCESS: tuple[tuple[type[BaseException], re.Pattern[str], _Meaning], ...] = (
    (ValueError, re.compile(r"\bNo (?:closing quotation|escaped character)\b"), _PROCESS),  # shlex
    (OSError, re.compile(r"\bExec format error\b"), _PROCESS),
    (IndexError, re.compile(r"\blist index\b"), _PROCESS),  # an empty command
    (AttributeError, re.compile(r"\bhas no attribute 'get'"), _PROCESS),  # other JSON
)

# what a text names, of an exception whose class leaves the setting open; the first one counts
_SETTINGS = {
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

_PARAMETERS = {
    "rolesessionname": _Meaning(Cause.SESSION_NAME_INVALID),
    "rolearn": _Meaning(Cause.ROLE_ARN_INVALID),
    "durationseconds": _Meaning(Cause.DURATION_OUT_OF_RANGE),
    "externalid": _SETTING._replace(setting="external_id"),
    "serialnumber": _Meaning(Cause.MFA_DEVICE_NOT_YOURS),
    "tokencode": _Meaning(Cause.MFA_CODE_REJECTED, proves=False),
}
_TOO_SHORT = re.compile(r"Invalid length for parameter \w+, value: (\d+), valid min length: (\d+)")
_PARAMETER = re.compile(r"\bparameter(?: in input:)? \"?(\w+)", re.IGNORECASE)

_PROVIDERS = {
    "custom-process": _PROCESS,
    "sso": _SSO,
    "login": _Meaning(Cause.LOGIN_NEEDED),
}
_QUOTED = re.compile(r"\"[^\"]*\"")

NOT_AWS = Failure(
    cause=Cause.STS_ERROR, proves=False, reason=Reason.NOT_AWS, message="no answer of AWS"
)


def failure_of_source(error: Exception) -> Failure:
    """Return why a source gives no credentials, by what one of botocore's providers raised."""
    return _failure_of(error, is_of_source=True)


def failure_of_call(error: Exception) -> Failure:
    """Return why a call failed, by what botocore raised: its credentials are at hand."""
    if isinstance(error, ValueError) and str(error).startswith("Invalid timestamp "):
        return NOT_AWS
    return _failure_of(error, is_of_source=False)


def _failure_of(error: Exception, *, is_of_source: bool) -> Failure:
    if isinstance(error, botocore.ClientError):
        detail = error.response.get("Error", {})
        return failure_of_answer(
            error.operation_name,
            str(detail.get("Code") or "Unknown"),
            str(detail.get("Message") or ""),
            request_id=error.response.get("ResponseMetadata", {}).get("RequestId"),
        )
    if isinstance(error, ResponseParserError | KeyError | NotAnAnswer):
        return NOT_AWS  # their texts may quote the answer, and with it a session's keys
    text = str(error)
    # a program may say more in further lines, and what is wrong with a parameter is in them; other
    # texts quote settings, with whatever is indented below them
    if not isinstance(error, botocore.CredentialRetrievalError | botocore.ParamValidationError):
        text = first_line(text)
    text = " ".join(text.split())
    meaning = _meaning_of(error, text, is_of_source=is_of_source)
    if short := _TOO_SHORT.search(text):
        given, least = int(short[1]), short[2]
        characters = "1 character" if given == 1 else f"{given} characters"
        text = f"it has {characters}, and AWS requires at least {least}"
    if meaning is None:
        text = f"{type(error).__name__}: {text}"
        return Failure(cause=Cause.STS_ERROR, proves=False, message=mask_words(text))
    message = mask_words(text)
    setting = meaning.setting
    if setting is None and meaning.cause is Cause.SETTING_INVALID:
        setting = _setting_named(f"{message} {type(error).__name__}")
    return Failure(
        cause=meaning.cause,
        proves=meaning.proves,
        reason=meaning.reason,
        message=message,
        setting=setting,
    )


def _meaning_of(error: Exception, text: str, *, is_of_source: bool) -> _Meaning | None:
    match error:
        case botocore.InvalidConfigError() if type(error) is botocore.InvalidConfigError:
            return _meaning_of_config(text)
        case botocore.PartialCredentialsError(kwargs={"cred_var": str(missing)}):
            if "source_profile" in missing or "credential_source" in missing:
                return _Meaning(Cause.SOURCE_MISSING)
        case botocore.CredentialRetrievalError(kwargs={"provider": provider}):
            if provider in _PROVIDERS:
                return _PROVIDERS[provider]
        case botocore.ParamValidationError():
            named = (name.lower() for name in _PARAMETER.findall(text))
            return next((_PARAMETERS[name] for name in named if name in _PARAMETERS), _SETTING)
        case _:
            pass
    by_text = (*_BY_TEXT, *_BY_TEXT_OF_PROCESS) if is_of_source else _BY_TEXT
    for kind, words, meaning in by_text:
        if isinstance(error, kind) and words.search(text):
            return meaning
    by_class = {**_MEANINGS, **_OF_PROCESS} if is_of_source else _MEANINGS
    return next((by_class[kind] for kind in type(error).__mro__ if kind in by_class), None)


def _meaning_of_config(text: str) -> _Meaning:
    words = _QUOTED.sub('""', text)
    # in botocore's order: a profile has one of these faults at a time
    if "contains both" in words:
        return _Meaning(Cause.SOURCE_CONFLICT)
    if "must have credentials" in words:
        return _Meaning(Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS)
    if re.search(r"\bsource_profile \"\".*\bdoes not exist\b", words):
        return _Meaning(Cause.SOURCE_PROFILE_MISSING)
    if re.search(r"\bcredential[_ ]source \"\"", words):
        return _Meaning(Cause.CREDENTIAL_SOURCE_INVALID)
    return _SETTING


def _setting_named(text: str) -> str | None:
    return next((key for mark, key in _SETTINGS.items() if mark in text.lower()), None)
