"""The sources of a team's file; a SOURCE is parsed before anything is opened."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from enum import Enum, auto
from pathlib import Path
from typing import NamedTuple
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import url2pathname

from sync_profiles.errors import UsageError
from sync_profiles.redaction import has_secret_parameter, mask_addresses
from sync_profiles.text import has_controls

STDIN = "-"
_GIT_SCHEMES = ("git+https", "git+ssh", "git+file")
# as git and scp write a repository over ssh; a drive of Windows has one letter
_SCP = re.compile(r"(?P<host>[\w.-]+@[\w.-]+|[\w.-]{2,}(?=.*\.git)):(?P<path>[^\\@]+)")
_PATH = re.compile(r"[\w./-]+")
#: an address without `https://`
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?=/.)", re.ASCII)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
NO_FILES = (
    "`-`, `https://…`, `s3://bucket/key`, or a git repository and a path in it: "
    "`git+https://…#path`, `git+ssh://…#path`"
)
_HINT = f"name a file, {NO_FILES}"


class SourceKind(Enum):
    """Where a team's file can be; standard input cannot be read again."""

    STDIN = auto()
    FILE = auto()
    WEB = auto()
    S3 = auto()
    GIT = auto()


class TeamSource(NamedTuple):
    """A team's file; `text` has no white space, and `parse_source` can parse it.

    `place` is the absolute path of a local file, the URL of a file or of a git repository, or a
    bucket of S3; `path` is that in the repository's default branch, or the object's key.
    """

    kind: SourceKind
    text: str
    place: str = ""
    path: str = ""

    def __str__(self) -> str:
        match self.kind:
            case SourceKind.STDIN:
                return "standard input"
            case SourceKind.FILE:
                return self.place
            case _:
                return self.text


def parse_source(text: str) -> TeamSource:
    """Parse SOURCE; raise `UsageError` if it cannot be fetched safely."""
    if text == STDIN:
        return TeamSource(SourceKind.STDIN, STDIN)
    if has_controls(text) or not text:
        raise UsageError("a source must be one line of text", hint=_HINT)
    scheme, separator, _ = text.partition("://")
    if not separator:
        return _local_file(text)
    parts = _split(text)
    match scheme.lower():
        case "file":
            return _file_address(text, parts)
        case "https" | "http":
            return _web_address(text, parts)
        case "s3":
            return _stored_object(text, parts)
        case known if known in _GIT_SCHEMES:
            return _repository_file(text, parts)
        case _:
            if scheme.lower() == "ssh":
                raise _is_repository(text, text)
            raise UsageError(f"`{scheme}://` is not a known kind of source", hint=_HINT)


def _split(text: str) -> SplitResult:
    if any(character.isspace() for character in text):
        # where the address ends is not certain, so neither is what of it is a secret
        raise UsageError("the source's address has white space in it", hint="write it as `%20`")
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise UsageError(f"{_shown(text)} is not an address", hint=_HINT) from None
    return parts


def is_loopback(host: str | None) -> bool:
    """Return whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def _local_file(text: str) -> TeamSource:
    remote = _SCP.fullmatch(text)
    if remote is not None and not os.path.lexists(text):
        raise _is_repository(text, f"ssh://{remote['host']}/{remote['path'].lstrip('/')}")
    host = _HOST.match(text)
    if host is not None and not os.path.lexists(host[0]):
        raise UsageError(
            f"there is no directory `{host[0]}` here",
            hint=f"correct the path, or write {_shown(f'https://{text}')} if it is an address",
        )
    return _file_at(Path(text).expanduser())


def _file_address(text: str, parts: SplitResult) -> TeamSource:
    host = "" if parts.netloc == "localhost" else parts.netloc
    if host and sys.platform != "win32":  # where it is `\\host\share\…`
        raise UsageError(
            f"{_shown(text)} names a file of another machine",
            hint="write its path as it is on this machine",
        )
    # with the slashes before a host: a path may begin with two of its own
    return _file_at(Path(url2pathname(f"//{host}{parts.path}")))


def _file_at(path: Path) -> TeamSource:
    try:
        absolute = path.absolute()
    except FileNotFoundError:  # from the current directory, which was removed
        raise UsageError(
            f"`{path}` is a path in the current directory, which does not exist any more",
            hint="change to another directory, or write the full path",
        ) from None
    return TeamSource(SourceKind.FILE, absolute.as_uri(), str(absolute))


def _is_repository(text: str, address: str) -> UsageError:
    """Return the error for an address that git knows, and that may lack a file."""
    address, _, path = address.partition("#")
    path = path if _PATH.fullmatch(path) else ""
    lacks = "its address must begin with `git+`" if path else "a file in it must be named"
    return UsageError(
        f"{_shown(text)} is a git repository, and {lacks}",
        hint=f"write `git+{mask_addresses(_without_secrets(address))}#{path or 'PATH'}`",
    )


def _without_secrets(address: str) -> str:
    """Return an address without query and user; all users of a git host may be `git`."""
    scheme, _, rest = re.split("[?#]", address, maxsplit=1)[0].partition("://")
    place, slash, path = rest.partition("/")
    user, at, host = place.rpartition("@")
    return f"{scheme}://{user + at if user == 'git' else ''}{host}{slash}{path}"


def _web_address(text: str, parts: SplitResult) -> TeamSource:
    if parts.path.endswith(".git"):
        raise _is_repository(text, text)
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
    return TeamSource(SourceKind.WEB, text, text)


def _stored_object(text: str, parts: SplitResult) -> TeamSource:
    bucket, key = parts.netloc, text.partition("://")[2].partition("/")[2]
    if _BUCKET.fullmatch(bucket) is None or not key:
        raise UsageError(
            f"{_shown(text)} does not name an object",
            hint="write `s3://bucket/key`; a bucket's name has 3 to 63 of `a-z 0-9 . -`",
        )
    if has_secret_parameter(parts):
        raise _secret_inside(parts)
    return TeamSource(SourceKind.S3, f"s3://{bucket}/{key}", bucket, key)


def _repository_file(text: str, parts: SplitResult) -> TeamSource:
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
    url = address[len("git+") :]
    return TeamSource(SourceKind.GIT, f"git+{url}#{path}", url, path)


def _check_host(text: str, parts: SplitResult) -> None:
    if not parts.hostname or parts.hostname.startswith("-"):
        raise UsageError(f"{_shown(text)} does not name a host", hint=_HINT)


def _shown(text: str) -> str:
    """Return a URL for messages; only its scheme if it may contain a secret."""
    return f"`{mask_addresses(text)}`"


def _secret_inside(parts: SplitResult) -> UsageError:
    return UsageError(
        f"the address at `{parts.hostname}` has a secret in it, and would be written to your "
        "config file",
        hint="use git's own credentials, or save the file first and import that",
    )
