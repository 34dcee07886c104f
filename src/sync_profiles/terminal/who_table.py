"""Print what `who` found as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from rich.text import Text

from sync_profiles.role_users import Deeds, Users
from sync_profiles.terminal.screen import as_shown, print_detail, print_wrapped, stdout_console
from sync_profiles.terminal.who_view import (
    call_rows,
    deeds_end,
    holder_lines,
    place_of,
    session_rows,
    unread_in,
    users_end,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from sync_profiles.terminal.options import Options
    from sync_profiles.terminal.who_view import Row

_TITLES = ("session name", "switches", "last (UTC)")
_CALL_TITLES = ("operation", "calls", "last (UTC)")
_TIME_WIDTH = 16
_NARROWEST = 12


def print_result(found: Users | Deeds, _: Options) -> None:
    """Print the users of a role, or what was done."""
    console = stdout_console()
    match found:
        case Users():
            _print_lines(console, place_of(found.searched))
            _print_rows(console, list(session_rows(found.sessions)), _TITLES)
            end = [*unread_in(found.searched), *users_end(found)]
        case Deeds():
            _print_lines(console, place_of(found.searched, found.role_arn))
            _print_lines(console, holder_lines(found))
            _print_rows(console, list(call_rows(found.activity.calls())), _CALL_TITLES)
            end = [*unread_in(found.searched), *deeds_end(found)]
        case _:
            assert_never(found)
    console.print()
    _print_lines(console, end, style="bold")


def _print_lines(console: Console, lines: Iterable[str], *, style: str = "") -> None:
    for line in lines:
        print_wrapped(console, Text(as_shown(console, line), style=style))


def _print_rows(console: Console, rows: list[Row], titles: tuple[str, str, str]) -> None:
    """Print the rows, each with its details below; a long name has a line of its own."""
    if not rows:
        return
    name, number, last = titles
    others = len(number) + _TIME_WIDTH + max(len(row.meaning) for row in rows) + 6
    names = [as_shown(console, row.name) for row in rows]
    width = max(
        min(max(map(len, [name, *names])), console.width - 1 - others), _NARROWEST, len(name)
    )
    console.print()
    header = f"{name:<{width}}  {number}  {last}"
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
