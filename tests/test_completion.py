"""The shell's completion, asked as a shell asks for it, and in the shells themselves."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest

from e2e import SCRIPTS, Home, installed, role_profile

if TYPE_CHECKING:
    from pathlib import Path

ROLE = "arn:aws:iam::222222222222:role/r"
CONFIG = (
    "[profile base]\nregion = us-east-1\n"
    + role_profile("admin", ROLE, "base")
    + role_profile("admin.prod-2", ROLE, "base")
    + role_profile("audit", ROLE, "base")
    + role_profile("ad$(touch pwned)", ROLE, "base")
)
HEAVY = {"boto3", "botocore", "configupdater", "filelock", "rich"}


@pytest.fixture
def empty(home: Path, child_environment: dict[str, str]) -> Home:
    """Return a home without files."""
    return Home(path=home, environment=child_environment)


@pytest.fixture
def laptop(empty: Home) -> Home:
    """Return a home with profiles whose names begin alike."""
    return empty.write(CONFIG)


def complete(laptop: Home, *words: str) -> list[str]:
    """Return what is offered for the last word, as bash asks for it."""
    asked = laptop.with_environment(
        COMP_WORDS="\n".join(["sync-profiles", *words]),
        COMP_CWORD=str(len(words)),
        _SYNC_PROFILES_COMPLETE="complete_bash",
    )
    ended = asked.run_command([installed("sync-profiles")])
    assert (ended.code, ended.stderr) == (0, "")
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        pytest.param(["-p", "ad"], ["admin", "admin.prod-2"], id="the sync's --profile"),
        pytest.param(["check", "--profile", "au"], ["audit"], id="the check's --profile"),
        pytest.param(["explain", ""], ["admin", "admin.prod-2", "audit"], id="explain's profile"),
        pytest.param(["explain", "b"], [], id="a profile without a role"),
        pytest.param(["un"], ["undo"], id="a command"),
    ],
)
def test_what_can_be_meant_is_offered(words: list[str], offered: list[str], laptop: Home) -> None:
    assert complete(laptop, *words) == offered


def test_the_files_that_were_named_are_asked(laptop: Home) -> None:
    other = laptop.path / "other"
    other.write_text(CONFIG.replace("audit", "zulu"), encoding="utf-8")
    assert complete(laptop, "--config-file", str(other), "-p", "z") == ["zulu"]
    moved = laptop.with_environment(AWS_CONFIG_FILE=str(other))
    assert complete(moved, "-p", "z") == ["zulu"]


@pytest.mark.parametrize("config", [None, "no section\n", b"\xff"], ids=repr)
def test_without_files_that_can_be_read_nothing_is_offered(
    config: str | bytes | None, empty: Home
) -> None:
    if config is not None:
        empty.write(config)
    assert complete(empty, "-p", "") == []


def test_completion_loads_nothing_heavy(laptop: Home) -> None:
    script = (
        "import sys\n"
        "from sync_profiles.terminal.completion import _names\n"
        "print(*_names(None, None))\n"
        "print(*{module.partition('.')[0] for module in sys.modules})\n"
    )
    names, modules = laptop.run_command([sys.executable, "-c", script]).stdout.splitlines()
    assert names.startswith("admin admin.prod-2 audit")
    assert HEAVY & set(modules.split()) == set()


SHELLS = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
SET_UP = {"zsh": "autoload -Uz compinit; compinit -u\n"}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_completes_a_profile_s_name(shell: str, laptop: Home) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    source = laptop.with_environment(_SYNC_PROFILES_COMPLETE=f"source_{shell}")
    script = laptop.path / "completion"
    script.write_text(
        SET_UP.get(shell, "") + source.run_command([installed("sync-profiles")]).stdout,
        encoding="utf-8",
    )
    paths = f"{SCRIPTS}:{laptop.environment['PATH']}"
    child = pexpect.spawn(
        program,
        SHELLS[shell],
        env={**laptop.environment, "PATH": paths, "TERM": "dumb", "PS1": "$ "},
        cwd=str(laptop.path),
        encoding="utf-8",
        timeout=60,
    )
    child.sendline(f"source {script}; echo re''ady")
    child.expect("ready")
    child.send("sync-profiles explain aud\t")
    child.expect("audit")
    child.sendintr()
    child.send("sync-profiles explain ad\t")
    child.expect("min")
    child.sendintr()
    child.sendline("exit")
    child.expect(pexpect.EOF)
    child.close()
    assert not (laptop.path / "pwned").exists()
