"""What scripts rely on: the version, `python -m`, and a light start; the JSON is in `data`."""

from __future__ import annotations

import sys

import pytest

import sync_profiles
from e2e import Ended, Home


def loaded_modules(home: Home, *arguments: str) -> tuple[Ended, set[str]]:
    """Run the command in a Python that prints, when it ends, which top-level modules it loaded."""
    script = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*{m.partition('.')[0] for m in sys.modules},"
        " file=sys.stderr))\n"
        "from sync_profiles.cli import main\n"
        "main()\n"
    )
    ended = home.run_command([sys.executable, "-c", script, *arguments])
    return ended, set(ended.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["-h"], []], ids=" ".join)
def test_the_help_the_version_and_completion_load_nothing_heavy(
    arguments: list[str], home_of_three: Home
) -> None:
    asked = {"COMP_WORDS": "sync-profiles\n-p\ng", "COMP_CWORD": "2"}
    asked["_SYNC_PROFILES_COMPLETE"] = "complete_bash"
    home = home_of_three if arguments else home_of_three.with_environment(**asked)
    ended, modules = loaded_modules(home, *arguments)
    assert ended.code == 0
    assert arguments or ended.stdout == "good\n"
    assert "sync_profiles" in modules
    heavy = {"boto3", "botocore", "filelock", "flask", "moto", "rich"}
    assert modules & {*heavy, *(["configupdater"] if arguments else [])} == set()


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--version"], ["--help"]], ids=" ".join)
def test_the_module_runs_as_the_command_does(arguments: list[str], home_of_three: Home) -> None:
    module = home_of_three.run_command([sys.executable, "-m", "sync_profiles", *arguments])
    assert module == home_of_three.run_installed(*arguments)
    assert module.stderr == ""
    if arguments == ["--version"]:
        assert module.stdout == f"sync-profiles {sync_profiles.__version__}\n"
