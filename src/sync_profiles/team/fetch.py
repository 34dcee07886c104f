"""Fetch a team's file from any kind of source: its bytes, within limits, or a clear error."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, assert_never

from sync_profiles.errors import RunError
from sync_profiles.team.sources import (
    RepositoryFile,
    StandardInput,
    StoredObject,
    TeamPath,
    WebAddress,
)
from sync_profiles.team.team_text import LARGEST

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sync_profiles.team.sources import TeamSource

_NONBLOCK = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Fetches from every kind of source; `read_object` takes a bucket, a key and a size."""

    stdin: BinaryIO
    read_object: Callable[[str, str, int], bytes]

    def fetch(self, source: TeamSource) -> bytes:
        """Return at most one byte more than a team's file may have; raise `RunError`."""
        match source:
            case StandardInput():
                return self.stdin.read(LARGEST + 1)
            case TeamPath(path=path):
                return _read_path(path)
            case WebAddress(url=url):
                from sync_profiles.team.web import read_web_address

                return read_web_address(url, size=LARGEST + 1)
            case StoredObject(bucket=bucket, key=key):
                return self.read_object(bucket, key, LARGEST + 1)
            case RepositoryFile():
                from sync_profiles.team.git import read_repository_file

                return read_repository_file(source, size=LARGEST + 1)
            case _:
                assert_never(source)


def _read_path(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | _NONBLOCK)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RunError(f"`{path}` is not a file", hint="name a team's config file")
            return stream.read(LARGEST + 1)
    except OSError as error:
        words = (error.strerror or type(error).__name__).lower()
        raise RunError(
            f"`{path}` cannot be read: {words}",
            hint="correct the source, or remove its block from the config file",
        ) from None
