"""Write results as Markdown, in which nothing takes effect but the literals in backticks."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from sync_profiles.terminal.shell import fit_to_show

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~])")
# three backticks would begin something else
_CODE = re.compile(r"((?<!`)`[^`]+`(?!`))")


def write_list(lines: Iterable[str]) -> None:
    """Write texts as the items of a list."""
    sys.stdout.writelines(f"- {markdown(line)}\n" for line in lines)


def write_titles(*titles: str) -> None:
    """Write the head of a table."""
    sys.stdout.write(f"| {' | '.join(titles)} |\n| {' | '.join(['---'] * len(titles))} |\n")


def write_row(*cells: str) -> None:
    """Write a row of a table, from texts."""
    sys.stdout.write(f"| {' | '.join(map(markdown, cells))} |\n")


def markdown(text: str) -> str:
    """Return text as Markdown in which nothing takes effect but the literals in backticks."""
    parts = _CODE.split(fit_to_show(text))
    return "".join(
        part.replace("|", "\\|") if number % 2 else _ACTIVE.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )
