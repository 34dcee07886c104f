"""Two files in one run: if the second cannot be replaced, the first is restored or named."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from disk_files import (
    NEW,
    OLD,
    THEIRS,
    at_each_swap,
    by_rename,
    change_of,
    names,
    on_linux,
    replace,
)
from sync_profiles.errors import ConfigChanged, ConfigUnwritable, RunError
from sync_profiles.model import FileKind

FILES = {"config", "credentials", "sync-profiles"}
REFUSED = "`{}` cannot be written: device or resource busy"


def replace_both(config: Path, credentials: Path) -> RunError:
    """Try to replace both files; return the error."""
    changes = [change_of(config), change_of(credentials, kind=FileKind.CREDENTIALS)]
    with pytest.raises((ConfigChanged, ConfigUnwritable)) as caught:
        replace(*changes)
    return caught.value


def records(config: Path) -> list[str]:
    """Return the names of the undo records."""
    return [file.name for file in config.with_name("sync-profiles").iterdir()]


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
        with suppress(AttributeError, OSError):  # no names are swapped here
            stack.enter_context(at_each_swap(before=about_to_place))
        stack.enter_context(pytest.MonkeyPatch.context()).setattr(os, "replace", replace)
        yield


def busy() -> None:
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


@pytest.mark.usefixtures("any_system")
def test_if_the_second_file_is_refused_the_first_is_unchanged(
    config: Path, credentials: Path
) -> None:
    mode = config.stat().st_mode
    with at_the_second_file(busy):
        error = replace_both(config, credentials)
    assert error.message.startswith(REFUSED.format(credentials))
    assert "had been written" not in error.message
    assert (config.read_bytes(), credentials.read_bytes()) == (OLD, OLD)
    assert config.stat().st_mode == mode
    assert (names(config.parent), records(config)) == (FILES, [])


@on_linux
def test_the_same_file_goes_back(config: Path, credentials: Path) -> None:
    before = config.stat()
    with at_the_second_file(busy):
        replace_both(config, credentials)
    after = config.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.usefixtures("any_system")
def test_a_new_file_comes_last_and_if_another_program_makes_it_the_first_goes_back(
    config: Path, credentials: Path
) -> None:
    config.unlink()
    with at_the_second_file(lambda: config.write_bytes(THEIRS)):
        assert isinstance(replace_both(config, credentials), ConfigChanged)
    assert (config.read_bytes(), credentials.read_bytes()) == (THEIRS, OLD)
    assert (names(config.parent), records(config)) == (FILES, [])


@on_linux
def test_if_the_second_file_is_edited_both_are_unchanged(config: Path, credentials: Path) -> None:
    with at_the_second_file(lambda: by_rename(credentials, THEIRS)):
        assert isinstance(replace_both(config, credentials), ConfigChanged)
    assert (config.read_bytes(), credentials.read_bytes()) == (OLD, THEIRS)
    assert (names(config.parent), records(config)) == (FILES, [])


@pytest.mark.usefixtures("any_system")
def test_a_first_file_that_was_edited_since_is_kept_and_named(
    config: Path, credentials: Path
) -> None:
    def edit_the_first() -> None:
        config.write_bytes(NEW + THEIRS)
        busy()

    with at_the_second_file(edit_the_first):
        error = replace_both(config, credentials)
    assert isinstance(error, ConfigUnwritable)
    assert error.message.startswith(REFUSED.format(credentials))
    assert error.message.endswith(
        f"; `{config}` had been written before that and cannot be put back"
    )
    assert error.hint == "run `sync-profiles undo` to undo that, fix the cause, then run again"
    assert (config.read_bytes(), credentials.read_bytes()) == (NEW + THEIRS, OLD)
    assert [name.endswith(".json") for name in records(config)].count(True) == 1, "to undo it"
