"""The undo end to end: our changes are reverted, later changes of others are kept.

What is printed is in `data/screens/undo.txt`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e import Home, in_posix_shell, keys, role_profile
from sync_profiles.sandbox import story as s

HEAD = "# by hand\r\n\r\n"
CONFIG = role_profile("fixed", s.ADMIN_ROLE.arn, "keys", role_session_name="alice") + role_profile(
    "filled", s.ADMIN_ROLE.arn, "keys", output="json"
)
KEYS = keys("keys", s.WORK_API.credentials)
IN_CREDENTIALS = f"[c]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = keys\nregion = us-east-1\n"
BEFORE = (CONFIG.encode(), (KEYS + IN_CREDENTIALS).encode())
NOTHING = "nothing to undo: no recorded write has left a change in these files\n"


@pytest.fixture
def before(empty_home: Home) -> Home:
    """Return a home with names to fill and to fix, in both files."""
    return empty_home.write(CONFIG, KEYS + IN_CREDENTIALS)


@pytest.fixture
def synced(before: Home) -> Home:
    assert before.run().code == 0
    return before


def texts(home: Home) -> tuple[bytes, bytes]:
    return home.config_file.read_bytes(), home.credentials_file.read_bytes()


def test_an_undo_of_an_undo_restores_the_names(synced: Home) -> None:
    after = texts(synced)
    states = []
    for _ in range(4):
        assert synced.run("undo").code == 0
        states.append(texts(synced))
    assert states == [BEFORE, after, BEFORE, after]


def test_only_the_newest_of_several_writes_is_undone(synced: Home) -> None:
    more = synced.config_file.read_text() + role_profile("third", s.ADMIN_ROLE.arn, "keys")
    synced.write(more)
    assert synced.run().code == 0
    assert synced.run("undo").code == 0
    assert synced.config_file.read_text() == more


def test_later_changes_elsewhere_are_kept(synced: Home) -> None:
    tail = "\r\n[profile new]\r\nregion = eu-west-1\r\n"
    edited = HEAD + synced.config_file.read_text() + tail
    synced.write(edited, "\n[more]\nregion = x\n" + synced.credentials_file.read_text())

    ended = synced.run("undo")

    assert texts(synced) == (
        (HEAD + CONFIG + tail).encode(),
        ("\n[more]\nregion = x\n" + KEYS + IN_CREDENTIALS).encode(),
    )
    assert ended.code == 0
    assert "   ~/.aws/config: its own lines are removed; later changes stay\n" in ended.stdout
    assert "\n-role_session_name = work_api\n+role_session_name = alice\n" in ended.stdout
    assert s.WORK_API.credentials.secret_access_key not in ended.stdout

    assert synced.run("undo").code == 0
    assert synced.config_file.read_bytes() == edited.encode()


def test_nothing_is_written_if_our_own_lines_were_changed(synced: Home) -> None:
    synced.write(synced.config_file.read_text().replace("= work_api", "= bob", 1))
    footprint = synced.footprint()

    ended = synced.run("undo")

    assert (ended.code, ended.stdout) == (3, "")
    first, hint = ended.stderr.splitlines()
    assert first.startswith("error: `~/.aws/config` has been changed since the `sync` of ")
    assert first.endswith(" UTC, including lines that it wrote: `[profile fixed]`")
    assert hint.startswith("hint: `--force` restores the whole backup")
    assert synced.footprint() == footprint


def test_force_restores_the_whole_backup_and_can_be_undone(synced: Home) -> None:
    edited = HEAD + synced.config_file.read_text().replace("= work_api", "= bob", 1)
    synced.write(edited)

    shown = synced.run("undo", "--force", "--dry-run")
    assert "\n-# by hand\n" in shown.stdout.replace("\r", "")
    assert synced.config_file.read_bytes() == edited.encode()

    assert synced.run("undo", "--force").code == 0
    assert texts(synced) == BEFORE
    assert synced.run("undo").code == 0
    assert synced.config_file.read_bytes() == edited.encode()


def test_force_removes_our_remaining_lines_from_the_credentials_file(before: Home) -> None:
    two = KEYS + IN_CREDENTIALS + "\n" + IN_CREDENTIALS.replace("[c]", "[d]")
    home = before.write("", two)
    assert home.run().code == 0
    edited = home.credentials_file.read_text().replace("= work_api", "= bob", 1)
    home.write(credentials=edited)
    assert home.run("undo").code == 3
    assert home.run("undo", "--force").code == 0
    second = two.split("[d]")[1]
    first = edited.split("[d]")[0]
    assert home.credentials_file.read_text() == f"{first}[d]{second}"


def test_the_json_shows_what_was_restored(synced: Home) -> None:
    footprint = synced.footprint()
    shown = synced.run("undo", "--dry-run", "--output", "json")
    assert synced.footprint() == footprint
    done = synced.run("undo", "--output", "json")
    assert texts(synced) == BEFORE
    report = done.report
    assert {key: report[key] for key in ("version", "command", "config_file", "problems")} == {
        "version": 1,
        "command": "undo",
        "config_file": str(synced.config_file),
        "problems": [],
    }
    assert report["diff"] == shown.report["diff"] != ""
    assert [
        (file["kind"], file["command"], file["changes"], file["way"], file["written"])
        for file in report["restored"]
    ] == [("config", "sync", 2, "exact", True), ("credentials", "sync", 1, "exact", True)]
    assert [file["written"] for file in shown.report["restored"]] == [False, False]
    assert len(report["backups"]) == 1


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file.write_text("[profile a]", "utf-16"), id="another encoding"),
        pytest.param(lambda file: (file.unlink(), file.mkdir()), id="a directory"),
    ],
)
def test_the_list_is_shown_if_a_file_cannot_be_read(
    damage: Callable[[Path], object], synced: Home
) -> None:
    damage(synced.config_file)
    shown = synced.run("undo", "--list")
    assert (shown.code, shown.stdout.count("sync  ")) == (0, 2)
    assert shown.stdout.startswith("note: what is undone already is not known:")
    records = synced.run("undo", "--list", "--output", "json").report["records"]
    assert [record["undone"] for record in records] == [None, None]


def test_a_chosen_write_is_undone_and_later_writes_are_kept(synced: Home) -> None:
    third = role_profile("third", s.ADMIN_ROLE.arn, "keys")
    synced.write(synced.config_file.read_text() + third)
    assert synced.run().code == 0
    footprint = synced.footprint()

    shown = synced.run("undo", "2", "--dry-run")
    assert "\n-role_session_name = work_api\n+role_session_name = alice\n" in shown.stdout
    assert synced.footprint() == footprint

    ended = synced.run("undo", "2")
    named = third.replace("source_", "role_session_name = work_api\nsource_")
    assert (ended.code, texts(synced)) == (0, ((CONFIG + named).encode(), BEFORE[1]))
    assert synced.run("undo", "3").stdout == "nothing to undo: write 3 is undone already\n"
    assert synced.run("undo", "2").code == 0  # the sync of the third profile
    assert texts(synced) == ((CONFIG + third).encode(), BEFORE[1])


def test_a_write_that_never_happened_is_not_undone(synced: Home) -> None:
    synced.write(*(text.decode() for text in BEFORE))  # as a run that was killed leaves it
    assert synced.run("undo").stdout == NOTHING
    synced.write(HEAD + CONFIG)
    assert synced.run("undo").stdout == NOTHING


@pytest.mark.skipif(os.name != "posix", reason="POSIX has modes and links")
def test_mode_and_symbolic_links_are_kept(before: Home) -> None:
    real = before.path / "dotfiles"
    before.config_file.rename(real)
    real.chmod(0o640)
    before.config_file.symlink_to(real)
    assert before.run().code == 0
    assert before.run("undo").code == 0
    assert before.config_file.is_symlink()
    assert real.read_bytes() == BEFORE[0]
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


@in_posix_shell
def test_the_line_in_the_report_works_for_other_files(before: Home) -> None:
    elsewhere = before.path / "my files" / "config"
    elsewhere.parent.mkdir()
    elsewhere.write_text(CONFIG)
    undo = before.run("--config-file", str(elsewhere)).stdout.splitlines()[-1]
    assert undo == "undo: sync-profiles undo --config-file ~/'my files/config'"
    assert before.run_command(["/bin/sh", "-c", undo.removeprefix("undo: ")]).code == 0
    assert elsewhere.read_text() == CONFIG
    assert before.credentials_file.read_bytes() == BEFORE[1]
