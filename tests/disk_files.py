"""Real files that the program replaces, in this process or in another one that may be killed."""

from __future__ import annotations

import ctypes
import dataclasses
import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from sync_profiles.config.profiles import ParsedTexts, parse_texts
from sync_profiles.disk.config_file import ConfigFiles, FileChange, WrittenFile, read_file
from sync_profiles.disk.replacement import write_files
from sync_profiles.model import ChangedLine, FileKind

OLD, NEW = b"[profile a]\r\n", b"[profile a]\r\nrole_session_name = work_api\r\n"
THEIRS = b"[profile b]\r\n"
#: what makes NEW of OLD
LINE = ChangedLine(
    line=2, before=None, after="role_session_name = work_api\r\n", section="profile a"
)

on_posix = pytest.mark.skipif(os.name != "posix", reason="POSIX has modes, owners and links")
on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="Linux swaps names and knows who has a file open"
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config file that contains OLD."""
    path = tmp_path / "config"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


@pytest.fixture
def credentials(config: Path) -> Path:
    """Return a credentials file beside the config file that contains OLD, too."""
    path = config.with_name("credentials")
    path.write_bytes(OLD)
    return path


def refuse(*_: object, **__: object) -> None:
    """Refuse a call as a file system does that does not have it."""
    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


@pytest.fixture(params=["this one", "an old C library", "no swaps", "no leases", "no hard links"])
def any_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove what not every system and file system offers."""
    match request.param:
        case "an old C library":
            monkeypatch.setattr(ctypes, "CDLL", refuse)
        case "no swaps":
            monkeypatch.setattr(sys, "platform", "darwin")
        case "no leases":
            monkeypatch.setattr(pytest.importorskip("fcntl"), "fcntl", refuse)
        case "no hard links":
            monkeypatch.setattr(os, "link", refuse)
        case here:
            assert here == "this one"


def texts_of(config: str, folder: Path) -> ParsedTexts:
    """Return the parsed texts of a config file, which is written into a folder."""
    paths = {kind: folder / kind for kind in FileKind}
    paths[FileKind.CONFIG].write_text(config, encoding="utf-8")
    return parse_texts(ConfigFiles(paths=paths).read())


def change_of(
    path: Path,
    data: bytes = NEW,
    *,
    kind: FileKind = FileKind.CONFIG,
    lines: tuple[ChangedLine, ...] = (),
) -> FileChange:
    """Return the change of a file from its current content."""
    before = read_file(path, kind=kind)
    return FileChange(before=before, after=dataclasses.replace(before, data=data), lines=lines)


def replace(*changes: FileChange, command: str = "sync") -> tuple[WrittenFile, ...]:
    return write_files(changes, command=command)


def write_name(path: Path, *, kind: FileKind = FileKind.CONFIG) -> None:
    """Make NEW of a file of OLD, as a sync does."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(OLD)
    replace(change_of(path, kind=kind, lines=(LINE,)))


def names(directory: Path) -> set[str]:
    """Return the contents of a directory without lock files, which are never removed."""
    return {file.name for file in directory.iterdir() if not file.name.endswith(".lock")}


def by_rename(path: Path, data: bytes) -> None:
    """Write a file as an editor does that puts a new one in its place."""
    other = path.with_name("theirs")
    other.write_bytes(data)
    other.replace(path)


@contextmanager
def at_each_swap(
    before: Callable[[str], object] = lambda _name: None,
    after: Callable[[], object] = lambda: None,
) -> Iterator[None]:
    """Let another program act around each call that swaps two names, in this process.

    `before` gets the name of the file that is replaced; an `OSError` of it refuses the call.
    """
    swap = ctypes.CDLL(None, use_errno=True).renameat2

    def renameat2(*arguments: ctypes.c_char_p) -> object:
        try:
            before(os.fsdecode(arguments[3].value or b""))
        except OSError as error:
            ctypes.set_errno(error.errno or 0)
            return -1
        result = swap(*arguments)
        after()
        return result

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(renameat2=renameat2))
        yield
