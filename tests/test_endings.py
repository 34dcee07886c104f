"""Interrupted runs: Ctrl-C ends a run at once; a closed pipe does not change the exit code."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e import PATIENCE, Ended, Home, installed, keys, role_profile
from loopback import Certificate
from rough_sts import Behave, RoughSts, drip, hang, hang_after_the_headers, refusing, well
from sync_profiles.sandbox import story as s

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX has these signals and streams")

WITH_DEV_FULL = pytest.mark.skipif(
    not os.path.exists("/dev/full"),  # noqa: PTH110 read as the module is
    reason="there is no /dev/full",
)
#: no timeout of the program is shorter than a connection's five seconds
BEFORE_A_TIMEOUT = 4.5
#: seconds; on a busy machine one of the attempts is to show it
AT_ONCE = 1
ATTEMPTS = 3
MFA = {"mfa_serial": "arn:aws:iam::111111111111:mfa/me", "role_session_name": "alice"}
#: an error and its hint, whatever they say
ERROR = r"error: [^\n]+\nhint: [^\n]+\n"
SOURCE = "source keys: arn:aws:iam::111111111111:user/work_api\n"


@pytest.fixture
def big_home(empty_home: Home) -> Home:
    """Return a home whose report is longer than a pipe holds."""
    config = "".join(role_profile(f"p{n}", s.ADMIN_ROLE.arn, "keys") for n in range(300))
    return empty_home.with_environment(TMPDIR=str(empty_home.path)).write(
        config, keys("keys", s.WORK_API.credentials)
    )


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
def test_a_reader_that_closes_the_pipe_does_not_change_the_exit_code(
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
        pytest.param("-n -p missing", f"{ERROR}3\n", id="an error"),
    ],
)
def test_a_reader_who_has_already_left_changes_no_exit_code(
    arguments: str, said: str, big_home: Home
) -> None:
    # the reader has gone before the first line is written
    ended = run_redirected(big_home, f"{arguments} && | true", before="sleep 0.2; ")
    assert re.fullmatch(said, ended.stderr)


@WITH_DEV_FULL
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param("-n -p missing", 3, id="an error"),
        pytest.param("--bogus", 2, id="wrong usage"),
        pytest.param("--mfa-code 1", 2, id="an option's value"),
    ],
)
def test_a_full_stderr_does_not_change_the_exit_code(
    arguments: str, code: int, big_home: Home
) -> None:
    script = f"{installed('sync-profiles')} {arguments} 2>/dev/full"
    ended = big_home.run_command([shutil.which("sh") or "sh", "-c", script])
    assert (ended.code, ended.stdout, ended.stderr) == (code, "", "")


def test_a_run_without_a_caller_says_so_even_on_a_closed_pipe(big_home: Home) -> None:
    home = big_home.with_environment(AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_MAX_ATTEMPTS="1")
    ended = run_redirected(home, "-n --verbose && | head -n 1")
    assert re.fullmatch("error: no test was sent: [^\\n]+\n3\n", ended.stderr)


@WITH_DEV_FULL
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
def test_a_full_stdout_is_reported(arguments: str, unbuffered: str, big_home: Home) -> None:
    home = big_home.with_environment(PYTHONUNBUFFERED=unbuffered)
    ended = run_redirected(home, f"{arguments} && >/dev/full")
    assert ended.stderr == (
        "error: the output cannot be written: no space left on device\n"
        "hint: redirect the output elsewhere\n3\n"
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_does_not_stop_the_sync(closed: str, big_home: Home) -> None:
    script = f"{installed('sync-profiles')} {closed}"
    ended = big_home.run_command([shutil.which("sh") or "sh", "-c", script])
    assert (ended.code, ended.stderr) == (0, "")
    written = big_home.config_file.read_text(encoding="utf-8")
    assert written.count("role_session_name = work_api\n") == 300


def test_an_interrupt_while_the_program_loads_ends_it_in_the_same_way(big_home: Home) -> None:
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


def test_a_bug_names_a_log_without_secrets(big_home: Home) -> None:
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
        "error: unexpected error: RuntimeError\n"
        f"hint: please report it with the log file `~/{log.name}`\n"
    )
    assert (ended.code, ended.stdout, ended.stderr) == (3, "", words)
    text = log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o777 == 0o600
    assert text.startswith("Traceback (most recent call last):\n")
    assert "RuntimeError: [keys]\naws_access_key_id = ****\naws_secret_access_key = ****\n" in text
    assert s.WORK_API.credentials.secret_access_key not in text
    assert big_home.config_file.read_bytes() == before


@pytest.fixture
def laptop(home_with_keys: Home) -> Home:
    """Return a home where a sync would have a lot to write."""
    config = "".join(
        role_profile(f"p{number}", f"arn:aws:iam::222222222222:role/r{number}", "keys")
        for number in range(60)
    )
    return home_with_keys.with_environment(TMPDIR=str(home_with_keys.path)).write(config)


def interrupt(home: Home, bad_day: Callable[[], RoughSts], *arguments: str, calls: int = 1) -> None:
    """Interrupt a sync after some calls; assert that it ends as it should, within a second."""
    times: list[float] = []
    while not times or times[-1] >= AT_ONCE:
        assert len(times) < ATTEMPTS, times
        with bad_day() as rough:
            times.append(interrupt_once(home, rough, *arguments, calls=calls))


def interrupt_once(home: Home, rough: RoughSts, *arguments: str, calls: int) -> float:
    """Interrupt a sync after some calls; return how many seconds later it has ended."""
    before, around = home.footprint(), sorted(home.path.iterdir())
    with subprocess.Popen(  # noqa: S603 - our own command
        [installed("sync-profiles"), "--output", "json", *arguments],
        env={**home.environment, "AWS_ENDPOINT_URL": rough.url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        try:
            assert rough.wait_for(calls, seconds=PATIENCE)
            begin = time.monotonic()
            run.send_signal(signal.SIGINT)
            stdout, stderr = run.communicate(timeout=BEFORE_A_TIMEOUT)
            seconds = time.monotonic() - begin
        finally:
            run.kill()
    assert (run.returncode, stdout, stderr) == (130, "", "error: interrupted\n")
    assert home.footprint() == before
    assert sorted(home.path.iterdir()) == around
    return seconds


@pytest.mark.parametrize(
    ("behave", "action", "calls"),
    [
        pytest.param(hang, "GetCallerIdentity", 1, id="a caller that AWS does not name"),
        pytest.param(hang, "AssumeRole", 16, id="answers that do not come"),
        pytest.param(hang_after_the_headers, "AssumeRole", 16, id="answers that are only begun"),
        pytest.param(drip, "AssumeRole", 16, id="answers without an end"),
        pytest.param(
            refusing("ServiceUnavailable", "Wait", status=503), "AssumeRole", 20, id="retries"
        ),
        pytest.param(refusing("Throttling", "Rate exceeded"), "AssumeRole", 2, id="throttling"),
    ],
)
def test_an_interrupt_ends_a_run_at_once_in_the_middle_of(
    behave: Behave, action: str, calls: int, laptop: Home
) -> None:
    interrupt(laptop, lambda: RoughSts(behave, actions=frozenset({action})), calls=calls)


def test_an_interrupt_in_the_middle_of_a_handshake(laptop: Home, tmp_path: Path) -> None:
    certificate = Certificate.make(tmp_path, "127.0.0.1")
    interrupt(laptop, lambda: RoughSts(is_silent=True, certificate=certificate))


def test_an_interrupt_while_a_code_is_exchanged(laptop: Home) -> None:
    laptop.write(role_profile("p", s.MFA_ROLE.arn, "keys", **MFA))
    actions = frozenset({"GetSessionToken"})
    interrupt(laptop, lambda: RoughSts(hang, actions=actions), "--mfa-code", "314159")


def test_an_interrupt_while_a_program_gives_credentials(laptop: Home) -> None:
    config = role_profile("p", s.ADMIN_ROLE.arn, "source") + role_profile(
        "q", s.NAMES_ROLE.arn, "keys"
    )
    config += "[profile source]\ncredential_process = sleep 30\n"
    laptop.write(config)
    actions = frozenset({"GetCallerIdentity"})
    interrupt(laptop, lambda: RoughSts(well, actions=actions))
