"""What the start costs: the help, the version, a completion; and what they load."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

from bench.lab import ours, yardstick
from bench.measure import measure
from bench.table import Row, Section, at_most, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.lab import Lab

ROUNDS = 11
_LIMIT = 1.15
_HEAVY = frozenset({"boto3", "botocore", "configupdater", "filelock", "rich"})
_IMPORT = re.compile(r"import time: +(\d+) \| +\d+ \| +([\w.]+)")


def start_rows(lab: Lab) -> Iterator[Row]:
    """Yield the rows beside an app of Typer's that does nothing."""
    home = lab.home("start", 3)
    completing = {"COMP_WORDS": "{} --pro", "COMP_CWORD": "1"}
    for what, arguments, bare_words, words in (
        ("`--help`", ["--help"], {}, {}),
        ("`--version`", ["--version"], {}, {}),
        (
            "completion of an option",
            [],
            {"_BARE_TYPER_COMPLETE": "complete_bash", **completing},
            {"_SYNC_PROFILES_COMPLETE": "complete_bash", **completing},
        ),
    ):
        own, bare = measure(
            ROUNDS,
            [
                ours(home, *arguments, more=_filled(words, "sync-profiles")),
                yardstick(home, "bare_typer", *arguments, more=_filled(bare_words, "bare-typer")),
            ],
        )
        yield at_most(
            f"{what}, beside an empty Typer app", _LIMIT, ours=own.seconds, yardstick=bare.seconds
        )


def load_row(lab: Lab) -> Row:
    """Return what heavy packages the help loads."""
    found = sorted(_HEAVY & {name.partition(".")[0] for name in _imports(lab)})
    return Row(
        what=f"loaded by `--help`, of {', '.join(sorted(_HEAVY))}",
        ours=", ".join(found) or "none",
        yardstick="",
        figure=str(len(found)),
        to_reach="0",
        reached=not found,
    )


def import_section(lab: Lab) -> Section:
    """Return where the start of the help goes, as `python -X importtime` tells it."""
    shares: dict[str, float] = {}
    for name, own in _imports(lab).items():
        package = name.partition(".")[0]
        label = package if package in {"sync_profiles", "typer"} else "Python's own modules"
        shares[label] = shares.get(label, 0) + own
    return Section(
        title="Where the start goes",
        about="`python -X importtime -m sync_profiles --help`, each package without what it "
        "imports in turn.",
        head=("package", "time"),
        lines=tuple((label, seconds(own)) for label, own in sorted(shares.items())),
    )


def _filled(words: dict[str, str], command: str) -> dict[str, str]:
    return {name: text.format(command) for name, text in words.items()}


def _imports(lab: Lab) -> dict[str, float]:
    """Return the modules that the help loads, with the seconds that each takes by itself."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "sync_profiles", "--help"],
        env=lab.home("imports", 1).environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return {name: int(own) / 1e6 for own, name in _IMPORT.findall(done.stderr)}
