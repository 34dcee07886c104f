"""The targets by name, and the location of their inputs."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol, cast

NAMES = ("reading", "editing", "importing", "trusting")
CORPUS = Path(__file__).parent / "corpus"


class Target(Protocol):
    """A target: `check` raises if a promise is broken; its inputs are made from `WORDS`."""

    WORDS: tuple[str, ...]

    def check(self, data: bytes) -> None:
        """Try one input."""
        ...


def load(name: str) -> Target:
    """Return a target by its name."""
    return cast("Target", importlib.import_module(f"fuzz.{name}"))
