"""What of an address is a secret: the same for what is refused, and for what is masked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from urllib.parse import SplitResult

HIDDEN = "****"

_NAMES = re.compile(
    r"token|signature|secret|passw|credential|access_?key"
    r"|key(?![a-z])|(?<![a-z])(?:auth|jwt|pwd|sig)(?![a-z])|^(?:code|pass|pat)$",
    re.IGNORECASE,
)
_USER = re.compile(r"(://)[^\s/@`]+@")
# a name is bounded: a text that is all names would take the square of its length
_PARAMETER = re.compile(r"[?&;#]([^=?&;#\s`]{1,128})=")
_VALUE = re.compile(r"[^&#\s`]*")


def names_secret(name: str) -> bool:
    """Say whether the value of a parameter of this name is a secret."""
    return _NAMES.search(unquote(name)) is not None


def has_secret_parameter(parts: SplitResult) -> bool:
    """Say whether an address has a secret behind its path, in whatever way it is put there."""
    _, *behind_path = parts.path.split(";")
    pairs = [*behind_path, *re.split("[?&;]", parts.query), *re.split("[?&;]", parts.fragment)]
    return any(names_secret(pair.partition("=")[0]) for pair in pairs if "=" in pair)


def mask_addresses(text: str) -> str:
    """Return text without the passwords and signatures of the addresses in it."""
    text = _USER.sub(rf"\1{HIDDEN}@", text)
    parts = []
    done = 0
    for match in _PARAMETER.finditer(text):
        if match.start() >= done and names_secret(match[1]):
            parts += [text[done : match.end()], HIDDEN]
            value = _VALUE.match(text, match.end())
            done = match.end() if value is None else value.end()
    return "".join([*parts, text[done:]])
