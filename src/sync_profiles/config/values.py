"""What was meant by a value that botocore reads differently: it knows no comment and no quotes.

Nor does it see that a line break is missing, and takes what follows on the line for a part of the
value, or that there is one too many.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from sync_profiles.known_keys import ONE_LINE_KEYS, PROFILE_KEYS, setting_called
from sync_profiles.masked_lines import hides_secret
from sync_profiles.redaction import mentions_secret, names_secret
from sync_profiles.secret_shapes import may_hold_secret, shown_key
from sync_profiles.text import is_invisible, quote

#: a longer line is no typo, and the patterns would take quadratic time in its blanks
LONGEST_TYPO = 1000
#: quotes, those that a word processor writes in their place, and those of Markdown
_QUOTES = "\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u00ab\u00bb"
#: what other formats have around a value, and no name has; a backslash is to continue a line, `|`
#: is between the cells of a table
MARKS_AROUND = f",;=\\[]| {_QUOTES}"
# without the blanks before it: they would take square time
_COMMENT = re.compile(r"(?<!\S)[#;]|(?<=\s)//(?!\S)")
#: what a template has in place of a value: `<client #1>`
_PLACEHOLDER = re.compile(r"<[^<>]*>")
#: delimiters of other languages and of tables, and what looks like one
DELIMITERS = "=:>|\u2192\u2236\ua78a\ufe66\uff1a\uff1d"
#: a second delimiter: without a blank behind it, `=` may begin a value
_DELIMITER_BEFORE = re.compile(rf"(?P<mark>[{DELIMITERS}]+)\s+")
_WITHOUT_DELIMITER = re.compile(
    r"(?P<key>\w+)(?!\s*[=:][\s\w])"  # there, what is wrong is before the key
    rf"(?P<mark>\s*[{DELIMITERS}]+\s*|\s+[-~\u2013\u2014{DELIMITERS}]+\s+|\s+)(?P<value>\S.*)"
)
#: SOPS encrypts a value as `ENC[AES256_GCM,…]`
_HEADER_BEHIND = re.compile(r"(?!ENC\[AES256)(?P<value>[^\s\[]*)\s*(?P<header>\[[^\[\]]+\])")
_NAMED_HEADER = re.compile(r"\[(?:profile|sso-session|services)\s[^\[\]]+\]")
_BEFORE_DELIMITER = re.compile(r"(?<![\w.-])[\w.-]++(?=\s*+[=:](?!//))")
_POWERSHELL = re.compile(r"\s*\$env\s*:\s*(?P<key>\w+)\s*=", re.IGNORECASE)
_NUMBERED = re.compile(r"\d+\s*:\s*\w+(?=\s*=)")
_ROLE_ARN = re.compile(r"arn:[\w-]+:iam::\d+:role/[^:]+")  # which is what most values are
#: of several that a word ends with, the longest comes first
_KEYS = tuple(sorted({*PROFILE_KEYS, "mfa_process"}, key=len, reverse=True))
# the value of `region` or `output`, which may also be the end of another word
_SHORT_VALUE = re.compile(r"\s*[=:]\s*(?:[a-z]{2}(?:-[a-z]+)+-\d|json|text|table|yaml)")
# marks of emoji, and of how letters of Arabic and Indic scripts are joined
_OF_WRITING = re.compile(
    "(?<=[\u0600-\u0dff\u2100-\u2bff\ufe0f\U0001f000-\U0001faff])"
    "(?:\ufe0f|[\u200c\u200d](?=[\u0600-\u0dff\u2100-\u2bff\U0001f000-\U0001faff]))"
    "|\ufe0f(?=\u20e3)"
)
# letters of Cyrillic, Greek and others, and hyphens, that look like ASCII in most fonts:
# https://www.unicode.org/Public/security/latest/confusables.txt
_SAME_LOOK = str.maketrans(
    "\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u051b\u0455\u051d"
    "\u0445\u0443"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406"
    "\u0408\u0405\u050c"
    "\u03b1\u03b9\u03bd\u03bf\u03c1\u03c5"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5"
    "\u03a7"
    "\u0131\u0251\u0261\u0578\u0585\u057d\u0581"
    "\u2010\u2011\u2012\u2013\u2212",
    "acdehijlopqswxyABEKMHOPCTYXIJSGaivopuABEZHIKMNOPTYXiagnoug-----",
)
_QUOTED_VALUE = re.compile(rf"[=:]\s*+(?P<value>[{_QUOTES}].*\S)")
#: what precedes the name of a parameter, an option or a variable
_NOT_BEFORE_A_KEY = frozenset("?&;-$%{")
#: a key that may have been pasted as several lines
_KEY_LINE = re.compile(
    r"\s*aws_(?:access_key_id|secret_access_key|session_token)\s*=", re.IGNORECASE
)
_REST_OF_KEY = re.compile(r"[A-Za-z0-9/+]{12,}")


def split_settings(value: str) -> list[str]:
    """Return a value without the settings that follow on its line, and each of these.

    There the line break was lost, with or without a blank in its place. Joined, they are the value
    again. In a comment, only secrets count as settings.
    """
    if "=" not in value and (":" not in value or _ROLE_ARN.fullmatch(value) is not None):
        return [value]
    end = _start_of_comment(value)
    starts = [
        start
        for found in _BEFORE_DELIMITER.finditer(value)
        if (start := _start_of_key(value, found.start(), found.end())) is not None
        and (start < end or names_secret(value[start : found.end()]))
    ]
    return [value[a:b] for a, b in pairwise([0, *starts, len(value)])]


def _start_of_key(value: str, start: int, end: int) -> int | None:
    """Return where the key of a setting starts in the word before a delimiter, None without one."""
    word = value[start:end].lower()
    if not word.endswith(_KEYS) and not names_secret(word):
        return None
    is_separate = value[start - 1 : start].isspace()
    for key in _KEYS:
        if not word.endswith(key):
            continue
        is_sure = "_" in key or value[end].isspace() or (is_separate and word == key)
        if is_sure or _SHORT_VALUE.match(value, end) is not None:
            first = end - len(key)
            is_longer = value[first - 1 : first] == "_" and not names_secret(key)
            return None if is_longer or value[first - 1 : first] in _NOT_BEFORE_A_KEY else first
    return start if is_separate and names_secret(word) else None


def lines_of_broken_keys(lines: Iterable[str]) -> dict[int, int]:
    """Return for each line that may be a further one of a key the line where that begins."""
    found: dict[int, int] = {}
    begin: int | None = None
    for number, line in enumerate(lines, 1):
        if begin is not None and _REST_OF_KEY.fullmatch(line.strip()):
            found[number] = begin
        else:
            begin = number if _KEY_LINE.match(line) else None
    return found


def without_comment(value: str) -> str:
    """Return a value without the comment after it."""
    start = _start_of_comment(value)
    return value if start == len(value) else value[:start].rstrip()


def _start_of_comment(value: str) -> int:
    """Return where the comment after a value starts; without one, where the value ends."""
    plain = _PLACEHOLDER.sub(lambda found: "_" * len(found[0]), value)
    comment = _COMMENT.search(plain)
    return len(value) if comment is None else comment.start()


def meant_value(value: str) -> str:
    """Return a value without a comment after it, quotes around it or a delimiter before it."""
    bare = without_comment(value)
    second = _DELIMITER_BEFORE.match(bare)
    bare = bare if second is None else bare[second.end() :]
    quoted = bare.rstrip(",;")
    ends = quoted[:1] + quoted[-1:]
    is_pair = ends[:1] == ends[1:] or not ends.isascii()  # languages pair them differently
    inner = quoted.strip(ends)
    if len(quoted) > 1 and set(ends) <= set(_QUOTES) and is_pair and set(inner).isdisjoint(ends):
        return inner.strip()
    return bare


def second_delimiter(value: str) -> str:
    """Return what a value begins with that looks like a second delimiter; "" if it does not."""
    found = _DELIMITER_BEFORE.match(value)
    return found["mark"] if found is not None else ""


def split_header(value: str) -> tuple[str, str] | None:
    """Return a value and the header that is glued to it, as in `eu-west-1[profile a]`."""
    found = _HEADER_BEHIND.fullmatch(value)
    if found is not None:
        return found["value"], found["header"]
    # several words are a command line, or have a comment behind them
    start = value.rfind("[")
    is_named = _NAMED_HEADER.fullmatch(value, start) is not None
    is_behind = is_named and "\n" not in value and without_comment(value) == value
    return (value[:start], value[start:]) if is_behind else None


def named_header(text: str) -> str | None:
    """Return the header with a name that a text ends in, even one of several words: a command."""
    found = split_header(text)
    return found[1] if found is not None and _NAMED_HEADER.fullmatch(found[1]) else None


def names_header(key: str, value: str) -> bool:
    """Return whether the value of a profile's setting, even a command line, ends in a header."""
    return key in PROFILE_KEYS and named_header(value) is not None


def is_own_header(header: str) -> bool:
    """Return whether text in brackets is a header that the AWS CLI reads in the config file."""
    return header[1:-1].startswith(("profile", "default", "sso-session", "services"))


def quote_key(key: str) -> str:
    """Return a key as text for a message."""
    return quote(shown_key(key))


def quote_lost_header(header: str) -> str:
    """Return a header that is part of a value, as text for a message; it may be a secret."""
    return quote("[…]" if may_hold_secret(header) else header)


def write_header(header: str, *, otherwise: str = "add it") -> str:
    """Return the hint to write a header, without it where it may be a secret."""
    is_shown = not (may_hold_secret(header) or mentions_secret(header))
    return f"write {quote(header)}" if is_shown else otherwise


def powershell_key(line: str) -> str | None:
    """Return what a line of PowerShell sets, which botocore reads as the key `$env`: `$env:KEY`."""
    found = _POWERSHELL.match(line)
    return None if found is None else f"$env:{found['key'].lower()}"


def numbered_key(line: str) -> str | None:
    """Return the key of a line with its number, which botocore reads as the key: `2:KEY`."""
    found = _NUMBERED.match(line)
    return None if found is None else found[0].lower()


def first_invisible(text: str) -> str | None:
    """Return the first character that is not seen, or that looks like a space and is not one.

    Those without which an emoji or a word is not written as it should be do not count.
    """
    if text.isascii():
        return None
    return next(filter(is_invisible, _OF_WRITING.sub("", text)), None)


def spaced(text: str) -> str:
    """Return text with a space for each character that `first_invisible` finds."""
    if text.isascii():
        return text
    kept = {found.start() for found in _OF_WRITING.finditer(text)}
    return "".join(
        " " if is_invisible(c) and index not in kept else c for index, c in enumerate(text)
    )


def in_ascii(text: str) -> str:
    """Return text in ASCII where it looks like that."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_SAME_LOOK)


def as_it_looks(name: str) -> str:
    """Return a name as it looks to a reader: with ASCII for what looks like it, without spaces."""
    return spaced(in_ascii(name)).replace(" ", "")


def without_delimiter(text: str) -> tuple[str, str] | None:
    """Return what to write for a setting without `=`, and its key; None for any other line."""
    if len(text) > LONGEST_TYPO:
        return None
    row = without_comment(text.strip()).strip("| \t")  # without the borders of a table
    found = _WITHOUT_DELIMITER.fullmatch(row)
    if found is None or found["key"].lower() not in {*ONE_LINE_KEYS, "credential_process"}:
        return None
    key, mark, value = found["key"], found["mark"].strip(), found["value"]
    line = f"{key} = {meant_value(value.split(' | ')[0] if mark == '|' else value)}"
    if _is_shown(line):
        return f"write {quote(line)}", key
    return "write `=` " + (f"in place of {quote(mark)}" if mark else f"after {quote(key)}"), key


def write_as(key: str, line: str) -> str:
    """Return the hint to write a setting's line with this key, and without quotes in it."""
    quoted = _QUOTED_VALUE.search(line)
    is_json = line.lstrip().startswith(('"', "'"))
    if quoted is None or (key == "credential_process" and not is_json):  # its words may have quotes
        return f"write {quote(key)}"
    value = quoted["value"]
    repaired = f"{key} = {meant_value(value)}"
    if _is_shown(repaired) and meant_value(value) != value:
        return f"write {quote(repaired)}"
    marks = "quotes and comma" if value.endswith(",") else "quotes"
    return f"write {quote(key)}, without {marks} around its value"


def correct_powershell(line: str) -> tuple[str, str] | None:
    """Return what is wrong with a line of PowerShell, and what to do; None for any other line."""
    key = powershell_key(line)
    if key is None:
        return None
    name = key.partition(":")[2]
    meant = setting_called(name) or name
    hint = write_as(meant, line) if meant in ONE_LINE_KEYS else "remove the line"
    return f"{quote(key)} is not a setting that the AWS CLI knows", hint


def _is_shown(line: str) -> bool:
    return not (hides_secret(line) or may_hold_secret(line))
