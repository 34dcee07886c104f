"""The text of a file as botocore decodes it, and the files of other formats that take its place."""

from __future__ import annotations

import codecs
import re

from sync_profiles.errors import ConfigUnreadable
from sync_profiles.model import FileKind

#: git-crypt, Ansible, age, OpenSSL, GnuPG and SOPS
_ENCRYPTED = (
    rb"\x00GITCRYPT\x00|\$ANSIBLE_VAULT;|age-encryption\.org/|U2FsdGVkX1|Salted__"
    rb"|-----BEGIN (?:AGE|PGP) |\x85[\x01-\x04]|\x8c\x0d\x04|\s*\{\s*\"data\":\s*\"ENC\["
)
#: how files of other formats begin, what each is, and what to do; botocore reads none
_OTHER_FORMATS = (
    (rb"\s*<(?:!doctype\s+html|html|head|\?xml)\b", "a web page", "use the raw file instead"),
    (rb"\s*(?:<%|\{\{|\{%)", "a template", "use what a program makes of the template instead"),
    (_ENCRYPTED, "an encrypted file", "use the decrypted file instead"),
    (rb"\s*\{", "JSON", "write its settings as `key = value`, or use the raw file instead"),
    (
        rb"version https://git-lfs\.github\.com/",
        "a pointer of Git LFS",
        "run `git lfs pull` in a clone of its repository, and use the file there",
    ),
    (rb"-----BEGIN ", "a key or a certificate", "use the config file instead"),
)
_BEGINNINGS = [(re.compile(p, re.IGNORECASE), what, step) for p, what, step in _OTHER_FORMATS]


def other_format(data: bytes) -> tuple[str, str] | None:
    """Return what a file of another format is, and what to do; None for the others."""
    data = data.removeprefix(codecs.BOM_UTF8)
    for beginning, what, step in _BEGINNINGS:
        if beginning.match(data):
            return what, step
    return None


def decode(
    data: bytes, *, path: object, kind: FileKind, encoding: str, of_any_format: bool = False
) -> str:
    """Return the text of a file's bytes.

    Raises `ConfigUnreadable` where the bytes are not text in the encoding, or of another format.
    """
    if not of_any_format and (other := other_format(data)) is not None:
        problem = f"`{path}` is {other[0]}, not a {kind.value} file", other[1]
    else:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            position = error.start
        problem = _undecodable(data, position, path=path, kind=kind.value, encoding=encoding)
    # not raised inside `except`: the decoder's exception contains the whole file
    what, remedy = problem
    raise ConfigUnreadable(what, hint=f"the AWS CLI cannot read this file at all: {remedy}")


def _undecodable(
    data: bytes, position: int, *, path: object, kind: str, encoding: str
) -> tuple[str, str]:
    """Return what is at the first position that cannot be decoded, and what to do."""
    spelled = encoding.upper()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        what = f"the {kind} file is saved as UTF-16, not as {spelled}"
        return what, f"save `{path}` as UTF-8 without BOM"
    what, remedy = f"byte 0x{data[position]:02x} is not {spelled}", f"save `{path}` as {spelled}"
    if codecs.lookup(encoding).name == "ascii":
        what = "there is a character outside of ASCII, and this locale has no others"
        remedy = "set `LC_ALL=C.UTF-8`, or remove the character"
    line = len((data[:position] + b".").splitlines())
    return f"{what} ({kind}, line {line})", remedy
