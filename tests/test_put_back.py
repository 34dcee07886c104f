"""Two files in one run: if the second cannot be replaced, the first is restored or named."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from disk_files import NEW, OLD, THEIRS, at_each_swap, change_of, refuse
from sync_profiles.disk.files import ConfigFiles
from sync_profiles.errors import ConfigChanged, ConfigUnwritable, RunError
from sync_profiles.model import FileKind

REFUSED = "`{}` cannot be written: device or resource busy"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux swaps names in one step")


@pytest.fixture
def files(tmp_path: Path) -> ConfigFiles:
    """Return two files that contain OLD."""
    paths = {kind: tmp_path / kind for kind in FileKind}
    for path in paths.values():
        path.write_bytes(OLD)
        path.chmod(0o640)
    return ConfigFiles(paths=paths)


def replace_both(files: ConfigFiles) -> RunError:
    """Try to replace both files; return the error."""
    changes = [
        change_of(files.paths[FileKind.CONFIG]),
        change_of(files.paths[FileKind.CREDENTIALS], kind=FileKind.CREDENTIALS),
    ]
    with pytest.raises((ConfigChanged, ConfigUnwritable)) as caught:
        files.replace(changes, command="sync")
    return caught.value


def left(files: ConfigFiles) -> set[str]:
    """Return what is in the directory, and in that of the records, but for the lock files."""
    directory = files.paths[FileKind.CONFIG].parent
    return {
        os.fspath(file.relative_to(directory))
        for file in directory.rglob("*")
        if not file.name.endswith(".lock")
    }


def records(files: ConfigFiles) -> int:
    return sum(name.endswith(".json") for name in left(files))


@contextmanager
def at_the_second_file(act: Callable[[], object]) -> Iterator[None]:
    """Let something happen before the credentials file is replaced; an `OSError` refuses it."""
    waiting = [act]
    rename = os.replace

    def about_to_place(name: str) -> None:
        if Path(name).name == "credentials" and waiting:
            waiting.pop()()

    def replace(source: str, destination: str) -> None:
        about_to_place(os.fspath(destination))
        rename(source, destination)

    with ExitStack() as stack:
        if sys.platform == "linux":
            stack.enter_context(at_each_swap(before=about_to_place))
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(os, "replace", replace)
        yield


def busy() -> None:
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


@pytest.fixture(params=["names are swapped", "names are not swapped", "no hard links"])
def any_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove what not every system and file system offers."""
    if request.param == "names are not swapped":
        monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(renameat2=refuse))
        monkeypatch.setattr(sys, "platform", "darwin")
    elif request.param == "no hard links":
        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("any_system")
def test_if_the_second_file_is_refused_the_first_is_unchanged(
    files: ConfigFiles,
) -> None:
    config, credentials = files.paths.values()
    mode = config.stat().st_mode
    with at_the_second_file(busy):
        error = replace_both(files)
    assert error.message.startswith(REFUSED.format(credentials))
    assert "had been written" not in error.message
    assert (config.read_bytes(), credentials.read_bytes()) == (OLD, OLD)
    assert config.stat().st_mode == mode
    assert left(files) == {"config", "credentials", "sync-profiles"}


@on_linux
def test_the_same_file_goes_back(files: ConfigFiles) -> None:
    before = files.paths[FileKind.CONFIG].stat()
    with at_the_second_file(busy):
        replace_both(files)
    after = files.paths[FileKind.CONFIG].stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.usefixtures("any_system")
def test_a_new_file_comes_last_and_if_another_program_makes_it_the_first_goes_back(
    files: ConfigFiles,
) -> None:
    config, credentials = files.paths.values()
    config.unlink()
    with at_the_second_file(lambda: config.write_bytes(THEIRS)):
        assert isinstance(replace_both(files), ConfigChanged)
    assert (config.read_bytes(), credentials.read_bytes()) == (THEIRS, OLD)
    assert left(files) == {"config", "credentials", "sync-profiles"}


@on_linux
def test_if_the_second_file_is_edited_both_are_unchanged(
    files: ConfigFiles,
) -> None:
    config, credentials = files.paths.values()

    def edit() -> None:
        other = credentials.with_name("theirs")
        other.write_bytes(THEIRS)
        other.replace(credentials)

    with at_the_second_file(edit):
        assert isinstance(replace_both(files), ConfigChanged)
    assert (config.read_bytes(), credentials.read_bytes()) == (OLD, THEIRS)
    assert left(files) == {"config", "credentials", "sync-profiles"}


@pytest.mark.usefixtures("any_system")
def test_a_first_file_that_was_edited_since_is_kept_and_named(
    files: ConfigFiles,
) -> None:
    config, credentials = files.paths.values()

    def edit_the_first() -> None:
        config.write_bytes(NEW + THEIRS)
        busy()

    with at_the_second_file(edit_the_first):
        error = replace_both(files)
    assert isinstance(error, ConfigUnwritable)
    assert error.message.startswith(REFUSED.format(credentials))
    assert error.message.endswith(
        f"; `{config}` had been written before that and cannot be put back"
    )
    assert error.hint == "run `sync-profiles undo` to undo that, fix the cause, then run again"
    assert (config.read_bytes(), credentials.read_bytes()) == (NEW + THEIRS, OLD)
    assert records(files) == 1, "an undo takes it back"
