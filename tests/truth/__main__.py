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
from itertools import count
from pathlib import Path

from conftest import child_settings
from e2e import Home
from truth.trial import Named, Trial, try_laptop
from truth.worlds import Fault, make_laptop
from warm_command import warm_command


def main() -> int:
    """Run the command line; return 1 if a verdict was wrong."""
    parser = argparse.ArgumentParser(prog="python -m truth", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long")
    parser.add_argument("--seed", type=int, help="try this one laptop, and show its files")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    seeds = count(options.first) if options.seed is None else [options.seed]
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
    named = [each for trial in trials for each in trial.named]
    lines += [_row(str(fault), [each for each in named if each.fault is fault]) for fault in Fault]
    lines.append(_row("all", named))
    lines.append(_row("where AWS gives no reason", [each for each in named if not each.is_proved]))
    return "\n".join(filter(None, lines)) + "\n"


def _row(title: str, named: list[Named]) -> str:
    if not named:
        return ""
    first = sum(each.place == 1 for each in named)
    return f"| {title} | {len(named)} | {first} | {sum(each.place is not None for each in named)} |"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUTF8", "1")
    sys.exit(main())
