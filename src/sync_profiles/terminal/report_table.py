"""Print a report as a table as wide as the terminal; longer cells continue on the next line."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment, Segments
from rich.text import Text

from sync_profiles.decisions import Verdict
from sync_profiles.terminal.report_view import view_check, view_sync
from sync_profiles.terminal.screen import (
    as_shown,
    detail_lines,
    print_detail,
    print_diff,
    print_wrapped,
    stdout_console,
)
from sync_profiles.terminal.streams import is_unicode, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from sync_profiles.report import Report
    from sync_profiles.terminal.options import Options
    from sync_profiles.terminal.report_groups import Line
    from sync_profiles.terminal.report_view import Chapter, SourceLine, View

_TITLES = ("profile", "session name", "role, as assumed")
_ACCOUNT_WIDTH = 12
_GAP = "  "
_NARROWEST = 8
#: a verdict's mark, in Unicode and without, and its color
MARKS = {
    Verdict.ACCEPTED: ("✓", "+", "green"),
    Verdict.FIXABLE: ("~", "~", "yellow"),
    Verdict.REJECTED: ("✗", "x", "red"),
    Verdict.UNKNOWN: ("?", "?", "yellow"),
}


def print_sync(report: Report, options: Options) -> None:
    """Print a sync and, in a dry run, what it would change."""
    console = stdout_console()
    print_view(console, view_sync(report, options))
    diff = report.diff if options.dry_run else ""
    if diff:
        if not options.quiet:
            console.print()
        print_diff(console, diff)


def print_check(report: Report, options: Options) -> None:
    """Print a check."""
    print_view(stdout_console(), view_check(report, options))


def print_view(console: Console, view: View) -> None:
    """Print a view, with an empty line between its parts."""
    is_first = True

    def begin_part() -> None:
        nonlocal is_first
        if not is_first:
            console.print()
        is_first = False

    if view.sources:
        begin_part()
        for source in view.sources:
            _print_source(console, source)
    if view.problems or view.remark:
        begin_part()
        _print_problems(console, view)
    columns = _Columns(console, view)
    for chapter in view.chapters:
        begin_part()
        columns.print_chapter(chapter)
    if view.total is not None:
        begin_part()
        console.print(Text(view.total, style="bold"))
    if view.hint is not None:
        print_wrapped(console, Text(f"hint: {view.hint}", style="cyan"))
    if view.undo is not None:
        console.print(Text(f"undo: {view.undo}"), soft_wrap=True)


def _print_source(console: Console, source: SourceLine) -> None:
    names = ", ".join(shown(name) for name in source.names)
    line = Text.assemble(("source ", "dim"), (names, "bold"), ": ")
    if source.arn is not None:
        line.append(shown(source.arn))
    if source.error is not None:
        line.append(shown(source.error), style="red")
    print_wrapped(console, line)
    if source.detail is not None:
        print_detail(console, source.detail)


def _print_problems(console: Console, view: View) -> None:
    if view.problems:
        count = sum(len(group.problems) for group in view.problems)
        console.print(Text(f"in the files ({count})", style="bold"))
    for group in view.problems:
        lines = [str(problem.place.line) for problem in group.problems]
        noun = "line" if len(lines) == 1 else "lines"
        where = f"{group.problems[0].place.file}, {noun} {', '.join(lines)}"
        print_wrapped(console, Text.assemble((f"{where}: ", "yellow"), shown(group.message)))
        print_detail(console, f"hint: {group.hint}")
    if view.remark is not None:
        print_wrapped(console, Text(view.remark, "yellow"))


class _Cells(NamedTuple):
    profile: str
    session_name: str
    role: str


class _Widths(NamedTuple):
    profile: int
    session_name: int
    role: int


class _Columns:
    """The columns of one report, as wide as its rows need and the terminal allows."""

    def __init__(self, console: Console, view: View) -> None:
        self._console = console
        self._unicode = is_unicode(console.encoding)
        room = console.width - 1 - _ACCOUNT_WIDTH - (len(_TITLES) + 1) * len(_GAP)
        self._cells = {
            line.profile: self._cells_of(line)
            for chapter in view.chapters
            for group in chapter.groups
            for line in group.lines
        }
        self._widths = _share(list(self._cells.values()), room=room)

    def print_chapter(self, chapter: Chapter) -> None:
        """Print the title, and each group's profiles followed by their details."""
        if chapter.title is not None:
            print_wrapped(self._console, Text(chapter.title, style="bold"))
        else:
            for titles in _wrapped_cells(_Cells(*_TITLES), "account", " ", self._widths):
                self._console.print(Text(titles, style="dim"), soft_wrap=True)
        # all segments in one call: rich takes 70 times as long for one text per line
        segments: list[Segment] = []
        for group in chapter.groups:
            for line in group.lines:
                segments += self._row(line)
            for detail in group.details:
                for text in detail_lines(self._console, detail):
                    segments += text.render(self._console, end="\n")
        self._console.print(Segments(segments), soft_wrap=True, end="")

    def _row(self, line: Line) -> Iterator[Segment]:
        mark, plain_mark, color = MARKS[line.verdict]
        account = as_shown(self._console, line.account)
        mark = mark if self._unicode else plain_mark
        first, *further = _wrapped_cells(self._cells[line.profile], account, mark, self._widths)
        yield Segment(first[:1], self._console.get_style(color))
        yield Segment(f"{first[1:]}\n")
        for text in further:
            yield Segment(f"{text}\n")

    def _cells_of(self, line: Line) -> _Cells:
        # control characters are escaped before the width is measured
        texts = (line.profile, line.session_name, line.role)
        return _Cells(*(as_shown(self._console, text) for text in texts))


def _share(cells: Sequence[_Cells], *, room: int) -> _Widths:
    """Distribute the available width among the columns; the widest column shrinks first."""
    widths = [
        max(len(title), *(_width_of(cell[index]) for cell in cells), 0)
        for index, title in enumerate(_TITLES)
    ]
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return _Widths(*widths)


def _wrapped_cells(cells: _Cells, account: str, mark: str, widths: _Widths) -> Iterator[str]:
    """Yield a row's cells as one line, or as several if a cell is wider than its column."""
    columns = (
        (mark, 1),
        (cells.profile, widths.profile),
        (account, _ACCOUNT_WIDTH),
        (cells.session_name, widths.session_name),
        (cells.role, widths.role),
    )
    if all(_width_of(text) <= width for text, width in columns):
        yield _GAP.join(
            [text + " " * (width - _width_of(text)) for text, width in columns]
        ).rstrip()
        return
    chunks = [chop_cells(text, width) for text, width in columns]
    for parts in zip_longest(*chunks, fillvalue=""):
        padded = [
            set_cell_size(part, width) for part, (_, width) in zip(parts, columns, strict=True)
        ]
        yield _GAP.join(padded).rstrip()


def _width_of(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)  # has no control characters
