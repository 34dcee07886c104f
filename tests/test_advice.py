"""Commands that are advised on Windows.

On POSIX, `data/screens/advice.txt` has them, and `data/advice_stories.txt` follows them.
"""

from __future__ import annotations

from contextvars import copy_context
from pathlib import Path

import pytest

from sync_profiles.terminal.options import Options
from sync_profiles.terminal.shell import remember, with_run_options


def test_commands_with_variables_are_for_powershell_on_windows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.platform", "win32")

    def advised() -> str:
        remember("check", Options(config_file=Path("its config")))
        return with_run_options("run `aws sso login`")

    assert copy_context().run(advised) == "run `$env:AWS_CONFIG_FILE = 'its config'; aws sso login`"
