"""Safe standard streams: each exists, accepts any text, and may be closed by its reader.

Characters that the encoding lacks are escaped, as `inert` does with control characters.
"""

from __future__ import annotations

import codecs
import os
import re
import shutil
import sys
from io import TextIOWrapper
from itertools import pairwise

from sync_profiles.text import inert

#: the error handler of the streams: `…` becomes `...`, `ë` becomes `\xeb`
SPELL_OUT = "sync-profiles-spell-out"
#: colors of the words that begin a line, readable on a light and on a dark background, as yellow is
#: not; text has none
LABELS = {"error": "red", "hint": "cyan", "note": "magenta"}
_CODES = {"red": 31, "magenta": 35, "cyan": 36}
#: columns of a terminal; in narrower ones the lines are wrapped by the terminal itself
_NARROWEST = 40
_WORD = re.compile(r" *(?:`[^`]+`|[^ ])+ *")
_PLAIN = {"…": "...", "→": "->"}


def prepare_streams() -> None:
    """Make the standard streams accept whatever is printed, including Typer's help.

    A stream that was closed when the process started (`<&-`) becomes the null device.
    """
    # in this order, each gets the file descriptor of the stream that it replaces
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole run
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not is_unicode(stream.encoding):
            stream.reconfigure(errors=SPELL_OUT)
    if isinstance(sys.stdin, TextIOWrapper):  # undecodable bytes are not a valid answer
        sys.stdin.reconfigure(errors="replace")


def can_answer() -> bool:
    """Return whether a person is at the standard input.

    Windows takes its null device for a terminal, where a question would wait forever.
    """
    stdin = sys.stdin
    if sys.platform == "win32" and isinstance(stdin, TextIOWrapper):
        return type(getattr(stdin.buffer, "raw", None)).__name__ == "_WindowsConsoleIO"
    return stdin.isatty()


def is_unicode(encoding: str) -> bool:
    """Return whether an encoding has every character."""
    return encoding.lower().startswith("utf")


def as_printed(text: str, encoding: str) -> str:
    """Return text as our streams print it with this encoding."""
    if text.isascii() or is_unicode(encoding):
        return text
    return text.encode(encoding, SPELL_OUT).decode(encoding)


def printable(text: str, *, keep: str = "") -> str:
    """Return text for the screen: without secrets, and with control characters escaped."""
    from sync_profiles.redaction import mask_shown  # its patterns take time to compile

    return inert(mask_shown(text), keep=keep)


def say(line: str) -> None:
    """Print a line on stderr, with `~` for the home directory; if that fails, go on without.

    On a terminal it is wrapped at words, and its label is colored; elsewhere it is one line.
    """
    try:
        sys.stderr.write(f"{_dressed(at_home(line))}\n")
        sys.stderr.flush()
    except OSError:
        _redirect_to_null(sys.stderr.fileno())


def wrapped(line: str) -> str:
    """Return a line for stderr, wrapped at words if that is a terminal."""
    if not sys.stderr.isatty():
        return line
    indent = line[: len(line) - len(line.lstrip())]
    width = max(shutil.get_terminal_size().columns, _NARROWEST) - 1 - len(indent)
    text = line.strip()
    cuts = line_cuts(text, width)
    parts = [text[a:b].rstrip() for a, b in pairwise([0, *cuts, len(text)])]
    return indent + f"\n{indent}".join(parts)


def line_cuts(text: str, width: int) -> list[int]:
    """Return where to cut a text into lines: before words, and what is in backticks is one.

    A command that is copied in two lines is two commands; a word that is longer than a line is
    wrapped by the terminal, which copies it as one.
    """
    cuts, start = [], 0
    for word in _WORD.finditer(text):
        if word.start() > start and width_of(text[start : word.end()].rstrip()) > width:
            start = word.start()
            cuts.append(start)
    return cuts


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes; it has no control characters."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # which an error needs not load

    return cell_len(text)


def at_home(text: str) -> str:
    """Return text with `~/` for the home directory, except in quotes: no shell expands it there."""
    home = os.path.expanduser("~").rstrip("/")  # noqa: PTH111 - Path.home raises if there is none
    return re.sub(rf"(?<![\w'\"/.-]){re.escape(home)}/", "~/", text) if home else text


def _dressed(line: str) -> str:
    """Return a line for stderr, with colors under the conditions that rich has for stdout."""
    line = wrapped(line)
    terminal = os.environ.get("TERM", "")
    has_none = terminal.lower() in {"dumb", "unknown"} or bool(os.environ.get("NO_COLOR"))
    # without `TERM` it may be a console of Windows, which would show the codes
    is_colored = bool(os.environ.get("FORCE_COLOR")) or (sys.stderr.isatty() and terminal != "")
    label, colon, text = line.partition(":")
    if label not in LABELS or has_none or not is_colored:
        return line
    return f"\x1b[{_CODES[LABELS[label]]}m{label}{colon}\x1b[0m{text}"


def drop_output() -> None:
    """Discard pending output, including what the interpreter flushes at exit."""
    _redirect_to_null(sys.stdout.fileno())


def _redirect_to_null(descriptor: int) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _spell_out(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    characters = error.object[error.start : error.end]
    return "".join(
        _PLAIN.get(character) or character.encode("ascii", "backslashreplace").decode("ascii")
        for character in characters
    ), error.end


codecs.register_error(SPELL_OUT, _spell_out)
