"""The shell's completion, asked as a shell asks for it, and in the shells themselves."""

from __future__ import annotations

import os
import re
import shutil

import pytest

from e2e import SCRIPTS, Home, installed, role_profile

ROLE = "arn:aws:iam::222222222222:role/r"
NAMES = ("admin", "admin.prod-2", "admin-本番", "audit", "ad$(touch pwned)")
CONFIG = "[profile base]\nregion = us-east-1\n"
CONFIG += "".join(role_profile(name, ROLE, "base") for name in NAMES)


@pytest.fixture
def laptop(bare_home: Home) -> Home:
    """Return a home with profiles whose names begin alike."""
    return bare_home.write(CONFIG)


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


ADMINS = "admin admin.prod-2 admin-本番"


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("-p ad", ADMINS),
        ("check --profile au", "audit"),
        ("explain ", f"{ADMINS} audit"),
        ("explain b", ""),  # without a role
        ("un", "undo"),
        ("--config-file other -p z", "zulu"),
    ],
)
def test_matching_names_are_completed(line: str, offered: str, laptop: Home) -> None:
    other = laptop.path / "other"
    other.write_text(CONFIG.replace("audit", "zulu"), encoding="utf-8")
    assert complete(laptop, *line.split(" ")) == offered.split()
    moved = laptop.with_environment(AWS_CONFIG_FILE=str(other))
    assert complete(moved, "-p", "z") == ["zulu"]


@pytest.mark.parametrize("config", [None, "no section\n", b"\xff"], ids=repr)
def test_without_files_that_can_be_read_nothing_is_offered(
    config: str | bytes | None, bare_home: Home
) -> None:
    if config is not None:
        bare_home.write(config)
    assert complete(bare_home, "-p", "") == []


# What each shell does with the script when the Tab key is pressed; zsh
# would hand the offers to `_arguments`, which works on a terminal alone.
ASKING = {
    "bash": """
        source completion
        COMP_WORDS=(sync-profiles explain ad) COMP_CWORD=2
        _sync_profiles_completion sync-profiles
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        compdef() { : }
        source completion
        _arguments() { print -r -- "$@" }
        words=(sync-profiles explain ad) CURRENT=3
        _sync_profiles_completion
    """,
    "fish": """
        source completion
        complete -C 'sync-profiles explain ad'
    """,
}


@pytest.mark.parametrize("shell", ASKING)
def test_a_shell_gets_a_profile_s_names_from_its_script(shell: str, laptop: Home) -> None:
    program = shutil.which(shell)
    if program is None or os.name != "posix":
        pytest.skip(f"{shell} is not installed, or not the shell of this system")
    paths = f"{SCRIPTS}:{laptop.environment['PATH']}"
    home = laptop.with_environment(PATH=paths)
    source = home.with_environment(_SYNC_PROFILES_COMPLETE=f"source_{shell}")
    script = source.run_command([installed("sync-profiles")]).stdout
    (laptop.path / "completion").write_text(script, encoding="utf-8")
    ended = home.run_command([program, "-c", ASKING[shell]])
    assert (ended.code, ended.stderr) == (0, "")
    assert re.findall(r"admin[\w.-]*", ended.stdout) == ["admin", "admin.prod-2", "admin-本番"]
    assert "audit" not in ended.stdout
    assert not (laptop.path / "pwned").exists()
