"""Ctrl-C ends a run at once, whatever it waits for, and leaves everything as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from e2e import Home, installed, keys, role_profile
from loopback import Certificate
from rough_sts import RoughSts, drip, hang, hang_after_the_headers, refusing, well
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rough_sts import Behave

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX has these signals")

PATIENCE = 60
#: no timeout of ours is shorter than a connection's five seconds
BEFORE_A_TIMEOUT = 4.5
#: seconds; on a busy machine one of the attempts is to show it
AT_ONCE = 1
ATTEMPTS = 3
MFA = {"mfa_serial": "arn:aws:iam::111111111111:mfa/me", "role_session_name": "alice"}


@pytest.fixture
def laptop(home: Path, child_environment: dict[str, str]) -> Home:
    """Return a home where a sync would have a lot to write."""
    made = Home(path=home, environment={**child_environment, "TMPDIR": str(home)})
    config = "".join(
        role_profile(f"p{number}", f"arn:aws:iam::222222222222:role/r{number}", "keys")
        for number in range(60)
    )
    return made.write(config, keys("keys", s.WORK_API.credentials))


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
    ("behave", "calls"),
    [
        pytest.param(hang, 16, id="answers that do not come"),
        pytest.param(hang_after_the_headers, 16, id="answers that are only begun"),
        pytest.param(drip, 16, id="answers without an end"),
        pytest.param(refusing("ServiceUnavailable", "Wait", status=503), 20, id="retries"),
        pytest.param(refusing("Throttling", "Rate exceeded"), 2, id="throttling"),
    ],
)
def test_an_interrupt_in_the_middle_of(behave: Behave, calls: int, laptop: Home) -> None:
    interrupt(laptop, lambda: RoughSts(behave), calls=calls)


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
