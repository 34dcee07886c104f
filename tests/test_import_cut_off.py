"""A truncated answer, or one that is not HTTP, changes nothing, and the error says which."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from certificates import Certificate
from e2e import Home, keys, role_profile
from rough_sts import SOON, Asked, RoughSts, close
from sync_profiles.errors import RunError
from sync_profiles.sandbox import story as s
from sync_profiles.team import web

FIRST = role_profile("a", s.ADMIN_ROLE.arn, "base")
TEAM = FIRST + role_profile("b", s.EQUALS_ROLE.arn, "base")
OK = "HTTP/1.1 200 OK\r\n"
WHOLE = f"{OK}Content-Length: {len(TEAM)}\r\n\r\n{TEAM}"
CUT_OFF = f"{OK}Content-Length: {len(TEAM)}\r\n\r\n{FIRST}"


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


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(CUT_OFF, "sent only a part of the file", id="length"),
        pytest.param(
            f"{OK}Transfer-Encoding: chunked\r\n\r\n{len(FIRST):x}\r\n{FIRST}\r\n40\r\n[pro",
            "sent only a part of the file",
            id="chunks",
        ),
        pytest.param(
            f"{OK}Transfer-Encoding: chunked\r\n\r\n{len(FIRST):x}\r\n{FIRST}\r\n",
            "sent only a part of the file",
            id="chunks without an end",
        ),
        pytest.param(
            f"{OK}Content-Encoding: deflate\r\nContent-Length: 9\r\n\r\n123456789",
            "is sent compressed",
            id="compressed data, which may end early",
        ),
        pytest.param(
            f"HTTP/1.1 206 X\r\nContent-Length: {len(FIRST)}\r\n\r\n{FIRST}",
            "sent only a part of the file",
            id="an unrequested range",
        ),
        pytest.param(
            f"{OK}\r\n{FIRST}",
            "does not say how long the file is: a part of it could be missing",
            id="no length",
        ),
        pytest.param(
            f"HTTP/1.0 200 OK\r\nContent-Length: x\r\n\r\n{TEAM}",
            "does not say how long the file is: a part of it could be missing",
            id="a length that is not a number",
        ),
        pytest.param("\x1b[31mhello\r\n\r\n", "sent an answer that is not HTTP", id="no HTTP"),
        pytest.param(
            OK + "X: " + "a" * 70_000 + "\r\n\r\n",
            "sent an answer that is not HTTP",
            id="a header without an end",
        ),
        pytest.param(
            OK + "X: a\r\n" * 200 + "\r\n", "sent an answer that is not HTTP", id="many headers"
        ),
        pytest.param("", "cannot be reached: remote end closed connection", id="nothing"),
    ],
)
def test_an_answer_that_may_not_be_whole_is_an_error(answer: str, words: str) -> None:
    with serving(answer) as url, pytest.raises(RunError, match=words):
        web.read_web_address(f"{url}/team", size=100_000)


def test_an_update_that_is_cut_off_keeps_the_profiles(laptop: Home) -> None:
    assert "sent only a part of the file" in error_of_update(laptop, CUT_OFF)


def test_closing_a_tls_connection_does_not_mark_the_end_of_a_file(
    laptop: Home, tmp_path: Path
) -> None:
    certificate = Certificate.make(tmp_path, "127.0.0.1")
    trusting = laptop.with_environment(SSL_CERT_FILE=str(certificate.certificate))
    answer = f"{OK}Connection: close\r\n\r\n{FIRST}"
    said = error_of_update(trusting, answer, certificate=certificate)
    assert "does not say how long the file is" in said


def error_of_update(laptop: Home, answer: str, *, certificate: Certificate | None = None) -> str:
    """Return the error of an update that gets this answer; nothing else may happen."""
    with serving(WHOLE, answer, certificate=certificate) as url:
        assert laptop.run("import", "--no-sync", f"{url}/team").code == 0
        before = laptop.footprint()
        ended = laptop.run("import", "--no-sync")
    assert (ended.code, ended.stdout) == (3, "")
    assert ended.stderr.startswith(f"error: `{url}/team` ")
    assert laptop.footprint() == before
    return ended.stderr


def test_an_answer_that_comes_byte_by_byte_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> None:
        asked.send(f"{OK}X: ".encode())
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


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            CUT_OFF, f"the answer is cut off after {len(FIRST)} of {len(TEAM)} bytes", id="length"
        ),
        pytest.param(
            f"HTTP/1.1 206 X\r\nContent-Length: {len(FIRST)}\r\n\r\n{FIRST}",
            "no answer of AWS",
            id="a part that was not asked for",
        ),
    ],
)
def test_a_truncated_object_is_not_imported(answer: str, words: str, laptop: Home) -> None:
    with serving(answer) as url:
        reading = laptop.with_environment(AWS_ENDPOINT_URL=url, AWS_DEFAULT_REGION="us-east-1")
        ended = reading.run("import", "--no-sync", "--source-profile", "base", "s3://team/config")
    assert ended.code == 3
    assert f"`s3://team/config` cannot be read as profile `base`: {words}" in ended.stderr
    assert not laptop.config_file.exists()
