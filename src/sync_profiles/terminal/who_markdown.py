"""Print what `who` found as a Markdown table, for a ticket or a wiki page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sync_profiles.terminal.markdown import write_list, write_row, write_titles
from sync_profiles.terminal.who_view import view_of

if TYPE_CHECKING:
    from sync_profiles.role_users import Deeds, Users
    from sync_profiles.terminal.options import Options


def print_result(found: Users | Deeds, _: Options) -> None:
    """Print the users of a role, or what was done."""
    lead, (name, number, meaning), rows, end = view_of(found)
    write_list(lead)
    if rows:
        sys.stdout.write("\n")
        write_titles(name, number, "first (UTC)", "last (UTC)", meaning, "details")
        for row in rows:
            *cells, details = row
            write_row(*map(str, cells), "; ".join(details))
        sys.stdout.write("\n")
    write_list(end)
