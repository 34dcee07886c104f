"""Hide the secrets of free text, of AWS, botocore or a program, by their shape.

Whoever reads an error needs the rest of it; `may_hold_secret` is for what can be left out.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from sync_profiles.masked_lines import is_shown, key_in
from sync_profiles.redaction import MAYBE_SECRET, is_random, mask_addresses
from sync_profiles.text import one_line

_KEY_ID = re.compile(r"\b(A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9]))[A-Z0-9]{8,}([A-Z0-9]{4})\b")
_ACCESS_KEY_TITLE = re.compile(r"\b(?:secret )?access key\b(?! *[:=])", re.IGNORECASE)
_LONG_TOKEN = re.compile(r"(?<![\w/+=%])(?=[\w/+=%]*\d)[A-Za-z0-9/+=%]{40,}(?![\w/+=%])")
# a value is quoted, also in JSON within a text, or ends with a blank: it may have punctuation
_VALUE = (
    r"(?:(?P<quote>\\?['\"])(?:\\.|.)*?(?:(?P=quote)|$)|\S+?(?=['\")\]},.;:&]{0,4}(?:\s|$)))"
    r"(?:;\s*[\w-]{1,64}=[^\s;'\"]+)*"  # further cookies
)
# no secret follows in `credentials: permission denied`, `get-token: line 3: …`, `get-token: 3: …`
_SENTENCE = r"\s+(?:\d{1,3}:\s|(?-i:[A-Z]?[a-z]{0,13})[,:]?\s+(?:[a-z/]|\d+:))"
#: words that a value of the user's own may follow without a sign between them
_OWN_WORD = r"passw(?:or)?d|passphrase|passcode|pwd|pin|t?otp"
# what follows `with password` in a sentence about passwords: a word alone, as it may be a password
_NO_VALUE = (
    r"(?:auth\w*|log\w*|polic\w+|protect\w+|expir\w+|reset|chang\w+|prompt\w*|file|manager|stor\w+"
    r"|hash\w*|is|was|are|has|for|from|in|on|at|to|by|of|via|as|and|or|but|if|when|that|which"
    r"|you|your|we|it|the|a|an|not|no|only|instead|without|again|already|after|before"
    r"|code|field|entry|input|method|attempts?|disabled|enabled|failed|required|successfully"
    r"|generated|created|provided|supplied|entered|given|sent|received|returned|configured|set)"
    r"(?=[.,;:)'\"]{0,3}(?:\s|$))"
)
# where a file is; a token may start with a slash too, but not so
_PATH = (
    r"(?:~|\.\.?|/(?:app|builds?|dev|etc|home|Library|mnt|opt|private|proc|root|run|srv|tmp|Users|usr"
    r"|var|Volumes|workspace))/[\w./@-]*(?=[.,;:!?)'\"]{0,3}(?:\s|$))"
)
# the name of a secret in a store, as `prod/db-password-1`
_PART = r"[a-z]+(?:[_.-](?:[a-z]+|\d{1,3}))*"
_STORED = rf"(?-i:{_PART}(?:/{_PART})+)(?=[\s,;.)]|$)"
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
    rf"(\b(?:{_OWN_WORD})\s+(?:code:?\s+)?(?:(?:is|was)\s+)?)['\"]?(?!{_PATH})(?=\S*\d)\S{{4,}}",
    rf"(\b(?:{_OWN_WORD})\s+(?:(?:is|was)\s+)?(?=\\?['\"][^'\"]{{4}})){_VALUE}",
    rf"(\b(?:with|using)\s+(?:the\s+)?(?:{_OWN_WORD})\s+(?!{_NO_VALUE})){_VALUE}",
    rf"(\b(?:{_OWN_WORD})\s+(?:for|of)\s+\S{{1,64}}?\s*:(?!//|{_SENTENCE})\s+){_VALUE}",
    (
        rf"(\b(?:secret|token)\s+)(?!{_PATH}|{_STORED})"
        r"(?=[\w.~+/=-]*\d)(?=[\w.~+/=-]*[A-Za-z])[\w.~+/=-]{12,}(?=[\s,;.)]|$)"
    ),
    rf"((?:{MAYBE_SECRET})[\w-]{{0,24}}\s+(?:is|was)[\s:]+(?=\S*\d)){_VALUE}",
    rf"(\b(?:bearer|basic)\s+(?=\S*\d)){_VALUE}",
    # what was read as a host or port, if a password has a `#` or a `/`
    r"(\bHost )(['\"]).{0,512}?\2(?= contains invalid)",
    r"()(['\"]).{0,512}?\2(?= is not a valid host)",
    r"(\binteger value as )(['\"]).{0,512}?\2",
    # a JSON web token
    r"()\beyJ[\w-]{6,}\.[\w.-]+",
)
_ABOUT_CODE = re.compile(
    r"mfa|multi-?factor|one.time|code|token|(?<![a-z])(?:t?otp|pin)(?![a-z])", re.IGNORECASE
)
_CODE = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{6,8}|[0-9]{3}[ -][0-9]{3})"
    r"(?![0-9A-Za-z]|-[0-9a-f]{4}-)"  # not of a request ID
)
# an exception may spell out what ends a line, or a tab
_SPELLED_OUT = re.compile(r"\\([nrt])")
#: what is suspicious besides, in a text that need not be shown
_SUSPICIOUS = (
    # a value after a name, with more words between them, or as an option of a command
    rf"(?:{MAYBE_SECRET})[\w -]{{0,24}}?['\"]?\s*[=:,]\s*['\"]?[^\s'\",;}}&]",
    # a command line, whatever tool runs it
    r"(?:process|command|cmd|exec|program|script|pager|editor|browser)['\"]?\s*[=:]\s*.",
    r"\bCommand ['\"\[]",
    # secret access keys, session tokens and access key IDs, wherever they are; MFA codes
    r"[A-Za-z0-9/+=%]{40,}",
    r"(?-i:\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}\b)",
    r"(?<![0-9])[0-9]{6}(?![0-9])",
)

#: how many characters of a message are read, as some patterns take quadratic time: AWS has none as
#: long, but what answers in its place may
LONGEST_MESSAGE = 10_000
#: how many characters of a message of AWS or botocore are shown
_LONGEST = 400
_SHORTEST_TOKEN = 40
# what a setting may be called, with digits that elsewhere are an MFA code
_NAME = re.compile(r"[\w.-]+")

# appended by the Java SDK; the request ID is in `Failure.request_id`
_SDK_SUFFIX = re.compile(r"\s*\(Service: [^()]*\)")
# STS echoes a malformed header, with whatever was pasted into the key
_HEADER = re.compile(
    r"AWS4-\w+-SHA256|authorization header|key=value pair|invalid header value", re.IGNORECASE
)
# STS may append the request that it expected, session token included
_EXPECTED_REQUEST = re.compile(r"\s*\bThe (?:canonical string|string-to-sign)\b.*", re.IGNORECASE)
# a program says how to call it first, and then what is wrong, which would be cut off
# only at the first place that has the word: trying each would take quadratic time
_USAGE = re.compile(r"\A((?>.*?(?=\busage: ))).*(?=\b\w[\w.-]{,40}: error: )", re.IGNORECASE)
# botocore quotes what it cannot parse: half an answer may hold a session's keys
_UNPARSED = re.compile(r"(Unable to parse response)\b.*", re.IGNORECASE)
# a `credential_process` may print anything as the version of its answer
_VERSION = re.compile(r"(version) '.*' (for credential process)", re.IGNORECASE)
# from the first value to the last mention: a code may contain any text, even the closing quote
_TOKEN_CODE = re.compile(r"Value '.*' (at 'tokenCode')", re.IGNORECASE)
_TOKEN_CODE_PARAMETER = re.compile(r"(parameter TokenCode), value: .*", re.IGNORECASE)


@cache  # compiled late, as most runs have no such text
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)


@lru_cache(maxsize=256)  # many profiles fail with the same message
def mask_words(text: str, *, holds_code: bool = False) -> str:
    """Return a message of AWS or botocore: one line, no full stop, no secret; may be empty.

    Access key IDs are masked; MFA codes, signatures, session tokens and anything that looks like a
    secret key are removed. With `holds_code`, any number of 6 to 8 digits counts as a code.
    """
    if holds_code:
        text = mask_codes(text)
    read = _USAGE.sub(r"\1", _SDK_SUFFIX.sub("", one_line(text)).replace("`", "'"))
    text = _mask_answer(read[:LONGEST_MESSAGE])
    if text in {"None", "null"}:
        return ""
    if len(text) > _LONGEST:
        text = text[:_LONGEST] + "…"
    elif len(read) > LONGEST_MESSAGE:  # at its end there may be a part of a secret
        text = text.partition("…")[0] + "…"
    return text.rstrip(" .")


def _mask_answer(text: str) -> str:
    text = _TOKEN_CODE.sub(r"Value '…' \1", text)
    text = _TOKEN_CODE_PARAMETER.sub(r"\1", text)
    if _HEADER.search(text):
        return "the request's Authorization header is malformed"
    text = _EXPECTED_REQUEST.sub("", text)
    text = _UNPARSED.sub(r"\1", text)
    text = _VERSION.sub(r"\1 '…' \2", text)
    return mask_shapes(text)


def mask_codes(text: str) -> str:
    """Return a text without numbers that may be MFA codes."""
    return _CODE.sub("…", text)


def mask_shapes(text: str) -> str:
    """Return a text that is shown without anything that looks like a secret.

    Access key IDs keep their first and last four characters, which identify a key to its owner.
    """
    text = mask_addresses(text)
    for pattern in _compiled(_NAMED):
        text = pattern.sub(r"\1…", text)
    if _ABOUT_CODE.search(text):
        text = mask_codes(text)
    text = _LONG_TOKEN.sub("…", text)
    return _KEY_ID.sub(r"\1…\2", text)


def holds_access_key(text: str) -> bool:
    """Return whether a text has the ID of an access key, or the title of the Console's table."""
    return _KEY_ID.search(text) is not None or _ACCESS_KEY_TITLE.search(text) is not None


def shown_key(key: str) -> str:
    """Return a key for display; what was pasted without one is read as a key, and may be secret."""
    is_name = len(key) < _SHORTEST_TOKEN or _NAME.fullmatch(key) is not None
    return key if not is_random(key) and (is_name or not may_hold_secret(key)) else "…"


def may_hold_secret(text: str) -> bool:
    """Return whether anything in a text could be a secret; much that is not one could be."""
    read = _SPELLED_OUT.sub(lambda found: "\t" if found[1] == "t" else "\n", text)
    return any(
        mask_addresses(form) != form
        or any(map(_is_unknown_setting, form.split("\n")))
        or any(pattern.search(form) for pattern in _compiled(_NAMED + _SUSPICIOUS))
        for form in {text, read}
    )


def _is_unknown_setting(line: str) -> bool:
    key, (name, delimiter, _) = key_in(line), line.partition("=")
    return key != "" and not is_shown(key) and delimiter != "" and name.rstrip().endswith(key)
