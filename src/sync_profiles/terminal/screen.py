"""Tools for printing: a console, wrapped text, diffs.

Text from files and from AWS is printed with control characters escaped.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleDimensions
from rich.text import Text

from sync_profiles.terminal.shell import fit_to_show
from sync_profiles.terminal.streams import LABELS, as_printed, line_cuts, printable
from sync_profiles.text import counted

#: a dry run shows about this many lines of a longer diff
FIRST_LINES = 24
INDENT = "   "
#: the fingerprints in the first line of an imported block
_FINGERPRINTS = re.compile(r"(sha256=[0-9a-f]{8})[0-9a-f]{56}(?: names=[0-9a-f]{16})?")


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave the error to `boundary`, which knows the exit code; rich would exit with 1."""
        raise  # noqa: PLE0704 - rich calls it while it handles the error


def stdout_console() -> Console:
    """Return a console that prints text as given, without markup or highlighting."""
    # to rich, a pipe of Windows is a console that knows no colors and spares a column
    legacy = None if sys.stdout.isatty() else False
    console = _Console(highlight=False, markup=False, emoji=False, legacy_windows=legacy)
    # rich assumes 80 columns for all dumb terminals, and prints nothing with `COLUMNS=0`
    if console.is_dumb_terminal or console.width < 1:
        console.size = ConsoleDimensions(*shutil.get_terminal_size())
    return console


class Screen:
    """Prints to people, on stdout or another console: everything is escaped, and wrapped at words.

    A line consists of texts; one with a style is a pair, as `("dev", "bold")`.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = stdout_console() if console is None else console

    def printable(self, text: str) -> str:
        """Return text with everything escaped that a terminal acts on or its encoding lacks."""
        return as_printed(fit_to_show(text), self.console.encoding)

    def gap(self) -> None:
        """Print an empty line."""
        self.console.print()

    def line(self, *parts: str | tuple[str, str], style: str = "") -> None:
        """Print a line; a label at its beginning, as in `hint: `, has its color."""
        text = self._text(*parts, style=style)
        for line in text.divide(line_cuts(text.plain, self.console.width)):
            self._print(line)

    def unbroken(self, *parts: str | tuple[str, str]) -> None:
        """Print a line that only the terminal wraps, so that it can be copied."""
        self._print(self._text(*parts))

    def detail(self, text: str) -> None:
        """Print a text that belongs to the line above, all of it indented."""
        for line in self.detail_lines(text):
            self._print(line)

    def detail_lines(self, text: str) -> Iterator[Text]:
        """Yield the lines of a detail."""
        whole = self._text(text)
        for line in whole.divide(line_cuts(whole.plain, self.console.width - len(INDENT))):
            line.rstrip()
            yield Text(INDENT).append_text(line)

    def diff(self, diff: str, *, whole: bool = True) -> None:
        """Print a diff: on a terminal escaped and in color, elsewhere byte for byte.

        On a terminal, only the first changes of a long diff are shown unless `whole`, and of a
        fingerprint the first digits.
        """
        if not self.console.is_terminal:
            self.console.file.write(diff)
            return
        lines = diff.splitlines(keepends=True)
        first = lines if whole else lines[: _first_changes(lines)]
        for line in first:
            style = {"+": "green", "-": "red", "@": "cyan"}.get(line[0], "")
            shown = line if whole else _FINGERPRINTS.sub(r"\1…", line)
            text = Text(printable(shown.rstrip("\r\n"), keep="\t"), style=style)
            self.console.print(text, soft_wrap=True)
        if len(first) < len(lines):
            left = sum(line.startswith(("+", "-")) for line in lines[len(first) :])
            self.line(f"and {counted(left, 'more changed line')}; `--verbose` shows the whole diff")

    def _text(self, *parts: str | tuple[str, str], style: str = "") -> Text:
        pairs = [(part, "") if isinstance(part, str) else part for part in parts]
        text = Text.assemble(*((self.printable(part), own) for part, own in pairs), style=style)
        label, colon, _ = text.plain.partition(": ")
        if label in LABELS and not style:
            text.stylize(LABELS[label], 0, len(label + colon))
        return text

    def _print(self, line: Text) -> None:
        line.rstrip()
        self.console.print(line, soft_wrap=True)


def _first_changes(lines: Sequence[str]) -> int:
    """Return how many lines of a diff to show: all, or whole hunks of about a screen's half.

    Changes that are close together are one hunk: if it is long, it is cut, if possible between two
    sections.
    """
    starts = [number for number, line in enumerate(lines) if line.startswith("@@")]
    ends = [*starts[1:], len(lines)]
    if ends[0] > 2 * FIRST_LINES:
        ends = [number for number, line in enumerate(lines, start=1) if not line.strip()]
        return max((end for end in ends if end <= FIRST_LINES), default=FIRST_LINES)
    return max((end for end in ends if end <= FIRST_LINES), default=ends[0])
