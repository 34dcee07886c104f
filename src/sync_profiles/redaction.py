"""The single definition of what a secret is, and the functions that hide secrets (law 8).

Of the files only what is known to be harmless is shown: no list has the names of all secrets. A
URL's parameter is judged by its name; `shapes` does other text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sync_profiles.known_keys import BLOCK_BEGIN, BLOCK_END, SHOWN_KEYS, WAITS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

#: shown in place of a secret
HIDDEN = "****"

# names whose values are credentials, wherever they appear
_CREDENTIAL = (
    r"secret|passw|private_?key|aws_access_key_id"
    r"|(?:session|security|auth|access|refresh)_token"
)
#: names whose values may be secrets: they are not shown, but a team's file may contain them
MAYBE_SECRET = (
    rf"{_CREDENTIAL}|passphrase|token|signature|credential|access_?key|key(?![a-z])|cookie|authorization"
    r"|(?<![a-z])(?:auth|jwt|pwd|sig|pin|otp|totp|seed)(?![a-z])|(?<![a-z])(?:pass|pat)(?![a-z])|^code$"
)
_SECRET_NAME = re.compile(_CREDENTIAL, re.IGNORECASE)
_MAYBE_SECRET_NAME = re.compile(MAYBE_SECRET, re.IGNORECASE)
#: settings whose value is a command line
_PROGRAM_KEYS = frozenset({"cli_pager", "credential_process", "mfa_process"})
# a path, in quotes if there are blanks in it
_PROGRAM = re.compile(r"""(["'])(?:(?! -)[\w .:/\\~@+()-])+\1(?!\S)|[\w.:/\\~@+-]+(?!\S)""")
# what an argument consists of, but for the names of options
_WORD = re.compile(r"(?<![^\s='\",;:(){}])[^\s='\",;:(){}-][^\s='\",;:(){}]{3,}")
# an option or a word of a command line that is named like a secret, and its value
_OPTION = re.compile(
    rf"(?<!\S)(['\"]?-{{0,2}}(?=[\w-]{{0,64}}?(?:{MAYBE_SECRET}))[\w-]++['\"]?(?:=|\s+(?!-)))"
    r"(?:\"[^\"]*\"|'[^']*'|\S+)",
    re.IGNORECASE,
)
# a setting in a line of a file, in a comment too; not an address
_SETTING_LINE = re.compile(
    r"\s*+(?P<mark>[#;])?[\s#;]*+(?:export\s++)?(?P<key>[\w.-]++)['\"]?[^\S\r\n]*+"
    r"(?P<delimiter>[=:])(?!//)[^\S\r\n]*+"
)

# a secret that text mentions: as a setting, close to one, or in a comment
_MENTION = re.compile(
    r"secret[\s_-]*+(?:access[\s_-]*+)?key|(?:session|security)[\s_-]*+token|secret\s*+[=:]"
    r"|passw(?:or)?d|bearer\s+(?=\S*\d)\S{8}|(?<![\w-])eyJ[\w-]{8,}\.[\w-]",  # a token, also a JWT
    re.IGNORECASE,
)
# a word of a comment that a secret may follow
_TELLING = re.compile(
    r"(?<![a-z])(?:pass|passphrase|passcode|pwd?|pin|secret|token|key|code|otp|totp|jwt)s?(?![a-z])",
    re.IGNORECASE,
)
# a whole value that belongs to another setting: an access key, one of its halves, a token
_KEY_VALUE = re.compile(
    r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9/+=]{40,}|A(?:KIA|SIA|BIA|CCA)[A-Z0-9]{12,}"
)
_COMMENT = re.compile(r"(?<!\S)[#;]")
_HEADER = re.compile(r"\s*+\[[^\]]*+\]")

_ADDRESS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s`\"<>]+")
_ENDS_OF_SENTENCE = "')]}.,;:!…"
# a password that was not encoded may contain a slash: what precedes that slash is no host
_USER_INFO = re.compile(r"[^/?#]*@|[^/?#:@]*:(?!\d*(?:[/?#]|$))[^?#]*@")
#: the user of all users of a git host
_USER_OF_ALL = "git@"
# a part of a path that is not a name: a UUID, or letters and digits that alternate
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RUN = re.compile(r"[A-Za-z0-9]{16,}")
_ALTERNATION = re.compile(r"(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_FEWEST_ALTERNATIONS = 3
# the length of a name is limited: text full of names would take quadratic time
_PARAMETER = re.compile(r"[?&;#]([^=?&;#\s`]{1,128})=")
_PARAMETER_VALUE = re.compile(r"[^&#\s`]*")


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


def key_in(line: str) -> str | None:
    """Return the key of a line that may be a setting, in a comment too; None for any other line."""
    setting = _SETTING_LINE.match(line)
    return None if setting is None else setting["key"]


def is_shown(key: str) -> bool:
    """Return whether a setting with this key is known to have no secret as its value."""
    return key.lower() in SHOWN_KEYS


def mask_setting(key: str, value: str) -> str:
    """Return a setting's value for display; a program is shown without its arguments."""
    if not is_shown(key) or _KEY_VALUE.fullmatch(value.strip()):
        return HIDDEN if value else value
    if key.lower() in _PROGRAM_KEYS:
        return _mask_arguments(value.strip())
    comment = _COMMENT.search(value)
    own = value if comment is None else value[: comment.start()]
    shown = _mask_address(own) if _ADDRESS.match(own) else mask_addresses(own)
    return HIDDEN if mentions_secret(shown) else shown + _mask_comment(value[len(own) :])


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
        return text[: setting.end()] + mask_setting(setting["key"], text[setting.end() :])
    if text.lstrip().startswith(("#", ";")):
        return _mask_comment(text)
    header = _HEADER.match(text)
    if header is not None:
        return header[0] + _mask_line(text[header.end() :])
    return HIDDEN if text else text


def _is_commented_out(setting: re.Match[str]) -> bool:
    """Return whether a comment is a setting, and not prose like `# note: ask Ann`."""
    return is_shown(setting["key"]) or setting["delimiter"] == "=" or "_" in setting["key"]


def _mask_comment(text: str) -> str:
    shown = mask_addresses(text)
    words = _ADDRESS.sub("", text)
    is_secret = mentions_secret(words) or _TELLING.search(words) or _is_random(words)
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
        shown = mask_addresses(_OPTION.sub(rf"\1{HIDDEN}", value))
    elif is_shown(key):
        shown = mask_setting(key, value)
    else:
        is_secret = may_name_secret(key) or mentions_secret(value)
        shown = HIDDEN if is_secret else mask_addresses(value)
    return line[: setting.end()] + shown + line[len(line.rstrip()) :]


def mask_arguments(text: str, command: object) -> str:
    """Return what a program said without the arguments that it was started with.

    `command` is the list of the program and its arguments; names of options stay.
    """
    arguments = command[1:] if isinstance(command, list) else []
    words = {word for argument in arguments for word in _WORD.findall(argument)}
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, HIDDEN)
    return text


def mask_addresses(text: str) -> str:
    """Return text with nothing of its URLs that may be a secret.

    That is the user information, the query, and what does not look like a name in the path; scheme,
    host and the rest of the path stay. Of other text, values of parameters with the name of a
    secret are left out.
    """
    if "://" in text:
        text = _ADDRESS.sub(_mask_found_address, text)
    if "=" not in text:
        return text
    parts = []
    done = 0
    for match in _PARAMETER.finditer(text):
        if match.start() >= done and may_name_secret(match[1]):
            parts += [text[done : match.end()], HIDDEN]
            value = _PARAMETER_VALUE.match(text, match.end())
            done = match.end() if value is None else value.end()
    return "".join([*parts, text[done:]])


def mask_document(document: Mapping[str, object]) -> dict[str, object]:
    """Return a JSON document with `mask_addresses` applied to each text in it."""
    return {mask_addresses(key): _mask_value(value) for key, value in document.items()}


def _mask_value(value: object) -> object:
    match value:
        case str():
            return mask_addresses(value)
        case dict():
            return mask_document(value)
        case list() | tuple():
            return [_mask_value(each) for each in value]
        case _:
            return value


def mentions_secret(text: str) -> bool:
    """Return whether text, such as a line of a file or a comment, mentions a secret."""
    return _MENTION.search(text) is not None


def _mask_found_address(match: re.Match[str]) -> str:
    address = match[0].rstrip(_ENDS_OF_SENTENCE)
    return _mask_address(address) + match[0][len(address) :]


def _mask_address(address: str) -> str:
    scheme, separator, rest = address.partition("://")
    user = _USER_INFO.match(rest)
    if user is not None and user[0] != _USER_OF_ALL:
        rest = f"{HIDDEN}@{rest[user.end() :]}"
    before, hash_sign, fragment = rest.partition("#")
    if hash_sign:
        is_place = "=" not in fragment.partition("?")[0]
        fragment = _mask_path(fragment) if is_place else HIDDEN
    # a host is never a secret, and neither is where a file is on this machine
    is_local = scheme in {"file", "git+file"}
    host = before if is_local else before.partition("?")[0].partition("/")[0]
    place = host + _mask_path(before[len(host) :])
    return f"{scheme}{separator}{place}{hash_sign}{fragment}"


def _mask_path(text: str) -> str:
    path, question, query = text.partition("?")
    path = "/".join(map(_mask_segment, path.split("/")))
    return f"{path}{question}{HIDDEN if query else ''}"


def _mask_segment(segment: str) -> str:
    name, semicolon, parameters = segment.partition(";")
    if _is_random(name) or _UUID.search(name):
        name = HIDDEN
    return f"{name}{semicolon}{HIDDEN if parameters else ''}"


def _is_random(text: str) -> bool:
    runs = _RUN.findall(text)
    return any(len(_ALTERNATION.findall(run)) >= _FEWEST_ALTERNATIONS for run in runs)


def _mask_arguments(command: str) -> str:
    program = _PROGRAM.match(command)
    if program is None:
        return HIDDEN if command else command
    return program[0] if program.end() == len(command) else f"{program[0]} {HIDDEN}"
