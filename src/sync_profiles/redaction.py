"""The single definition of what a secret is, and the functions that hide secrets (law 8).

A value with a name (a setting, a URL parameter) is judged by the name; `shapes` does other text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

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
# settings that only sound like secrets: AWS's own, and where a file is
_HARMLESS_SETTING = re.compile(
    r"_file$|^credential_source$|^auth_scheme_preference$|_express_session_auth$"
    r"|^signature_version$",
    re.IGNORECASE,
)
#: words of a setting whose value is a command line, whatever tool runs it
PROGRAM_WORDS = "process|command|cmd|exec|program|script|pager|editor|browser"
_PROGRAM_SETTING = re.compile(rf"(?:{PROGRAM_WORDS})$", re.IGNORECASE)
_PROGRAM = re.compile(r"\"[^\"]*\"|'[^']*'|\S+")
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
    r"[\s#;]*+(?:export\s++)?(?P<key>[\w.-]++)['\"]?[^\S\r\n]*+[=:](?!//)[^\S\r\n]*+"
)

# a secret that text mentions: as a setting, close to one, or in a comment
_MENTION = re.compile(
    r"secret[\s_-]*+(?:access[\s_-]*+)?key|(?:session|security)[\s_-]*+token|secret\s*+[=:]"
    r"|passw(?:or)?d|bearer\s+(?=\S*\d)\S{8}|(?<![\w-])eyJ[\w-]{8,}\.[\w-]",  # a token, also a JWT
    re.IGNORECASE,
)

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


def mask_setting(key: str, value: str) -> str:
    """Return a setting's value for display; a program is shown without its arguments."""
    if _is_program(key):
        return _mask_arguments(value.strip())
    if _is_secret_setting(key):
        return HIDDEN if value else value
    shown = _mask_address(value) if _ADDRESS.match(value) else mask_addresses(value)
    return HIDDEN if _mentions_secret(shown) else shown


def hides_secret(line: str) -> bool:
    """Return whether a line of a file may have a secret, or a value below it that is one."""
    setting = _SETTING_LINE.match(line)
    is_named = setting is not None and (
        _is_program(setting["key"]) or _is_secret_setting(setting["key"])
    )
    return is_named or _mentions_secret(line) or mask_line(line) != line


def mask_line(line: str) -> str:
    """Return a line of a file for display: a setting without what is secret in its value."""
    text = line.rstrip()
    setting = _SETTING_LINE.match(text)
    if setting is not None:
        shown = text[: setting.end()] + mask_setting(setting["key"], text[setting.end() :])
    else:
        shown = HIDDEN if _mentions_secret(text) else mask_addresses(text)
    return shown + line[len(text) :]


def mask_request(line: str) -> str:
    """Return a line that a person is asked to agree to, without its secrets.

    It is `mask_line`, but for the arguments of a program: whoever agrees to run it must see them.
    Only values of options that have the name of a secret are left out.
    """
    setting = _SETTING_LINE.match(line)
    if setting is None or not _is_program(setting["key"]):
        return mask_line(line)
    command = _OPTION.sub(rf"\1{HIDDEN}", line[setting.end() :])
    return line[: setting.end()] + mask_addresses(command)


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


def _is_program(key: str) -> bool:
    """Return whether a setting names a program, whose arguments may be secrets."""
    return _PROGRAM_SETTING.search(key) is not None


def _mentions_secret(text: str) -> bool:
    """Return whether text, such as a line of a file or a comment, mentions a secret."""
    return _MENTION.search(text) is not None


def _is_secret_setting(key: str) -> bool:
    return may_name_secret(key) and _HARMLESS_SETTING.search(key) is None


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
    runs = _RUN.findall(name)
    is_random = any(len(_ALTERNATION.findall(run)) >= _FEWEST_ALTERNATIONS for run in runs)
    if is_random or _UUID.search(name):
        name = HIDDEN
    return f"{name}{semicolon}{HIDDEN if parameters else ''}"


def _mask_arguments(command: str) -> str:
    program = _PROGRAM.match(command)
    if program is None or program.end() == len(command):
        return command
    return f"{HIDDEN if '=' in program[0] else program[0]} {HIDDEN}"
