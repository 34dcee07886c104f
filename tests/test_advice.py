"""Commands that are advised are for the run's own files; `data/advice_stories.txt` follows them."""

from __future__ import annotations

import re
import shlex
from contextvars import copy_context
from pathlib import Path

import pytest

from e2e import Home, in_posix_shell, keys
from sync_profiles.sandbox import story as s
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.shell import remember, with_run_options

KEYS = keys("default", s.WORK_API.credentials)
HEAD = "[profile p]\nregion = us-east-1\n"
ROLE = f"role_arn = {s.ADMIN_ROLE.arn}\n"
SOURCE = "source_profile = default\n"
NAMED = HEAD + ROLE + SOURCE + "role_session_name = work_api\n"


GONE = HEAD + f"role_arn = {s.ADMIN_ROLE.arn.replace('admin', 'gone')}\n" + SOURCE
NAMELESS = HEAD + ROLE + "source_profile = keys\n"


@in_posix_shell
@pytest.mark.parametrize(
    ("config", "arguments"),
    [
        (GONE, "check"),
        (GONE, "check --output markdown"),
        (GONE + GONE.replace("profile p", "profile q"), "explain"),
        (NAMED.replace("work_api", "other"), "check"),
        (NAMED.replace("work_api", "other"), "check --output json"),
        (NAMELESS, "check"),
        (NAMELESS, "check --output json"),
        ("", "check"),
        ("", "explain"),
        ("", "import"),
    ],
)
def test_each_command_that_is_advised_is_for_the_files_and_the_name_of_the_run(
    config: str, arguments: str, empty_home: Home
) -> None:
    own, own_keys = empty_home.path / "own config", empty_home.path / "own.keys"
    own.write_text(config)
    own_keys.write_text(KEYS)
    options = f"--config-file '{own}' --credentials-file {own_keys} --session-name work_api"
    wide = empty_home.with_environment(COLUMNS="999")
    ended = wide.run(*arguments.split(), *shlex.split(options))
    printed = ended.stdout + ended.stderr
    options = options.replace(f"{empty_home.path}/own.", "~/own.").replace(
        f"'{own}'", "~/'own config'"
    )
    variables = "AWS_CONFIG_FILE=~/'own config' AWS_SHARED_CREDENTIALS_FILE=~/own.keys aws "
    advised = re.findall("`([^`]*(?:sync-profiles|aws )[^`]*)`", printed)
    assert advised
    for line in advised:
        assert options in line or line.startswith(variables), line


def test_commands_with_variables_are_for_powershell_on_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.platform", "win32")

    def advised() -> str:
        remember("check", Options(config_file=Path("its config")))
        return with_run_options("run `aws sso login`")

    assert copy_context().run(advised) == "run `$env:AWS_CONFIG_FILE = 'its config'; aws sso login`"
