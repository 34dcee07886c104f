"""The demo's packages are missing: the commands that bring them, for each kind of installation."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from e2e import Home
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
UVX = ["uvx --from 'sync-profiles[demo]' sync-profiles demo"]
PIPX_RUN = ["pipx run --spec 'sync-profiles[demo]' sync-profiles demo"]
OF_UV = "home = /usr/bin\nuv = 0.13.9\n"
VENV = [
    "'/home/a b/bin/python' -m venv sync-profiles-demo",
    "sync-profiles-demo/bin/pip install 'sync-profiles[demo]'",
    "sync-profiles-demo/bin/sync-profiles demo",
]


def then_demo(command: str) -> list[str]:
    return [command, "sync-profiles demo"]


@pytest.mark.parametrize(
    ("prefix", "files", "facts", "steps"),
    [
        pytest.param(
            "tools/sync-profiles",
            {"uv-receipt.toml": "", "CACHEDIR.TAG": "", "pyvenv.cfg": OF_UV},
            {"has_pip": False},
            then_demo("uv tool install 'sync-profiles[demo]'"),
            id="uv tool",
        ),
        pytest.param(
            "archive-v0/AWfjNuwJ",
            {"CACHEDIR.TAG": "", "pyvenv.cfg": OF_UV},
            {"has_pip": False},
            UVX,
            id="uvx",
        ),
        pytest.param(
            "venvs/sync-profiles",
            {"pipx_metadata.json": "{}", "pyvenv.cfg": OF_UV},
            {"has_pip": False},
            then_demo("pipx install --force 'sync-profiles[demo]'"),
            id="pipx",
        ),
        pytest.param(
            "venvs/sync-profiles",
            {"pipx_metadata.json": "{}"},
            {"is_writable": False, "tools": {"pipx"}},
            PIPX_RUN,
            id="pipx, for all users",
        ),
        pytest.param(
            ".cache/7e417ca10d0d459", {"pipx_metadata.json": "{}"}, {}, PIPX_RUN, id="pipx run"
        ),
        pytest.param(
            "venv",
            {"pyvenv.cfg": "home = /usr/bin\n"},
            {},
            then_demo("'/home/a b/bin/python' -m pip install 'sync-profiles[demo]'"),
            id="pip in a virtual environment",
        ),
        pytest.param(
            "venv",
            {"pyvenv.cfg": OF_UV},
            {"has_pip": False},
            then_demo("uv pip install --python '/home/a b/bin/python' 'sync-profiles[demo]'"),
            id="a virtual environment of uv",
        ),
        pytest.param(
            "libexec", {"pyvenv.cfg": ""}, {"has_pip": False}, UVX, id="a package manager's own"
        ),
        pytest.param("usr", {}, {"is_managed": True}, UVX, id="the system's pip, uv is there"),
        pytest.param(
            "usr",
            {},
            {"is_managed": True, "tools": {"pipx"}},
            PIPX_RUN,
            id="the system's pip, pipx is there",
        ),
        pytest.param("usr", {}, {"is_managed": True, "tools": ()}, VENV, id="the system's alone"),
        pytest.param("usr", {}, {"is_writable": False, "tools": ()}, VENV, id="another user's"),
    ],
)
def test_the_commands_are_those_of_the_installer(
    tmp_path: Path, prefix: str, files: dict[str, str], facts: dict[str, Any], steps: list[str]
) -> None:
    directory = tmp_path / prefix
    directory.mkdir(parents=True)
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    assert steps_to_demo(replace(PLAIN, prefix=directory, **facts)) == steps


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
    assert steps == then_demo(f"'/home/a b/bin/python' -m pip install {requirement}")


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
