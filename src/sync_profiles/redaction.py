"""The single definition of what a secret is, and the functions that hide secrets.

`masked_lines` uses it for what is in the files, `secret_shapes` for other text.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote

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
# what is a secret by its shape, whatever it is called: a secret access key or a session token, as a
# word of its own, a token of GitHub's, a JSON web token
_KEY_OR_TOKEN = re.compile(
    r"(?<![\w/+:-])(?:[A-Za-z0-9/+]{40}|[A-Za-z0-9/+]{100,}={0,2})(?![\w/+-])"
)
_OTHER_TOKENS = (  # apart from each other, as they are found by how they begin
    re.compile(r"gh[oprsu]_(?<![\w-]gh.{2})[A-Za-z0-9]{36,}+"),
    re.compile(r"eyJ(?<![\w-]eyJ)[\w-]{8,}+\.[\w-]++\.[\w-]++"),
)
_SHORTEST_TOKEN = 40
# how long a credential lasts, as aws-runas and saml2aws have it
_LIFETIME = re.compile(r"_(?:duration|ttl|expires|expiration)$", re.IGNORECASE)
_MAYBE_SECRET_NAME = re.compile(MAYBE_SECRET, re.IGNORECASE)

# a secret that text mentions: as a setting, close to one, or in a comment
_MENTION = re.compile(
    r"secret[\s_-]*+(?:access[\s_-]*+)?key|(?:session|security)[\s_-]*+token|secret\s*+[=:]"
    r"|passw(?:or)?d|bearer\s+(?=\S*\d)\S{8}|(?<![\w-])eyJ[\w-]{8,}\.[\w-]"  # a token, also a JWT
    # those of GitHub, where a name such as `gha_deploy` is none, of GitLab, and of Slack
    r"|(?<![\w-])(?:gh[oprsu]_[a-z0-9]{16}|github_pat_\w|glpat-\w|xox[abcdeprs]-\w)",
    re.IGNORECASE,
)
#: a URL in a text
ADDRESS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s`\"<>]+")
# a user with a password, at the host of a path as `scp` and git take it
_REMOTE_USER = re.compile(r"(?<![^\s/`'\"=])[\w.+-]{1,64}:[^\s@/:`'\"]{1,256}@(?=[\w.-]{1,253}:)")
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
# of a name, each begins with a capital, or is all capitals
_WORD_OF_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MOST_LONE_LETTERS = 2
# the length of a name is limited: text full of names would take quadratic time
_PARAMETER = re.compile(r"[?&;#]([^=?&;#\s`]{1,128})=")
_PARAMETER_VALUE = re.compile(r"[^&#\s`]*")


def names_secret(name: str) -> bool:
    """Return whether a value with this name is a credential, which no team file may contain."""
    return _SECRET_NAME.search(name) is not None and _LIFETIME.search(name) is None


def may_name_secret(name: str) -> bool:
    """Return whether a value with this name may be a secret, which is not shown."""
    return _MAYBE_SECRET_NAME.search(unquote(name)) is not None


def has_secret_parameter(parts: SplitResult) -> bool:
    """Return whether a URL has a secret in its query or fragment."""
    _, *after_path = parts.path.split(";")
    pairs = [*after_path, *re.split("[?&;]", parts.query), *re.split("[?&;]", parts.fragment)]
    return any(may_name_secret(pair.partition("=")[0]) for pair in pairs if "=" in pair)


def mask_addresses(text: str) -> str:
    """Return text with nothing of its URLs that may be a secret.

    That is the user information, the query, and what does not look like a name in the path; scheme,
    host and the rest of the path stay. Of other text, values of parameters with the name of a
    secret are left out.
    """
    if "@" in text:
        text = _REMOTE_USER.sub(f"{HIDDEN}@", text)
    if "://" in text:
        text = ADDRESS.sub(_mask_found_address, text)
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


def mask_shown(text: str) -> str:
    """Return a text that is about to be shown, as `mask_addresses` does, and without tokens.

    A token may be the value of any setting, or a name, where it was pasted by mistake.
    """
    text = mask_addresses(text)
    if len(text) < _SHORTEST_TOKEN:
        return text
    for pattern in _OTHER_TOKENS:
        text = pattern.sub(HIDDEN, text)
    return _KEY_OR_TOKEN.sub(_mask_found_token, text)


def mentions_secret(text: str) -> bool:
    """Return whether text, such as a line of a file or a comment, mentions a secret."""
    return _MENTION.search(text) is not None


def _mask_found_token(match: re.Match[str]) -> str:
    token = match[0]
    cases = {str.islower, str.isupper, str.isdigit}
    is_mixed = all(any(map(case, token)) for case in cases)
    lone = sum(len(word) == 1 for word in _WORD_OF_NAME.findall(token))
    is_name = len(_ALTERNATION.findall(token)) < _FEWEST_ALTERNATIONS
    return token if (is_name and lone <= _MOST_LONE_LETTERS) or not is_mixed else HIDDEN


def _mask_found_address(match: re.Match[str]) -> str:
    address = match[0].rstrip(_ENDS_OF_SENTENCE)
    return mask_address(address) + match[0][len(address) :]


def mask_address(address: str) -> str:
    """Return a URL for display; `mask_addresses` finds those in a text."""
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
    if is_random(name) or _UUID.search(name):
        name = HIDDEN
    return f"{name}{semicolon}{HIDDEN if parameters else ''}"


def is_random(text: str) -> bool:
    """Return whether text has a run of letters and digits that is not a name."""
    runs = _RUN.findall(text)
    return any(len(_ALTERNATION.findall(run)) >= _FEWEST_ALTERNATIONS for run in runs)
