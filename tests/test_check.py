"""The commands that `check` names work: with the files and the names of the run.

What it finds is in `data/situations.txt`, what it prints in `data/screens/sync.txt`.
"""

from __future__ import annotations

import shlex

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import story as s


def test_the_hint_names_the_sync_that_fixes_what_was_checked(empty_home: Home) -> None:
    named = role_profile("named", s.NAMES_ROLE.arn, "keys", role_session_name="mallory")
    named += role_profile("left", s.ADMIN_ROLE.arn, "keys")
    keyed_home = empty_home.write(credentials=keys("keys", s.WORK_API.credentials))
    other = keyed_home.path / "other config"
    other.write_text(named, encoding="utf-8")
    options = ["--config-file", "other config", "--session-name", "alice", "-p", "name*"]
    command = "sync-profiles --config-file 'other config' --session-name alice --profile 'name*'"

    ended = keyed_home.run("check", *options, "--output", "json")
    assert ended.column("verdict") == {"named": "fixable"}
    assert ended.column("hint") == {"named": f"run `{command}`"}
    shown = keyed_home.with_environment(COLUMNS="200").run("check", *options).stdout
    assert f"`{command}` fixes these (1)\n" in shown

    _, *arguments = shlex.split(command)
    assert keyed_home.run_json(*arguments).column("verdict") == {"named": "accepted"}
