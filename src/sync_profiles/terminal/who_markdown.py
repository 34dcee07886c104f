"""Print what `who` found as a Markdown table, for a ticket or a wiki page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, assert_never

from sync_profiles.role_users import Deeds, Users
from sync_profiles.terminal.markdown import markdown, table_row
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

    from sync_profiles.terminal.options import Options
    from sync_profiles.terminal.who_view import Row

_TITLES = ("session name", "switches", "first (UTC)", "last (UTC)", "whose", "details")
_CALL_TITLES = ("operation", "calls", "first (UTC)", "last (UTC)", "refused", "details")


def print_result(found: Users | Deeds, _: Options) -> None:
    """Print the users of a role, or what was done."""
    match found:
        case Users():
            _write_lines(place_of(found.searched))
            _write_table(_TITLES, list(session_rows(found.sessions)))
            _write_lines([*unread_in(found.searched), *users_end(found)])
        case Deeds():
            _write_lines([*place_of(found.searched, found.role_arn), *holder_lines(found)])
            _write_table(_CALL_TITLES, list(call_rows(found.activity.calls())))
            _write_lines([*unread_in(found.searched), *deeds_end(found)])
        case _:
            assert_never(found)


def _write_lines(lines: Iterable[str]) -> None:
    sys.stdout.writelines(f"- {markdown(line)}\n" for line in lines)


def _write_table(titles: tuple[str, ...], rows: list[Row]) -> None:
    if rows:
        sys.stdout.write("\n" + table_row(titles) + table_row(["---"] * len(titles)))
    for row in rows:
        cells = [row.name, str(row.number), row.first, row.last, row.meaning]
        sys.stdout.write(table_row([*map(markdown, cells), markdown("; ".join(row.details))]))
    if rows:
        sys.stdout.write("\n")
