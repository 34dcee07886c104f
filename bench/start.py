"""The cost of the start: `--help`, `--version` and a completion, and their imports."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

from bench.lab import Lab, installed, ours, yardstick
from bench.measure import measure
from bench.table import Row, Section, at_most, seconds

ROUNDS = 11
_LIMIT = 1.15
_HEAVY = frozenset({"boto3", "botocore", "configupdater"})
_IMPORT = re.compile(r"import time: +(\d+) \| +\d+ \| +([\w.]+)")


#: what to start: its name, its arguments, and whether a shell completes `--pro`
_STARTS: tuple[tuple[str, list[str], bool], ...] = (
    ("`--help`", ["--help"], False),
    ("`--version`", ["--version"], False),
    ("completion of an option", [], True),
)


def start_rows(lab: Lab) -> Iterator[Row]:
    """Compare the starts with that of an empty Typer app."""
    home = lab.home("start", 3)
    for what, arguments, completes in _STARTS:
        own, bare = measure(
            ROUNDS,
            [
                ours(home, *arguments, more=_completion("sync-profiles") if completes else {}),
                yardstick(
                    home,
                    "bare_typer",
                    *arguments,
                    more=_completion("bare-typer") if completes else {},
                ),
            ],
        )
        yield at_most(
            f"{what}, vs. an empty Typer app",
            _LIMIT,
            ours=own.seconds,
            yardstick=bare.seconds,
        )


def load_rows(lab: Lab) -> Iterator[Row]:
    """Yield the heavy packages that each start imports."""
    for what, arguments, completes in _STARTS:
        more = _completion("sync-profiles") if completes else {}
        loaded = {name.partition(".")[0] for name in _imports(lab, arguments, more)}
        found = sorted(_HEAVY & loaded)
        yield Row(
            what=f"imported by {what}, of {', '.join(sorted(_HEAVY))}",
            ours=", ".join(found) or "none",
            yardstick="",
            figure=str(len(found)),
            to_reach="0",
            reached=not found,
        )


def import_section(lab: Lab) -> Section:
    """Return how long the imports of `--help` take, as `python -X importtime` reports it."""
    shares: dict[str, float] = {}
    for name, own in _imports(lab, ["--help"], {}).items():
        package = name.partition(".")[0]
        label = package if package in {"sync_profiles", "typer"} else "Python's own modules"
        shares[label] = shares.get(label, 0) + own
    return Section(
        title="Where the start goes",
        about="`python -X importtime sync-profiles --help`, each package without what it "
        "imports in turn.",
        head=("package", "time"),
        lines=tuple((label, seconds(own)) for label, own in sorted(shares.items())),
    )


def _completion(command: str) -> dict[str, str]:
    """Return the environment in which a shell asks a command to complete `--pro`."""
    variable = f"_{command.replace('-', '_').upper()}_COMPLETE"
    return {variable: "complete_bash", "COMP_WORDS": f"{command} --pro", "COMP_CWORD": "1"}


def _imports(lab: Lab, arguments: list[str], more: dict[str, str]) -> dict[str, float]:
    """Return the modules that a start imports, with the seconds that each takes on its own."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-X", "importtime", installed("sync-profiles"), *arguments],
        env={**lab.home("imports", 1).environment, **more},
        check=True,
        capture_output=True,
        text=True,
    )
    return {name: int(own) / 1e6 for own, name in _IMPORT.findall(done.stderr)}
