"""How this program was installed, and the commands that bring one of its extras.

A requirement names the place that the program came from, if that is not a package index: a wheel,
a directory, a repository.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from sync_profiles.programs import find_program
from sync_profiles.text import shell_line

_NAME = "sync-profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where this program is installed; `tools` are those of uv and pipx that can be run.

    `direct_url` is what the installer recorded of the place that the program came from (PEP 610).
    """

    prefix: Path
    python: str
    is_writable: bool
    is_managed: bool
    has_pip: bool
    tools: frozenset[str]
    direct_url: dict[str, Any]


def this_installation() -> Installation:
    """Return how this program is installed."""
    files = importlib.metadata.distribution(_NAME)
    direct_url = files.read_text("direct_url.json")
    is_base = sys.prefix == sys.base_prefix
    # https://packaging.python.org/en/latest/specifications/externally-managed-environments/
    marker = Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED")
    return Installation(
        prefix=Path(sys.prefix),
        python=sys.executable,
        is_writable=os.access(str(files.locate_file("")), os.W_OK),
        is_managed=is_base and marker.exists(),
        has_pip=importlib.util.find_spec("pip") is not None,
        tools=frozenset(tool for tool in ("uv", "pipx") if find_program(tool)),
        direct_url=json.loads(direct_url or "{}"),
    )


def steps_with(extra: str, command: str, *, here: Installation) -> str:
    """Return what installs an extra and then runs a command that needs it, in words."""
    requirement, is_editable = _requirement(here.direct_url, extra)
    install = ["--editable", requirement] if is_editable else [requirement]
    run = [_NAME, command]
    uvx = ["uvx", "--from", requirement, *run]
    pipx_run = ["pipx", "run", "--spec", requirement, *run]
    steps: list[Sequence[str]]
    match _kind(here):
        case "uv tool":
            steps = [["uv", "tool", "install", *install], run]
        case "pipx":
            steps = [["pipx", "install", "--force", *install], run]
        case "pip":
            steps = [[here.python, "-m", "pip", "install", *install], run]
        case "uv pip":
            steps = [["uv", "pip", "install", "--python", here.python, *install], run]
        case "uvx":
            steps = [uvx]
        case "pipx run":
            steps = [pipx_run]
        case _ if "uv" in here.tools:
            steps = [uvx]
        case _ if "pipx" in here.tools:
            steps = [pipx_run]
        case _:  # a virtual environment in the current directory
            room = f"{_NAME}-{extra}"
            programs = Path(room, "Scripts" if sys.platform == "win32" else "bin")
            steps = [
                [here.python, "-m", "venv", room],
                [str(programs / "pip"), "install", requirement],
                [str(programs / _NAME), command],
            ]
    return ", then ".join(f"`{shell_line(step)}`" for step in steps)


def _kind(here: Installation) -> str:
    """Return what put the program into its place; empty where that place is better left alone."""
    is_pipx = (here.prefix / "pipx_metadata.json").exists()
    if is_pipx and here.prefix.parent.name != "venvs":
        return "pipx run"
    if here.prefix.parent.name.startswith("archive-v") and (here.prefix / "CACHEDIR.TAG").exists():
        return "uvx"
    if not here.is_writable or here.is_managed:
        return ""
    if is_pipx:
        return "pipx"
    if (here.prefix / "uv-receipt.toml").exists():
        return "uv tool"
    if here.has_pip:
        return "pip"
    settings = here.prefix / "pyvenv.cfg"
    is_of_uv = settings.exists() and "\nuv = " in settings.read_text("utf-8")
    return "uv pip" if is_of_uv and "uv" in here.tools else ""


def _requirement(direct_url: dict[str, Any], extra: str) -> tuple[str, bool]:
    """Return the requirement with an extra, and whether it is a directory that is used in place."""
    match direct_url:
        case {"vcs_info": {"vcs": vcs, **revision}, "url": url}:
            at = f"@{named}" if (named := revision.get("requested_revision")) else ""
            return f"{_NAME}[{extra}] @ {vcs}+{url}{at}", False
        case {"url": str(url), **rest} if url.startswith("file:"):
            path = url2pathname(urlsplit(url).path)
            if os.path.lexists(path):  # a wheel may be gone
                return f"{path}[{extra}]", rest.get("dir_info", {}).get("editable", False)
    return f"{_NAME}[{extra}]", False
