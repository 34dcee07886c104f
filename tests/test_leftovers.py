"""What a killed run leaves: the next run removes it, but no other program's edit is lost."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from functools import partial
from pathlib import Path

import pytest

from disk_files import NEW, OLD, THEIRS, at_each_swap, by_rename, change_of
from sync_profiles.disk.replacement import write_files
from sync_profiles.errors import ConfigChanged, ConfigUnwritable

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="Linux swaps names in one step: elsewhere none comes out"
)

as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can plant another's file"
)


def plant(config: Path, data: bytes, *, owner: int | None = None) -> Path:
    """Make a file of a leftover's name, which says that OLD was swapped out for what is there."""
    digests = "-".join(hashlib.sha256(each).hexdigest()[:16] for each in (OLD, config.read_bytes()))
    planted = config.with_name(f".config.sync-profiles-{'0' * 16}-{digests}.tmp")
    planted.write_bytes(data)
    planted.chmod(0o640)
    os.chown(planted, os.geteuid() if owner is None else owner, -1)
    return planted


def kill_after_the_swap(config: Path, swapped_out: bytes) -> Path:
    """Leave what a run does that is killed then; return where that is which it has swapped out."""
    config.write_bytes(NEW)
    return plant(config, swapped_out)


def replace(config: Path, data: bytes | None = None) -> None:
    """Write the config file as a run does; without data, a run with nothing to write."""
    none = config.parent / "none" / "credentials"
    changes = [] if data is None else [change_of(config, data)]
    write_files(changes, command="sync", paths=(config, none))


def swapped_out(config: Path) -> list[bytes]:
    """Return what is under the temporary names."""
    return [file.read_bytes() for file in config.parent.glob(".*.tmp")]


def kept(config: Path) -> list[Path]:
    return [*config.parent.glob("sync-profiles/*.kept")]


@pytest.mark.parametrize("data", [NEW + b"# more\n", None], ids=["with a write", "with none"])
def test_the_next_run_removes_the_old_text(data: bytes | None, config: Path) -> None:
    kill_after_the_swap(config, OLD)
    replace(config, data)
    assert swapped_out(config) == []
    assert config.read_bytes() == (data or NEW)


@pytest.mark.parametrize("data", [NEW + b"# more\n", None], ids=["with a write", "with none"])
def test_an_edit_that_was_swapped_out_is_restored_and_the_run_starts_again(
    data: bytes | None, config: Path
) -> None:
    kill_after_the_swap(config, THEIRS)

    with pytest.raises(ConfigChanged):
        replace(config, data)

    assert (config.read_bytes(), stat.S_IMODE(config.stat().st_mode)) == (THEIRS, 0o640)
    assert (swapped_out(config), kept(config)) == ([], [])
    replace(config, THEIRS + b"# ours\n")
    assert config.read_bytes() == THEIRS + b"# ours\n"


def test_an_interrupt_at_that_moment_leaves_the_edit_that_was_swapped_out(config: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    change = change_of(config)
    edit = partial(by_rename, config, THEIRS)
    with at_each_swap(before=lambda _: edit(), after=interrupt), pytest.raises(KeyboardInterrupt):
        write_files([change], command="sync")
    assert (config.read_bytes(), swapped_out(config)) == (NEW, [THEIRS])
    assert [*config.parent.glob("sync-profiles/*.json")], "an undo is possible"


def test_an_edit_that_was_swapped_out_is_kept_if_the_file_was_written_since(config: Path) -> None:
    kill_after_the_swap(config, THEIRS)
    later = NEW + b"# later\n"
    config.write_bytes(later)

    with pytest.raises(ConfigUnwritable, match="was killed while another program wrote") as caught:
        replace(config, later + b"# ours\n")

    (edit,) = kept(config)
    assert str(edit) in caught.value.message
    assert caught.value.hint == "compare the two, copy what is missing, then run again"
    assert edit.read_bytes() == THEIRS
    assert config.read_bytes() == later
    replace(config, later + b"# ours\n")
    assert config.read_bytes() == later + b"# ours\n"
    assert (kept(config), swapped_out(config)) == ([edit], [])


@pytest.mark.parametrize("later", [b"", NEW + b"# later\n"], ids=["comes back", "is kept"])
def test_a_write_that_another_program_has_started_is_not_lost(later: bytes, config: Path) -> None:
    leftover = kill_after_the_swap(config, OLD)
    if later:
        config.write_bytes(later)
    with leftover.open("r+b") as theirs:
        with pytest.raises(ConfigUnwritable if later else ConfigChanged) as caught:
            replace(config, NEW + b"# more\n")
        theirs.write(THEIRS)
    assert ("was killed while another program wrote" in caught.value.message) == bool(later)
    assert (config.read_bytes(), swapped_out(config)) == (later or THEIRS, [])
    assert [file.read_bytes() for file in kept(config)] == ([THEIRS] if later else [])


def test_a_run_with_nothing_to_write_ignores_what_it_may_not_remove(config: Path) -> None:
    kill_after_the_swap(config, OLD)
    lock = config.with_name(".config.sync-profiles.lock")
    lock.mkdir()  # has the effect of a read-only directory, for root too
    replace(config)
    assert swapped_out(config) == [OLD]
    assert os.listdir(lock) == []  # noqa: PTH208 - just the names


@as_root
def test_what_another_user_planted_is_not_a_leftover(config: Path) -> None:
    planted = plant(config, b"[profile evil]\n", owner=65534)
    before = {file.name for file in config.parent.iterdir()}
    replace(config)
    assert {file.name for file in config.parent.iterdir()} == before
    replace(config, NEW)
    assert (config.read_bytes(), planted.read_bytes()) == (NEW, b"[profile evil]\n")


@as_root
def test_root_recovers_what_the_file_s_owner_left(config: Path) -> None:
    os.chown(config, 12345, -1)
    plant(config, THEIRS, owner=12345)
    with pytest.raises(ConfigChanged):
        replace(config)
    assert (config.read_bytes(), swapped_out(config)) == (THEIRS, [])


@as_root
@pytest.mark.parametrize("planted", ["file", "link to a directory"])
def test_what_another_user_planted_is_not_a_torn_backup(planted: str, config: Path) -> None:
    directory = config.parent / "sync-profiles"
    torn = directory / "config.20250131T120000.000007Z.bak.tmp"
    if planted == "file":
        directory.mkdir()
    else:
        directory.with_name("elsewhere").mkdir()
        directory.symlink_to("elsewhere")
    torn.touch()
    if planted == "file":
        os.chown(torn, 65534, -1)
    replace(config)
    assert torn.exists()


def test_a_link_to_another_file_of_the_user_is_not_a_leftover(config: Path) -> None:
    planted = plant(config, b"")
    mine = planted.with_name("mine")
    mine.write_bytes(b"[profile mine]\n")
    planted.unlink()
    planted.hardlink_to(mine)
    replace(config, NEW)
    assert config.read_bytes() == NEW
    assert planted.read_bytes() == mine.read_bytes() == b"[profile mine]\n"
