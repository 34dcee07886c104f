"""A truncated answer, one that is not HTTP, or leads away, changes nothing; the error says why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from certificates import Certificate
from e2e import Home, keys, role_profile
from examples import table, unescape
from rough_sts import SOON, Asked, RoughSts, close
from sync_profiles.errors import RunError
from sync_profiles.sandbox import story as s
from sync_profiles.team import web

FIRST = role_profile("a", s.ADMIN_ROLE.arn, "base")
TEAM = FIRST + role_profile("b", s.EQUALS_ROLE.arn, "base")
WHOLE = f"HTTP/1.1 200 OK\r\nContent-Length: {len(TEAM)}\r\n\r\n{TEAM}"
#: what a row of `data/cut_off_answers.txt` may name
SENT = {"team": TEAM, "first": FIRST, "all": len(TEAM), "some": len(FIRST)}
SENT |= {"long": "a" * 70_000, "many": "X: a\r\n" * 200, "huge": "#" * 3_000_000}


@pytest.fixture
def laptop(bare_home: Home) -> Home:
    """Return a home with keys."""
    return bare_home.write(credentials=keys("base", s.WORK_API.credentials))


@contextmanager
def serving(*answers: str, certificate: Certificate | None = None) -> Iterator[str]:
    """Serve each answer once, byte for byte, and the last one for ever; yield the address."""
    waiting = list(answers)

    def answer(asked: Asked) -> None:
        asked.send((waiting.pop(0) if len(waiting) > 1 else waiting[0]).encode())
        close(asked)

    with RoughSts(answer, actions=frozenset({""}), certificate=certificate) as server:
        yield server.url


@pytest.mark.parametrize("row", table("cut_off_answers.txt"))
def test_an_answer_that_is_not_the_whole_file_is_an_error(row: str, laptop: Home) -> None:
    source, answer, words, _ = row.split(" | ")
    with serving(unescape(answer).format_map(SENT)) as url:
        reading = laptop.with_environment(AWS_ENDPOINT_URL=url, AWS_DEFAULT_REGION="us-east-1")
        address = source if source.startswith("s3:") else f"{url}{source}"
        ended = reading.run("import", "--no-sync", "--source-profile", "base", address)
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr.startswith(f"error: `{address}`")
    assert words.format_map(SENT) in ended.stderr
    assert not laptop.config_file.exists()


def test_closing_a_tls_connection_does_not_mark_the_end_of_a_file(
    laptop: Home, tmp_path: Path
) -> None:
    certificate = Certificate.make(tmp_path, "127.0.0.1")
    trusting = laptop.with_environment(SSL_CERT_FILE=str(certificate.certificate))
    cut_off = f"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{FIRST}"
    with serving(WHOLE, cut_off, certificate=certificate) as url:
        assert trusting.run("import", "--no-sync", f"{url}/team").code == 0
        before = laptop.footprint()
        ended = trusting.run("import", "--no-sync")
    assert (ended.code, ended.stdout) == (3, "")
    assert "does not say how long the file is" in ended.stderr
    assert laptop.footprint() == before


def test_an_answer_that_comes_byte_by_byte_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> None:
        asked.send(b"HTTP/1.1 200 OK\r\nX: ")
        with suppress(OSError):  # the client has gone
            while not asked.over.wait(SOON):
                asked.send(b"a")

    monkeypatch.setattr(web, "SECONDS", 10 * SOON)
    with (
        RoughSts(answer, actions=frozenset({""})) as server,
        pytest.raises(RunError, match="did not answer in time"),
    ):
        web.read_web_address(f"{server.url}/team", size=100)


def test_the_body_of_a_redirect_is_not_read() -> None:
    with serving(
        "HTTP/1.1 302 X\r\nLocation: /other\r\nContent-Length: 99999999999\r\n\r\nhello", WHOLE
    ) as url:
        assert web.read_web_address(f"{url}/team", size=10_000) == TEAM.encode()
