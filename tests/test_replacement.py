"""Replacing the files on real disks: what is kept, what is refused, and how it fails."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from disk_files import NEW, OLD, at_each_swap, change_of, names, on_linux, on_posix, replace
from sync_profiles.disk import replacement
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
    assert found.with_text(found.text + "é").data == old + "é".encode()
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


def plant_a_link(config: Path) -> None:
    (config.parent / "elsewhere").mkdir()
    (config.parent / "sync-profiles").symlink_to("elsewhere")


@on_posix
@pytest.mark.parametrize(
    ("obstruct", "message"),
    [
        pytest.param(make_read_only, "`{}` is read-only", id="a read-only file"),
        pytest.param(
            lambda path: path.with_name(".config.sync-profiles.lock").mkdir(),
            ".config.sync-profiles.lock`",
            id="a directory in place of the lock file",
        ),
        pytest.param(plant_a_link, "is a link or a file", id="a link in place of our directory"),
        pytest.param(
            lambda path: path.with_name("sync-profiles").touch(),
            "is a link or a file",
            id="a file in place of our directory",
        ),
    ],
)
def test_a_file_that_cannot_be_written_is_named_with_a_hint_and_unchanged(
    obstruct: Callable[[Path], object], message: str, config: Path
) -> None:
    obstruct(config)
    before = {*config.parent.rglob("*")}
    with pytest.raises(ConfigUnwritable) as caught:
        replace(change_of(config))
    assert message.format(config) in caught.value.message
    assert caught.value.hint
    assert config.read_bytes() == OLD
    assert {path for path in config.parent.rglob("*") if path.suffix != ".lock"} <= before


@on_posix
@pytest.mark.parametrize(
    ("other", "mode", "why", "hint"),
    [
        (1, 0o644, ": it belongs to another user (uid {})", "run sync-profiles as its owner"),
        (0, 0o644, ": its attributes (`lsattr`) or its file system forbid a change", "make it"),
        (0, 0o444, "", "make it writable, or change the file that it is generated from"),
    ],
    ids=["another user's", "by its attributes", "by its mode"],
)
def test_who_can_write_a_read_only_file_is_said(
    other: int, mode: int, why: str, hint: str, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = os.geteuid()
    config.chmod(mode)
    monkeypatch.setattr(os, "geteuid", lambda: me + other)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ConfigUnwritable) as caught:
        replace(change_of(config))
    assert caught.value.message == f"`{config}` is read-only{why.format(me)}"
    assert str(caught.value.hint).startswith(hint)


@on_linux
@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.EACCES, f"check {RIGHTS} of the file and of its directory"),
        (errno.EBUSY, "a mounted file cannot be replaced: mount its directory instead"),
        (
            errno.EEXIST,
            "move away what is where its directory should be, then run again",
        ),
        (errno.EFBIG, "raise the limit on file sizes (`ulimit -f`), then run again"),
        (errno.EIO, "the file is unchanged; fix the cause, then run again"),
        (errno.ENOSPC, "free some space on the disk, then run again"),
        (errno.EROFS, "the file system is mounted read-only: remount it, or name another file"),
    ],
    ids=errno.errorcode.get,
)
def test_why_a_file_cannot_be_written_is_said_with_what_helps(
    number: int, hint: str, config: Path
) -> None:
    def refuse(_name: str) -> None:
        raise OSError(number, os.strerror(number))

    change = change_of(config)
    with at_each_swap(before=refuse), pytest.raises(ConfigUnwritable) as caught:
        replace(change)
    why = os.strerror(number).lower()
    assert caught.value.message == f"`{config}` cannot be written: {why} (`{config}`)"
    assert caught.value.hint == hint
    assert (names(config.parent), config.read_bytes()) == ({"config", "sync-profiles"}, OLD)


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


def test_a_held_lock_is_waited_for_and_a_killed_holder_blocks_no_run(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacement, "LOCK_TIMEOUT_SECONDS", 0.2)
    holding = """
import sys, time
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""
    lock = config.with_name(".config.sync-profiles.lock")
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", holding, str(lock)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ConfigUnwritable, match="another sync-profiles is running") as caught:
            replace(change_of(config))
        assert caught.value.hint == "wait until it has finished, then run again"
        assert (config.read_bytes(), names(config.parent)) == (OLD, {"config"})
        holder.kill()
    replace(change_of(config))
    assert config.read_bytes() == NEW


def test_no_file_cannot_be_written() -> None:
    with pytest.raises(ConfigUnwritable, match="there is no credentials file to write") as caught:
        replace(change_of(NO_FILE, kind=CREDENTIALS))
    assert (
        caught.value.hint == "unset `AWS_SHARED_CREDENTIALS_FILE`, or name a file with it or with "
        "`--credentials-file`"
    )


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


@pytest.mark.parametrize("call", ["fsync", "replace", None])
def test_an_interrupt_leaves_no_temporary_file(
    call: str | None, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    if call is not None:
        monkeypatch.setattr(os, call, interrupt)
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
