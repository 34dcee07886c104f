"""Rows of profiles in the width of the terminal; what does not fit goes on below."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment, Segments
from rich.text import Text

from sync_profiles.decisions import Verdict
from sync_profiles.terminal.details import group_rows
from sync_profiles.terminal.streams import is_unicode, spell_out
from sync_profiles.text import first_line, inert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from sync_profiles.report import Row

INDENT = "   "
_TITLES = ("profile", "session name", "role, as assumed")
_ACCOUNT_WIDTH = 12
_GAP = "  "
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


class Columns:
    """The columns of one report, as wide as its rows need and the terminal allows."""

    def __init__(self, console: Console, rows: Sequence[Row]) -> None:
        self._console = console
        self._unicode = is_unicode(console.encoding)
        room = console.width - 1 - _ACCOUNT_WIDTH - (len(_TITLES) + 1) * len(_GAP)
        self._cells = {row.decision.profile.name: self._cells_of(row) for row in rows}
        self._widths = _share(list(self._cells.values()), room=room)

    def print_titles(self) -> None:
        """Print the titles of the columns."""
        for line in _lines(_Cells(*_TITLES), "account", " ", self._widths):
            self._console.print(Text(line, style="dim"), soft_wrap=True)

    def print_rows(self, rows: Iterable[Row], *, verbose: bool) -> None:
        """Print the profiles, and below them the facts and the hints, where they are needed."""
        # as segments, in one go: rich takes 70 times as long for a text a line
        segments: list[Segment] = []
        for group in group_rows(rows, verbose=verbose):
            for row in group.rows:
                segments += self._row(row)
            for detail in group.details:
                for text in _detail_lines(self._console, detail):
                    segments += text.render(self._console, end="\n")
        self._console.print(Segments(segments), soft_wrap=True, end="")

    def _row(self, row: Row) -> Iterator[Segment]:
        mark, plain_mark, color = _MARKS[row.decision.verdict]
        role = row.decision.profile.role
        account = as_shown(self._console, role.account_id) if role is not None else ""
        mark = mark if self._unicode else plain_mark
        first, *further = _lines(
            self._cells[row.decision.profile.name], account, mark, self._widths
        )
        yield Segment(first[:1], self._console.get_style(color))
        yield Segment(f"{first[1:]}\n")
        for line in further:
            yield Segment(f"{line}\n")

    def _cells_of(self, row: Row) -> _Cells:
        decision = row.decision
        name = first_line(decision.profile.session_name or "-")
        if decision.change.writes and decision.wanted_name is not None:
            name = f"{name} → {decision.wanted_name}"
        role = decision.profile.role
        proof = role.name if role is not None else first_line(decision.profile.role_arn)
        if row.assumed_role_arn is not None:
            proof = "/".join(row.assumed_role_arn.split("/")[-2:])
        # spelled out before it is measured
        return _Cells(*(as_shown(self._console, t) for t in (decision.profile.name, name, proof)))


def as_shown(console: Console, text: str) -> str:
    """Return text inert, and with nothing in it that the console's encoding cannot show."""
    return spell_out(inert(text), console.encoding)


def print_detail(console: Console, text: str) -> None:
    """Print a text below something, indented as a whole."""
    for line in _detail_lines(console, text):
        console.print(line, soft_wrap=True)


def _detail_lines(console: Console, text: str) -> Iterator[Text]:
    style = "cyan" if text.startswith("hint: ") else ""
    shown = Text(as_shown(console, text), style=style)
    for line in shown.wrap(console, console.width - len(INDENT)):
        line.rstrip()
        yield Text(INDENT).append_text(line)


def print_wrapped(console: Console, text: Text) -> None:
    """Print a text without the blanks that rich leaves at the ends of wrapped lines."""
    for line in text.wrap(console, console.width):
        line.rstrip()
        console.print(line, soft_wrap=True)


def _share(cells: Sequence[_Cells], *, room: int) -> _Widths:
    """Share the room between the columns by what they hold; the widest gives way first."""
    widths = [
        max(len(title), *(_width_of(cell[index]) for cell in cells), 0)
        for index, title in enumerate(_TITLES)
    ]
    while sum(widths) > room and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return _Widths(*widths)


def _lines(cells: _Cells, account: str, mark: str, widths: _Widths) -> Iterator[str]:
    columns = (
        (mark, 1),
        (cells.profile, widths.profile),
        (account, _ACCOUNT_WIDTH),
        (cells.session_name, widths.session_name),
        (cells.proof, widths.proof),
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
    return len(text) if text.isascii() else cell_len(text)  # what is printed is inert
