"""The demo's packages are missing: the commands that bring them, for each kind of installation."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from e2e import Home
from examples import table
from sync_profiles.installation import Installation, steps_to_demo

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows quotes otherwise")

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
#: what is found out about an installation; all else is as in `PLAIN`
FACTS: dict[str, dict[str, object]] = {
    "no pip": {"has_pip": False},
    "managed": {"is_managed": True},
    "read-only": {"is_writable": False},
    "pipx alone": {"tools": {"pipx"}},
    "no tool": {"tools": ()},
}


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
    found: dict[str, Any] = {
        key: value for fact in listed(facts) for key, value in FACTS[fact].items()
    }
    assert " && ".join(steps_to_demo(replace(PLAIN, prefix=directory, **found))) == steps


@pytest.mark.parametrize(
    ("direct_url", "requirement"),
    [
        pytest.param({}, "'sync-profiles[demo]'", id="a package index"),
        pytest.param(
            {"url": "file:///gone/x.whl", "archive_info": {}},
            "'sync-profiles[demo]'",
            id="a file that is gone",
        ),
        pytest.param({"url": "file:///", "dir_info": {}}, "'/[demo]'", id="a file or directory"),
        pytest.param(
            {"url": "file:///", "dir_info": {"editable": True}},
            "--editable '/[demo]'",
            id="a checkout",
        ),
        pytest.param(
            {"url": "https://git.example/x", "vcs_info": {"vcs": "git", "commit_id": "0" * 40}},
            "'sync-profiles[demo] @ git+https://git.example/x'",
            id="a repository",
        ),
        pytest.param(
            {
                "url": "https://git.example/x",
                "vcs_info": {"vcs": "git", "commit_id": "0", "requested_revision": "v1"},
            },
            "'sync-profiles[demo] @ git+https://git.example/x@v1'",
            id="a tag of a repository",
        ),
    ],
)
def test_the_place_that_the_program_came_from_stays(
    direct_url: dict[str, Any], requirement: str
) -> None:
    steps = steps_to_demo(replace(PLAIN, direct_url=direct_url))
    assert steps == [f"'/home/a b/bin/python' -m pip install {requirement}", "sync-profiles demo"]


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
