"""A file that an option or a variable names has to be there: a typo is no empty file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home in which nothing is wrong yet."""
    return empty_home.write(
        role_profile("default", s.ADMIN_ROLE.arn, "keys"), keys("keys", s.WORK_API.credentials)
    )


@pytest.mark.parametrize("kind", ["config", "credentials"])
def test_a_file_that_is_named_has_to_exist(kind: str, laptop: Home) -> None:
    ended = laptop.run_json(f"--{kind}-file", "/no/such/file")
    words = f"error: there is no {kind} file `/no/such/file`\nhint: correct `--{kind}-file`\n"
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)


@pytest.mark.parametrize("arguments", [(), ("check",), ("explain", "default"), ("undo",)], ids=str)
def test_a_config_file_that_a_variable_names_has_to_exist(
    arguments: tuple[str, ...], laptop: Home
) -> None:
    ended = laptop.with_environment(AWS_CONFIG_FILE="/no/such/file").run(*arguments)
    words = "error: there is no config file `/no/such/file`\nhint: correct `AWS_CONFIG_FILE`\n"
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)


@pytest.mark.parametrize("name", ["", os.devnull], ids=["nothing", "the null device"])
def test_a_variable_may_say_that_there_is_no_config_file(name: str, laptop: Home) -> None:
    ended = laptop.with_environment(AWS_CONFIG_FILE=name).run()
    words = (
        f"no profile in {os.devnull} assumes a role: nothing to do\n"
        "hint: run `sync-profiles import SOURCE` to import your team's profiles\n"
    )
    assert (ended.code, ended.stdout, ended.stderr) == (0, words, "")


def test_an_import_makes_the_config_file_that_a_variable_names(
    laptop: Home, tmp_path: Path
) -> None:
    team = tmp_path / "team"
    team.write_text(role_profile("admin", s.OPEN_ROLE.arn, "keys"), encoding="utf-8")
    new = tmp_path / "config"
    ended = laptop.with_environment(AWS_CONFIG_FILE=str(new)).run("import", str(team))
    assert (ended.code, ended.stderr) == (0, "")
    assert "role_session_name = work_api\n" in new.read_text("utf-8")


def test_a_credentials_file_that_a_variable_names_in_vain_is_told(laptop: Home) -> None:
    ended = laptop.with_environment(AWS_SHARED_CREDENTIALS_FILE="~/typo").run()
    typo = laptop.path / "typo"
    words = (
        f"note: `AWS_SHARED_CREDENTIALS_FILE` names `{typo}`, which does not exist\n"
        "error: no chain leads to credentials: nothing could be tested\n"
        "hint: fix one of the profiles, then run again\n"
    )
    assert (ended.code, ended.stderr) == (3, words)


def test_keys_without_a_config_file_get_the_way_to_the_team_s_profiles(laptop: Home) -> None:
    laptop.config_file.unlink()
    ended = laptop.run()
    words = (
        "no profile in ~/.aws/config assumes a role: nothing to do\n"
        "hint: run `sync-profiles import SOURCE` to import your team's profiles\n"
    )
    assert (ended.code, ended.stdout, ended.stderr) == (0, words, "")
