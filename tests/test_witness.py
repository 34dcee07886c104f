"""Reports match the behavior of the real AWS CLI, before and after a sync."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from aws_witness import name_of_witness
from e2e import Home, role_profile
from sync_profiles.sandbox import story as s
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


@pytest.mark.parametrize(
    ("variable", "value", "working"),
    [
        pytest.param("AWS_REGION", "us-east-1", {"plain"}, id="nothing that matters"),
        pytest.param("AWS_RETRY_MODE", "bogus", set(), id="an unknown retry mode"),
        pytest.param("AWS_RETRY_MODE", "", set(), id="an empty retry mode"),
        pytest.param("AWS_RETRY_MODE", "legacy", set(), id="a retry mode of v1"),
        pytest.param("AWS_RETRY_MODE", "adaptive", {"plain", "mode"}, id="a retry mode"),
        pytest.param("AWS_MAX_ATTEMPTS", "x", set(), id="attempts that are not a number"),
        pytest.param("AWS_MAX_ATTEMPTS", "0", set(), id="no attempt"),
        pytest.param("AWS_MAX_ATTEMPTS", "3", {"plain", "attempts"}, id="some attempts"),
        pytest.param("AWS_METADATA_SERVICE_TIMEOUT", "x", set(), id="a metadata timeout"),
        pytest.param("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "x", set(), id="metadata attempts"),
        pytest.param("AWS_EC2_METADATA_SERVICE_ENDPOINT", "a b", set(), id="a metadata endpoint"),
        pytest.param("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "v6", set(), id="a metadata mode"),
        pytest.param("AWS_DEFAULT_OUTPUT", "bogus", set(), id="an unknown output"),
        pytest.param("AWS_DEFAULT_OUTPUT", "", set(), id="an empty output"),
        pytest.param("AWS_DEFAULT_OUTPUT", "json", {"plain", "output", "block"}, id="an output"),
    ],
)
def test_a_variable_overrides_the_profiles_settings_as_in_the_aws_cli(
    variable: str, value: str, working: set[str], work_home: Home
) -> None:
    settings = {
        "plain": {},
        "mode": {"retry_mode": "Standard"},
        "attempts": {"max_attempts": "0"},
        "output": {"output": "bogus"},
        "block": {"output": "\n  a = b"},
    }
    config = "".join(
        role_profile(name, s.NAMES_ROLE.arn, "keys", role_session_name="work_api", **more)
        for name, more in settings.items()
    )
    home = work_home.write(config)
    home = home.with_environment(**{variable: value})
    ended = home.run_json("--dry-run")
    assert ended.accepted == working
    if name_of_witness().startswith("aws-cli/2") or value != "legacy":
        # what stops one without settings of its own stops them all
        assert home.working_profiles(settings if working else ["plain"]) == working
    stopped = ended.profiles["plain"]
    if not working:
        assert stopped["message"] == (
            f"the AWS CLI stops at `{variable}={value}` in the environment"
        )
        assert stopped["hint"].startswith(f"unset `{variable}`, or set it to ")


@pytest.mark.parametrize("more", [{}, {"AWS_DEFAULT_REGION": "us-east-1"}])
def test_an_empty_region_in_the_environment_overrides_as_in_v2(
    more: dict[str, str], work_home: Home
) -> None:
    config = role_profile("p", s.NAMES_ROLE.arn, "keys", role_session_name="work_api")
    home = work_home.write(config)
    home = home.with_environment(AWS_REGION="", **more)
    profile = home.run_json("--dry-run").profiles["p"]
    assert profile["message"] == "the AWS CLI stops at `AWS_REGION=` in the environment"
    assert profile["hint"] == "unset `AWS_REGION`, or set it to a region such as `us-east-1`"
    if name_of_witness().startswith("aws-cli/2"):
        assert home.working_profiles(["p"]) == set()
