"""A wrong command line gets an error and a hint, like every other failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from e2e import Home, role_profile
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def laptop(home: Path, child_environment: dict[str, str]) -> Home:
    """Return a home with a profile whose name is close to a command's."""
    config = role_profile("admin", s.ADMIN_ROLE.arn, "keys")
    config += role_profile("checks", s.ADMIN_ROLE.arn, "keys")
    return Home(path=home, environment=child_environment).write(config)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param(
            ["admin"],
            "error: there is no command `admin`\n"
            "hint: to select a profile, use `sync-profiles --profile admin`\n",
            id="a profile in place of a command",
        ),
        pytest.param(
            ["checks"],
            "error: there is no command `checks`\n"
            "hint: to select a profile, use `sync-profiles --profile checks`\n",
            id="a profile whose name is close to a command's",
        ),
        pytest.param(
            ["chekc"],
            "error: there is no command `chekc`\nhint: did you mean `sync-profiles check`?\n",
            id="a typo in a command",
        ),
        pytest.param(
            ["check", "admin"],
            "error: `sync-profiles check` takes no argument `admin`\n"
            "hint: to select a profile, use `sync-profiles check --profile admin`\n",
            id="a profile after a command",
        ),
        pytest.param(
            ["check", "two words"],
            "error: `sync-profiles check` takes no argument `two words`\n"
            "hint: to select a profile, use `sync-profiles check --profile 'two words'`\n",
            id="a profile that needs quotes in a shell",
        ),
        pytest.param(
            ["undo", "admin"],
            "error: `sync-profiles undo` takes no argument `admin`\n"
            "hint: run `sync-profiles undo --help` to see its options\n",
            id="an argument too many",
        ),
        pytest.param(
            ["explain"],
            "error: missing argument `PROFILE`\n"
            "hint: run `sync-profiles explain --help` to see its options\n",
            id="an argument too few",
        ),
        pytest.param(
            ["check", "--profil", "admin"],
            "error: there is no option `--profil`\nhint: did you mean `--profile`?\n",
            id="a typo in an option",
        ),
        pytest.param(
            ["--bogus"],
            "error: there is no option `--bogus`\n"
            "hint: run `sync-profiles --help` to see its options\n",
            id="an unknown option",
        ),
        pytest.param(
            ["--bo\x1b[31m"],
            "error: there is no option `--bo\\x1b[31m`\n"
            "hint: run `sync-profiles --help` to see its options\n",
            id="an option that would paint the screen",
        ),
        pytest.param(
            ["--jobs"],
            "error: option `--jobs` requires an argument\n"
            "hint: run `sync-profiles --help` to see its options\n",
            id="an option without its value",
        ),
        pytest.param(
            ["--jobs", "many"],
            "error: `--jobs` takes a whole number from 1 to 256\n"
            "hint: run `sync-profiles --help` to see its options\n",
            id="jobs that are not a number",
        ),
        pytest.param(
            ["--jobs", "0"],
            "error: `--jobs` takes a whole number from 1 to 256\n"
            "hint: run `sync-profiles --help` to see its options\n",
            id="no jobs",
        ),
        pytest.param(
            ["check", "--jobs", "257"],
            "error: `--jobs` takes a whole number from 1 to 256\n"
            "hint: run `sync-profiles check --help` to see its options\n",
            id="too many jobs",
        ),
        pytest.param(
            ["--output", "xml"],
            "error: `--output` takes `table` or `json`\n"
            "hint: run `sync-profiles --help` to see its options\n",
            id="an unknown output",
        ),
        pytest.param(
            ["import", "--on-conflict", "merge"],
            "error: `--on-conflict` takes `keep`, `replace` or `prefix`\n"
            "hint: run `sync-profiles import --help` to see its options\n",
            id="an unknown way to solve conflicts",
        ),
    ],
)
def test_a_wrong_line_gets_an_error_and_a_hint(line: list[str], words: str, laptop: Home) -> None:
    before = laptop.footprint()
    ended = laptop.run(*line)
    assert (ended.code, ended.stdout, ended.stderr) == (2, "", words)
    assert laptop.footprint() == before


def test_the_help_has_a_whole_sentence_for_each_command(laptop: Home) -> None:
    _, _, commands = laptop.run("--help").stdout.partition("Commands:\n")
    lines = commands.splitlines()
    assert [line.split()[0] for line in lines] == ["check", "explain", "undo", "import", "demo"]
    assert [line for line in lines if not line.endswith(".") or line.endswith("..")] == []


def test_the_help_shows_how_many_sources_an_import_takes(laptop: Home) -> None:
    usage, *_ = laptop.run("import", "--help").stdout.splitlines()
    assert usage == "Usage: sync-profiles import [OPTIONS] [SOURCE]..."
