"""Edits at the last moment before the rename, also on systems where they are hard to notice.

The C library is interposed to let another program act at exactly that moment. If the second of two
files cannot be replaced, the first is restored or named.
"""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
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


@on_linux
def test_a_file_that_another_program_is_about_to_write_is_not_replaced(config: Path) -> None:
    change = change_of(config)
    with config.open("r+b") as theirs:
        with pytest.raises(ConfigChanged):
            replace(change)
        theirs.write(b"[PROFILE")
    assert config.read_bytes() == b"[PROFILE a]\r\n"


@pytest.mark.usefixtures("any_system")
def test_files_are_replaced_on_any_system(config: Path) -> None:
    new = config.with_name("new")
    replace(change_of(config), change_of(new))
    assert (config.read_bytes(), new.read_bytes()) == (NEW, NEW)
    assert names(config.parent) == {"config", "new", "sync-profiles"}


def in_place(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def over_the_beginning(path: Path, data: bytes) -> None:
    with path.open("r+b") as stream:
        stream.write(data)


@contextmanager
def edits_before_each_swap(*edits: Callable[[], object]) -> Iterator[None]:
    """Let another program begin an edit right before each call that swaps two names.

    One that has to wait for us goes on when it can; all have ended after the block.
    """
    programs = [threading.Thread(target=edit) for edit in edits]
    waiting = list(programs)

    def begin(_name: str) -> None:
        if waiting:
            waiting[0].start()
            waiting.pop(0).join(0.2)

    with at_each_swap(before=begin):
        yield
    assert not waiting, "each of them had its moment"
    for program in programs:
        program.join()


@on_linux
@pytest.mark.parametrize(
    ("edits", "result"),
    [
        pytest.param([(by_rename, b"[b]")], b"[b]", id="another file takes its name"),
        pytest.param([(in_place, b"[b]")], b"[b]", id="the file is emptied and written"),
        pytest.param(
            [(over_the_beginning, b"[b]")], b"[b]" + OLD[3:], id="a part of the file is written"
        ),
        pytest.param([(by_rename, b"[b]"), (by_rename, b"[c]")], b"[c]", id="the later of two"),
    ],
)
def test_an_edit_at_the_last_moment_is_kept(
    edits: list[tuple[Callable[[Path, bytes], None], bytes]], result: bytes, config: Path
) -> None:
    change = change_of(config)
    programs = [partial(edit, config, data) for edit, data in edits]
    with edits_before_each_swap(*programs), pytest.raises(ConfigChanged):
        replace(change)
    assert config.read_bytes() == result
    assert names(config.parent) == {"config", "sync-profiles"}
    assert list((config.parent / "sync-profiles").iterdir()) == []


def by_moving_away(path: Path) -> None:
    path.rename(path.with_name("config~"))


def by_a_link(path: Path) -> None:
    by_moving_away(path)
    path.symlink_to("config~")


@on_linux
@pytest.mark.parametrize("edit", [by_moving_away, by_a_link])
def test_a_file_that_is_moved_before_the_last_look_is_a_change(
    edit: Callable[[Path], None], config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = ctypes.CDLL
    change = change_of(config)

    def load(name: str | None, *, use_errno: bool) -> ctypes.CDLL:
        edit(config)
        return library(name, use_errno=use_errno)

    monkeypatch.setattr(ctypes, "CDLL", load)
    with pytest.raises(ConfigChanged):
        replace(change)
    assert config.with_name("config~").read_bytes() == OLD
    assert list((config.parent / "sync-profiles").iterdir()) == []


@on_linux
def test_a_file_that_an_editor_moves_away_and_writes_anew_is_kept(config: Path) -> None:
    change = change_of(config)
    with (
        at_each_swap(
            before=lambda _name: by_moving_away(config),
            after=lambda: config.write_bytes(b"theirs"),
        ),
        pytest.raises(ConfigChanged),
    ):
        replace(change)
    assert (config.read_bytes(), config.with_name("config~").read_bytes()) == (b"theirs", OLD)
    assert names(config.parent) == {"config", "config~", "sync-profiles"}


@on_linux
def test_an_edit_that_cannot_go_back_is_kept(config: Path) -> None:
    change = change_of(config)
    edits = [partial(by_rename, config, b"theirs"), partial(by_moving_away, config)]
    with edits_before_each_swap(*edits), pytest.raises(ConfigChanged):
        replace(change)
    config.write_bytes(b"theirs, again")
    with pytest.raises(ConfigUnwritable, match="was killed while another program wrote"):
        replace(change_of(config))
    [kept] = (config.parent / "sync-profiles").iterdir()
    assert (config.read_bytes(), kept.read_bytes()) == (b"theirs, again", b"theirs")


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
