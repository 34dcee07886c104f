"""Ctrl-C ends a run at once, whatever it waits for, and leaves everything as it was."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from e2e import Home, installed, keys, role_profile
from loopback import Certificate
from rough_sts import RoughSts, drip, hang, hang_after_the_headers, refusing, well
from sync_profiles.sandbox import story as s

if TYPE_CHECKING:
    from pathlib import Path

    from rough_sts import Behave

pytestmark = pytest.mark.skipif(os.name != "posix", reason="POSIX has these signals")

PATIENCE = 60
#: no timeout of ours is shorter than a connection's five seconds
BEFORE_A_TIMEOUT = 4.5
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


def interrupt(home: Home, rough: RoughSts, *arguments: str, calls: int = 1) -> None:
    """Interrupt a sync after some calls; assert that it ends as it should."""
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
            run.send_signal(signal.SIGINT)
            stdout, stderr = run.communicate(timeout=BEFORE_A_TIMEOUT)
        finally:
            run.kill()
    assert (run.returncode, stdout, stderr) == (130, "", "error: interrupted\n")
    assert home.footprint() == before
    assert sorted(home.path.iterdir()) == around


@pytest.mark.parametrize(
    ("behave", "calls"),
    [
        pytest.param(hang, 16, id="answers that do not come"),
        pytest.param(hang_after_the_headers, 16, id="answers that are only begun"),
        pytest.param(drip, 16, id="answers without an end"),
        pytest.param(refusing("ServiceUnavailable", "Wait", status=503), 20, id="retries"),
        pytest.param(refusing("Throttling", "Rate exceeded"), 40, id="throttling"),
    ],
)
def test_an_interrupt_in_the_middle_of(behave: Behave, calls: int, laptop: Home) -> None:
    with RoughSts(behave) as rough:
        interrupt(laptop, rough, calls=calls)


def test_an_interrupt_in_the_middle_of_a_handshake(laptop: Home, tmp_path: Path) -> None:
    with RoughSts(is_silent=True, certificate=Certificate.make(tmp_path, "127.0.0.1")) as rough:
        interrupt(laptop, rough)


def test_an_interrupt_while_a_code_is_exchanged(laptop: Home) -> None:
    laptop.write(role_profile("p", s.MFA_ROLE.arn, "keys", **MFA))
    with RoughSts(hang, actions=frozenset({"GetSessionToken"})) as rough:
        interrupt(laptop, rough, "--mfa-code", "314159")


def test_an_interrupt_while_a_program_gives_credentials(laptop: Home) -> None:
    config = role_profile("p", s.ADMIN_ROLE.arn, "source") + role_profile(
        "q", s.NAMES_ROLE.arn, "keys"
    )
    config += "[profile source]\ncredential_process = sleep 30\n"
    laptop.write(config)
    with RoughSts(well, actions=frozenset({"GetCallerIdentity"})) as rough:
        interrupt(laptop, rough)
