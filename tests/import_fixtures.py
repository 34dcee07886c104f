"""For the tests of the import: a team's file in several places, and users who import it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from e2e import Home, keys
from rough_sts import RoughSts, page
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, RootUser, User
from teams import PERSON

OTHER = User(name="other", policies=(ALLOW_ASSUME_ROLE,))
THIRD = User(name="third", policies=(ALLOW_ASSUME_ROLE,))
ROOT = RootUser()
MARKS = re.compile(r"\(\d{4}-\d\d-\d\d\) sha256=[0-9a-f]{64}(?: names=[0-9a-f]{16})?")

TEAM = f"""\
# our profiles: ask Ann

# for everybody
[profile admin]
role_arn = {s.ADMIN_ROLE.arn}
source_profile = base
role_session_name = ${{aws:username}}
region = us-east-1

# since 2020
[profile equals]
role_arn = {s.EQUALS_ROLE.arn}
source_profile = base
region = us-east-1
"""
WORLD = World(users=(*s.STORY.users, OTHER, THIRD, PERSON), root_users=(ROOT,), roles=s.STORY.roles)
OWN = '[profile  "admin"]\nregion = eu-west-1\n'


def text_of(home: Home) -> str:
    """Return the config file with its dates and hashes left out."""
    return MARKS.sub("MARKS", home.config_file.read_bytes().decode())


@pytest.fixture
def aws() -> Iterator[Sandbox]:
    """Yield a simulated AWS with all users of the import tests."""
    with Sandbox(WORLD) as running:
        yield running


@pytest.fixture
def laptop(bare_home: Home, aws: Sandbox) -> Home:
    """Return an empty home that uses that AWS."""
    return bare_home.with_environment(AWS_ENDPOINT_URL=aws.endpoint_url)


@pytest.fixture
def with_keys(laptop: Home) -> Home:
    """Return a home with the keys of `work_api` as `base`, and nothing else."""
    return laptop.write(credentials=keys("base", s.WORK_API.credentials))


@pytest.fixture
def team_file(tmp_path: Path) -> Path:
    file = tmp_path / "team config"
    file.write_text(TEAM, encoding="utf-8")
    return file


@pytest.fixture
def serve() -> Iterator[Callable[[str], str]]:
    """Return a function that serves a text on loopback, and returns the URL."""
    with ExitStack() as stack:

        def start(text: str) -> str:
            server = stack.enter_context(RoughSts(page(200, text), actions=frozenset({""})))
            return f"{server.url}/team"

        yield start


@pytest.fixture
def repository(tmp_path: Path, child_environment: dict[str, str]) -> Path:
    """Return a git repository with the team's file."""
    git = shutil.which("git")
    if git is None or os.name != "posix":
        pytest.skip("git, its server and its links are those of POSIX")
    made = tmp_path / "repository"
    (made / "aws").mkdir(parents=True)
    (made / "aws" / "config").write_text(TEAM, encoding="utf-8")
    person = ["-c", "user.name=ann", "-c", "user.email=ann@team.example"]
    for command in (["init", "-q"], ["add", "."], [*person, "commit", "-q", "-m", "all"]):
        subprocess.run([git, *command], cwd=made, check=True, env=child_environment)  # noqa: S603 - fixed words
    return made
