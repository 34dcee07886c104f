"""The fixtures of the tests of the import: a new laptop, and the team's file in several places."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys
from imports import TEAM, WORLD
from rough_sts import RoughSts, page
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def team_sandbox() -> Iterator[Sandbox]:
    """Yield a simulated AWS with all users of the import tests."""
    with Sandbox(WORLD) as running:
        yield running


@pytest.fixture
def laptop(bare_home: Home, team_sandbox: Sandbox) -> Home:
    """Return an empty home that uses that AWS."""
    return bare_home.with_environment(AWS_ENDPOINT_URL=team_sandbox.endpoint_url)


@pytest.fixture
def with_keys(laptop: Home) -> Home:
    """Return a home with the keys of `work_api` as `base`, and nothing else."""
    return laptop.write(credentials=keys("base", s.WORK_API.credentials))


@pytest.fixture
def team_file(tmp_path: Path) -> Path:
    """Return a team's file."""
    file = tmp_path / "team config"
    file.write_text(TEAM, encoding="utf-8")
    return file


@pytest.fixture
def serve() -> Iterator[Callable[[str, str | None], str]]:
    """Return a function that serves a text on loopback, or redirects, and returns the URL."""
    with ExitStack() as stack:

        def start(text: str, location: str | None = None) -> str:
            away = f"Location: {location}\r\n" if location is not None else ""
            answer = page(302 if away else 200, text, more=away)
            server = stack.enter_context(RoughSts(answer, actions=frozenset({""})))
            return f"{server.url}/team"

        yield start


@pytest.fixture
def repository(tmp_path: Path, child_environment: dict[str, str]) -> Path:
    """Return a git repository with the team's file, and a link out of it."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    made = tmp_path / "repository"
    (made / "aws").mkdir(parents=True)
    (made / "aws" / "config").write_text(TEAM, encoding="utf-8")
    (made / "link").symlink_to("/etc/hostname")
    person = ["-c", "user.name=ann", "-c", "user.email=ann@team.example"]
    for command in (["init", "-q"], ["add", "."], [*person, "commit", "-q", "-m", "all"]):
        subprocess.run([git, *command], cwd=made, check=True, env=child_environment)  # noqa: S603 - fixed words
    init = [git, "init", "-q", "--bare", "empty"]
    subprocess.run(init, cwd=made, check=True, env=child_environment)  # noqa: S603 - as above
    return made
