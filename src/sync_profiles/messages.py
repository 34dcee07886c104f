"""What AWS and botocore say, as one line that holds no secret."""

from __future__ import annotations

import re
from functools import lru_cache

from sync_profiles.shapes import mask_codes, mask_shapes
from sync_profiles.text import one_line

#: how many characters of a message of AWS or botocore are shown
_LONGEST = 400

# appended by the Java SDK; the request ID is in `Failure.request_id`
_SDK_SUFFIX = re.compile(r"\s*\(Service: [^()]*\)")
# STS echoes a malformed header, with whatever was pasted into the key
_HEADER = re.compile(
    r"AWS4-\w+-SHA256|authorization header|key=value pair|invalid header value", re.IGNORECASE
)
# STS may append the request that it expected, session token included
_EXPECTED_REQUEST = re.compile(r"\s*\bThe (?:canonical string|string-to-sign)\b.*", re.IGNORECASE)
# botocore quotes what it cannot parse: half an answer may hold a session's keys
_UNPARSED = re.compile(r"(Unable to parse response)\b.*", re.IGNORECASE)
# from the first value to the last mention: a code may contain any text, even the closing quote
_TOKEN_CODE = re.compile(r"Value '.*' (at 'tokenCode')", re.IGNORECASE)
_TOKEN_CODE_PARAMETER = re.compile(r"(parameter TokenCode), value: .*", re.IGNORECASE)


@lru_cache(maxsize=256)  # many profiles fail with the same message
def mask_words(text: str, *, holds_code: bool = False) -> str:
    """Return a message of AWS or botocore: one line, no full stop, no secret; may be empty.

    Access key IDs are masked; MFA codes, signatures, session tokens and anything that looks like a
    secret key are removed. With `holds_code`, any number of 6 to 8 digits counts as a code.
    """
    if holds_code:
        text = mask_codes(text)
    text = _mask_answer(_SDK_SUFFIX.sub("", one_line(text)).replace("`", "'"))
    if text in {"None", "null"}:
        return ""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    return text.rstrip(" .")


def _mask_answer(text: str) -> str:
    if _HEADER.search(text):
        return "the request's Authorization header is malformed"
    text = _EXPECTED_REQUEST.sub("", text)
    text = _UNPARSED.sub(r"\1", text)
    text = _TOKEN_CODE.sub(r"Value '…' \1", text)
    text = _TOKEN_CODE_PARAMETER.sub(r"\1", text)
    return mask_shapes(text)
