"""Lines and settings of the files, and what programs say, for display without secrets.

Of the files only what is known to be harmless is shown: no list has the names of all secrets.
"""

from __future__ import annotations

import re

from sync_profiles.known_keys import BLOCK_BEGIN, BLOCK_END, SHOWN_KEYS, WAITS
from sync_profiles.redaction import (
    ADDRESS,
    HIDDEN,
    MAYBE_SECRET,
    is_random,
    mask_address,
    mask_addresses,
    mask_shown,
    may_name_secret,
    mentions_secret,
)

#: settings whose value is a command line
_PROGRAM_KEYS = frozenset({"cli_pager", "credential_process", "mfa_process"})
# a path, in quotes if there are blanks in it
_PROGRAM = re.compile(r"""(["'])(?:(?! -)[\w .:/\\~@+()-])+\1(?!\S)|[\w.:/\\~@+-]+(?!\S)""")
# what an argument consists of, but for the names of options
_WORD = re.compile(r"(?<![^\s='\",;:(){}])[^\s='\",;:(){}-][^\s='\",;:(){}]{3,}")
# letters and digits, but for a request's ID, a time, a region, an error of Microsoft's or Okta's,
# and names that end in a digit
_MIXED_WORD = re.compile(
    r"(?<![\w-])(?!(?:[a-z]{2}(?:-[a-z]+)+-\d|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|\d{4}-\d\d-\d\dT?[\d:.]*Z?|0x[0-9a-fA-F]+|AADSTS\d+|E\d{7}"
    r"|(?i:oauth|python|base|sha|utf-?|saml)\d[\w.]*)"
    r"(?![\w-]))(?=[\w-]*[A-Za-z])(?=[\w-]*\d)[\w-]{6,}"
)
# an option or a word of a command line that is named like a secret, and its value
_OPTION = re.compile(
    rf"(?<!\S)(['\"]?-{{0,2}}(?=[\w-]{{0,64}}?(?:{MAYBE_SECRET}))[\w-]++['\"]?(?:=|\s+(?!-)))"
    r"(?:\"[^\"]*\"|'[^']*'|\S+)",
    re.IGNORECASE,
)
# the same in JSON, as a program that only prints credentials has it; nothing that a shell would run
_JSON_PAIR = re.compile(
    rf"(\\?\"(?=[\w-]{{0,64}}?(?:{MAYBE_SECRET}))[\w-]++\\?\"\s*+:\s*+\\?\")[\w/+=.,:@ -]++",
    re.IGNORECASE,
)
# a setting in a line of a file, in a comment too; not an address
_SETTING_LINE = re.compile(
    r"\s*+(?P<mark>[#;])?[\s#;]*+(?:export\s++)?(?P<key>[\w.-]++)['\"]?[^\S\r\n]*+"
    r"(?P<delimiter>[=:])(?!//)[^\S\r\n]*+"
)
# a word of a comment that a secret may follow
_TELLING = re.compile(
    r"(?<![a-z])(?:pass|passphrase|passcode|pwd?|pin|secret|token|key|otp|totp|jwt)s?(?![a-z])"
    r"|(?<![a-z])codes?\s*(?:[:=]|is\b|\S*\d)",  # but not `the code pipeline`
    re.IGNORECASE,
)
# a whole value that belongs to another setting: an access key, one of its halves, a token
_KEY_VALUE = re.compile(
    r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9/+=]{40,}|A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{12,}"
)
# a token, or a long name: it is a name if it has no run of letters and digits that is none
_TOKEN_OR_NAME = re.compile(r"(?=.*[a-z])(?=.*[A-Z])[\w/+=.-]{40,}", re.ASCII)
_MARKS_AROUND = "[](){}<>\"'`|,; "
_BETWEEN_MARKS = re.compile(rf"[^\s{re.escape(_MARKS_AROUND)}]{{16,}}")
# may have any word in its name
_ARN = re.compile(r"arn:[\w-]+:iam::\d+:(?:role|user|mfa)/[\w+,.@/-]+", re.ASCII)
_COMMENT = re.compile(r"(?<!\S)[#;]")
_HEADER = re.compile(r"\s*+\[[^\]]*+\]\s*+")
_HOST = re.compile(r"https?://(?:\*{4}@)?[\w-]+(?:\.[\w-]+)+(?::\d+)?(?=[/?#\s]|$)", re.ASCII)


def key_in(line: str) -> str:
    """Return the key of a line that may be a setting, in a comment too; "" for any other line."""
    setting = _SETTING_LINE.match(line)
    return "" if setting is None else setting["key"]


def is_shown(key: str) -> bool:
    """Return whether a setting with this key is known to have no secret as its value."""
    return key.lower() in SHOWN_KEYS


def mask_setting(key: str, value: str) -> str:
    """Return a setting's value for display; a program is shown without its arguments.

    Lines below the first one are shown as lines of a file.
    """
    value, *below = value.split("\n")
    return "\n".join([_mask_value(key, value), *map(mask_line, below)])


def pasted_secret(key: str, value: str) -> str:
    """Return what is a secret by its shape and a setting's whole value, without marks around it.

    It belongs to another setting, as where a question of `aws configure` was missed; else "". An
    external ID is often as random as a token, and no secret.
    """
    bare = value.strip().strip(_MARKS_AROUND)
    may_be_token = _TOKEN_OR_NAME.fullmatch(bare) is not None and key.lower() != "external_id"
    is_token = may_be_token and is_random(bare)
    return bare if is_token or _KEY_VALUE.fullmatch(bare) is not None else ""


def _mask_value(key: str, value: str) -> str:
    if not is_shown(key) or pasted_secret(key, value):
        return HIDDEN if value else value
    if key.lower() in _PROGRAM_KEYS:
        return _mask_arguments(value.strip())
    comment = _COMMENT.search(value)
    own = value if comment is None else value[: comment.start()]
    shown = mask_address(own) if ADDRESS.match(own) else mask_addresses(own)
    shown = _BETWEEN_MARKS.sub(
        lambda word: HIDDEN if pasted_secret(key, word[0]) else word[0], shown
    )
    if mentions_secret(shown) and _ARN.fullmatch(own.strip()) is None:
        host = _HOST.match(shown)  # whoever is asked to agree must see where requests go
        return HIDDEN if host is None else f"{host[0]}/{HIDDEN}"
    return shown + _mask_comment(value[len(own) :])


def hides_secret(line: str) -> bool:
    """Return whether a line of a file may have a secret, or a value below it that is one."""
    setting = _SETTING_LINE.match(line)
    return mask_line(line) != line or (
        setting is not None and setting["mark"] is None and not is_shown(setting["key"])
    )


def mask_line(line: str) -> str:
    """Return a line of a file for display, without what may be secret.

    Headers are shown, settings that the AWS CLI knows, and comments that mention no secret.
    """
    text = line.rstrip()
    return _mask_line(text) + line[len(text) :]


def _mask_line(text: str) -> str:
    if text.startswith((BLOCK_BEGIN, BLOCK_END)):
        return mask_addresses(text)
    if text.startswith(WAITS):
        return WAITS + _mask_line(text.removeprefix(WAITS))
    setting = _SETTING_LINE.match(text)
    if setting is not None and (setting["mark"] is None or _is_commented_out(setting)):
        if is_random(setting["key"]):  # pasted without a key, and read as one
            return HIDDEN
        return text[: setting.end()] + mask_setting(setting["key"], text[setting.end() :])
    if text.lstrip().startswith(("#", ";")):
        return _mask_comment(text)
    header = _HEADER.match(text)
    if header is not None:
        return mask_shown(header[0]) + _mask_line(text[header.end() :])
    return HIDDEN if text else text


def _is_commented_out(setting: re.Match[str]) -> bool:
    """Return whether a comment is a setting, and not prose like `# note: ask Ann`."""
    return is_shown(setting["key"]) or setting["delimiter"] == "=" or "_" in setting["key"]


def _mask_comment(text: str) -> str:
    shown = mask_addresses(text)
    words = ADDRESS.sub("", text)
    is_secret = mentions_secret(words) or _TELLING.search(words) or is_random(words)
    return HIDDEN if is_secret else shown


def mask_request(line: str) -> str:
    """Return a line that a person is asked to agree to, without its secrets.

    Whoever agrees to run a program must see its arguments, and the module of a plugin, which may
    have any name. Values of settings and options with the name of a secret are left out.
    """
    setting = _SETTING_LINE.match(line)
    if setting is None:
        return mask_line(line)
    key, value = setting["key"].lower(), line[setting.end() :].rstrip()
    if key in _PROGRAM_KEYS:
        without_pairs = _JSON_PAIR.sub(rf"\1{HIDDEN}", value)
        shown = mask_addresses(_OPTION.sub(rf"\1{HIDDEN}", without_pairs))
    elif is_shown(key):
        shown = mask_setting(key, value)
    else:
        is_secret = may_name_secret(key) or mentions_secret(value)
        shown = HIDDEN if is_secret else mask_addresses(value)
    return line[: setting.end()] + shown + line[len(line.rstrip()) :]


def mask_output(text: str, command: object) -> str:
    """Return what a program said without the arguments that it was started with.

    `command` is the list of the program and its arguments; names of options stay. Words of letters
    and digits, as passwords are, are hidden as well.
    """
    program, *arguments = command if isinstance(command, list) else [""]
    text = mask_addresses(text)
    name = re.split(r"[/\\]", program)[-1]
    text = _MIXED_WORD.sub(lambda word: word[0] if word[0] in name else HIDDEN, text)
    words = {word for argument in arguments for word in _WORD.findall(argument)}
    for word in sorted(words, key=len, reverse=True):
        # a part of the program's own name is no word of its arguments: `saml2aws --profile saml`
        parts = text.split(name) if name and word in name else [text]
        text = name.join(part.replace(word, HIDDEN) for part in parts)
    return text


def mask_program(path: str) -> str:
    """Return the path of a program, without arguments that are quoted with it by mistake."""
    return path if _PROGRAM.fullmatch(f'"{path}"') is not None else _mask_arguments(path)


def _mask_arguments(command: str) -> str:
    program = _PROGRAM.match(command)
    if program is None:
        return HIDDEN if command else command
    return program[0] if program.end() == len(command) else f"{program[0]} {HIDDEN}"
