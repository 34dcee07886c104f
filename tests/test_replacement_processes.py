"""Replacing a file while other processes lock it, edit it, fill the disk, or kill the run."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from disk_files import SCRIPT, SIGKILL, change_of
from sync_profiles.disk import replacement
from sync_profiles.disk.replacement import replace_files
from sync_profiles.errors import ConfigUnwritable

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX has these signals and limits")

OLD = b"[profile a]\n" * 1000
REFUSED_SCRIPT = (
    SCRIPT
    + """
import resource
if len(sys.argv) > 1:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
before = read()
try:
    replace(before, before.data + b"x")
except ConfigUnwritable as error:
    print(error.message.partition(" (")[0], error.hint, sep="\\n")
"""
)
# appends a line each time that it gets its turn; its arguments are a letter, and how many times
APPENDING_SCRIPT = (
    SCRIPT
    + """
for number in range(int(sys.argv[2])):
    while True:
        before = read()
        try:
            replace(before, before.data + f"# {sys.argv[1]}{number}\\n".encode())
        except ConfigChanged:
            continue
        break
    print(number, flush=True)
"""
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_bytes(OLD)
    return path


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own scripts
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def append(path: Path, data: bytes) -> None:
    change = change_of(path, path.read_bytes() + data)
    replace_files([change], command="sync")


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
    with start(holding, config.parent / ".config.sync-profiles.lock") as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ConfigUnwritable, match="another sync-profiles is running") as caught:
            append(config, b"x")
        assert caught.value.hint == "wait until it has finished, then run again"
        assert config.read_bytes() == OLD
        assert not (config.parent / "sync-profiles").exists()
        holder.kill()
    append(config, b"x")
    assert config.read_bytes() == OLD + b"x"


@pytest.mark.parametrize("how", [SIGKILL, signal.SIGINT])
def test_a_run_ended_at_any_moment_leaves_the_old_file_or_the_new_one(
    how: signal.Signals, config: Path
) -> None:
    chance = random.Random(how)  # noqa: S311 - moments, not secrets
    # with the last one: Python loses an interrupt that comes within a finalizer, as a lock has one
    wholes = {OLD + b"".join(b"# a%d\n" % n for n in range(count)) for count in range(1001)}
    for _ in range(8):
        config.write_bytes(OLD)
        config.chmod(0o640)
        with start(APPENDING_SCRIPT, config, "a", 1000) as run:
            assert run.stdout is not None
            run.stdout.readline()  # it is at work
            time.sleep(chance.random() / 100)
            run.send_signal(how)
            run.communicate(timeout=60)
        assert config.read_bytes() in wholes
        assert config.stat().st_mode & 0o777 == 0o640
    append(config, b"x")
    assert config.read_bytes().endswith(b"x")
    assert not list(config.parent.glob(".*.tmp"))


@pytest.mark.parametrize("room", [0, 5000], ids=["for nothing", "for a part of the file"])
def test_without_disk_space_the_file_is_unchanged(room: int, config: Path) -> None:
    output, errors = start(REFUSED_SCRIPT, config, room).communicate(timeout=60)
    assert errors == ""
    assert output.splitlines() == [
        f"`{config}` cannot be written: file too large",
        "raise the limit on file sizes (`ulimit -f`), then run again",
    ]
    assert config.read_bytes() == OLD
    assert {file.name for file in config.parent.iterdir()} <= {
        "config",
        ".config.sync-profiles.lock",
    }


def _may_mount() -> bool:
    if (unshare := shutil.which("unshare")) is None:
        return False
    tried = subprocess.run([unshare, "-rm", "true"], check=False, capture_output=True)  # noqa: S603 - our own command
    return tried.returncode == 0


@pytest.mark.parametrize(
    ("mount", "why", "hint"),
    [
        pytest.param(
            "mount -t tmpfs -o size=16k none {there} && head -c 9000 {config} >{there}/config",
            "no space left on device",
            "free some space on the disk, then run again",
            id="a full disk",
        ),
        pytest.param(
            "touch {there}/config && mount --bind {config} {there}/config",
            "device or resource busy",
            "a mounted file cannot be replaced: mount its directory instead",
            id="a mounted file",
        ),
        pytest.param(
            "cp {config} {there} && mount --bind {there} {there} && "
            "mount -o remount,bind,ro {there} && mount --bind {config} {there}/config",
            "read-only file system",
            "the file system is mounted read-only: remount it, or name another file",
            id="a directory mounted read-only",
        ),
    ],
)
def test_a_mount_that_refuses_the_write_is_explained(
    mount: str, why: str, hint: str, config: Path
) -> None:
    if not _may_mount():
        pytest.skip("only root may mount here")
    there = config.parent / "there"
    there.mkdir()
    inside = (
        f"{mount} && sha256sum <{{there}}/config && {{python}} -c {{script}} {{there}}/config; "
    )
    inside += "sha256sum <{there}/config; ls -A {there}"
    done = subprocess.run(  # noqa: S603 - our own script
        [
            shutil.which("unshare") or "unshare",
            "-rm",
            "sh",
            "-c",
            inside.format(there='"$1"', config='"$2"', python='"$3"', script='"$4"'),
            "sh",
            there,
            config,
            sys.executable,
            REFUSED_SCRIPT,
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    before, message, shown, after, *left = done.stdout.splitlines()
    assert message == f"`{there / 'config'}` cannot be written: {why}"
    assert shown == hint
    assert before == after
    assert not [name for name in left if name.endswith(".tmp")]
