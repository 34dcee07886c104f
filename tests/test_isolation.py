"""The tests are isolated: they and their children reach no network."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

BEYOND = "192.0.2.1"  # documentation only (RFC 5737)


@pytest.mark.parametrize(
    "reach",
    [
        pytest.param(lambda tcp, _: tcp.connect((BEYOND, 9)), id="connect"),
        pytest.param(lambda tcp, _: tcp.connect_ex((BEYOND, 9)), id="connect_ex"),
        pytest.param(lambda _, udp: udp.sendto(b"x", (BEYOND, 9)), id="sendto"),
        pytest.param(lambda _, udp: udp.sendto(b"x", 0, (BEYOND, 9)), id="sendto with flags"),
        pytest.param(lambda *_: socket.create_connection((BEYOND, 9)), id="create_connection"),
        pytest.param(lambda *_: socket.getaddrinfo("sts.invalid", 443), id="a look-up"),
    ],
)
def test_a_connection_beyond_loopback_fails_the_test(
    reach: Callable[[socket.socket, socket.socket], object],
) -> None:
    with (
        socket.socket() as tcp,
        socket.socket(type=socket.SOCK_DGRAM) as udp,
        pytest.raises(pytest.fail.Exception, match="tests stay on loopback"),
    ):
        reach(tcp, udp)


def test_child_processes_have_the_test_home_and_no_network(
    home: Path, child_environment: dict[str, str]
) -> None:
    script = (
        "import pathlib, urllib.request\n"
        "print(pathlib.Path.home())\n"
        f"urllib.request.urlopen('http://{BEYOND}/', timeout=5)\n"
    )
    child = subprocess.run(  # noqa: S603 our own script
        [sys.executable, "-c", script],
        env=child_environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert child.stdout.splitlines() == [str(home)]
    assert "Connection refused" in child.stderr
