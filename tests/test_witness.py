"""Reports match the behavior of the real AWS CLI, before and after a sync.

What else is compared with it is in `data/situations.txt`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from e2e import Home
from witness_files import (
    EXPECTED,
    NOTE,
    WORLD,  # noqa: F401 - the fixture `world` reads it
    mixed_home,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")

ACCEPTED_BEFORE = {name for name, (verdict, _, _) in EXPECTED.items() if verdict == "accepted"}
FIXABLE_BEFORE = {name for name, (verdict, _, _) in EXPECTED.items() if verdict == "fixable"}
CHANGED = {name for name, (_, _, change) in EXPECTED.items() if change in {"fill", "fix"}}


@pytest.fixture
def mixed(empty_home: Home) -> Home:
    return mixed_home(empty_home)


def test_before_a_sync_the_aws_cli_works_exactly_for_the_accepted_profiles(
    mixed: Home,
) -> None:
    before = mixed.footprint()
    verdicts = Counter(verdict for verdict, _, _ in EXPECTED.values())
    for command in ("check", "--dry-run"):
        ended = mixed.run_json(command)
        found = {
            name: (profile["verdict"], profile["cause"], profile["change"])
            for name, profile in ended.profiles.items()
        }
        assert found == EXPECTED
        assert list(found) == list(EXPECTED)
        assert ended.stderr.startswith(NOTE)
        assert ended.code == 1
        assert not any(ended.column("written").values())
        assert ended.report["summary"] == {**verdicts, "written": 0}
        refused = [row for row in ended.profiles.values() if row["verdict"] != "accepted"]
        assert [row["profile"] for row in refused if not (row["message"] and row["hint"])] == []
    assert mixed.footprint() == before
    assert mixed.working_profiles(EXPECTED) == ACCEPTED_BEFORE


def test_after_a_sync_the_aws_cli_works_exactly_for_the_accepted_profiles(
    mixed: Home,
) -> None:
    ended = mixed.run_json()
    assert ended.stderr.startswith(NOTE)
    assert ended.code == 1
    assert ended.accepted == ACCEPTED_BEFORE | FIXABLE_BEFORE
    assert {name for name, written in ended.column("written").items() if written} == CHANGED
    assert ended.report["summary"]["written"] == len(CHANGED)
    # of the others, the test above has asked
    changed = {name for name, row in ended.profiles.items() if CHANGED & {name, *row["chain"]}}
    assert mixed.working_profiles(changed) == ended.accepted & changed

    after = mixed.footprint()
    again = mixed.run_json()
    assert mixed.footprint() == after
    assert again.code == 1
    assert (again.report["diff"], again.report["backups"]) == ("", [])
    assert not any(again.column("written").values())
    assert again.column("verdict") == ended.column("verdict")


def test_the_diff_of_a_dry_run_is_what_the_sync_writes(mixed: Home, tmp_path: Path) -> None:
    files = [mixed.config_file, mixed.credentials_file]
    copies = [tmp_path / str(file).lstrip("/") for file in files]
    copies[0].parent.mkdir(parents=True)
    for file, copy in zip(files, copies, strict=True):
        shutil.copy(file, copy)
    shown = mixed.run_json("--dry-run").report["diff"]
    assert mixed.run_json().report["diff"] == shown

    git = shutil.which("git")
    assert git is not None
    subprocess.run(  # noqa: S603 - our own diff
        # a diff leaves out the lines with secrets, so a change may stand without context
        [git, "apply", "--unidiff-zero", "--whitespace=nowarn", "-"],
        input=shown.encode(),
        cwd=tmp_path,
        check=True,
    )
    for file, copy in zip(files, copies, strict=True):
        assert copy.read_bytes() == file.read_bytes()


def test_the_diff_in_the_table_is_the_one_in_the_json(mixed: Home) -> None:
    shown = mixed.run("--dry-run", "--quiet").stdout
    assert shown.endswith(mixed.run_json("--dry-run").report["diff"])
