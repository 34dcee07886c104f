"""Print a check as a Markdown table, for a ticket or a wiki page."""

from __future__ import annotations

import sys

from sync_profiles.planning.decision import Verdict
from sync_profiles.report import Report
from sync_profiles.terminal.markdown import markdown, write_list, write_row, write_titles
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_groups import COLUMNS, cells_of
from sync_profiles.terminal.report_view import view_check


def print_check(report: Report, options: Options) -> None:
    """Print one row for each profile that is not accepted; with `--verbose` for every one."""
    view = view_check(report, options)
    write_list(
        f"source {source.names}: {source.arn or source.error or ''}" for source in view.sources
    )
    write_list(
        f"{problem.place}: {problem.message} ({problem.hint})"
        for problem in (() if options.quiet else report.problems)
    )
    listed = [
        row
        for row in report.rows
        if options.verbose or row.decision.verdict is not Verdict.ACCEPTED
    ]
    if listed:
        sys.stdout.write("\n")
        write_titles(*COLUMNS)
    for row in listed:
        write_row(*cells_of(row))
    if view.total is not None:
        sys.stdout.write(f"\n{markdown(view.total)}\n")
