"""Install a wheel as people do, in homes of their own, and follow what it says to the letter.

Usage: python .ci/installers.py WHEEL [NAME]…; uv and pipx are beside this Python. Each way of
installing is tried with the extra `demo`, after which the demo must run, and without it, after
which the commands of the hint must lead to the demo.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSTEM = "/usr/bin/python3 -m pip install --quiet --user --break-system-packages {wheel}"
#: the commands that install `{wheel}`, which is quoted; what runs it once keeps nothing
INSTALLERS = {
    "uv tool": ["uv tool install {wheel}"],
    "pipx": ["pipx install {wheel}"],
    "pip in a virtual environment": [
        "{python} -m venv venv",
        "venv/bin/python -m pip install --quiet {wheel}",
    ],
    "a virtual environment of uv": [
        "uv venv --quiet --python {python} venv",
        "uv pip install --quiet --python venv/bin/python {wheel}",
    ],
    "pip of the system": [SYSTEM],
    "pip of the system, alone": [f"rm $HOME/../tools/*; {SYSTEM}"],
}
RUNNERS = {
    "uvx": "uvx --from {wheel} sync-profiles demo",
    "pipx run": "pipx run --spec {wheel} sync-profiles demo",
    "pipx run, in short": "pipx run {wheel} demo",
}
DEMO = "sync-profiles demo"
PROVED = "4 profiles: 3 accepted, 1 rejected"
CANNOT_RUN = 3


class Room:
    """A home without anything, whose programs are those of the system, uv and pipx."""

    def __init__(self, place: Path) -> None:
        tools = place / "tools"
        tools.mkdir()
        for tool in ("uv", "uvx", "pipx"):
            (tools / tool).symlink_to(Path(sys.prefix, "bin", tool))
        home = place / "home"
        home.mkdir()
        path = [home / "venv/bin", home / ".local/bin", tools, "/usr/bin", "/bin"]
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIPX_", "UV_", "XDG_", "PYTHON", "VIRTUAL_ENV", "AWS_"))
            or name.startswith("UV_INDEX")
        }
        self.home = home
        self.environment = kept | {"HOME": str(home), "PATH": ":".join(map(str, path))}

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a shell and show it."""
        say(f"  $ {command}")
        return subprocess.run(  # noqa: S602 - what people paste into a shell
            command,
            shell=True,
            cwd=self.home,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def expect(ended: subprocess.CompletedProcess[str], code: int, text: str = "") -> None:
    """Exit if a command has not ended like this."""
    if ended.returncode != code or text not in ended.stdout + ended.stderr:
        sys.exit(f"{ended.stdout}{ended.stderr}failed with {ended.returncode}: {ended.args}")


def has_system_pip() -> bool:
    """Return whether the system's Python can install what needs Python 3.11."""
    check = "import pip, venv, sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run(["/usr/bin/python3", "-c", check], check=False).returncode == 0  # noqa: S603 - fixed


def follow(room: Room, ended: subprocess.CompletedProcess[str]) -> None:
    """Run the commands of a hint, the last of which must be a demo that ends well."""
    expect(ended, CANNOT_RUN, "hint: run `")
    steps = re.findall(r"`([^`]+)`", ended.stderr.partition("hint: ")[2])
    for step in steps[:-1]:
        expect(room.run(step), 0)
    expect(room.run(steps[-1]), 0, PROVED)


def main(wheel: str, names: Sequence[str]) -> None:
    """Try every way of installing a wheel, or those that are named."""
    plain, demo = (
        shlex.quote(f"sync-profiles{extra} @ {Path(wheel).as_uri()}") for extra in ("", "[demo]")
    )
    for name in names or [*INSTALLERS, *RUNNERS]:
        if name.startswith("pip of the system") and not has_system_pip():
            say(f"{name}: NOT tried, /usr/bin/python3 has no pip, or is too old")
            continue
        for spec in (plain, demo):
            say(f"{name}, {'with' if spec is demo else 'without'} the extra")
            with tempfile.TemporaryDirectory(prefix="sync-profiles-room-") as place:
                room = Room(Path(place))
                for step in INSTALLERS.get(name, ()):
                    expect(room.run(step.format(wheel=spec, python=sys.executable)), 0)
                ended = room.run(RUNNERS.get(name, DEMO).format(wheel=spec))
                if spec is demo:
                    expect(ended, 0, PROVED)
                else:
                    follow(room, ended)
    say("every way of installing leads to the demo")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
