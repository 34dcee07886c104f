"""Try hostile inputs on each target for some time, or one input again.

python -m fuzz --seconds 600 editing
python -m fuzz --replay FILE editing
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

from fuzz import targets

WORK = Path(".fuzz")
LONGEST = 64 * 1024
SLOWEST = 60  # seconds for one input


def main() -> int:
    """Run the command line, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", help=f"some of {', '.join(targets.NAMES)}")
    parser.add_argument("--seconds", type=int, default=60, help="how long, for each target")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="try this one input")
    options = parser.parse_args()
    names = options.targets or list(targets.NAMES)
    unknown = [name for name in names if name not in targets.NAMES]
    if unknown:
        parser.error(f"no such target: {unknown[0]}")
    if options.replay is not None:
        data = options.replay.read_bytes()
        for name in names:
            targets.check_within_bounds(name)(data)
        return 0
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write(
            "error: atheris is not installed: it comes for Linux, x86-64, Python 3.11 to 3.13\n"
            "hint: name such a Python, `make fuzz PYTHON=python3.12`, or run it in a container; "
            "`make test` replays the kept inputs everywhere\n"
        )
        return 1
    return max([_fuzz(name, options.seconds) for name in names])


def _fuzz(name: str, seconds: int) -> int:
    """Fuzz one target in a process of its own; say how many inputs it took, and what was found."""
    found, corpus, words = WORK / "found", WORK / "corpus" / name, WORK / f"{name}.words"
    for folder in (found, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    words.write_text("".join(f'"{_quoted(w)}"\n' for w in targets.load(name).WORDS), "utf-8")
    command = [
        *(sys.executable, "-m", "fuzz.process", name),
        *(f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={SLOWEST}"),
        *(f"-artifact_prefix={found}/{name}-", f"-dict={words}", "-print_final_stats=1"),
        *(str(corpus), str(targets.CORPUS / name)),
    ]
    environment = os.environ | {"PYTHONUTF8": "1"}
    ended = subprocess.run(  # noqa: S603 our own command
        command, env=environment, check=False, stderr=subprocess.PIPE, text=True, errors="replace"
    )
    count = re.search(r"stat::number_of_executed_units: *(\d+)", ended.stderr)
    sys.stdout.write(f"{name}: {count[1] if count else 'an unknown number of'} inputs\n")
    if ended.returncode == 0:
        return 0
    written = re.search(r"Test unit written to (\S+)", ended.stderr)
    sys.stderr.write(ended.stderr[-6000:])
    if written:
        sys.stderr.write(
            f"error: {name} breaks a promise on the input in `{written[1]}`\n"
            f"hint: replay it: make fuzz ARGS='--replay {written[1]} {name}'\n"
        )
    return 1


def _quoted(word: str) -> str:
    """Return a word as libFuzzer's dictionaries have it."""
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    sys.exit(main())
