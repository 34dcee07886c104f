"""What runs where POSIX is missing, imitated on Linux: the modules load, and the files are safe."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

import without_posix
from e2e import Ended, Home

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux shows what is open")


def run(home: Home, *arguments: str) -> Ended:
    return home.run_command([sys.executable, without_posix.__file__, *arguments])


def files_of(home: Home) -> set[str]:
    """Return the names beside the two files, without the locks, which stay."""
    return {
        file.name for file in home.config_file.parent.iterdir() if not file.name.endswith(".lock")
    }


def test_a_sync_and_its_undo_leave_the_files_as_they_should_be(home_of_three: Home) -> None:
    before = home_of_three.config_file.read_bytes()
    synced = run(home_of_three, "--output", "json")
    assert (synced.code, synced.stderr) == (1, "")
    assert synced.column("verdict") == {"good": "accepted", "fixed": "accepted", "bad": "rejected"}
    assert home_of_three.config_file.read_bytes() == before.replace(b"alice", b"work_api")
    assert files_of(home_of_three) == {"config", "credentials", "sync-profiles"}
    undone = run(home_of_three, "undo")
    assert (undone.code, undone.stderr) == (0, "")
    assert home_of_three.config_file.read_bytes() == before
    assert files_of(home_of_three) == {"config", "credentials", "sync-profiles"}


def test_a_new_file_is_created_and_leftovers_are_removed(
    home_with_keys: Home, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    team.write_text("[profile p]\nregion = eu-west-1\n", encoding="utf-8")
    incomplete = ".config.sync-profiles-0123456789abcdef"
    digest = hashlib.sha256(b"complete").hexdigest()[:16]
    for name in (f"{incomplete}.tmp", f"{incomplete}-{digest}-{digest}.tmp"):
        home_with_keys.config_file.with_name(name).write_bytes(b"complete")
    ended = run(home_with_keys, "import", "--no-test", str(team))
    assert (ended.code, ended.stderr) == (0, ""), ended
    assert "[profile p]\n" in home_with_keys.config_file.read_text("utf-8")
    assert files_of(home_with_keys) == {"config", "credentials", "sync-profiles"}


def test_a_file_that_is_open_elsewhere_is_not_replaced(home_of_three: Home) -> None:
    before = home_of_three.config_file.read_bytes()
    with home_of_three.config_file.open("rb"):
        ended = run(home_of_three)
    assert ended.code == 3
    assert ended.stderr.endswith("hint: close the program that has it open, then run again\n"), (
        ended.stderr
    )
    assert home_of_three.config_file.read_bytes() == before
    assert files_of(home_of_three) == {"config", "credentials", "sync-profiles"}
