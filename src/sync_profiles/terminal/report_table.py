"""Print a report as a table as wide as the terminal; longer cells continue on the next line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import zip_longest

from rich.cells import chop_cells, set_cell_size
from rich.segment import Segment, Segments

from sync_profiles.planning.decision import Verdict
from sync_profiles.report import Report
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.report_groups import Chapter, Line, places_of
from sync_profiles.terminal.report_view import ReportView, view_check, view_sync
from sync_profiles.terminal.screen import Screen
from sync_profiles.terminal.shell import line_to_undo, short_path
from sync_profiles.terminal.streams import is_unicode, width_of
from sync_profiles.text import shared

_ACCOUNT_WIDTH = 12
#: the account is left out where there are fewer columns
_WIDE = 60
_GAP = "  "
_NARROWEST = 8
#: a profile's name, its session name and its role; the account comes second
_Cells = tuple[str, str, str]
_WORD = re.compile(r"\S+\s*")
_PART = re.compile(r"[^\s/_.@-]*[\s/_.@-]*")
#: a verdict's mark, in Unicode and without, and its color
_MARKS = {
    Verdict.ACCEPTED: ("✓", "+", "green"),
    Verdict.FIXABLE: ("~", "~", "magenta"),
    Verdict.REJECTED: ("✗", "x", "red"),
    Verdict.UNKNOWN: ("?", "?", "magenta"),
}


def print_sync(report: Report, options: Options) -> None:
    """Print a sync and, in a dry run, what it would change.

    After `--ask` has shown that, only the end is left to print.
    """
    screen = Screen()
    if options.dry_run:
        print_change(screen, report, options)
    elif not (options.ask and report.diff):
        print_view(screen, view_sync(report, options))
    elif report.written:
        _print_end(screen, view_sync(report, options))
    else:
        screen.line("nothing was written")


def print_change(screen: Screen, report: Report, options: Options) -> None:
    """Print what a sync would change."""
    print_view(screen, view_sync(report, options))
    if report.diff:
        if not options.quiet:
            screen.gap()
        screen.diff(report.diff, whole=options.verbose)


def print_check(report: Report, options: Options) -> None:
    """Print a check."""
    print_view(Screen(), view_check(report, options))


def mark_of(verdict: Verdict, screen: Screen) -> tuple[str, str]:
    """Return the mark of a verdict as the screen can show it, and its color."""
    mark, plain_mark, color = _MARKS[verdict]
    return (mark if is_unicode(screen.console.encoding) else plain_mark), color


def print_view(screen: Screen, view: ReportView, *, is_below: bool = False) -> None:
    """Print a view, with an empty line between its parts, and above if it `is_below` others."""
    columns = _Columns(screen, view)
    parts = [
        *([partial(_print_sources, screen, view)] if view.sources else []),
        *([partial(_print_problems, screen, view)] if view.problems or view.remark else []),
        *([partial(_print_kubeconfig, screen, view)] if view.kubeconfig else []),
        *(partial(columns.print_chapter, chapter) for chapter in view.chapters),
        *([partial(_print_end, screen, view)] if view.total is not None or view.written else []),
    ]
    for number, print_part in enumerate(parts):
        if number or is_below:
            screen.gap()
        print_part()


def _print_end(screen: Screen, view: ReportView) -> None:
    if view.total is not None:
        screen.line(view.total, style="bold")
    if view.hint is not None:
        screen.line(f"hint: {view.hint}")
    for written in view.written:
        screen.unbroken(f"written: {written}")
    if view.written:
        screen.unbroken(f"undo: {line_to_undo()}")


def _print_sources(screen: Screen, view: ReportView) -> None:
    for source in view.sources:
        said = (source.error, "red") if source.error is not None else source.arn or ""
        screen.line("source ", (source.names, "bold"), ": ", said)
        if source.remark is not None:
            screen.detail(source.remark)
        if source.hint is not None:
            screen.detail(f"hint: {source.hint}")


def _print_problems(screen: Screen, view: ReportView) -> None:
    if view.problems:
        count = sum(map(len, view.problems))
        screen.line((f"in the files ({count})", "bold"))
    for group in view.problems:
        first, *others = group
        text_of = shared if others else str
        where = places_of([problem.place for problem in group])
        screen.line((f"{where}: ", "bold"), text_of(first.message))
        screen.detail(f"hint: {text_of(first.hint)}")
    if view.remark is not None:
        screen.line(view.remark)


def _print_kubeconfig(screen: Screen, view: ReportView) -> None:
    screen.line((f"in the kubeconfig ({len(view.kubeconfig)})", "bold"))
    for entry in view.kubeconfig:
        where = f"{short_path(entry.path)}, line {entry.line}"
        screen.line((f"{where}: ", "bold"), f"{entry.message} ({entry.role_arn})")
        screen.detail(f"hint: {entry.hint}")


class _Columns:
    """The columns of one report, as wide as its rows need and the terminal allows."""

    def __init__(self, screen: Screen, view: ReportView) -> None:
        self._screen = screen
        console = screen.console
        lines = [line for each in view.chapters for group in each.groups for line in group.lines]
        # what is in its place in a `role_arn` may be longer than an account ID
        longest = max([width_of(screen.printable(line.account)) for line in lines], default=0)
        widest = max(_ACCOUNT_WIDTH, min(longest, console.width // 4))
        self._account_width = widest if console.width >= _WIDE else 0
        room = console.width - 1 - self._account_width - 4 * len(_GAP)
        cells = {line.profile: self._cells_of(line) for line in lines}
        if sum(_widest(cells.values())) > room:  # the session name has a column of its own
            cells = {line.profile: self._cells_of(_with_bare_role(line)) for line in lines}
        self._cells = cells
        self._widths = _share(cells.values(), room=room)

    def print_chapter(self, chapter: Chapter) -> None:
        """Print the title, and each group: what several profiles share comes above them."""
        self._screen.line(chapter.title, style="bold")
        # all segments in one call: rich takes 70 times as long for one text per line
        segments: list[Segment] = []
        was_shared = False
        for group in chapter.groups:
            is_shared = len(group.lines) + group.others > 1 and bool(group.details)
            if segments and (is_shared or was_shared):
                segments.append(Segment("\n"))
            was_shared = is_shared
            if is_shared:
                segments += self._details(group.details, mark=group.lines[0].verdict)
            for line in group.lines:
                segments += self._row(line, marked=not is_shared)
            if not is_shared:
                segments += self._details(group.details)
            if group.others:
                more = f"and {group.others} more; `--verbose` shows all"
                segments += self._details([more])
        self._screen.console.print(Segments(segments), soft_wrap=True, end="")

    def _details(self, details: Sequence[str], mark: Verdict | None = None) -> Iterator[Segment]:
        """Yield details, indented; the first with the mark of a verdict before it."""
        for detail in details:
            for text in self._screen.detail_lines(detail):
                if mark is None:
                    yield from text.render(self._screen.console, end="\n")
                else:
                    yield self._mark(mark)
                    yield from text[1:].render(self._screen.console, end="\n")
                    mark = None

    def _mark(self, verdict: Verdict) -> Segment:
        mark, color = mark_of(verdict, self._screen)
        return Segment(mark, self._screen.console.get_style(color))

    def _row(self, line: Line, *, marked: bool) -> Iterator[Segment]:
        columns = list(zip(self._cells[line.profile], self._widths, strict=True))
        if self._account_width:
            columns.insert(1, (self._screen.printable(line.account), self._account_width))
        first, *further = _wrapped_cells(columns)
        yield self._mark(line.verdict) if marked else Segment(" ")
        yield Segment(f"{first}\n")
        for text in further:
            yield Segment(f" {text}\n")

    def _cells_of(self, line: Line) -> _Cells:
        # control characters are escaped before the width is measured
        shown = self._screen.printable
        return shown(line.profile), shown(line.session_name), shown(line.role)


def _with_bare_role(line: Line) -> Line:
    return line._replace(role=line.role.removesuffix(f"/{line.session_name.rpartition(' ')[2]}"))


def _widest(cells: Iterable[_Cells]) -> list[int]:
    return [max(map(width_of, column)) for column in zip(*cells, strict=True)]


def _share(cells: Iterable[_Cells], *, room: int) -> list[int]:
    """Distribute the available width among the columns; the widest column shrinks first."""
    widths = _widest(cells)
    while sum(widths) > room and max(widths, default=0) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _wrapped_cells(columns: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Yield cells with their widths as one line, or as several if one is wider than its column.

    The column of the marks, which comes before them, is left to the caller.
    """
    if all(width_of(text) <= width for text, width in columns):
        padded = [text + " " * (width - width_of(text)) for text, width in columns]
        yield _GAP.join(["", *padded]).rstrip()
        return
    chunks = [_folded(text, width) for text, width in columns]
    for parts in zip_longest(*chunks, fillvalue=""):
        padded = [
            set_cell_size(part, width) for part, (_, width) in zip(parts, columns, strict=True)
        ]
        yield _GAP.join(["", *padded]).rstrip()


def _folded(text: str, width: int) -> list[str]:
    """Return a cell as lines of this width, broken between words and parts of names if possible."""
    lines = [""]
    for word in _WORD.findall(text):
        for part in [word] if width_of(word.rstrip()) <= width else _PART.findall(word):
            if width_of(lines[-1] + part.rstrip()) > width:
                lines += chop_cells(part, width)
            else:
                lines[-1] += part
    return [line for line in lines if line]
