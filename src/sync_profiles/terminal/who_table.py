"""Print what `who` found as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.who_view import view_of

if TYPE_CHECKING:
    from sync_profiles.role_users import Deeds, Users
    from sync_profiles.terminal.options import Options
    from sync_profiles.terminal.who_view import View

_LAST = "last (UTC)"
_TIME_WIDTH = 16
_NARROWEST = 12


def print_result(found: Users | Deeds, _: Options) -> None:
    """Print the users of a role, or what was done."""
    screen, view = Screen(), view_of(found)
    for line in view.lead:
        screen.line(line)
    if view.rows:
        _print_rows(screen, view)
    screen.gap()
    for line in view.end:
        screen.line(line, style="bold")


def _print_rows(screen: Screen, view: View) -> None:
    """Print the rows, each with its details below; a long name has a line of its own."""
    (name, number, _), rows = view.titles, view.rows
    others = len(number) + _TIME_WIDTH + max(len(row.meaning) for row in rows) + 6
    names = [screen.shown(row.name) for row in rows]
    room = screen.console.width - 1 - others
    width = max(min(max(map(len, [name, *names])), room), _NARROWEST, len(name))
    screen.gap()
    screen.unbroken(f"{name:<{width}}  {number}  {_LAST}")
    for row, shown in zip(rows, names, strict=True):
        rest = f"  {row.number:>{len(number)}}  {row.last:<{_TIME_WIDTH}}  {row.meaning}"
        if len(shown) > width:
            screen.unbroken((shown, "bold"))
            shown = ""  # noqa: PLW2901 - printed already
        screen.unbroken((f"{shown:<{width}}", "bold"), rest)
        first = [f"first {row.first}"] if row.first != row.last else []
        screen.detail("; ".join([*first, *row.details]))
