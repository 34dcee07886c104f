"""Test random laptops for some time, and print how often the program was right.

python -m truth --seconds 600
python -m truth --seed 17
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path

from aws_witness import name_of_witness
from conftest import child_settings
from e2e import Home
from truth.laptops import Fault
from truth.trial import Named, Trial, try_laptop
from truth.worlds import make_laptop


def main() -> int:
    """Run the command line; return 1 if a verdict or a proof was wrong."""
    parser = argparse.ArgumentParser(prog="python -m truth", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long")
    parser.add_argument("--seed", type=int, help="try this one laptop, and show its files")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    seeds = count(options.first) if options.seed is None else [options.seed]
    end = time.monotonic() + options.seconds
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory() as directory:
        for seed in seeds:
            laptop = make_laptop(seed)
            if options.seed is not None:
                sys.stdout.write(laptop.config)
            own = Path(directory, str(seed))
            own.mkdir()
            trial = try_laptop(laptop, Home(path=own, environment=child_settings(own)))
            for line in trial.errors:
                sys.stdout.write(f"seed {seed}: {line}\n")
            trials.append(trial)
            if time.monotonic() > end:
                break
    sys.stdout.write(summarize(trials))
    return int(any(trial.errors for trial in trials))


def summarize(trials: list[Trial]) -> str:
    """Return the two tables: verdicts, and reasons by what is really wrong.

    The last columns are what `explain` proves: where it may read the role's trust policy, where
    another profile has the right value, and elsewhere.
    """
    profiles = sum(trial.profiles for trial in trials)
    verdicts = sum((trial.verdicts for trial in trials), Counter[str]())
    errors = [error for trial in trials for error in trial.errors]
    named = [each for trial in trials for each in trial.named]
    open_ones = [each for each in named if each.is_open]
    given = [each.place == 1 for each in named if not each.is_open]
    followed = sum(trial.followed for trial in trials)
    misled = sum(error.startswith("hint") for error in errors)
    lines = [
        f"\n{len(trials)} laptops, {profiles} profiles\n",
        f"| verdicts of a check and a sync | number | not what {name_of_witness()} does |",
        "|---|---|---|",
        *(
            f"| {verdict} | {count} | {sum(f' is {verdict} ' in each for each in errors)} |"
            for verdict, count in verdicts.items()
        ),
        "\nWhere AWS gives no reason:\n",
        "| what is really wrong | rejected | named | first | proved: read | in the files | else |",
        "|---|---|---|---|---|---|---|",
        *(_row(str(fault), [each for each in open_ones if each.fault is fault]) for fault in Fault),
        _row("all", open_ones),
        f"\n{followed} hints followed to the letter: {misled} of them wrong",
        f"\nAWS or the files give the reason of {len(given)} more: right for {sum(given)}",
    ]
    return "\n".join(filter(None, lines)) + "\n"


def _row(title: str, named: list[Named]) -> str:
    if not named:
        return ""
    proofs: dict[str, list[bool]] = {"read": [], "in files": [], "else": []}
    for each in named:
        way = "read" if each.is_read else "in files" if each.is_in_files else "else"
        proofs[way].append(each.is_proved)
    cells = [
        title,
        len(named),
        sum(each.place is not None for each in named),
        sum(each.place == 1 for each in named),
        *(f"{sum(found)} of {len(found)}" for found in proofs.values()),
    ]
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    sys.exit(main())
