"""The single definition of what a secret is, and the functions that hide secrets (law 8).

A value with a name (a setting, a URL parameter) is judged by the name, other text (such as an
exception's) by its shape.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sync_profiles.text import one_line

if TYPE_CHECKING:
    from urllib.parse import SplitResult

#: shown in place of a secret
HIDDEN = "****"

# names whose values are credentials, wherever they appear
_CREDENTIAL = (
    r"secret|passw|private_?key|aws_access_key_id"
    r"|(?:session|security|auth|access|refresh)_token"
)
# names whose values may be secrets: they are not shown, but a team's file may contain them
_MAYBE_SECRET = (
    rf"{_CREDENTIAL}|token|signature|credential|access_?key|key(?![a-z])"
    r"|(?<![a-z])(?:auth|jwt|pwd|sig)(?![a-z])|^(?:code|pass|pat)$"
)
_SECRET_NAME = re.compile(_CREDENTIAL, re.IGNORECASE)
_MAYBE_SECRET_NAME = re.compile(_MAYBE_SECRET, re.IGNORECASE)
# AWS's own settings that only sound like secrets
_HARMLESS_SETTING = re.compile(
    r"_file$|^credential_source$|^auth_scheme_preference$|_express_session_auth$", re.IGNORECASE
)
_PROGRAM_SETTING = re.compile(r"(?:credential|mfa)_process", re.IGNORECASE)

# a secret that text mentions: as a setting, close to one, or in a comment
_MENTION = re.compile(
    r"secret[\s_-]*+(?:access[\s_-]*+)?key|(?:session|security)[\s_-]*+token|secret\s*+[=:]"
    r"|passw(?:or)?d",
    re.IGNORECASE,
)

_USER_INFO = re.compile(r"(://)[^\s/@`]+@")
# the length of a name is limited: text full of names would take quadratic time
_PARAMETER = re.compile(r"[?&;#]([^=?&;#\s`]{1,128})=")
_PARAMETER_VALUE = re.compile(r"[^&#\s`]*")

_KEY_ID = re.compile(r"\b(A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9]))[A-Z0-9]{8,}([A-Z0-9]{4})\b")
_LONG_TOKEN = re.compile(r"(?<![\w/+=%])(?=[\w/+=%]*\d)[A-Za-z0-9/+=%]{40,}(?![\w/+=%])")
_NAMED_IN_TEXT = re.compile(
    r"(secret(?:[ _-]?access)?(?:[ _-]?key)?\w*|passw(?:or)?d"
    r"|(?:session|security|access|refresh|id)[ _-]?token|token(?=['\"]?\s*=))"
    r"(['\"]?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;}]+)",
    re.IGNORECASE,
)
_LOGGED = (
    # a value after a name, after `=` or `:`, or as an option of a command
    (
        re.compile(
            r"((?:secret|passw|token|credential_process|mfa_process)[\w -]{0,24}?['\"]?"
            r"\s*[=:,]\s*['\"]?)[^\s'\",;}&]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\bCommand (['\"\[]).*?(?= (?:returned|timed out|died)|$)"), f"Command {HIDDEN}"),
    # secret access keys, session tokens and access key IDs, wherever they are; MFA codes
    (re.compile(r"[A-Za-z0-9/+=%]{40,}"), HIDDEN),
    (re.compile(r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b"), HIDDEN),
    (re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])"), HIDDEN),
)


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
_ABOUT_MFA = re.compile(r"mfa|multi-?factor|token ?code|one.time", re.IGNORECASE)
_MFA_CODE = re.compile(r"(?<!\d)\d{6,8}(?!\d)")


def names_secret(name: str) -> bool:
    """Return whether a value with this name is a credential, which no team file may contain."""
    return _SECRET_NAME.search(name) is not None


def may_name_secret(name: str) -> bool:
    """Return whether a value with this name may be a secret, which is not shown."""
    return _MAYBE_SECRET_NAME.search(unquote(name)) is not None


def has_secret_parameter(parts: SplitResult) -> bool:
    """Return whether a URL has a secret in its query or fragment."""
    _, *after_path = parts.path.split(";")
    pairs = [*after_path, *re.split("[?&;]", parts.query), *re.split("[?&;]", parts.fragment)]
    return any(may_name_secret(pair.partition("=")[0]) for pair in pairs if "=" in pair)


def is_program(key: str) -> bool:
    """Return whether a setting names a program, whose arguments may be secrets."""
    return _PROGRAM_SETTING.search(key) is not None


def mentions_secret(text: str) -> bool:
    """Return whether text, such as a line of a file or a comment, mentions a secret."""
    return _MENTION.search(text) is not None


def find_mention(text: str) -> re.Match[str] | None:
    """Return where text mentions a secret."""
    return _MENTION.search(text)


def mask_setting(key: str, value: str) -> str:
    """Return a setting's value for display; a program is shown without its arguments."""
    if is_program(key):
        program, blank, _ = value.strip().partition(" ")
        return f"{program} {HIDDEN}" if blank else program
    if may_name_secret(key) and not _HARMLESS_SETTING.search(key):
        return HIDDEN
    return mask_addresses(value)


def mask_addresses(text: str) -> str:
    """Return text without the passwords and signatures of the URLs in it."""
    text = _USER_INFO.sub(rf"\1{HIDDEN}@", text)
    parts = []
    done = 0
    for match in _PARAMETER.finditer(text):
        if match.start() >= done and may_name_secret(match[1]):
            parts += [text[done : match.end()], HIDDEN]
            value = _PARAMETER_VALUE.match(text, match.end())
            done = match.end() if value is None else value.end()
    return "".join([*parts, text[done:]])


def mask_shapes(text: str) -> str:
    """Return a text of AWS or a library without anything that looks like a secret.

    Access key IDs keep their first and last four characters, which identify a key to its owner.
    """
    text = _NAMED_IN_TEXT.sub(r"\1\2…", text)
    text = _USER_INFO.sub(r"\1…@", text)
    text = _LONG_TOKEN.sub("…", text)
    return _KEY_ID.sub(r"\1…\2", text)


@lru_cache(maxsize=256)  # many profiles fail with the same message
def mask_words(text: str, *, holds_code: bool = False) -> str:
    """Return a message of AWS or botocore: one line, no full stop, no secret; may be empty.

    Access key IDs are masked; MFA codes, signatures, session tokens and anything that looks like a
    secret key are removed. With `holds_code`, any number of 6 to 8 digits counts as a code.
    """
    if holds_code:
        text = _MFA_CODE.sub("…", text)
    text = _mask_answer(_SDK_SUFFIX.sub("", one_line(text)).replace("`", "'"))
    if text in {"None", "null"}:
        return ""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    return text.rstrip(" .")


def redact(text: str) -> str:
    """Return text for a log without anything that could be a secret; may hide too much."""
    text = mask_addresses(text)
    for pattern, mask in _LOGGED:
        text = pattern.sub(mask, text)
    return text


def _mask_answer(text: str) -> str:
    if _HEADER.search(text):
        return "the request's Authorization header is malformed"
    text = _EXPECTED_REQUEST.sub("", text)
    text = _UNPARSED.sub(r"\1", text)
    text = _TOKEN_CODE.sub(r"Value '…' \1", text)
    text = _TOKEN_CODE_PARAMETER.sub(r"\1", text)
    if _ABOUT_MFA.search(text):
        text = _MFA_CODE.sub("…", text)
    return mask_shapes(text)
