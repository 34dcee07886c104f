"""Isolate every test: no AWS settings, a separate home, no network except loopback.

Child processes get the same through `child_environment`.
"""

from __future__ import annotations

import functools
import ipaddress
import itertools
import os
import re
import signal
import socket
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import pytest
from hypothesis import settings

from aws_witness import name_of_witness
from botocore_data import keep_in_memory
from rounds import ALL_ROUNDS, EXAMPLES

P = ParamSpec("P")
T = TypeVar("T")

pytest_plugins = ("sandbox_fixtures", "import_fixtures", "disk_files", "vault")
# failed assertions in this module show the values too
pytest.register_assert_rewrite("fault_injection")

# A slow machine is not a bug; other settings are Hypothesis's defaults, which depend on CI.
settings.register_profile(
    "unhurried",
    settings(),
    deadline=None,
    max_examples=EXAMPLES,
    derandomize=not ALL_ROUNDS,  # `make reliability` tries others each time
)
settings.load_profile("unhurried")

# A shell starts its background jobs with SIGINT and SIGQUIT ignored, `nohup` with SIGHUP, and
# children inherit that: the tests of signals need the usual handlers.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
for _name in ("SIGHUP", "SIGQUIT"):
    _number = getattr(signal, _name, None)
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)


def pytest_sessionstart() -> None:
    """Forget what another run in this process has cached, with other code: one of a mutant."""
    forget_what_is_cached()


def forget_what_is_cached() -> None:
    """Make the program as it is when it starts."""
    for name, module in tuple(sys.modules.items()):
        for member in vars(module).values() if name.startswith("sync_profiles.") else ():
            for each in (member, *(vars(member).values() if isinstance(member, type) else ())):
                if hasattr(each, "cache_clear"):
                    each.cache_clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how to write anew what failed tests expect, where the Makefile has them for that."""
    makefile = Path(__file__).parents[1] / "Makefile"
    if not makefile.exists():  # the source distribution has none
        return
    expecting = set(re.findall(r"tests/\w+\.py", makefile.read_text("utf-8")))
    failed = {report.nodeid.partition("::")[0] for report in terminalreporter.getreports("failed")}
    if files := " ".join(sorted(expecting & failed)):
        command = f'make generated ARGS="{files}"'
        terminalreporter.write_line(f"if what they give now is right: {command}, and read the diff")


def pytest_report_header() -> str:
    """Say which AWS CLI is the witness."""
    return f"AWS CLI: {name_of_witness()}"


# What a program needs to start at all, here and on Windows.
KEPT = (
    *("LANG", "LC_ALL", "LC_CTYPE", "PATH", "PATHEXT", "PYTHONUTF8", "SYSTEMROOT"),
    *("TEMP", "TMP", "TMPDIR"),
)
# with it a child is measured as well by `make coverage`
MEASURED = "COVERAGE_PROCESS_CONFIG"
# What this process needs further; all else may be a setting of the AWS tools, proxies or terminals.
OF_TESTS = ("COVERAGE_", "MUTANT_", "PYTEST_")

# Nothing listens on the discard port: a child that leaves loopback is refused at once.
NOWHERE = "http://127.0.0.1:9"


def home_settings(home: Path) -> dict[str, str]:
    """Return the variables that make `home` the home directory and disable instance metadata."""
    return {
        "AWS_EC2_METADATA_DISABLED": "true",
        "HOME": str(home),
        "TERM": "xterm-256color",
        "USERPROFILE": str(home),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
    }


def isolate(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Remove all settings from this process except `home_settings`."""
    for name in os.environ:
        if name not in KEPT and not name.startswith(OF_TESTS):
            monkeypatch.delenv(name)
    for name, value in home_settings(home).items():
        monkeypatch.setenv(name, value)


def child_settings(home: Path) -> dict[str, str]:
    """Return a complete environment for a child process, built from scratch.

    The commands installed beside this Python (`sync-profiles`, `aws`) come first on its `PATH`.
    """
    kept = {name: os.environ[name] for name in (*KEPT, MEASURED) if name in os.environ}
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    proxies = {"http_proxy": NOWHERE, "https_proxy": NOWHERE, "no_proxy": "127.0.0.1,localhost,::1"}
    return {"LANG": "C.UTF-8"} | kept | {"PATH": path} | proxies | home_settings(home)


def is_local(host: object) -> bool:
    """Return whether a connection to `host` stays on this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in {None, "", "localhost"}:
        return True
    try:
        address = ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def guard(function: Callable[P, T]) -> Callable[P, T]:
    """Wrap a socket's method so that an address outside loopback fails the test.

    The failure is no `Exception`: code under test that expects a broken network cannot swallow it.
    """

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        own, address = args[0], args[-1]
        internet = isinstance(own, socket.socket) and own.family in {
            socket.AF_INET,
            socket.AF_INET6,
        }
        if internet and isinstance(address, tuple) and not is_local(address[0]):
            pytest.fail(f"a test reached for {address[0]}: tests stay on loopback")
        return function(*args, **kwargs)

    return guarded


def guard_lookup(function: Callable[P, T]) -> Callable[P, T]:
    """Wrap a name lookup so that a name outside loopback fails the test."""

    @functools.wraps(function)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        host = args[0] if args else kwargs.get("host")
        if not is_local(host):
            pytest.fail(f"a test looked up {host}: tests stay on loopback")
        return function(*args, **kwargs)

    return guarded


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield one empty directory after another, each for a home."""
    base = tmp_path_factory.mktemp("homes")

    def new_homes() -> Iterator[Path]:
        for number in itertools.count():
            home = base / str(number)
            home.mkdir()
            yield home

    return new_homes()


@pytest.fixture(scope="session", autouse=True)
def isolated_session(homes: Iterator[Path]) -> Iterator[None]:
    """Isolate code that runs outside of tests: session and module fixtures."""
    keep_in_memory()
    with pytest.MonkeyPatch.context() as monkeypatch:
        isolate(monkeypatch, next(homes))
        for method in ("connect", "connect_ex", "sendto"):
            monkeypatch.setattr(socket.socket, method, guard(getattr(socket.socket, method)))
        for lookup in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            monkeypatch.setattr(socket, lookup, guard_lookup(getattr(socket, lookup)))
        yield


@pytest.fixture(autouse=True)
def home(homes: Iterator[Path], isolated_session: None) -> Iterator[Path]:  # noqa: ARG001 the order
    """Give the test a new home directory and return it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        home = next(homes)
        isolate(monkeypatch, home)
        yield home


@pytest.fixture
def child_environment(home: Path) -> dict[str, str]:
    """Return an isolated environment for child processes; tests may add to it."""
    return child_settings(home)
