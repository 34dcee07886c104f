"""Where a team's file may come from, each by the real program or protocol, on loopback.

From S3, over ssh and from stdin: `data/import_stories.txt`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from certificates import Certificate
from e2e import Home, keys
from import_fixtures import TEAM
from rough_sts import Asked, Behave, RoughSts, page
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, MfaDevice, User
from sync_profiles.team.sources import parse_source

PHONE = "arn:aws:iam::111111111111:mfa/ann-phone"
KEY = MfaDevice(serial="arn:aws:iam::111111111111:u2f/user/ann/key")
ANN = User(name="ann", policies=(ALLOW_EVERYTHING,), mfa_devices=(KEY, MfaDevice(serial=PHONE)))
WORLD = World(users=(*s.STORY.users, ANN), roles=s.STORY.roles)


@pytest.mark.parametrize(
    "text", ["/x y/config", "//host/x y/config", r"\\host\x y\config", r"D:\x y\config"]
)
def test_a_path_is_found_again_by_its_address(text: str) -> None:
    source = parse_source(text)
    again, path = Path(parse_source(source.text).place), Path(source.place)
    # to POSIX, two slashes are one
    assert (again.drive, again.parts[1:]) == (path.drive, path.parts[1:])


@pytest.fixture
def laptop(empty_home: Home) -> Home:
    """Return a home with Ann's keys as `base`."""
    return empty_home.write(credentials=keys("base", ANN.credentials))


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """Return a certificate for this machine, which no program trusts by default."""
    return Certificate.make(tmp_path, "127.0.0.1")


def git_server(root: Path) -> Behave:
    """Return what passes requests on to git's own server program."""

    def answer(asked: Asked) -> None:
        method, target, _ = asked.head.split(" ", maxsplit=2)
        path, _, query = target.partition("?")
        done = subprocess.run(  # noqa: S603 - git itself
            [str(shutil.which("git")), "-c", "safe.directory=*", "http-backend"],
            input=asked.body,
            capture_output=True,
            check=True,
            env={
                **os.environ,
                "CONTENT_LENGTH": str(len(asked.body)),
                "CONTENT_TYPE": asked.headers.get("content-type", ""),
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROJECT_ROOT": str(root),
                "GIT_PROTOCOL": asked.headers.get("git-protocol", ""),
                "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": method,
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        length = f"Content-Length: {len(content)}\r\n".encode()
        asked.send(b"HTTP/1.1 200 OK\r\n" + length + head + b"\r\n\r\n" + content)

    return answer


def came_in(laptop: Home) -> bool:
    """Return whether the team's profiles work."""
    assert "\nrole_session_name = ann\n" in laptop.config_file.read_text(encoding="utf-8")
    return laptop.working_profiles(["admin", "equals"]) == {"admin", "equals"}


def test_a_file_comes_over_https_from_a_server_with_a_trusted_certificate(
    laptop: Home, certificate: Certificate
) -> None:
    answer = page(200, TEAM)
    with RoughSts(answer, actions=frozenset({""}), certificate=certificate) as server:
        address = f"{server.url}/config"
        refused = laptop.run("import", "--trust", address)
        assert refused.code == 3
        assert "cannot be verified: self-signed certificate" in refused.stderr
        assert not laptop.config_file.exists()
        trusting = laptop.with_environment(SSL_CERT_FILE=str(certificate.certificate))
        assert trusting.run("import", "--trust", address).code == 0
    assert came_in(laptop)


def test_a_file_comes_from_a_git_repository_over_https(
    laptop: Home, repository: Path, certificate: Certificate
) -> None:
    with (repository / ".git" / "config").open("a", encoding="utf-8") as settings:
        settings.write("[uploadpack]\nallowFilter = true\n")  # as the great hosts have it
    behave, actions = git_server(repository.parent), frozenset({""})
    with RoughSts(behave, actions=actions, certificate=certificate) as server:
        source = f"git+{server.url}/repository/.git#aws/config"
        refused = laptop.run("import", "--trust", source)
        assert refused.code == 3
        assert "cannot be cloned: " in refused.stderr
        assert not laptop.config_file.exists()
        trusting = laptop.with_environment(GIT_SSL_CAINFO=str(certificate.certificate))
        ended = trusting.run("import", "--trust", source)
    assert ended.code == 0, ended.stderr
    assert came_in(laptop)


def test_messages_of_git_have_no_secret(laptop: Home, repository: Path, tmp_path: Path) -> None:
    def really_at(address: str) -> None:
        text = f'[url "{address}"]\ninsteadOf = https://git.example/team\n'
        (laptop.path / ".gitconfig").write_text(text, encoding="utf-8")

    other = tmp_path / "other"
    other.write_text(TEAM.replace("[profile ", "[profile other-"), encoding="utf-8")
    really_at(f"file://{repository}")
    source = "git+https://git.example/team#aws/config"
    assert laptop.run("import", "--no-sync", source, str(other)).code == 0
    really_at("https://127.0.0.1:9/team?private_token=hunter2")
    for options in ([], ["--output", "json"]):
        ended = laptop.run("import", "--no-sync", *options)
        assert ended.code == 1
        assert "cannot be cloned: " in " ".join(ended.stdout.split())
        assert "127.0.0.1:9/team?****" in "".join(ended.stdout.split())
        assert "hunter2" not in ended.stdout + ended.stderr


def test_the_device_is_the_one_that_is_listed(laptop: Home, tmp_path: Path) -> None:
    team = tmp_path / "config"
    team.write_text(TEAM + "mfa_serial = ${sync:mfa_serial}\n", encoding="utf-8")
    assert laptop.run("import", "--no-sync", str(team)).code == 0
    assert f"\nmfa_serial = {PHONE}\n" in laptop.config_file.read_text(encoding="utf-8")
