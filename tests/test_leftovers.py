"""What a killed run leaves: ours goes with the next run, another program's edit is never lost."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from killed_swap import killed_after_the_swap
from sync_profiles.disk.config_file import FileChange, FilePaths
from sync_profiles.disk.files import ConfigFiles
from sync_profiles.errors import ConfigChanged, ConfigUnwritable
from sync_profiles.model import FileKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="Linux swaps names in one step: elsewhere none comes out"
)

OLD, NEW, THEIRS = b"[profile a]\n", b"[profile a]\nrole_session_name = me\n", b"[profile b]\n"
REPLACING_SCRIPT = """
from sync_profiles.disk.config_file import read_file
from sync_profiles.disk.config_file import FileChange
from sync_profiles.disk.replacement import replace_files
from sync_profiles.model import FileKind

new = sys.argv[1].encode()
before = read_file(path, kind=FileKind.CONFIG)
change = FileChange(path=path, kind=FileKind.CONFIG, before=before, data=new, lines=())
replace_files([change], command="sync")
"""


as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can plant another's file"
)


@pytest.fixture
def files(tmp_path: Path) -> ConfigFiles:
    """Return a config file that holds OLD, and no credentials file."""
    paths = FilePaths(
        config_file=tmp_path / "config", credentials_file=tmp_path / "none" / "credentials"
    )
    paths.config_file.write_bytes(OLD)
    return ConfigFiles(paths=paths)


def kill_after_the_swap(
    files: ConfigFiles, *, theirs: bytes = b"", how: signal.Signals = signal.SIGKILL
) -> None:
    config = files.paths.config_file
    ended = subprocess.run(  # noqa: S603 - our own script
        killed_after_the_swap(REPLACING_SCRIPT, NEW.decode(), path=config, theirs=theirs, how=how),
        check=False,
        capture_output=True,
    )
    assert ended.returncode == -how
    assert config.read_bytes() == NEW


def change_of(files: ConfigFiles, data: bytes) -> FileChange:
    before = files.read()[FileKind.CONFIG]
    return FileChange(
        path=files.paths.config_file, kind=FileKind.CONFIG, before=before, data=data, lines=()
    )


def swapped_out(files: ConfigFiles) -> list[bytes]:
    """Return what stands under the temporary names."""
    return [file.read_bytes() for file in files.paths.config_file.parent.glob(".*.tmp")]


def kept(files: ConfigFiles) -> list[Path]:
    return [*files.paths.config_file.parent.glob("sync-profiles/*.kept")]


@pytest.mark.parametrize("data", [NEW + b"# more\n", None], ids=["with a write", "with none"])
def test_the_old_text_goes_with_the_next_run(data: bytes | None, files: ConfigFiles) -> None:
    kill_after_the_swap(files)
    assert swapped_out(files) == [OLD]
    changes: Sequence[FileChange] = [] if data is None else [change_of(files, data)]
    files.replace(changes, command="sync")
    assert swapped_out(files) == []
    assert files.paths.config_file.read_bytes() == data or NEW


@pytest.mark.parametrize("data", [NEW + b"# more\n", None], ids=["with a write", "with none"])
def test_an_edit_that_was_swapped_out_comes_back_and_the_run_starts_again(
    data: bytes | None, files: ConfigFiles
) -> None:
    kill_after_the_swap(files, theirs=THEIRS)
    assert swapped_out(files) == [THEIRS]
    changes: Sequence[FileChange] = [] if data is None else [change_of(files, data)]

    with pytest.raises(ConfigChanged):
        files.replace(changes, command="sync")

    config = files.paths.config_file
    assert (config.read_bytes(), stat.S_IMODE(config.stat().st_mode)) == (THEIRS, 0o640)
    assert (swapped_out(files), kept(files)) == ([], [])
    files.replace([change_of(files, THEIRS + b"# ours\n")], command="sync")
    assert config.read_bytes() == THEIRS + b"# ours\n"


def test_an_edit_that_was_swapped_out_is_kept_where_the_file_was_written_since(
    files: ConfigFiles,
) -> None:
    kill_after_the_swap(files, theirs=THEIRS)
    later = NEW + b"# later\n"
    files.paths.config_file.write_bytes(later)

    with pytest.raises(ConfigUnwritable, match="was killed while another program wrote") as caught:
        files.replace([change_of(files, later + b"# ours\n")], command="sync")

    (edit,) = kept(files)
    assert str(edit) in caught.value.message
    assert caught.value.hint == "compare the two, copy what you miss, then run again"
    assert edit.read_bytes() == THEIRS
    assert files.paths.config_file.read_bytes() == later
    files.replace([change_of(files, later + b"# ours\n")], command="sync")
    assert files.paths.config_file.read_bytes() == later + b"# ours\n"
    assert (kept(files), swapped_out(files)) == ([edit], [])


def test_what_another_program_is_about_to_write_comes_back(files: ConfigFiles) -> None:
    kill_after_the_swap(files)
    (leftover,) = files.paths.config_file.parent.glob(".*.tmp")
    with leftover.open("r+b") as theirs:
        with pytest.raises(ConfigChanged):
            files.replace([change_of(files, NEW + b"# more\n")], command="sync")
        theirs.write(THEIRS)
    assert (files.paths.config_file.read_bytes(), swapped_out(files)) == (THEIRS, [])


def test_an_interrupt_between_the_swap_and_the_look_loses_no_edit(files: ConfigFiles) -> None:
    kill_after_the_swap(files, theirs=THEIRS, how=signal.SIGINT)
    with pytest.raises(ConfigChanged):
        files.replace([], command="sync")
    assert (files.paths.config_file.read_bytes(), swapped_out(files)) == (THEIRS, [])


def test_what_may_not_be_removed_does_not_disturb_a_run_with_nothing_to_write(
    files: ConfigFiles,
) -> None:
    kill_after_the_swap(files)
    directory = files.paths.config_file.parent
    lock = directory / ".config.sync-profiles.lock"
    lock.unlink()
    lock.mkdir()  # as good as a directory that we may not write to, for root too
    files.replace([], command="sync")
    assert swapped_out(files) == [OLD]
    assert os.listdir(lock) == []  # noqa: PTH208 - just the names


def plant(files: ConfigFiles, data: bytes, *, owner: int) -> Path:
    """Make a file of a leftover's name, which says that data was swapped out for what is there."""
    config = files.paths.config_file
    new = hashlib.sha256(config.read_bytes()).hexdigest()[:16]
    planted = config.with_name(f".config.sync-profiles-{'0' * 16}-{'1' * 16}-{new}.tmp")
    planted.write_bytes(data)
    os.chown(planted, owner, -1)
    return planted


def check_that_it_is_ignored(planted: Path, files: ConfigFiles, *, data: bytes) -> None:
    config = files.paths.config_file
    before = {file.name for file in config.parent.iterdir()}
    files.replace([], command="sync")
    assert {file.name for file in config.parent.iterdir()} == before
    files.replace([change_of(files, NEW)], command="sync")
    assert (config.read_bytes(), planted.read_bytes()) == (NEW, data)


@as_root
def test_what_another_user_planted_is_no_leftover(files: ConfigFiles) -> None:
    planted = plant(files, b"[profile evil]\n", owner=65534)
    check_that_it_is_ignored(planted, files, data=b"[profile evil]\n")


@as_root
def test_what_the_files_owner_left_is_one_for_root_too(files: ConfigFiles) -> None:
    os.chown(files.paths.config_file, 12345, -1)
    plant(files, THEIRS, owner=12345)
    with pytest.raises(ConfigChanged):
        files.replace([], command="sync")
    assert (files.paths.config_file.read_bytes(), swapped_out(files)) == (THEIRS, [])


@as_root
@pytest.mark.parametrize("planted", ["file", "link to a directory"])
def test_what_another_user_planted_is_no_torn_backup(planted: str, files: ConfigFiles) -> None:
    directory = files.paths.config_file.parent / "sync-profiles"
    torn = directory / "config.20250131T120000.000007Z.bak.tmp"
    if planted == "file":
        directory.mkdir()
    else:
        directory.with_name("elsewhere").mkdir()
        directory.symlink_to("elsewhere")
    torn.touch()
    if planted == "file":
        os.chown(torn, 65534, -1)
    files.replace([], command="sync")
    assert torn.exists()


def test_a_link_to_a_file_of_ours_is_no_leftover(files: ConfigFiles) -> None:
    planted = plant(files, b"", owner=os.geteuid())
    mine = planted.with_name("mine")
    mine.write_bytes(b"[profile mine]\n")
    planted.unlink()
    planted.hardlink_to(mine)
    files.replace([change_of(files, NEW)], command="sync")
    assert files.paths.config_file.read_bytes() == NEW
    assert planted.read_bytes() == mine.read_bytes() == b"[profile mine]\n"
