"""Measure time and memory of whole processes with pyperf.

The contenders of a measurement take turns within each round, and each round starts with a different
one, so that other load on the machine affects all of them equally.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory

import pyperf

#: exit code 1 means that not every profile is accepted, not that the run failed
_TOLERANT = ("/bin/sh", "-c", '"$@" || [ $? -eq 1 ]', "sh")
_ONCE = ("--processes=1", "--values=1", "--warmups=0", "--loops=1", "--copy-env", "--quiet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A command to measure; `prepare` runs before each of its turns and is not timed."""

    command: Sequence[str]
    environment: Mapping[str, str]
    prepare: Callable[[], object] = field(default=lambda: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The results of one contender: median time in seconds, peak memory in bytes."""

    seconds: float
    peak: int


def measure(rounds: int, contenders: Sequence[Contender], *, warm_up: bool = True) -> list[Figures]:
    """Measure contenders in turns, after an uncounted warm-up."""
    if warm_up:
        for contender in contenders:
            contender.prepare()
            _warm_up(contender)
    with TemporaryDirectory(prefix="sync-profiles-bench-") as directory:
        files = [f"{directory}/{index}.json" for index in range(len(contenders))]
        turns = list(zip(contenders, files, strict=True))
        for number in range(rounds):
            first = number % len(turns)
            for contender, file in turns[first:] + turns[:first]:
                contender.prepare()
                _take_turn(contender, file)
        return [_figures(pyperf.Benchmark.load(file)) for file in files]


def _warm_up(contender: Contender) -> None:
    done = subprocess.run(  # noqa: S603 - our own command
        [*_TOLERANT, *contender.command],
        env=dict(contender.environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode:
        sys.exit(f"error: {' '.join(contender.command)}\n{done.stdout}{done.stderr}")


def _take_turn(contender: Contender, file: str) -> None:
    pyperf_command = [sys.executable, "-m", "pyperf", "command", *_ONCE, "--append", file, "--"]
    subprocess.run(  # noqa: S603 - our own command
        [*pyperf_command, *_TOLERANT, *contender.command],
        env=dict(contender.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _figures(benchmark: pyperf.Benchmark) -> Figures:
    peaks = [run.get_metadata().get("command_max_rss") for run in benchmark.get_runs()]
    return Figures(
        seconds=statistics.median(benchmark.get_values()),
        peak=max((int(peak) for peak in peaks if peak is not None), default=0),
    )
