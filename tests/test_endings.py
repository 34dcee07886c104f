"""Interrupted runs: Ctrl-C ends a run at once; a closed pipe does not change the exit code."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from certificates import Certificate
from e2e import PATIENCE, Ended, Home, installed, role_profile
from examples import table, unescape
from rough_sts import Behave, RoughSts, drip, hang, hang_after_the_headers, refusing, well
from sync_profiles.sandbox import story as s

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX has these signals and streams")

#: no timeout of the program is shorter than a connection's five seconds
BEFORE_A_TIMEOUT = 4.5
#: seconds; on a busy machine one of the attempts is to show it
AT_ONCE = 1
ATTEMPTS = 3
MFA = {"mfa_serial": "arn:aws:iam::111111111111:mfa/me", "role_session_name": "alice"}
SOURCE = "source keys: arn:aws:iam::111111111111:user/work_api\n"


DROPPED = """
import signal, time, weakref
from sync_profiles.__main__ import _clean_up_when_ended
_clean_up_when_ended()
class Thing: pass
thing = Thing()
callback = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGTERM))
try:
    del thing
    time.sleep(30)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_that_comes_into_a_callback_of_python_is_not_lost(bare_home: Home) -> None:
    ended = bare_home.run_command([sys.executable, "-c", DROPPED])
    assert (ended.stdout, ended.stderr) == ("interrupted\n", "")


@pytest.fixture
def big_home(work_home: Home) -> Home:
    """Return a home whose report is longer than a pipe holds."""
    config = "".join(role_profile(f"p{n}", s.ADMIN_ROLE.arn, "keys") for n in range(300))
    return work_home.with_environment(TMPDIR=str(work_home.path)).write(config)


def run_in_shell(home: Home, script: str) -> Ended:
    """Run a line of a shell, in which `$RUN` is the command."""
    with_command = home.with_environment(RUN=installed("sync-profiles"))
    return with_command.run_command([shutil.which("sh") or "sh", "-c", script])


@pytest.mark.parametrize(
    ("run", "first", "code"),
    [
        pytest.param("$RUN --dry-run", SOURCE, 1, id="the table"),
        pytest.param("$RUN --dry-run --output json", "{\n", 1, id="the JSON"),
        pytest.param("$RUN --output json", "{\n", 0, id="a sync"),
        pytest.param("$RUN check --verbose --session-name work_api", SOURCE, 1, id="a check"),
    ],
)
def test_a_reader_that_closes_the_pipe_does_not_change_the_exit_code(
    run: str, first: str, code: int, big_home: Home
) -> None:
    ended = run_in_shell(big_home, f"({run}; echo $? >&2) | head -n 1")
    assert (ended.stdout, ended.stderr) == (first, f"{code}\n")


#: what takes nothing, and how a command is run beside it
TAKES_NOTHING = {
    "reader": "(sleep 0.2; {}; echo $? >&2) | true",  # it has gone before the first line
    "stderr": "{} 2>/dev/full; echo $? >&2",
    "stdout": "({}; echo $? >&2) >/dev/full",
}


@pytest.mark.parametrize("row", table("broken_streams.txt"))
def test_a_stream_that_takes_nothing_does_not_change_the_exit_code(
    row: str, home_of_three: Home
) -> None:
    stream, command, code, said, _ = row.split(" | ")
    script = TAKES_NOTHING[stream].format(command)
    if "/dev/full" in script and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    ended = run_in_shell(home_of_three.with_environment(NOWHERE="http://127.0.0.1:9"), script)
    assert re.fullmatch(f"{unescape(said)}{code}\n", ended.stderr), ended


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_does_not_stop_the_sync(closed: str, home_of_three: Home) -> None:
    ended = run_in_shell(home_of_three, f"$RUN {closed}")
    assert (ended.code, ended.stderr) == (1, "")
    assert "alice" not in home_of_three.config_file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "module",
    [
        pytest.param("sync_profiles.cli", id="loads"),
        pytest.param("typer._adapters", id="reads the command line"),
    ],
)
def test_an_interrupt_while_the_program_starts_ends_it_in_the_same_way(
    module: str, big_home: Home, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        f"""
import os, signal, sys

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
"""
    )
    before = big_home.footprint()
    run = big_home.with_environment(PYTHONPATH=str(tmp_path)).start_installed("--jobs", "3")
    said = run.communicate()
    assert (run.returncode, *said) == (130, "", "error: interrupted\n")
    assert big_home.footprint() == before


def interrupt_once(home: Home, rough: RoughSts, *arguments: str, calls: int) -> float:
    """Interrupt a sync after some calls; return how many seconds later it has ended."""
    before, around = home.footprint(), sorted(home.path.iterdir())
    disturbed = home.with_environment(AWS_ENDPOINT_URL=rough.url)
    with disturbed.start_installed("--output", "json", *arguments) as run:
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


MANY = "".join(
    role_profile(f"p{number}", f"arn:aws:iam::222222222222:role/r{number}", "keys")
    for number in range(60)
)
PROGRAM = role_profile("p", s.ADMIN_ROLE.arn, "source") + role_profile(
    "q", s.NAMES_ROLE.arn, "keys"
)
PROGRAM += "[profile source]\ncredential_process = sleep 30\n"
WITH_MFA = role_profile("p", s.MFA_ROLE.arn, "keys", **MFA)
BUSY = refusing("ServiceUnavailable", "Wait", status=503)
#: how AWS behaves at which call, how many of them come first, and the profiles
INTERRUPTED: dict[str, tuple[Behave, str, int, str]] = {
    "a caller that AWS does not name": (hang, "GetCallerIdentity", 1, MANY),
    "answers that do not come": (hang, "AssumeRole", 16, MANY),
    "answers that are only begun": (hang_after_the_headers, "AssumeRole", 16, MANY),
    "answers without an end": (drip, "AssumeRole", 16, MANY),
    "retries": (BUSY, "AssumeRole", 20, MANY),
    "throttling": (refusing("Throttling", "Rate exceeded"), "AssumeRole", 2, MANY),
    "a code that is exchanged": (hang, "GetSessionToken", 1, WITH_MFA),
    "a program that gives credentials": (well, "GetCallerIdentity", 1, PROGRAM),
    "a handshake": (well, "", 1, MANY),
}


@pytest.mark.parametrize("what", INTERRUPTED)
def test_an_interrupt_ends_a_run_at_once_in_the_middle_of(
    what: str, home_with_keys: Home, tmp_path: Path
) -> None:
    behave, action, calls, config = INTERRUPTED[what]
    home = home_with_keys.with_environment(TMPDIR=str(home_with_keys.path)).write(config)
    arguments = ["--mfa-code", "314159"] if config == WITH_MFA else []
    certificate = None if action else Certificate.make(tmp_path, "127.0.0.1")
    times: list[float] = []
    while not times or times[-1] >= AT_ONCE:
        assert len(times) < ATTEMPTS, times
        with RoughSts(
            behave, actions=frozenset({action}), is_silent=not action, certificate=certificate
        ) as rough:
            times.append(interrupt_once(home, rough, *arguments, calls=calls))
