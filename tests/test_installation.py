"""The demo's packages are missing: the commands that bring them, for each kind of installation."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest

from e2e import Home, in_posix_shell, role_profile, section
from examples import table
from sync_profiles.installation import Installation, steps_with

pytestmark = in_posix_shell

PYTHON = "/home/a b/bin/python"
BOTH = frozenset({"uv", "pipx"})
PLAIN = Installation(
    prefix=Path("/nowhere"),
    python=PYTHON,
    is_writable=True,
    is_managed=False,
    has_pip=True,
    tools=BOTH,
    direct_url={},
)


def listed(cell: str) -> list[str]:
    return cell.split(", ") if cell != "-" else []


@pytest.mark.parametrize("row", table("installations.txt"))
def test_the_commands_are_those_of_the_installer(row: str, tmp_path: Path) -> None:
    prefix, files, facts, steps, _ = row.split(" | ")
    directory = tmp_path / prefix
    directory.mkdir(parents=True)
    for file in listed(files):
        name, _, of_uv = file.partition(" of ")
        text = "home = /usr/bin\n" + ("uv = 0.13.9\n" if of_uv else "")
        (directory / name).write_text(text, encoding="utf-8")
    tools = frozenset({"pipx"}) if "pipx alone" in facts else BOTH
    here = replace(
        PLAIN,
        prefix=directory,
        is_writable="read-only" not in facts,
        is_managed="managed" in facts,
        has_pip="no pip" not in facts,
        tools=frozenset() if "no tool" in facts else tools,
    )
    assert steps_with("demo", "demo", here=here).replace("`", "").replace(", then", " &&") == steps


@pytest.mark.parametrize("row", table("installed_from.txt"))
def test_the_place_that_the_program_came_from_stays(row: str) -> None:
    direct_url, requirement, _ = row.split(" | ")
    install, _, run = steps_with(
        "demo", "check", here=replace(PLAIN, direct_url=json.loads(direct_url))
    ).partition(", then ")
    assert install == f"`'/home/a b/bin/python' -m pip install {requirement}`"
    assert run == "`sync-profiles check`"


def test_the_demo_without_its_packages_says_what_to_run(bare_home: Home, tmp_path: Path) -> None:
    (tmp_path / "werkzeug.py").write_text(
        "raise ModuleNotFoundError(name='werkzeug')\n", encoding="utf-8"
    )
    ended = bare_home.with_environment(PYTHONPATH=str(tmp_path)).run_installed("demo")
    assert (ended.code, ended.stdout) == (3, "")
    error, hint = ended.stderr.splitlines()
    assert error == "error: the demo needs `werkzeug`"
    assert hint.startswith("hint: run `")
    assert "[demo]'" in hint
    assert hint.endswith("sync-profiles demo`")


@pytest.mark.skipif(importlib.util.find_spec("awscrt") is not None, reason="awscrt is there")
def test_a_login_that_needs_the_extra_says_what_to_run(bare_home: Home) -> None:
    config = section("default", {"login_session": "arn:aws:iam::111111111111:user/work_api"})
    config += role_profile("admin", "arn:aws:iam::222222222222:role/admin_role", "default")
    report = bare_home.write(config).run_json("check").report
    hint = report["profiles"][0]["hint"]
    assert report["callers"][0]["hint"] == hint
    assert hint.startswith("run `")
    assert "[crt]'" in hint
    assert hint.endswith("sync-profiles check`")
