"""Replacing the files on real disks: what is kept, what is refused, and how it fails."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disk_files import NEW, OLD, change_of, names, on_posix, replace
from sync_profiles.disk.config_file import NO_FILE
from sync_profiles.disk.exchange import successor
from sync_profiles.disk.system import RIGHTS
from sync_profiles.errors import ConfigChanged, ConfigUnreadable, ConfigUnwritable
from sync_profiles.model import FileKind

CONFIG, CREDENTIALS = FileKind.CONFIG, FileKind.CREDENTIALS


@given(
    old=st.binary() | st.text(st.characters(exclude_categories=["Cs"])).map(str.encode),
    new=st.binary(),
)
def test_bytes_are_refused_or_read_and_every_new_one_arrives(
    old: bytes, new: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "every-byte" / "config"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(old)
    # as if written long ago: a file written just now is looked at twice where leases are unknown
    os.utime(path, (1, 1))
    try:
        change = change_of(path, new)
    except ConfigUnreadable:
        with pytest.raises(UnicodeDecodeError):
            old.decode()
        return
    found = change.before
    assert (found.data, found.text) == (old, old.decode())
    assert found.encode(found.text + "é") == old + "é".encode()
    written = replace(change)
    assert path.read_bytes() == new
    assert [file.backup.read_bytes() for file in written if file.backup] == [old] * (old != new)


@pytest.mark.usefixtures("any_system")
@pytest.mark.parametrize("name", ["config", "credentials"])
@pytest.mark.parametrize(
    ("old", "edit"),
    [
        pytest.param(OLD, lambda path: path.write_bytes(b"theirs"), id="another text"),
        pytest.param(OLD, lambda path: path.write_bytes(b""), id="no text"),
        pytest.param(OLD, lambda path: path.unlink(), id="no file"),
        pytest.param(None, lambda path: path.write_bytes(b"theirs"), id="a new file"),
        pytest.param(
            OLD,
            lambda path: (path.rename(path.with_name("moved")), path.symlink_to("moved")),
            id="a link to the same text",
            marks=on_posix,
        ),
    ],
)
def test_if_another_program_writes_one_file_in_the_meantime_both_are_left_to_it(
    old: bytes | None, edit: Callable[[Path], object], name: str, config: Path, credentials: Path
) -> None:
    edited = config.with_name(name)
    if old is None:
        edited.unlink()
    changes = change_of(config), change_of(credentials, kind=CREDENTIALS)
    edit(edited)
    before = {file: file.is_file() and file.read_bytes() for file in config.parent.iterdir()}

    with pytest.raises(ConfigChanged):
        replace(*changes)

    left = [file for file in config.parent.iterdir() if file.suffix != ".lock"]
    directory = config.with_name("sync-profiles")
    assert {
        file: file.is_file() and file.read_bytes() for file in left if file != directory
    } == before
    assert not [*directory.glob("*")]


def make_read_only(config: Path) -> None:
    config.chmod(0o444)
    if os.access(config, os.W_OK):
        pytest.skip("root may write to every file")


def close_the_directory(config: Path) -> None:
    config.parent.chmod(0o500)
    if os.access(config.parent, os.W_OK):
        pytest.skip("root may write to every directory")


def plant_a_link(config: Path) -> None:
    (config.parent / "elsewhere").mkdir()
    (config.parent / "sync-profiles").symlink_to("elsewhere")


CHECK_MODES = f"check {RIGHTS} of the file and of its directory"


@on_posix
@pytest.mark.parametrize(
    ("obstruct", "message", "hint"),
    [
        pytest.param(make_read_only, "`{}` is read-only", None, id="a read-only file"),
        pytest.param(
            close_the_directory, "permission denied", CHECK_MODES, id="a read-only directory"
        ),
        pytest.param(
            lambda path: path.with_name(".config.sync-profiles.lock").mkdir(),
            ".config.sync-profiles.lock`",
            None,
            id="a directory in place of the lock file",
        ),
        pytest.param(
            plant_a_link, "is a link or a file", None, id="a link in place of our directory"
        ),
        pytest.param(
            lambda path: path.with_name("sync-profiles").touch(),
            "is a link or a file",
            None,
            id="a file in place of our directory",
        ),
    ],
)
def test_a_file_that_cannot_be_written_is_named_with_a_hint_and_unchanged(
    obstruct: Callable[[Path], object], message: str, hint: str | None, config: Path
) -> None:
    obstruct(config)
    before = {*config.parent.rglob("*")}
    with pytest.raises(ConfigUnwritable) as caught:
        replace(change_of(config))
    config.parent.chmod(0o700)
    assert message.format(config) in caught.value.message
    assert caught.value.hint
    assert hint in (None, caught.value.hint)
    assert config.read_bytes() == OLD
    assert {path for path in config.parent.rglob("*") if path.suffix != ".lock"} <= before


def test_a_file_whose_status_is_refused_is_named(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = change_of(config)
    ask = os.stat

    def refuse(path: Path, **options: bool) -> os.stat_result:
        if path == config:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
        return ask(path, **options)

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(ConfigUnwritable) as caught:
        replace(change)
    assert caught.value.message == f"`{config}` cannot be written: permission denied (`{config}`)"
    assert caught.value.hint == CHECK_MODES
    assert config.read_bytes() == OLD


def test_a_file_that_a_scanner_has_open_for_a_moment_is_replaced(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename, numbers = os.replace, [32, 5]

    def refuse_at_first(*paths: Path) -> None:
        if numbers:
            error = PermissionError(errno.EACCES, "access denied", *map(str, paths))
            error.filename, error.filename2 = map(str, paths)
            error.winerror = numbers.pop()  # type: ignore[attr-defined]  # as on Windows
            raise error
        rename(*paths)

    monkeypatch.setattr(os, "replace", refuse_at_first)
    replace(change_of(config))
    assert (names(config.parent), config.read_bytes()) == ({"config", "sync-profiles"}, NEW)
    assert numbers == []


def test_no_file_cannot_be_written() -> None:
    with pytest.raises(ConfigUnwritable, match="there is no credentials file to write") as caught:
        replace(change_of(NO_FILE, kind=CREDENTIALS))
    assert caught.value.hint == "name one with `--credentials-file`"


@pytest.mark.skipif(os.name != "posix", reason="links need a right there")
def test_a_link_to_no_file_is_not_replaced(config: Path) -> None:
    config.unlink()
    config.symlink_to(NO_FILE)
    with pytest.raises(ConfigUnwritable, match="its path is empty or leads to `/dev/null`"):
        replace(change_of(config))
    assert (config.readlink(), names(config.parent)) == (NO_FILE, {"config"})


def test_a_file_that_could_not_be_read_again_is_not_written(config: Path) -> None:
    limit = 64 * 1024 * 1024
    with pytest.raises(ConfigUnwritable, match="would be larger than 64 MiB, and could not be"):
        replace(change_of(config, b"#" * (limit + 1)))
    assert (config.read_bytes(), names(config.parent)) == (OLD, {"config"})
    replace(change_of(config, b"#" * limit))
    assert config.stat().st_size == limit


def test_an_interrupt_leaves_no_temporary_file(config: Path) -> None:
    with pytest.raises(KeyboardInterrupt), successor(config, NEW, old=OLD):
        raise KeyboardInterrupt
    assert (names(config.parent), config.read_bytes()) == ({"config"}, OLD)


def test_only_leftovers_of_a_killed_run_are_removed(config: Path) -> None:
    (config.parent / ".config.sync-profiles-0123456789abcdef.tmp").touch()
    others = {
        ".config.sync-profiles-0123456789abcdef.tmp.mine",
        ".config.sync-profiles-mine.tmp",
        ".config-work.sync-profiles-0123456789abcdef.tmp",
        "config.tmp",
    }
    for name in others:
        (config.parent / name).touch()
    replace(change_of(config))
    assert names(config.parent) == {"config", "sync-profiles"} | others
