"""`check` calls nothing without a test, nor for files that the AWS CLI cannot read.

Every problem is in `data/lint`, and which of them are listed in `data/screens/selection.txt`.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e import Ended, Home, role_profile, section
from sync_profiles.sandbox import story as s

ROLE = s.ADMIN_ROLE.arn
GOOD = role_profile("good", ROLE, "keys")  # lines 1 to 4, and a blank one


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Yield a socket that takes connections, and answers none."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


@pytest.fixture
def offline_home(home_with_keys: Home, listener: socket.socket) -> Home:
    """Return a home whose every way to AWS ends at the listener."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    more = {"AWS_ENDPOINT_URL": url, "HTTP_PROXY": url, "HTTPS_PROXY": url, "COLUMNS": "200"}
    return home_with_keys.with_environment(**more).write(GOOD)


def check(home: Home, *arguments: str) -> Ended:
    """Run `sync-profiles check --no-test` for its JSON."""
    return home.run("check", "--no-test", "--output", "json", *arguments)


def places(ended: Ended) -> list[tuple[str, int, str, str | None]]:
    """Return file, line, code and profile of each problem."""
    return [
        (Path(p["file"]).name, p["line"], p["code"], p["profile"]) for p in ended.report["problems"]
    ]


def test_no_connection_is_made_and_no_program_is_run(
    offline_home: Home, listener: socket.socket, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    touch = f"{sys.executable} -c \"open('{ran}', 'w')\""
    config = GOOD + section("profile process", {"credential_process": touch})
    config += role_profile("programs", ROLE, "process", mfa_process=touch, mfa_serial="arn:x")
    offline_home.write(config)
    before = offline_home.footprint()
    ended = check(offline_home)
    assert ended.code == 1
    assert ended.column("verdict") == {"good": "unknown", "programs": "unknown"}
    assert ended.column("cause") == {"good": "not-tested", "programs": "not-tested"}
    with pytest.raises(BlockingIOError):  # no connection waits
        listener.accept()
    assert not ran.exists()
    assert offline_home.footprint() == before


def test_no_call_is_made_for_files_that_the_aws_cli_cannot_read(
    offline_home: Home, listener: socket.socket
) -> None:
    offline_home.write(f"{GOOD[:-1]}hunter2\n")
    ended = offline_home.run("check", "--output", "json")
    assert (ended.code, ended.report["profiles"]) == (3, [])
    assert places(ended) == [("config", 5, "no-delimiter", "good")]
    assert "hunter2" not in ended.stdout + ended.stderr
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_the_aws_cli_refuses_a_file_for_which_nothing_could_be_tested(offline_home: Home) -> None:
    offline_home.write(f"{GOOD}oops\n")
    assert "Unable to parse config file" in offline_home.run_aws("configure", "list").stderr
    shown = offline_home.run("check", "--no-test")
    assert shown.code == 3
    assert "config, line 6: the line has no `=`" in shown.stdout
