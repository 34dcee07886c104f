"""From an exception to a `Failure` with its cause: where it is raised, and only there.

The AWS CLI uses the same botocore and reads the same files, so it meets most of these too; what
may pass (a network that is down, a missing package, an MFA code) proves nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace

from botocore import exceptions as botocore
from botocore.parsers import ResponseParserError
from dateutil.parser import ParserError  # type: ignore[import-untyped] # no stubs

from sync_profiles.aws.credentials import ProviderFailed
from sync_profiles.aws.meanings import (
    BY_CLASS,
    BY_PROVIDER,
    BY_TEXT,
    PARAMETERS,
    PROVIDERS,
    SETTING,
    SETTINGS,
    WITHOUT_TLS,
    failure_for,
)
from sync_profiles.aws_errors import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.outcomes import WITH_WEB_IDENTITY, Failure, Variant
from sync_profiles.secret_shapes import mask_words
from sync_profiles.text import first_line


class NotAnAnswer(Exception):
    """What came has the form of an answer, but AWS gives no such answer."""


_TOO_SHORT = re.compile(r"Invalid length for parameter \w+, value: (\d+), valid min length: (\d+)")
_PARAMETER = re.compile(r"\bparameter(?: in input:)? \"?(\w+)", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"")
_OF_LOGIN = re.compile(r"\b(?:required configuration:|The value for) (sso_\w+)")
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3}[\w -]{0,40})")
_NOT_A_TIME = re.compile(r"\bParser must be a string\b|\boffset-naive\b")

NOT_AWS = Failure(
    cause=Cause.STS_ERROR, proves=False, variant=Variant.NOT_AWS, message="no answer of AWS"
)


def failure_of_source(error: Exception) -> Failure:
    """Return why a source gives no credentials, by what one of botocore's providers raised."""
    if isinstance(error, ProviderFailed) and isinstance(error.__cause__, Exception):
        found = _failure_of(error.__cause__, provider=error.provider)
        is_invalid = isinstance(error.__cause__, botocore.ParamValidationError)
        if is_invalid and error.provider == "assume-role-with-web-identity":
            return replace(found, operation=WITH_WEB_IDENTITY)
        return found
    return _failure_of(error)


def failure_of_call(error: Exception) -> Failure:
    """Return why a call that has its credentials failed, by what botocore raised."""
    if isinstance(error, ValueError) and str(error).startswith("Invalid timestamp "):
        return NOT_AWS
    return _failure_of(error)


def _failure_of(error: Exception, *, provider: str | None = None) -> Failure:
    if isinstance(error, botocore.ClientError):
        detail, about = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        if not any(detail.values()):  # a page that can be read as XML, as of a proxy that blocks
            return NOT_AWS
        return failure_of_answer(
            error.operation_name,
            str(detail.get("Code") or "Unknown"),
            str(detail.get("Message") or ""),
            request_id=about.get("RequestId"),
            status=about.get("HTTPStatusCode"),
        )
    of_provider = _look_up_provider(error, provider) if provider is not None else None
    if of_provider is None and isinstance(error, ResponseParserError | KeyError | NotAnAnswer):
        return NOT_AWS  # their texts may quote the answer, and with it a session's keys
    text = str(error)
    # a program may say more in further lines, and what is wrong with a parameter is in them; other
    # texts quote settings, with whatever is indented below them
    if not isinstance(error, botocore.CredentialRetrievalError | botocore.ParamValidationError):
        text = first_line(text)
    text = " ".join(text.split())
    found = _look_up(error, text) or of_provider
    if isinstance(error, botocore.ProxyConnectionError):
        text += _answer_of_proxy(error)
    # a program may pass on what was wrong with a call of its own
    is_ours = isinstance(error, botocore.ParamValidationError)
    if short := _TOO_SHORT.search(text) if is_ours else None:
        given, least = int(short[1]), short[2]
        characters = "1 character" if given == 1 else f"{given} characters"
        text = f"it has {characters}, and AWS requires at least {least}"
    if found is None:
        text = f"{type(error).__name__}: {text}"
        return Failure(cause=Cause.STS_ERROR, proves=False, message=mask_words(text))
    if found.cause is Cause.DEPENDENCY_MISSING:  # botocore's text is about its own installation
        from sync_profiles.installation import steps_with, this_installation

        return replace(found, message=steps_with("crt", "check", here=this_installation()))
    message, setting = mask_words(text), found.setting
    if setting is None and found.cause is Cause.SETTING_INVALID:
        setting = _setting_named(f"{message} {type(error).__name__}")
    return replace(found, message=message, setting=setting)


def _look_up(error: Exception, text: str) -> Failure | None:
    """Return what an exception means, without its message; None if that is not known."""
    match error:
        case botocore.InvalidConfigError() if type(error) is botocore.InvalidConfigError:
            return _look_up_config(text)
        case botocore.PartialCredentialsError(kwargs={"cred_var": str(missing)}):
            if "source_profile" in missing:  # `source_profile or credential_source`
                return failure_for(Cause.SOURCE_MISSING)
        case botocore.CredentialRetrievalError(kwargs={"provider": provider}):
            if provider in PROVIDERS:
                return PROVIDERS[provider]
        case botocore.ParamValidationError():
            named = (name.lower() for name in _PARAMETER.findall(text))
            return next((PARAMETERS[name] for name in named if name in PARAMETERS), SETTING)
        case _:
            pass
    for kind, words, failure in BY_TEXT:
        if isinstance(error, kind) and words.search(text):
            return failure
    return next((BY_CLASS[kind] for kind in type(error).__mro__ if kind in BY_CLASS), None)


def _answer_of_proxy(error: botocore.ProxyConnectionError) -> str:
    """Return what a proxy answered, or why it is not trusted, which botocore's text leaves out.

    Empty if neither is known.
    """
    words = str(getattr(error, "kwargs", {}).get("error"))
    if WITHOUT_TLS.search(words):
        return ", which does not speak TLS"
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return ", whose certificate is not trusted"
    said = _TUNNEL_REFUSED.search(words)
    return f", which answered {said[1]}" if said else ""


def _look_up_provider(error: Exception, provider: str) -> Failure | None:
    """Return what an error of Python's own means in one of botocore's providers."""
    is_not_a_time = isinstance(error, ParserError) or _NOT_A_TIME.search(str(error)) is not None
    for name, kinds, failure in BY_PROVIDER:
        if name == provider and isinstance(error, kinds):
            return replace(failure, variant=Variant.EXPIRATION) if is_not_a_time else failure
    return None


def _look_up_config(text: str) -> Failure:
    words = _QUOTED.sub('""', text)
    # in botocore's order: a profile has one of these faults at a time
    if "contains both" in words:
        return failure_for(Cause.SOURCE_CONFLICT)
    if "must have credentials" in words:
        return failure_for(Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS)
    if re.search(r"\bsource_profile \"\".*\bdoes not exist\b", words):
        return failure_for(Cause.SOURCE_PROFILE_MISSING)
    if re.search(r"\bcredential[_ ]source \"\"", words):
        return failure_for(Cause.CREDENTIAL_SOURCE_INVALID)
    return SETTING


def _setting_named(text: str) -> str | None:
    if of_login := _OF_LOGIN.search(text):
        return of_login[1]
    return next((key for mark, key in SETTINGS.items() if mark in text.lower()), None)
