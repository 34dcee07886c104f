"""Hide the secrets of free text, of AWS, a library or a program, by their shape (law 8).

Whoever reads an error needs it whole; a log may hide too much.
"""

from __future__ import annotations

import re

from sync_profiles.redaction import (
    HIDDEN,
    MAYBE_SECRET,
    PROGRAM_WORDS,
    hides_secret,
    mask_addresses,
)

_KEY_ID = re.compile(r"\b(A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9]))[A-Z0-9]{8,}([A-Z0-9]{4})\b")
_LONG_TOKEN = re.compile(r"(?<![\w/+=%])(?=[\w/+=%]*\d)[A-Za-z0-9/+=%]{40,}(?![\w/+=%])")
# a value is quoted, also in JSON within a text, or ends with a blank: it may have punctuation
_VALUE = (
    r"(?:(?P<quote>\\?['\"])(?:\\.|.)*?(?:(?P=quote)|$)|\S+?(?=['\")\]},.;:&]{0,4}(?:\s|$)))"
    r"(?:;\s*[\w-]{1,64}=[^\s;'\"]+)*"  # further cookies
)
# no secret follows in `credentials: permission denied`, `get-token: line 3: …`, `get-token: 3: …`
_SENTENCE = r"\s+(?:\d{1,3}:\s|(?-i:[A-Z]?[a-z]{0,13})[,:]?\s+(?:[a-z/]|\d+:))"
_NAMED = (
    # a value after a name; not a file's
    (
        rf"((?:{MAYBE_SECRET})[\w-]{{0,24}}(?<!file)(?<!path)\\?['\"]?\s*"
        rf"(?:=|(?<=passwd)\s*:|(?<=password)\s*:|(?<=secret)\s*:|:(?!//|{_SENTENCE}))\s*"
        rf"(?:(?:bearer|basic|digest|negotiate|token)\s+)?){_VALUE}"
    ),
    # an option of a command
    rf"((?<!\S)['\"]?--?[\w-]{{0,24}}?(?:{MAYBE_SECRET})[\w-]{{0,24}}\s+(?!-)){_VALUE}",
    # a word that only a secret follows
    (
        r"(\b(?:passw(?:or)?d|passphrase|passcode|pin|t?otp)\s+(?:(?:is|was)\s+)?)"
        r"['\"]?(?=\S*\d)\S{4,}"
    ),
    rf"((?:{MAYBE_SECRET})[\w-]{{0,24}}\s+(?:is|was)[\s:]+(?=\S*\d)){_VALUE}",
    rf"(\b(?:bearer|basic)\s+(?=\S*\d)){_VALUE}",
    # a JSON web token
    r"()\beyJ[\w-]{6,}\.[\w.-]+",
)
_ALWAYS_HIDDEN = tuple(re.compile(pattern, re.IGNORECASE) for pattern in _NAMED)
_ABOUT_CODE = re.compile(
    r"mfa|multi-?factor|one.time|code|token|(?<![a-z])(?:t?otp|pin)(?![a-z])", re.IGNORECASE
)
_CODE = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{6,8}|[0-9]{3}[ -][0-9]{3})"
    r"(?![0-9A-Za-z]|-[0-9a-f]{4}-)"  # not of a request ID
)
# an exception may spell them out
_ENDS_OF_LINES = re.compile(r"(\n|\\[nr])")
_LOGGED = (
    # a value after a name, with more words between them, or as an option of a command
    (
        re.compile(
            rf"((?:{MAYBE_SECRET})[\w -]{{0,24}}?['\"]?\s*[=:,]\s*['\"]?)[^\s'\",;}}&]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # a command line
    (re.compile(rf"((?:{PROGRAM_WORDS})['\"]?\s*[=:]\s*).+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\bCommand (['\"\[]).*?(?= (?:returned|timed out|died)|$)"), f"Command {HIDDEN}"),
    # secret access keys, session tokens and access key IDs, wherever they are; MFA codes
    (re.compile(r"[A-Za-z0-9/+=%]{40,}"), HIDDEN),
    (re.compile(r"\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b"), HIDDEN),
    (re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])"), HIDDEN),
)


def mask_codes(text: str) -> str:
    """Return a text without numbers that may be MFA codes."""
    return _CODE.sub("…", text)


def mask_shapes(text: str) -> str:
    """Return a text that is shown without anything that looks like a secret.

    Access key IDs keep their first and last four characters, which identify a key to its owner.
    """
    text = mask_addresses(text)
    for pattern in _ALWAYS_HIDDEN:
        text = pattern.sub(r"\1…", text)
    if _ABOUT_CODE.search(text):
        text = mask_codes(text)
    text = _LONG_TOKEN.sub("…", text)
    return _KEY_ID.sub(r"\1…\2", text)


def redact(text: str) -> str:
    """Return text for a log without anything that could be a secret; may hide too much."""
    parts = _ENDS_OF_LINES.split(text)  # the lines, each followed by its end
    is_inside = False
    for index in range(0, len(parts), 2):
        line = parts[index]
        if is_inside and (line[:1].isspace() or line.startswith("\\t")):
            parts[index] = HIDDEN
            continue
        is_inside = hides_secret(line)
        line = mask_addresses(line)
        for pattern in _ALWAYS_HIDDEN:
            line = pattern.sub(rf"\1{HIDDEN}", line)
        for pattern, mask in _LOGGED:
            line = pattern.sub(mask, line)
        parts[index] = line
    return "".join(parts)
