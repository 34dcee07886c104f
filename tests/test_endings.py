"""How a run ends that does not get to its end: an interrupt, a reader who leaves, a bug."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from e2e import Ended, Home, installed, keys, role_profile
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX has these signals and streams")

#: an interrupted run must not wait for answers: it would for ten seconds, and five times
BEFORE_THE_TIMEOUT = 9
SOURCE = "source keys: arn:aws:iam::111111111111:user/work_api\n"
NOBODY = (
    "error: no profile with a role matches `nobody`\n"
    "hint: run `aws configure list-profiles` to see the names\n"
)
SECRET = s.WORK_API.credentials.secret_access_key
CALLER = f"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<GetCallerIdentityResult><Arn>{s.WORK_API.arn}</Arn><UserId>AIDA</UserId>
<Account>111111111111</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


class SlowAws(ThreadingHTTPServer):
    """An STS that never answers an action; all others are GetCallerIdentity."""

    daemon_threads = True

    def __init__(self, silent_action: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.silent_action = silent_action
        self.asked = Event()
        self.over = Event()


class _Handler(BaseHTTPRequestHandler):
    server: SlowAws
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer, or do not."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if f"Action={self.server.silent_action}&" in body:
            self.server.asked.set()
            self.server.over.wait()
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CALLER)))
        self.end_headers()
        self.wfile.write(CALLER.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Log nothing."""


@pytest.fixture
def slow_aws() -> Iterator[Callable[[str], SlowAws]]:
    """Return what starts an STS that never answers an action."""
    started: list[tuple[SlowAws, Thread]] = []

    def start(silent_action: str) -> SlowAws:
        server = SlowAws(silent_action)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        started.append((server, thread))
        return server

    yield start
    for server, thread in started:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def big_home(empty_home: Home) -> Home:
    """Return a home whose report is longer than a pipe holds."""
    config = "".join(role_profile(f"p{n}", s.ADMIN_ROLE.arn, "keys") for n in range(300))
    return empty_home.with_environment(TMPDIR=str(empty_home.path)).write(
        config, keys("keys", s.WORK_API.credentials)
    )


@pytest.mark.parametrize("silent_action", ["GetCallerIdentity", "AssumeRole"])
def test_an_interrupt_ends_a_slow_run_at_once(
    silent_action: str, slow_aws: Callable[[str], SlowAws], big_home: Home
) -> None:
    before = big_home.footprint()
    aws = slow_aws(silent_action)
    with subprocess.Popen(  # noqa: S603 - our own command
        [installed("sync-profiles"), "--output", "json"],
        env={**big_home.environment, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws.server_port}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert aws.asked.wait(timeout=60)
        run.send_signal(signal.SIGINT)
        try:
            stdout, stderr = run.communicate(timeout=BEFORE_THE_TIMEOUT)
        finally:
            run.kill()
    assert (run.returncode, stdout, stderr) == (130, "", "error: interrupted\n")
    assert big_home.footprint() == before


def run_redirected(home: Home, redirected: str, *, before: str = "") -> Ended:
    """Run the command in a shell, which adds the command's exit code to stderr."""
    command = f"{before}{installed('sync-profiles')}"
    script = f"({command} {redirected.replace('&&', '; echo $? >&2)', 1)}"
    return home.run_command([shutil.which("sh") or "sh", "-c", script])


@pytest.mark.parametrize(
    ("arguments", "first", "code"),
    [
        pytest.param("--dry-run", SOURCE, 1, id="the table"),
        pytest.param("--dry-run --output json", "{\n", 1, id="the JSON"),
        pytest.param("--output json", "{\n", 0, id="a sync"),
        pytest.param("check --verbose --session-name work_api", SOURCE, 1, id="a check"),
    ],
)
def test_a_reader_who_leaves_early_changes_no_exit_code(
    arguments: str, first: str, code: int, big_home: Home
) -> None:
    ended = run_redirected(big_home, f"{arguments} && | head -n 1")
    assert (ended.stdout, ended.stderr) == (first, f"{code}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param("--version", "0\n", id="the version"),
        pytest.param("check --help", "0\n", id="the help"),
        pytest.param("undo", "0\n", id="an undo"),
        pytest.param("-n -p p1", "1\n", id="a short report"),
        pytest.param("-n -p nobody", NOBODY + "3\n", id="an error"),
    ],
)
def test_a_reader_who_is_not_there_at_all_changes_no_exit_code(
    arguments: str, said: str, big_home: Home
) -> None:
    # the reader has gone before the first line is written
    ended = run_redirected(big_home, f"{arguments} && | true", before="sleep 0.2; ")
    assert ended.stderr == said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110 read as the module is
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param("-n -p nobody", 3, id="an error"),
        pytest.param("--bogus", 2, id="wrong usage"),
        pytest.param("--mfa-code 1", 2, id="an option's value"),
    ],
)
def test_a_stderr_that_takes_no_more_changes_no_exit_code(
    arguments: str, code: int, big_home: Home
) -> None:
    script = f"{installed('sync-profiles')} {arguments} 2>/dev/full"
    ended = big_home.run_command([shutil.which("sh") or "sh", "-c", script])
    assert (ended.code, ended.stdout, ended.stderr) == (code, "", "")


def test_a_run_without_a_caller_says_so_even_if_its_reader_left(big_home: Home) -> None:
    home = big_home.with_environment(AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    ended = run_redirected(home, "-n --verbose && | head -n 1")
    assert ended.stderr == (
        "error: no source has an identity: nothing could be tested\n"
        "hint: fix one of the sources, then run again\n3\n"
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")  # noqa: PTH110 read as the module is
@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [
        pytest.param("-n", "", id="the table"),
        pytest.param("-n", "1", id="the table, unbuffered"),
        pytest.param("-n --output json", "", id="the JSON"),
        pytest.param("--version", "1", id="the version, unbuffered"),
        pytest.param("--help", "", id="the help"),
    ],
)
def test_an_output_that_takes_no_more_is_reported(
    arguments: str, unbuffered: str, big_home: Home
) -> None:
    home = big_home.with_environment(PYTHONUNBUFFERED=unbuffered)
    ended = run_redirected(home, f"{arguments} && >/dev/full")
    assert ended.stderr == (
        "error: the output cannot be written: no space left on device\n"
        "hint: write the output to another place\n3\n"
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_does_not_stop_the_sync(closed: str, big_home: Home) -> None:
    script = f"{installed('sync-profiles')} {closed}"
    ended = big_home.run_command([shutil.which("sh") or "sh", "-c", script])
    assert (ended.code, ended.stderr) == (0, "")
    written = big_home.config_file.read_text(encoding="utf-8")
    assert written.count("role_session_name = work_api\n") == 300


def test_a_fault_of_its_own_names_a_log_without_secrets(big_home: Home) -> None:
    before = big_home.config_file.read_bytes()
    broken = big_home.path / "broken"
    broken.mkdir()
    # an installation in which a library fails, and says too much
    (broken / "filelock.py").write_text(
        f"raise RuntimeError(open({str(big_home.credentials_file)!r}).read())\n"
    )
    home = big_home.with_environment(PYTHONPATH=str(broken))
    ended = home.run_json()
    (log,) = big_home.path.glob("sync-profiles-*.log")
    words = (
        f"error: unexpected error: RuntimeError\nhint: please report it with the log file `{log}`\n"
    )
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)
    text = log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600
    assert text.startswith("Traceback (most recent call last):\n")
    assert "RuntimeError: [keys]\naws_access_key_id = ****\naws_secret_access_key = ****\n" in text
    assert SECRET not in text
    assert big_home.config_file.read_bytes() == before


def test_an_interrupt_in_the_first_moments_ends_the_run_in_the_same_way(big_home: Home) -> None:
    before = big_home.footprint()
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-X", "importtime", installed("sync-profiles")],
        env={**big_home.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if line.endswith("sync_profiles.__main__\n"):
                break
        run.stderr.readline()  # what the command line imports first is there
        run.send_signal(signal.SIGINT)
        said = run.stderr.read()
    assert (run.wait(), said.splitlines()[-1]) == (130, "error: interrupted")
    assert big_home.footprint() == before
