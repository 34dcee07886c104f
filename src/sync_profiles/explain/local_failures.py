"""From an exception of this machine to its cause: by its class name, then by its text.

The AWS CLI stands on the same botocore and reads the same files, so it meets most of these too;
what passes by itself (a network, a missing package, an MFA code) proves nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.text import one_line

if TYPE_CHECKING:
    from sync_profiles.outcomes import LocalFailure

_QUOTED = re.compile(r"\"[^\"]*\"")
_PARAMETER = re.compile(r"\bparameter(?: in input:)? \"?(\w+)", re.IGNORECASE)
_PROVIDER = re.compile(r"\bretrieving credentials from ([\w-]+)", re.IGNORECASE)

_SETTLED = {
    "ProfileNotFound": Cause.SOURCE_PROFILE_MISSING,
    "InfiniteLoopConfigError": Cause.SOURCE_LOOP,
    "NoCredentialsError": Cause.NO_CREDENTIALS,
    "NoRegionError": Cause.REGION_MISSING,
    "RegionMissing": Cause.REGION_MISSING,
    # a profile's settings that botocore cannot use
    "ConfigNotFound": Cause.SETTING_INVALID,
    "ConfigParseError": Cause.SETTING_INVALID,
    "EndpointProviderError": Cause.SETTING_INVALID,
    "EndpointResolutionError": Cause.SETTING_INVALID,
    "EndpointVariantError": Cause.SETTING_INVALID,
    "InvalidChecksumConfigError": Cause.SETTING_INVALID,
    "InvalidDefaultsMode": Cause.SETTING_INVALID,
    "InvalidEndpointConfigurationError": Cause.SETTING_INVALID,
    "InvalidHostLabelError": Cause.SETTING_INVALID,
    "InvalidIMDSEndpointError": Cause.SETTING_INVALID,
    "InvalidIMDSEndpointModeError": Cause.SETTING_INVALID,
    "InvalidMaxRetryAttemptsError": Cause.SETTING_INVALID,
    "InvalidProxiesConfigError": Cause.SETTING_INVALID,
    "ClientNotMade": Cause.SETTING_INVALID,
    "InvalidRegionError": Cause.SETTING_INVALID,
    "InvalidRetryConfigurationError": Cause.SETTING_INVALID,
    "InvalidRetryModeError": Cause.SETTING_INVALID,
    "InvalidS3UsEast1RegionalEndpointConfigError": Cause.SETTING_INVALID,
    "InvalidSTSRegionalEndpointsConfigError": Cause.SETTING_INVALID,
    "ServiceNotInRegionError": Cause.SETTING_INVALID,
    "UnknownEndpointError": Cause.SETTING_INVALID,
    "UnknownFIPSEndpointError": Cause.SETTING_INVALID,
    "UnknownRegionError": Cause.SETTING_INVALID,
    "UnknownSignatureVersionError": Cause.SETTING_INVALID,
    "UnsupportedSignatureVersionError": Cause.SETTING_INVALID,
    # a credential_process: botocore does not wrap what starting it and reading it raise
    "FileNotFoundError": Cause.CREDENTIAL_PROCESS_FAILED,
    "IsADirectoryError": Cause.CREDENTIAL_PROCESS_FAILED,
    "JSONDecodeError": Cause.CREDENTIAL_PROCESS_FAILED,
    "NotADirectoryError": Cause.CREDENTIAL_PROCESS_FAILED,
    "PermissionError": Cause.CREDENTIAL_PROCESS_FAILED,
    "UnicodeDecodeError": Cause.CREDENTIAL_PROCESS_FAILED,
    "UnicodeEncodeError": Cause.CREDENTIALS_MALFORMED,
    # IAM Identity Center
    "NoAuthTokenError": Cause.SSO_LOGIN_NEEDED,
    "SSOError": Cause.SSO_LOGIN_NEEDED,
    "SSOTokenLoadError": Cause.SSO_LOGIN_NEEDED,
    "TokenRetrievalError": Cause.SSO_LOGIN_NEEDED,
    "UnauthorizedSSOTokenError": Cause.SSO_LOGIN_NEEDED,
    # `aws login`
    "LoginAuthorizationCodeError": Cause.LOGIN_NEEDED,
    "LoginError": Cause.LOGIN_NEEDED,
    "LoginInsufficientPermissions": Cause.LOGIN_NEEDED,
    "LoginRefreshRequired": Cause.LOGIN_NEEDED,
    "LoginTokenLoadError": Cause.LOGIN_NEEDED,
}

_NOT_SETTLED = {
    "ImportError": Cause.DEPENDENCY_MISSING,
    "MissingDependencyException": Cause.DEPENDENCY_MISSING,
    "ModuleNotFoundError": Cause.DEPENDENCY_MISSING,
    "CredentialProcessSilent": Cause.CREDENTIAL_PROCESS_FAILED,
    "MetadataRetrievalError": Cause.NO_CREDENTIALS,
    "CapacityNotAvailableError": Cause.THROTTLED,
    # the network
    "ConnectTimeoutError": Cause.NETWORK,
    "ConnectionClosedError": Cause.NETWORK,
    "ConnectionError": Cause.NETWORK,
    "ConnectionRefusedError": Cause.NETWORK,
    "ConnectionResetError": Cause.NETWORK,
    "EndpointConnectionError": Cause.NETWORK,
    "HTTPClientError": Cause.NETWORK,
    "IncompleteReadError": Cause.NETWORK,
    "ProxyConnectionError": Cause.NETWORK,
    "ReadTimeoutError": Cause.NETWORK,
    "ResponseStreamingError": Cause.NETWORK,
    "TimeoutError": Cause.NETWORK,
    "gaierror": Cause.NETWORK,
    "SSLCertVerificationError": Cause.TLS,
    "SSLError": Cause.TLS,
    # what a test switch needs and the AWS CLI does without, or asks for
    "MfaCodeNeeded": Cause.MFA_CODE_NEEDED,
    "MfaCodeNotGiven": Cause.MFA_CODE_NEEDED,
    "MfaCodeUsed": Cause.MFA_CODE_NEEDED,
    "MfaProcessFailed": Cause.MFA_CODE_NEEDED,
    "RefreshWithMFAUnsupportedError": Cause.MFA_CODE_NEEDED,
    "SessionCannotUseMfa": Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS,
    "NotTested": Cause.NOT_TESTED,
}

_PARAMETERS = {
    "rolesessionname": Cause.SESSION_NAME_INVALID,
    "rolearn": Cause.ROLE_ARN_INVALID,
    "durationseconds": Cause.DURATION_OUT_OF_RANGE,
    "serialnumber": Cause.MFA_DEVICE_NOT_YOURS,
    "tokencode": Cause.MFA_CODE_REJECTED,
}

# Python's own exceptions, which come through botocore unwrapped (HTTPClientError wraps them)
_VALUES = (
    (re.compile(r"\bInvalid header value\b"), Cause.CREDENTIALS_MALFORMED),
    # shlex on a credential_process
    (
        re.compile(r"\bNo (?:closing quotation|escaped character)\b"),
        Cause.CREDENTIAL_PROCESS_FAILED,
    ),
    # an endpoint_url, and AWS_MAX_ATTEMPTS
    (re.compile(r"\bInvalid (?:endpoint|IPv6 URL)\b|\bFailed to parse: "), Cause.SETTING_INVALID),
    (re.compile(r"\bPort (?:out of range|could not be cast)\b"), Cause.SETTING_INVALID),
    (re.compile(r"\binvalid literal for int\b"), Cause.SETTING_INVALID),
)
_PYTHON = {
    "ValueError": _VALUES,
    "HTTPClientError": (
        *_VALUES,
        (re.compile(r"\bInvalid .* for proxies_config\b", re.IGNORECASE), Cause.SETTING_INVALID),
    ),
    # a CA bundle that is no file, may not be read, or has no certificate
    "SSLError": (
        (
            re.compile(
                r"\[Errno \d+\] (?:No such file|(?:Is|Not) a directory|Permission denied)"
                r"|\[X509: NO_CERTIFICATE_OR_CRL_FOUND\]|\[X509\] PEM lib"
            ),
            Cause.SETTING_INVALID,
        ),
    ),
    "RuntimeError": (
        (re.compile(r"\bcredentials are still expired\b"), Cause.CREDENTIALS_EXPIRED),
    ),
    # a credential_process that is no program, is empty, prints other JSON than an object or an
    # expiration that is no time
    "OSError": ((re.compile(r"\bExec format error\b"), Cause.CREDENTIAL_PROCESS_FAILED),),
    "IndexError": ((re.compile(r"\blist index\b"), Cause.CREDENTIAL_PROCESS_FAILED),),
    "AttributeError": ((re.compile(r"\bhas no attribute 'get'"), Cause.CREDENTIAL_PROCESS_FAILED),),
    "ParserError": ((re.compile(r"\bstring\b"), Cause.CREDENTIAL_PROCESS_FAILED),),
    # a nested block where botocore wants a text
    "TypeError": ((re.compile(r"'dict'"), Cause.SETTING_INVALID),),
}

_PROVIDERS = {
    "custom-process": Cause.CREDENTIAL_PROCESS_FAILED,
    "sso": Cause.SSO_LOGIN_NEEDED,
    "login": Cause.LOGIN_NEEDED,
}


def classify_local(failure: LocalFailure) -> tuple[Cause, bool]:
    """Return the cause, and whether the AWS CLI meets the same failure for certain."""
    kind = (failure.kind or "").strip().rpartition(".")[2]
    text = one_line(failure.text or "")
    cause = _cause_by_text(kind, text)
    if cause is not None:
        return cause, cause is not Cause.MFA_CODE_REJECTED
    if kind in _SETTLED:
        return _SETTLED[kind], True
    return _NOT_SETTLED.get(kind, Cause.STS_ERROR), False


def _cause_by_text(kind: str, text: str) -> Cause | None:
    match kind:
        case "InvalidConfigError":
            return _cause_of_config(text)
        case "PartialCredentialsError":
            no_source = re.search(r"missing:.*\b(?:source_profile|credential_source)\b", text)
            return Cause.SOURCE_MISSING if no_source else Cause.PARTIAL_CREDENTIALS
        case "CredentialRetrievalError":
            found = _PROVIDER.search(text)
            provider = found[1].lower() if found else ""
            return _PROVIDERS.get(provider, Cause.NO_CREDENTIALS)
        case "ParamValidationError":
            named = (name.lower() for name in _PARAMETER.findall(text))
            known = (_PARAMETERS[name] for name in named if name in _PARAMETERS)
            return next(known, Cause.SETTING_INVALID)
        case _ if kind in _PYTHON:
            return next((cause for words, cause in _PYTHON[kind] if words.search(text)), None)
        case _:
            return None


def _cause_of_config(text: str) -> Cause:
    words = _QUOTED.sub('""', text)
    # in botocore's order: a profile has one of these faults at a time
    if "contains both" in words:
        return Cause.SOURCE_CONFLICT
    if "must have credentials" in words:
        return Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS
    if re.search(r"\bsource_profile \"\".*\bdoes not exist\b", words):
        return Cause.SOURCE_PROFILE_MISSING
    if re.search(r"\bcredential[_ ]source \"\"", words):
        return Cause.CREDENTIAL_SOURCE_INVALID
    return Cause.SETTING_INVALID
