"""Print what `who` found as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.terminal.screen import as_shown, print_detail, print_wrapped, stdout_console
from sync_profiles.terminal.who_view import view_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from sync_profiles.role_users import Deeds, Users
    from sync_profiles.terminal.options import Options
    from sync_profiles.terminal.who_view import View

_LAST = "last (UTC)"
_TIME_WIDTH = 16
_NARROWEST = 12


def print_result(found: Users | Deeds, _: Options) -> None:
    """Print the users of a role, or what was done."""
    console, view = stdout_console(), view_of(found)
    _print_lines(console, view.lead)
    if view.rows:
        _print_rows(console, view)
    console.print()
    _print_lines(console, view.end, style="bold")


def _print_lines(console: Console, lines: Iterable[str], *, style: str = "") -> None:
    for line in lines:
        print_wrapped(console, Text(as_shown(console, line), style=style))


def _print_rows(console: Console, view: View) -> None:
    """Print the rows, each with its details below; a long name has a line of its own."""
    (name, number, _), rows = view.titles, view.rows
    others = len(number) + _TIME_WIDTH + max(len(row.meaning) for row in rows) + 6
    names = [as_shown(console, row.name) for row in rows]
    width = max(
        min(max(map(len, [name, *names])), console.width - 1 - others), _NARROWEST, len(name)
    )
    console.print()
    header = f"{name:<{width}}  {number}  {_LAST}"
    console.print(header, soft_wrap=True)
    for row, shown in zip(rows, names, strict=True):
        rest = f"{row.number:>{len(number)}}  {row.last:<{_TIME_WIDTH}}  {row.meaning}".rstrip()
        if len(shown) > width:
            console.print(Text(shown, style="bold"), soft_wrap=True)
            shown = ""  # noqa: PLW2901 - printed already
        line = Text.assemble((f"{shown:<{width}}", "bold"), "  ", rest)
        console.print(line, soft_wrap=True)
        first = [f"first {row.first}"] if row.first != row.last else []
        print_detail(console, "; ".join([*first, *row.details]))
