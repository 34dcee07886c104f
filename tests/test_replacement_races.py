"""Edits at the last moment before the rename, also on systems where they are hard to notice.

The C library is interposed to let another program act at exactly that moment.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from disk_files import NEW, OLD, at_each_swap, by_rename, change_of, names, on_linux, replace
from sync_profiles.errors import ConfigChanged, ConfigUnwritable


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
