"""Tools for printing: a console, wrapped text, diffs.

Text from files and from AWS is printed with control characters escaped.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleDimensions
from rich.text import Text

from sync_profiles.terminal.streams import shown, spell_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


#: a dry run shows about this many lines of a longer diff
FIRST_LINES = 24
_INDENT = "   "
# readable on a light and on a dark background, as yellow and dim text are not
_LABELS = {"hint": "cyan", "note": "magenta"}


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave the error to `boundary`, which knows the exit code; rich would exit with 1."""
        raise  # noqa: PLE0704 - rich calls it while it handles the error


def stdout_console() -> Console:
    """Return a console that prints text as given, without markup or highlighting."""
    console = _Console(highlight=False, markup=False, emoji=False)
    if console.is_dumb_terminal:  # rich assumes 80 columns for all of them
        console.size = ConsoleDimensions(*shutil.get_terminal_size())
    return console


def as_shown(console: Console, text: str) -> str:
    """Return text with everything escaped that a terminal acts on or its encoding lacks."""
    return spell_out(shown(text), console.encoding)


def labelled(text: str) -> Text:
    """Return a text whose label, as in `hint: `, has its color; the rest has none."""
    label, colon, _ = text.partition(": ")
    styled = Text(text)
    if label in _LABELS:
        styled.stylize(_LABELS[label], 0, len(label + colon))
    return styled


def print_wrapped(console: Console, text: Text) -> None:
    """Print a text without the trailing blanks that rich leaves on wrapped lines."""
    for line in text.wrap(console, console.width):
        line.rstrip()
        console.print(line, soft_wrap=True)


def print_detail(console: Console, text: str) -> None:
    """Print a text that belongs to the line above, all of it indented."""
    for line in detail_lines(console, text):
        console.print(line, soft_wrap=True)


def detail_lines(console: Console, text: str) -> Iterator[Text]:
    """Yield the lines that `print_detail` prints."""
    for line in labelled(as_shown(console, text)).wrap(console, console.width - len(_INDENT)):
        line.rstrip()
        yield Text(_INDENT).append_text(line)


def print_diff(console: Console, diff: str, *, whole: bool = True) -> None:
    """Print a diff: on a terminal escaped and in color, elsewhere byte for byte.

    On a terminal, only the first changes of a long diff are shown unless `whole`.
    """
    if not console.is_terminal:
        sys.stdout.write(diff)
        return
    lines = diff.splitlines(keepends=True)
    first = lines if whole else lines[: _first_changes(lines)]
    for line in first:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[0], "")
        console.print(Text(shown(line.rstrip("\r\n"), keep="\t"), style=style), soft_wrap=True)

    if len(first) < len(lines):
        left = sum(line.startswith(("+", "-")) for line in lines[len(first) :])
        changed = "1 more changed line" if left == 1 else f"{left} more changed lines"
        print_wrapped(console, Text(f"and {changed}; `--verbose` shows the whole diff"))


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


class Stage:
    """Shows the demo on stdout: sentences, commands and their output."""

    def __init__(self) -> None:
        self._console = stdout_console()

    def say(self, text: str) -> None:
        """Show a sentence."""
        self._console.print()
        self._console.print(Text(text, style="bold"))

    def command(self, words: Sequence[str]) -> None:
        """Show a command that is about to run."""
        self._console.print(Text(f"$ {shlex.join(words)}", style="green"), soft_wrap=True)

    def output(self, text: str) -> None:
        """Show a command's output unchanged."""
        sys.stdout.write(text.strip("\n") + "\n")
        sys.stdout.flush()
