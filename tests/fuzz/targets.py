"""The targets by name, and the location of their inputs."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from time_bounds import cpu_seconds

#: of CPU time for one input, which has at most 64 KiB
SECONDS = 20
NAMES = ("reading", "editing", "importing", "trusting")
CORPUS = Path(__file__).parent / "corpus"


class Target(Protocol):
    """A target: `check` raises if a promise is broken; its inputs are made from `WORDS`."""

    WORDS: tuple[str, ...]

    def check(self, data: bytes) -> None: ...


def load(name: str) -> Target:
    return cast("Target", importlib.import_module(f"fuzz.{name}"))


def check_within_bounds(name: str) -> Callable[[bytes], None]:
    """Return what tries one input on a target: it also raises where that takes too long."""
    target = load(name)

    def check(data: bytes) -> None:
        with cpu_seconds(SECONDS):
            target.check(data)

    return check
