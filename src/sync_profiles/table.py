"""What a person sees: who they are, a row a profile, one line of sum, how to undo."""

from __future__ import annotations

import os
import shlex
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from sync_profiles.errors import ExitCode
from sync_profiles.hints import explain_source
from sync_profiles.inert import inert
from sync_profiles.model import Caller, Cause, Change, Verdict
from sync_profiles.report import exit_code, rows, summarize
from sync_profiles.session_name import NoName, wanted_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import IO, Self

    from rich.console import Console

    from sync_profiles.report import Row
    from sync_profiles.sync import Report

#: fewer switches than this are done before a bar can be read
BAR_FROM = 6
_TITLES = ("profile", "session name", "role, as assumed")
_ACCOUNT_WIDTH = 12
_GAP = "  "
_INDENT = "   "
_NARROWEST = 8
_MARKS = {
    Verdict.ACCEPTED: ("✓", "+", "green"),
    Verdict.FIXABLE: ("~", "~", "yellow"),
    Verdict.REJECTED: ("✗", "x", "red"),
    Verdict.UNKNOWN: ("?", "?", "yellow"),
}


class _Cells(NamedTuple):
    profile: str
    session_name: str
    proof: str


class _Widths(NamedTuple):
    profile: int
    session_name: int
    proof: int


def print_report(
    console: Console, report: Report, *, session_name: str | None, quiet: bool, verbose: bool
) -> None:
    """Print a report; `quiet` leaves out what is in order, `verbose` explains that too."""
    shown = [row for row in rows(report) if not (quiet and _is_in_order(row))]
    if not quiet:
        _print_callers(console, report, session_name)
        _print_problems(console, report)
    _print_rows(console, shown, verbose=verbose)
    if not quiet:
        if shown:
            console.print()
        console.print(Text(_sum(report), style="bold"))
        _print_undo(console, report)


def print_diff(console: Console, diff: str, file: IO[str]) -> None:
    """Print a diff: to a terminal inert and in colour, elsewhere byte for byte."""
    if not console.is_terminal:
        file.write(diff)
        return
    for line in diff.splitlines(keepends=True):
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[0], "")
        console.print(Text(inert(line.rstrip("\r\n"), keep="\t"), style=style), soft_wrap=True)


class Bar:
    """A progress bar on stderr, shown once there is something to wait for."""

    def __init__(self, console: Console, *, shown: bool) -> None:
        self._progress = Progress(
            TextColumn("test switches"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            auto_refresh=shown,
            disable=not shown,
        )
        self._task = self._progress.add_task("", total=0)
        self._total = 0

    def expect(self, switches: int) -> None:
        """Learn that so many more switches are about to be sent."""
        self._total += switches
        self._progress.update(self._task, total=self._total)

    def advance(self) -> None:
        """Learn that one switch got its answer."""
        if self._total >= BAR_FROM:  # not before: a person may have been asked for a code
            self._progress.start()
        self._progress.advance(self._task)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()


def _is_in_order(row: Row) -> bool:
    return row.decision.verdict is Verdict.ACCEPTED


def _print_callers(console: Console, report: Report, session_name: str | None) -> None:
    for source, caller in report.survey.callers.items():
        label = Text.assemble(("source ", "dim"), (inert(str(source)), "bold"), ": ")
        if isinstance(caller, Caller):
            _print_wrapped(console, label.append(inert(caller.arn)))
            wanted = wanted_name(caller, override=session_name)
            if isinstance(wanted, NoName):
                _print_detail(console, f"no session name for it: {wanted.reason}")
            continue
        explanation = explain_source(caller, profiles=report.survey.profiles.by_name)
        _print_wrapped(console, label.append(inert(explanation.message), style="red"))
        if explanation.hint:
            _print_detail(console, f"hint: {explanation.hint}")
    if report.survey.callers:
        console.print()


def _print_problems(console: Console, report: Report) -> None:
    for problem in report.survey.profiles.problems:
        where = f"{problem.place.file}, line {problem.place.line}"
        _print_wrapped(
            console, Text.assemble(("note: ", "yellow"), inert(f"{where}: {problem.message}"))
        )
        _print_detail(console, f"hint: {problem.hint}")
    if report.survey.profiles.problems:
        console.print()


def _print_rows(console: Console, shown: list[Row], *, verbose: bool) -> None:
    if not shown:
        return
    unicode = console.encoding.lower().startswith("utf")
    cells = [_cells(row, arrow="→" if unicode else "->") for row in shown]
    room = console.width - 1 - _ACCOUNT_WIDTH - (len(_TITLES) + 1) * len(_GAP)
    widths = _share(cells, room=room)
    for line in _lines(_Cells(*_TITLES), "account", " ", widths):
        console.print(Text(line, style="dim"), soft_wrap=True)
    for row, cell in zip(shown, cells, strict=True):
        mark, plain_mark, style = _MARKS[row.decision.verdict]
        role = row.decision.profile.role
        account = inert(role.account_id) if role is not None else ""
        for number, line in enumerate(
            _lines(cell, account, mark if unicode else plain_mark, widths)
        ):
            text = Text(line)
            if number == 0:
                text.stylize(style, 0, 1)
            console.print(text, soft_wrap=True)
        for detail in _details(row, verbose=verbose):
            _print_detail(console, detail)


def _cells(row: Row, *, arrow: str) -> _Cells:
    decision = row.decision
    name = inert(decision.profile.session_name or "-")
    if decision.change.writes and decision.wanted_name is not None:
        name = f"{name} {arrow} {inert(decision.wanted_name)}"
    role = decision.profile.role
    proof = role.name if role is not None else decision.profile.role_arn
    if row.assumed_role_arn is not None:
        proof = "/".join(row.assumed_role_arn.split("/")[-2:])
    return _Cells(inert(decision.profile.name), name, inert(proof))


def _share(cells: list[_Cells], *, room: int) -> _Widths:
    """Share the room between the columns by what they hold; the widest gives way first."""
    widths = [
        max(cell_len(title), *(cell_len(cell[index]) for cell in cells))
        for index, title in enumerate(_TITLES)
    ]
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return _Widths(*widths)


def _lines(cells: _Cells, account: str, mark: str, widths: _Widths) -> Iterator[str]:
    """Yield a row's lines: what does not fit its column goes on below, and nothing is lost."""
    columns = (
        (mark, 1),
        (cells.profile, widths.profile),
        (account, _ACCOUNT_WIDTH),
        (cells.session_name, widths.session_name),
        (cells.proof, widths.proof),
    )
    chunks = [chop_cells(text, width) for text, width in columns]
    for parts in zip_longest(*chunks, fillvalue=""):
        padded = (
            set_cell_size(part, width) for part, (_, width) in zip(parts, columns, strict=True)
        )
        yield _GAP.join(padded).rstrip()


def _details(row: Row, *, verbose: bool) -> list[str]:
    """Return the lines below a profile's row: the fact and the hint, where they are needed."""
    decision = row.decision
    in_order = _is_in_order(row)
    if decision.cause is Cause.NOT_TESTED and not verbose:
        return []  # the sum says it once for all
    lines = []
    if verbose or not in_order or decision.note is not None:
        lines.append(row.explanation.message)
    elif decision.change is Change.KEEP:
        return [f"kept: it differs from `{decision.wanted_name}`, and is accepted"]
    if row.explanation.hint:
        lines.append(f"hint: {row.explanation.hint}")
    if verbose and row.chain:
        lines.append(f"chain: {' > '.join((*row.chain, decision.profile.name))}")
    return lines


def _print_detail(console: Console, text: str) -> None:
    """Print a line below a row, indented as a whole."""
    style = "cyan" if text.startswith("hint: ") else ""
    for line in Text(inert(text), style=style).wrap(console, console.width - len(_INDENT)):
        line.rstrip()
        console.print(Text(_INDENT).append_text(line), soft_wrap=True)


def _print_wrapped(console: Console, text: Text) -> None:
    for line in text.wrap(console, console.width):
        line.rstrip()
        console.print(line, soft_wrap=True)


def _sum(report: Report) -> str:
    counts = summarize(report)
    total = sum(counts[verdict.value] for verdict in Verdict)
    if not total:
        return f"no profile in {_short(report.paths.config_file)} assumes a role: nothing to do"
    parts = [f"{counts[verdict.value]} {verdict}" for verdict in Verdict if counts[verdict.value]]
    line = f"{total} {'profile' if total == 1 else 'profiles'}: {', '.join(parts)}"
    if any(decision.cause is Cause.NOT_TESTED for decision in report.survey.plan.decisions):
        line = f"{line} (not tested)"
    planned = len(report.survey.plan.changes)
    if report.written:
        return f"{line}; {counts['written']} written"
    if planned:
        return f"{line}; {planned} to write"
    if exit_code(report) is ExitCode.OK:
        return f"{line}; nothing to change"
    return line


def _print_undo(console: Console, report: Report) -> None:
    for file in report.written:
        if file.backup is not None:
            line = f"undo: cp -p {_short(file.backup)} {_short(file.path)}"
        else:
            line = f"undo: the old lines of {_short(file.path)} are in {_short(file.record)}"
        console.print(Text(line), soft_wrap=True)


def _short(path: Path) -> str:
    """Return a path as a person writes it for a shell, with `~` for the home directory."""
    home = os.path.expanduser("~") + os.sep  # noqa: PTH111 - Path.home raises where there is none
    text = str(path)
    if text.startswith(home):
        return "~/" + inert(shlex.quote(text.removeprefix(home)))
    return inert(shlex.quote(text))
