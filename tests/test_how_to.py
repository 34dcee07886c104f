"""The how-to guides, followed to the letter."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aws_witness import CHOSEN
from e2e import Home, keys, role_profile
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from collections.abc import Iterator

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(s.STORY) as running:
        yield running


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home with the keys of `work_api` as `base`."""
    return empty_home.write(credentials=keys("base", s.WORK_API.credentials))


def file_in(page: str) -> str:
    """Return the first file that a page shows."""
    found = re.search(r"```ini\n(.*?)```", (HOW_TO / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def test_the_team_file_can_be_imported_by_every_kind_of_caller(
    laptop: Home, tmp_path: Path
) -> None:
    team = tmp_path / "config"
    team.write_text(file_in("team-file.md"), encoding="utf-8")
    ended = laptop.run("import", "--no-sync", str(team))
    assert ended.code == 0, ended.stderr
    written = laptop.config_file.read_text(encoding="utf-8")
    assert "\nrole_session_name = work_api\n" in written
    assert "\nmfa_serial = arn:aws:iam::111111111111:mfa/work_api\n" in written


@pytest.mark.skipif(
    CHOSEN is not None, reason="another AWS CLI may pass its Python's settings on to the alias"
)
def test_the_aws_cli_runs_it_by_its_alias_file(laptop: Home) -> None:
    alias = laptop.path / ".aws" / "cli" / "alias"
    alias.parent.mkdir()
    alias.write_text(file_in("aws-alias.md"), encoding="utf-8")
    laptop.write(
        f"[profile admin]\nrole_arn = {s.ADMIN_ROLE.arn}\nsource_profile = base\n"
        "region = us-east-1\n"
    )
    ended = laptop.run_aws("sync-profiles", "-p", "adm*")
    assert ended.code == 0, ended.stderr
    assert "written: ~/.aws/config (1 name)" in ended.stdout
    assert laptop.working_profiles(["admin"]) == {"admin"}


def test_a_profile_with_the_comment_keeps_its_name(laptop: Home) -> None:
    kept = file_in("keep-a-name.md")
    laptop.write(kept)
    laptop.run("--overwrite")
    assert laptop.config_file.read_text(encoding="utf-8") == kept


def test_an_administrator_can_follow_every_line(laptop: Home) -> None:
    page = (HOW_TO / "require-the-name.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\$ sync-profiles (.*)$", page, re.MULTILINE)
    assert len(lines) == 6
    profiles = (role_profile(name, s.ADMIN_ROLE.arn, "base") for name in ("admin", "prod-1"))
    laptop.write("".join(profiles), keys("base", s.WORK_API.credentials))
    policy = laptop.run("trust-policy", "--caller", "111111111111", "--mfa").stdout
    (laptop.path / "policy.json").write_text(policy, encoding="utf-8")
    ended = {line: laptop.run(*shlex.split(line)) for line in lines}
    codes = {line: one.code for line, one in ended.items()}
    # the audit finds the story's open roles
    assert codes == {line: int("--all-roles" in line) for line in lines}, ended
