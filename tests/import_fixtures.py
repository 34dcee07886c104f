"""The fixtures of the tests of the import: a new laptop, and the team's file in several places."""

from __future__ import annotations

import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys
from imports import TEAM, WORLD
from sync_profiles.sandbox import Sandbox
from sync_profiles.sandbox import story as s
from warm_command import WarmCommand, WarmHome, warm_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def team_sandbox() -> Iterator[Sandbox]:
    """Yield a simulated AWS with all users of the import tests."""
    with Sandbox(WORLD) as running:
        yield running


@pytest.fixture(scope="session")
def warm_import(
    isolated_environment: Callable[[], dict[str, str]],
    team_sandbox: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[WarmCommand]:
    """Yield a process that has loaded what an import loads."""
    environment = {**isolated_environment(), "AWS_ENDPOINT_URL": team_sandbox.endpoint_url}
    home = Home(path=Path(environment["HOME"]), environment=environment)
    with warm_command(home, tmp_path_factory.mktemp("warm")) as command:
        yield command


@pytest.fixture
def laptop(
    home: Path,
    child_environment: dict[str, str],
    team_sandbox: Sandbox,
    warm_import: WarmCommand,
) -> Home:
    """Return an empty home that uses that AWS."""
    environment = {**child_environment, "AWS_ENDPOINT_URL": team_sandbox.endpoint_url}
    return WarmHome(path=home, environment=environment, command=warm_import)


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
def serve() -> Iterator[Callable[[bytes, str | None], str]]:
    """Return a function that serves content on loopback, or redirects, and returns the URL."""
    running = []

    def start(content: bytes, location: str | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if location is None else 302)
                if location is not None:
                    self.send_header("Location", location)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
                del format, args

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/team"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


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
    return made
