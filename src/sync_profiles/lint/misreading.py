"""Find settings that botocore reads differently from how they were meant.

botocore supports neither comments after a value nor quotes, treats an indented line as part of the
value above it, and ignores unknown keys.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from enum import Enum, auto
from functools import cache
from itertools import takewhile

from sync_profiles.arn import parse_arn
from sync_profiles.config.syntax import Option
from sync_profiles.config.values import (
    MARKS_AROUND,
    first_invisible,
    is_own_header,
    meant_value,
    named_header,
    names_header,
    spaced,
    split_header,
    without_comment,
)
from sync_profiles.known_keys import (
    AWS_MFA_DEVICE,
    CLIENT_SETTINGS,
    ESSENTIAL_KEYS,
    ONE_LINE_KEYS,
    OTHER_TOOLS_KEYS,
    PROFILE_KEYS,
    setting_called,
)
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.redaction import names_secret
from sync_profiles.text import closest, is_one_slip

_ESSENTIAL = {key.replace("_", ""): key for key in ESSENTIAL_KEYS}
#: further settings that a key may be a typo of; settings of other tools are not typos
_FURTHER = {
    key.replace("_", ""): key
    for key in (*(ONE_LINE_KEYS - set(ESSENTIAL_KEYS)), "credential_process")
}
_KNOWN = frozenset({*ESSENTIAL_KEYS, *PROFILE_KEYS, *CLIENT_SETTINGS, *OTHER_TOOLS_KEYS})
_NEEDED = frozenset(ESSENTIAL_KEYS)
#: a shorter key differs more by one typo
_SHORT = 7
#: the settings with an ARN of a kind, and of which words another key for it consists: other tools
#: have keys of their own, such as `azure_default_role_arn`
_OF_ARNS = {
    "role": ("role_arn", frozenset({"arn", "assume", "aws", "iam", "role", "target", "to"})),
    "mfa": ("mfa_serial", frozenset({"arn", "aws", "device", "id", "mfa", "number", "serial"})),
}

#: what a shell, a list, or a page with numbers of lines has in front of a key
_PREFIX = re.compile(
    r"(?:(?:export|declare|env|let|setx?)\s+|\$env:|\d+(?:\s*[.):|]\s*|\s+)|[$*+>|-]+\s*)+"
)
_HEADER = re.compile(r"(?P<header>\[[^\]]+\])\s*(?:[#;].*)?")
#: what SOPS has encrypted is replaced as little as a variable
_ENCRYPTED = "ENC["
_VARIABLE = re.compile(
    r"\$\{[^{}\s]+\}|(?<!\w)\$[A-Z_][A-Z0-9_]*(?!\w)|%[A-Z_]{4,}%|^ENC\[AES256_GCM,[^\[\]]*\]$"
)
#: those of a team's file, which a person may have copied by hand
_OF_TEAMS = {
    "${aws:username}": "your IAM user name",
    "${aws:PrincipalAccount}": "the ID of your account",
    "${sync:mfa_serial}": "the ARN of your MFA device",
}
_SETTING = re.compile(
    r"(?P<quote>[\"']?)(?P<key>[\w.-]+)(?P=quote)\s*(?P<delimiter>[=:])\s*(?P<value>.*)"
)


class Misreading(Enum):
    """How botocore reads a value differently from how it was written."""

    LINES_BELOW = auto()  # another header or setting is indented, and so part of it
    BLOCK = auto()  # there are settings where the value should be
    COMMENT = auto()  # the comment after it is part of it
    QUOTES = auto()  # the quotes around it, or a second delimiter, are part of it
    HEADER = auto()  # a header follows on its line, and so is part of it
    SETTING = auto()  # another setting follows on its line, and so is part of it
    VARIABLE = auto()  # it names a variable, which is not replaced
    INVISIBLE = auto()  # it has a character that is not seen


def find_misreading(
    option: Option, *, is_one_line: bool, names: Container[str]
) -> Misreading | None:
    """Return how botocore misreads a setting, None if it does not.

    `is_one_line` is set for settings that should have their whole value in the key's own line.
    `names` are the profiles.
    """
    found = _find(option, is_one_line=is_one_line)
    match found:
        case (
            Misreading.COMMENT
            | Misreading.QUOTES
            | Misreading.HEADER
            | Misreading.VARIABLE
            | Misreading.INVISIBLE
        ) if option.key == "source_profile" and option.value in names:
            return None
        case Misreading.HEADER if option.key in {"source_profile", "sso_session"}:
            return None if option.value.startswith("[") else found  # a name in brackets
        case Misreading.HEADER if option.key == SESSION_NAME_KEY:
            return found if option.hides_header else None
        case _:
            return found


def _find(option: Option, *, is_one_line: bool) -> Misreading | None:
    if any(indented_headers(option)):
        return Misreading.LINES_BELOW
    if is_one_line and option.is_nested:
        return Misreading.BLOCK
    if indented_line(option, is_one_line=is_one_line) is not None:
        return Misreading.LINES_BELOW
    if not is_one_line:
        return Misreading.HEADER if names_header(option.key, option.value) else None
    if "[" in option.value and _has_header(option):
        return Misreading.HEADER
    return _misread_text(option.value)


def _has_header(option: Option) -> bool:
    """Return whether a header follows the value; brackets around all of it are no header's."""
    parts = split_header(option.value)
    if parts is None:
        return False
    value, header = parts
    return bool(value) or names_secret(option.key) or is_own_header(header)


def _misread_text(value: str) -> Misreading | None:
    own = value.split("\n", maxsplit=1)[0]
    if without_comment(own) != own:
        return Misreading.COMMENT
    if own != value:
        return Misreading.SETTING
    if meant_value(value) != value:
        return Misreading.QUOTES
    if _VARIABLE.search(value) is not None:
        return Misreading.VARIABLE
    return Misreading.INVISIBLE if first_invisible(value) is not None else None


def variable_in(value: str) -> str:
    """Return the first variable that a value names, such as `${NAME}`."""
    found = _VARIABLE.search(value)
    return found[0] if found is not None else ""


def instead_of_variable(variable: str) -> str:
    """Return what to write in place of a variable."""
    if variable.startswith(_ENCRYPTED):
        return "use the file that SOPS has decrypted instead"
    meaning = _OF_TEAMS.get(variable)
    if meaning is None:
        return "write the variable's value instead"
    return f"write {meaning} instead, or let `sync-profiles import` of your team's file write it"


def meant_key(
    key: str, value: str = "", *, present: Collection[str], of_any: bool = False
) -> str | None:
    """Return the key that `key` was meant to be; None if it is right, or the profile has both.

    It is a typo, or another word for what its value, an ARN, is. With `of_any`, settings count too
    that change neither the role nor the credentials.
    """
    if key == "assume_role" and AWS_MFA_DEVICE in present:  # of the role that aws-mfa assumes
        return None
    meant = _closest_key(key) or _key_of_arn(key, value)
    meant = meant or (_closest_further_key(key) if of_any else None)
    return None if meant is None or meant in present else meant


@cache  # most keys are the same in every profile
def _closest_key(key: str) -> str | None:
    bare = key.removeprefix("export ").strip()  # as a shell sets it
    if bare != key and bare in ESSENTIAL_KEYS:
        return bare
    if key in ESSENTIAL_KEYS:
        return None
    bare = _without_prefix(key)
    if bare in ESSENTIAL_KEYS:
        return bare
    return setting_called(bare) or _closest(bare, _ESSENTIAL)


def _key_of_arn(key: str, value: str) -> str | None:
    if "arn:" not in value or key in _KNOWN:
        return None
    arn = parse_arn(meant_value(value))
    if arn is None or arn.kind not in _OF_ARNS:
        return None
    meant, words = _OF_ARNS[arn.kind]
    own = re.findall("[a-z]+", key)
    return meant if own and words.issuperset(own) else None


@cache
def _closest_further_key(key: str) -> str | None:
    if key in _KNOWN:
        return None
    bare = _without_prefix(key)
    return bare if bare in PROFILE_KEYS else _closest(bare, _FURTHER)


def _without_prefix(key: str) -> str:
    key = spaced(key).strip()  # a character that is not seen may be in front of it
    prefix = _PREFIX.match(key)
    return (key if prefix is None else key[prefix.end() :]).strip(MARKS_AROUND)


def _closest(key: str, among: Mapping[str, str]) -> str | None:
    bare = "".join(character for character in key if character.isalnum())
    found = closest(bare, among, cutoff=0.8 if len(bare) <= _SHORT else 0.85)
    is_meant = found is not None and (found[0] == key[0] or is_one_slip(bare, found))
    return among[found] if found is not None and is_meant else None


def settings_below(values: Iterable[str]) -> dict[str, str]:
    """Return the settings in the continuation lines of a value, up to the first header."""
    _, *further = values
    settings: dict[str, str] = {}
    for text in takewhile(lambda text: _HEADER.fullmatch(text) is None, further):
        setting = _SETTING.fullmatch(text)
        if setting is not None:
            settings.setdefault(setting["key"].lower(), setting["value"])
    return settings


def is_setting_line(line: str) -> bool:
    """Return whether a line is a setting, not more of the value above it, such as an ARN."""
    setting = _SETTING.fullmatch(line.strip())
    if setting is None:
        return False
    key = setting["key"].lower()
    if key in _KNOWN or meant_key(key, present=(), of_any=True) is not None:
        return True
    # a long key may go on in a line that ends with `=`
    return setting["delimiter"] == "=" and setting["value"].strip("=") != ""


def indented_headers(option: Option) -> Iterator[tuple[str, int]]:
    """Yield the headers in the continuation lines of a value, each with its line.

    One may be alone in it, or behind the last setting of a block.
    """
    for text, line in option.below:
        alone = _HEADER.fullmatch(text)
        header = alone["header"] if alone is not None else named_header(text)
        if header is not None and (alone is not None or "=" in text):
            yield header, line


def indented_line(option: Option, *, is_one_line: bool) -> int | None:
    """Return the first continuation line that does not belong there; None if a header comes first.

    Other tools' settings may be blocks: there only what a profile cannot do without is misplaced.
    """
    for text, line in option.below:
        if _HEADER.fullmatch(text) is not None:
            return None
        if text and (is_one_line or not settings_below(["", text]).keys().isdisjoint(_NEEDED)):
            return line
    return None


def indented_settings(option: Option, first: int) -> list[list[int]]:
    """Return the lines of settings from a continuation line on, in runs; empty without a setting.

    They end where text goes on. A block is not among them: `addressing_style` stays below `s3 =`.
    """
    runs: list[list[int]] = [[]]
    block: int | None = None  # how far its key is indented
    for text, line in option.below:
        whole = option.block.lines[line - option.line].expandtabs()
        indentation = len(whole) - len(whole.lstrip())
        if line < first or not text:
            continue
        if block is not None and indentation > block:
            runs += [[]] if runs[-1] else []
            continue
        if not is_setting_line(text):
            break
        runs[-1].append(line)
        block = indentation if "" in settings_below(["", text]).values() else None
    return [run for run in runs if run]
