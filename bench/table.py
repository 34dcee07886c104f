"""Format the figures as a Markdown page."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

_MEGABYTE = 1_000_000
_PACKAGES = ("boto3", "botocore", "ConfigUpdater", "typer", "pyperf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One of our figures next to its yardstick, and whether it reaches its target."""

    what: str
    ours: str
    yardstick: str
    figure: str
    to_reach: str
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table with a title and an introduction."""

    title: str
    about: str
    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


def at_most(what: str, limit: float, *, ours: float, yardstick: float) -> Row:
    """Return a row of two times; ours must be at most `limit` times the yardstick's."""
    ratio = ours / yardstick
    return Row(
        what=what,
        ours=seconds(ours),
        yardstick=seconds(yardstick),
        figure=f"{ratio:.2f} ×",
        to_reach=f"≤ {limit:.2f} ×",
        reached=ratio <= limit,
    )


def summary(rows: Sequence[Row]) -> Section:
    """Return the table of all rows."""
    return Section(
        title="Targets",
        about="Each line was measured in turns with its yardstick, and gives the medians; only the "
        "AWS CLI was measured once, after ours. Ours runs without Python's garbage collection, as "
        "it does for its users, the yardsticks with it.",
        head=("what", "ours", "yardstick", "figure", "to reach", "reached"),
        lines=tuple(
            (row.what, row.ours, row.yardstick, row.figure, row.to_reach, _yes(row.reached))
            for row in rows
        ),
    )


def page(sections: Sequence[Section], *, command: str) -> str:
    """Return the whole page."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    machine = (
        f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"{platform.python_implementation()} {platform.python_version()}; {packages}"
    )
    intro = (
        "# Speed\n\n"
        f"Made by `{command}`, which measures all of it again; do not edit it by hand.\n"
        "STS is a server on loopback; where a line says 50 ms, every answer takes that long.\n"
        "Times are of whole processes, from the start of Python to its end, taken by "
        "[pyperf](https://pyperf.readthedocs.io).\n\n"
        f"The machine: {machine}.\n"
        f"Its load average at the end was {os.getloadavg()[0]:.1f}: where that is above the number "
        "of cores, other programs made every time longer, ours and the yardsticks' alike.\n"
    )
    return "\n".join([intro, *map(_render, sections)])


def seconds(value: float) -> str:
    """Return a time in milliseconds below one second, else in seconds."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def megabytes(value: int) -> str:
    """Return an amount of memory."""
    return f"{value / _MEGABYTE:.0f} MB"


def _render(section: Section) -> str:
    lines = [section.head, tuple("---" for _ in section.head), *section.lines]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {section.title}\n\n{section.about}\n\n{table}\n"


def _yes(reached: bool) -> str:  # noqa: FBT001 - a cell of the table
    return "yes" if reached else "**no**"
