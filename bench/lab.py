"""The setup of the measurements: a directory for the homes, and two servers."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from urllib.request import urlopen

from bench.homes import Home
from bench.measure import Contender

LATENCY = 0.05
YARDSTICKS = Path(__file__).with_name("yardsticks")
_SCRIPTS = Path(sysconfig.get_path("scripts"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lab:
    """A directory for homes, and the ports of two STS servers: immediate, and after 50 ms."""

    directory: Path
    quick: int
    slow: int

    def home(self, name: str, profiles: int, *, named: bool = False) -> Home:
        """Return a home with its files, whose calls are answered immediately."""
        home = Home(path=self.directory / name, profiles=profiles, named=named, port=self.quick)
        return home.make()

    def far_home(self, name: str, profiles: int, *, sources: int = 1) -> Home:
        """Return a home with its files; the profiles have session names, calls take 50 ms."""
        path = self.directory / name
        home = Home(path=path, profiles=profiles, sources=sources, named=True, port=self.slow)
        return home.make()

    def calls(self) -> dict[str, list[int]]:
        """Return how often the slow STS received each distinct call, by action."""
        by_action: dict[str, list[int]] = {}
        for action, _key, _role, _name, count in json.loads(_get(self.slow, "calls")):
            by_action.setdefault(str(action), []).append(int(count))
        return by_action

    def forget_calls(self) -> None:
        """Reset the counts of the slow STS."""
        _get(self.slow, "forget")


def ours(
    home: Home,
    *arguments: str,
    prepare: Callable[[], object] = lambda: None,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Contender:
    """Return a run of `sync-profiles` in a home, with additional environment variables."""
    command = [installed("sync-profiles"), *arguments]
    return Contender(command=command, environment={**home.environment, **more}, prepare=prepare)


def yardstick(
    home: Home, name: str, *arguments: str, more: Mapping[str, str] = MappingProxyType({})
) -> Contender:
    """Return a run of a yardstick in a home, with additional environment variables."""
    command = [sys.executable, str(YARDSTICKS / f"{name}.py"), *arguments]
    return Contender(command=command, environment={**home.environment, **more})


def installed(name: str) -> str:
    """Return the path of a command that is installed next to this Python."""
    return str(_SCRIPTS / name)


@contextmanager
def open_lab() -> Iterator[Lab]:
    """Start the servers and yield the lab; clean up at the end."""
    with (
        TemporaryDirectory(prefix="sync-profiles-bench-") as directory,
        _server(0) as quick,
        _server(LATENCY) as slow,
    ):
        yield Lab(directory=Path(directory), quick=quick, slow=slow)


@contextmanager
def _server(latency: float) -> Iterator[int]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bench.server", str(latency)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    with process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()


def _get(port: int, path: str) -> bytes:
    with urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
        data: bytes = answer.read()
        return data
