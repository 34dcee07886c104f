"""Texts that are fit to show: one line, inert, without a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, assert_never

from sync_profiles.outcomes import Failure, LocalFailure, ServiceFailure
from sync_profiles.redaction import mask_shapes
from sync_profiles.text import one_line

if TYPE_CHECKING:
    from sync_profiles.model import Place

_LONGEST = 400

# what the Java SDK appends: the request id stands in `ServiceFailure.request_id`
_SDK_SUFFIX = re.compile(r"\s*\(Service: [^()]*\)")
# a malformed header is echoed whole, and with it whatever was pasted into the key
_HEADER = re.compile(
    r"AWS4-\w+-SHA256|authorization header|key=value pair|invalid header value", re.IGNORECASE
)
# STS may append the request that it expected, session token included
_EXPECTED_REQUEST = re.compile(r"\s*\bThe (?:canonical string|string-to-sign)\b.*", re.IGNORECASE)
# botocore quotes what it cannot parse: half an answer may hold a session's keys
_UNPARSED = re.compile(r"(Unable to parse response)\b.*", re.IGNORECASE)
# from the first value to the last mention: a code may hold any text, the end of the quote too
_TOKEN_CODE = re.compile(r"Value '.*' (at 'tokenCode')", re.IGNORECASE)
_TOKEN_CODE_PARAMETER = re.compile(r"(parameter TokenCode), value: .*", re.IGNORECASE)
_ABOUT_MFA = re.compile(r"mfa|multi-?factor|token ?code|one.time", re.IGNORECASE)
_CODE = re.compile(r"(?<!\d)\d{6,8}(?!\d)")


def place_of(place: Place) -> str:
    """Return where a setting stands, as the end of a phrase."""
    return f"({place.file}, line {place.line})"


def own_words(failure: Failure) -> str:
    """Return what AWS or botocore said: one line, no full stop, no secret; empty for nothing.

    Access key ids are masked; MFA codes, signatures, session tokens and whatever looks like a
    secret key are taken out.
    """
    match failure:
        case ServiceFailure():
            raw = failure.message or ""
            if failure.operation == "GetSessionToken":  # what may quote the code that was sent
                raw = _CODE.sub("…", raw)
        case LocalFailure():
            raw = failure.text or ""
        case _:
            assert_never(failure)
    text = _without_secrets(_SDK_SUFFIX.sub("", one_line(raw)).replace("`", "'"))
    if text in {"None", "null"}:
        return ""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    return text.rstrip(" .")


def _without_secrets(text: str) -> str:
    if _HEADER.search(text):
        return "the request's Authorization header is malformed"
    text = _EXPECTED_REQUEST.sub("", text)
    text = _UNPARSED.sub(r"\1", text)
    text = _TOKEN_CODE.sub(r"Value '…' \1", text)
    text = _TOKEN_CODE_PARAMETER.sub(r"\1", text)
    if _ABOUT_MFA.search(text):
        text = _CODE.sub("…", text)
    return mask_shapes(text)
