"""Print a check as a Markdown table, for a ticket or a wiki page."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from sync_profiles.decisions import Verdict
from sync_profiles.report import rows
from sync_profiles.terminal.report_groups import line_of
from sync_profiles.terminal.report_view import view_check
from sync_profiles.terminal.streams import shown

if TYPE_CHECKING:
    from sync_profiles.report import Report
    from sync_profiles.terminal.options import Options

_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~])")
# three backticks would begin something else
_CODE = re.compile(r"((?<!`)`[^`]+`(?!`))")
_TITLES = ("profile", "verdict", "account", "role", "session name", "reason", "next step")


def print_check(report: Report, options: Options) -> None:
    """Print one row for each profile that is not accepted; with `--verbose` for every one."""
    view = view_check(report, options)
    for source in view.sources:
        arn = source.arn or source.error or ""
        sys.stdout.write(f"- source {markdown(', '.join(source.names))}: {markdown(arn)}\n")
    for problem in report.problems if not options.quiet else ():
        where = f"{problem.place.file}, line {problem.place.line}"
        sys.stdout.write(f"- {where}: {markdown(problem.message)} ({markdown(problem.hint)})\n")
    listed = [
        row
        for row in rows(report)
        if options.verbose or row.decision.verdict is not Verdict.ACCEPTED
    ]
    if listed:
        sys.stdout.write("\n" + table_row(_TITLES) + table_row(["---"] * len(_TITLES)))
    for row in listed:
        line = line_of(row)
        explanation = row.explanation
        sys.stdout.write(
            table_row(
                [
                    markdown(line.profile),
                    str(line.verdict),
                    line.account,
                    markdown(line.role),
                    markdown(line.session_name),
                    markdown(explanation.message),
                    markdown(explanation.hint or ""),
                ]
            )
        )
    if view.total is not None:
        sys.stdout.write(f"\n{markdown(view.total)}\n")


def table_row(cells: list[str] | tuple[str, ...]) -> str:
    """Return a row of a table, from cells that are Markdown already."""
    return f"| {' | '.join(cells)} |\n"


def markdown(text: str) -> str:
    """Return text as Markdown in which nothing takes effect but the literals in backticks."""
    parts = _CODE.split(shown(text))
    return "".join(
        part.replace("|", "\\|") if number % 2 else _ACTIVE.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )
