"""Try made-up laptops for some time, and print how often the program was right.

python -m truth --seconds 600
python -m truth --seed 17
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from itertools import count
from pathlib import Path

from conftest import child_settings
from e2e import Home
from truth.trial import Trial, try_laptop
from truth.worlds import Fault, make_laptop
from warm_command import warm_command


def main() -> int:
    """Run the command line, and return 1 where a verdict was wrong."""
    parser = argparse.ArgumentParser(prog="python -m truth", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long")
    parser.add_argument("--seed", type=int, help="try this one laptop, and show its files")
    options = parser.parse_args()
    seeds = count() if options.seed is None else [options.seed]
    end = time.monotonic() + options.seconds
    trials: list[Trial] = []
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory, "home")
        home.mkdir()
        environment = child_settings(home)
        with warm_command(Home(path=home, environment=environment), Path(directory)) as command:
            for seed in seeds:
                laptop = make_laptop(seed)
                if options.seed is not None:
                    sys.stdout.write(laptop.config)
                own = Path(directory, str(seed))
                own.mkdir()
                environment = child_settings(own)
                trial = try_laptop(laptop, own, environment, command.run)
                for line in trial.disagreements:
                    sys.stdout.write(f"seed {seed}: {line}\n")
                trials.append(trial)
                if time.monotonic() > end:
                    break
    sys.stdout.write(summarize(trials))
    return int(any(trial.disagreements for trial in trials))


def summarize(trials: list[Trial]) -> str:
    """Return the two tables: verdicts, and reasons by what is really wrong."""
    profiles = sum(trial.profiles for trial in trials)
    wrong = sum(len(trial.disagreements) for trial in trials)
    right = f"{2 * profiles - wrong} of {2 * profiles} verdicts are what the AWS CLI does"
    lines = [
        f"{len(trials)} laptops, {profiles} profiles: {right}\n",
        "| what is really wrong | rejected | named first | named |",
        "|---|---|---|---|",
    ]
    places: defaultdict[Fault, Counter[int | None]] = defaultdict(Counter)
    for trial in trials:
        for fault, place in trial.named:
            places[fault][place] += 1
    total: Counter[str] = Counter()
    for fault in Fault:
        found = places[fault]
        if found.total():
            named = found.total() - found[None]
            lines.append(f"| {fault} | {found.total()} | {found[1]} | {named} |")
            total.update(rejected=found.total(), first=found[1], named=named)
    lines.append(f"| all | {total['rejected']} | {total['first']} | {total['named']} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    sys.exit(main())
