"""Print a check as a Markdown table, for a ticket or a wiki page."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from sync_profiles.decisions import Verdict
from sync_profiles.terminal.report_groups import line_of
from sync_profiles.terminal.report_view import view_check
from sync_profiles.terminal.shell import advised
from sync_profiles.terminal.streams import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        for row in report.rows
        if options.verbose or row.decision.verdict is not Verdict.ACCEPTED
    ]
    if listed:
        sys.stdout.write("\n")
        write_titles(*_TITLES)
    for row in listed:
        line, explanation = line_of(row), row.explanation
        role, session_name = line.role, line.session_name
        explained = (explanation.message, explanation.hint or "")
        write_row(line.profile, line.verdict, line.account, role, session_name, *explained)
    if view.total is not None:
        sys.stdout.write(f"\n{markdown(view.total)}\n")


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
    parts = _CODE.split(shown(advised(text)))
    return "".join(
        part.replace("|", "\\|") if number % 2 else _ACTIVE.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )
