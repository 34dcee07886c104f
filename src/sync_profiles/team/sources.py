"""The sources of a team's file; a SOURCE is parsed before anything is opened."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import url2pathname

from sync_profiles.errors import UsageError
from sync_profiles.redaction import has_secret_parameter, mask_addresses
from sync_profiles.text import has_controls

STDIN = "-"
_GIT_SCHEMES = ("git+https", "git+ssh", "git+file")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_HINT = (
    "name a file, `-`, `https://…`, `s3://bucket/key`, or a git repository and a path in it: "
    "`git+https://…#path`, `git+ssh://…#path`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardInput:
    """Standard input, which cannot be read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPath:
    """A local file, by its absolute path."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """A file at an `https://` address; `http://` is allowed on loopback only."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """An object in S3."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryFile:
    """A file in a git repository's default branch."""

    url: str
    path: str


TeamSource = StandardInput | TeamPath | WebAddress | StoredObject | RepositoryFile


def parse_source(text: str) -> TeamSource:
    """Parse SOURCE; raise `UsageError` if it cannot be fetched safely."""
    if text == STDIN:
        return StandardInput()
    if has_controls(text) or not text:
        raise UsageError("a source must be one line of text", hint=_HINT)
    scheme, separator, _ = text.partition("://")
    if not separator:
        return TeamPath(path=Path(text).expanduser().absolute())
    if any(character.isspace() for character in text):
        raise UsageError(f"{_shown(text)} has white space in it", hint="write it as `%20`")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise UsageError(f"{_shown(text)} is not an address", hint=_HINT) from None
    match scheme.lower():
        case "file":
            return TeamPath(path=Path(url2pathname(parts.path)).absolute())
        case "https" | "http":
            return _web_address(text, parts)
        case "s3":
            return _stored_object(text, parts)
        case known if known in _GIT_SCHEMES:
            return _repository_file(text, parts)
        case _:
            raise UsageError(f"`{scheme}://` is not a known kind of source", hint=_HINT)


def spell_source(source: TeamSource) -> str:
    """Return a source as text without white space, which `parse_source` can parse."""
    match source:
        case StandardInput():
            return STDIN
        case TeamPath(path=path):
            return path.as_uri()
        case WebAddress(url=url):
            return url
        case StoredObject(bucket=bucket, key=key):
            return f"s3://{bucket}/{key}"
        case RepositoryFile(url=url, path=path):
            return f"git+{url}#{path}"
        case _:
            assert_never(source)


def name_source(source: TeamSource) -> str:
    """Return the name of a source for messages."""
    match source:
        case StandardInput():
            return "standard input"
        case TeamPath(path=path):
            return str(path)
        case _:
            return spell_source(source)


def is_loopback(host: str | None) -> bool:
    """Return whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _web_address(text: str, parts: SplitResult) -> WebAddress:
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UsageError(
            f"{_shown(text)} is not encrypted: anyone on the way could change the profiles",
            hint="use `https://`",
        )
    _check_host(text, parts)
    if parts.username is not None or has_secret_parameter(parts):
        raise _secret_inside(parts)
    behind_host = text.partition(parts.netloc)[2]
    odd = next((character for character in behind_host if not character.isascii()), None)
    if odd is not None:
        raise UsageError(f"{_shown(text)} has `{odd}` in it", hint=f"write it as `{quote(odd)}`")
    return WebAddress(url=text)


def _stored_object(text: str, parts: SplitResult) -> StoredObject:
    bucket, key = parts.netloc, text.partition("://")[2].partition("/")[2]
    if _BUCKET.fullmatch(bucket) is None or not key:
        raise UsageError(f"{_shown(text)} does not name an object", hint="write `s3://bucket/key`")
    if has_secret_parameter(parts):
        raise _secret_inside(parts)
    return StoredObject(bucket=bucket, key=key)


def _repository_file(text: str, parts: SplitResult) -> RepositoryFile:
    address, _, path = text.partition("#")
    segments = path.split("/")
    if not path or "\\" in path or any(part in {"", ".", "..", ".git"} for part in segments):
        raise UsageError(
            f"{_shown(text)} does not name a file in the repository",
            hint="write its path after a `#`, as in `git+https://host/repository.git#aws/config`",
        )
    if parts.scheme.lower() != "git+file":
        _check_host(text, parts)
    if (
        parts.password is not None
        or (parts.scheme.lower() == "git+https" and parts.username is not None)
        or has_secret_parameter(parts._replace(fragment=""))
    ):
        raise _secret_inside(parts)
    if (parts.username or "").startswith("-"):
        raise UsageError(f"{_shown(text)} is not an address", hint=_HINT)
    return RepositoryFile(url=address[len("git+") :], path=path)


def _check_host(text: str, parts: SplitResult) -> None:
    if not parts.hostname or parts.hostname.startswith("-"):
        raise UsageError(f"{_shown(text)} does not name a host", hint=_HINT)


def _shown(text: str) -> str:
    """Return a URL for messages; only its scheme if it may contain a secret."""
    is_harmless = "@" not in text and mask_addresses(text) == text
    return f"`{text}`" if is_harmless else f"`{text.partition('://')[0]}://…`"


def _secret_inside(parts: SplitResult) -> UsageError:
    return UsageError(
        f"the address at `{parts.hostname}` has a secret in it, and would be written to your "
        "config file",
        hint="use git's own credentials, or save the file first and import that",
    )
