"""Safe standard streams: each exists, accepts any text, and may be closed by its reader.

Characters that the encoding lacks are escaped, as `inert` does with control characters.
"""

from __future__ import annotations

import codecs
import os
import re
import shutil
import sys
import textwrap
from io import TextIOWrapper

from sync_profiles.text import inert

#: the error handler of the streams: `…` becomes `...`, `ë` becomes `\xeb`
SPELL_OUT = "sync-profiles-spell-out"
#: colors of the words that begin a line; text has none, to be read on any background
RED = "\x1b[31m"
CYAN = "\x1b[36m"
MAGENTA = "\x1b[35m"
_NORMAL = "\x1b[0m"
#: columns of a terminal; in narrower ones the lines are wrapped by the terminal itself
_NARROWEST = 40
#: a blank at which no line is broken; of private use, so that text would have it escaped
_GLUE = "\ue000"
_PLAIN = {"…": "...", "→": "->"}


def prepare_streams() -> None:
    """Make the standard streams accept whatever is printed, including Typer's help.

    A stream that was closed when the process started (`<&-`) becomes the null device.
    """
    # in this order, each gets the file descriptor of the stream that it replaces
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - for the whole run
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the whole run
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the whole run
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


def say(line: str, *, color: str = "") -> None:
    """Print a line on stderr, with `~` for the home directory; if that fails, go on without.

    On a terminal it is wrapped at words, and its first word has the color; elsewhere it is one
    line.
    """
    try:
        sys.stderr.write(f"{_dressed(at_home(line), color)}\n")
        sys.stderr.flush()
    except OSError:
        _redirect_to_null(sys.stderr.fileno())


def wrapped(line: str) -> str:
    """Return a line for stderr, wrapped at words if that is a terminal."""
    if not sys.stderr.isatty():
        return line
    width = max(shutil.get_terminal_size().columns, _NARROWEST) - 1
    filled = textwrap.fill(
        glued(line),
        width,
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
        subsequent_indent=line[: len(line) - len(line.lstrip())],
    )
    return unglued(filled)


def glued(text: str) -> str:
    """Return text in which no line break comes into what is in backticks.

    A command that is copied in two lines is two commands; a word that is longer than a line is
    wrapped by the terminal, which copies it as one. Once the lines are broken, `unglued` returns
    the text as it was.
    """
    return re.sub("`[^`]+`", lambda code: code[0].replace(" ", _GLUE), text)


def is_long_word(text: str, width: int) -> bool:
    """Return whether glued text is one word that is longer than a line: a command, or an ARN."""
    return len(text) > width and " " not in text.rstrip(" ")


def unglued(text: str) -> str:
    """Return text as it was before `glued`."""
    return text.replace(_GLUE, " ")


def at_home(text: str) -> str:
    """Return text with `~/` for the home directory, except in quotes: no shell expands it there."""
    home = os.path.expanduser("~").rstrip("/")  # noqa: PTH111 - Path.home raises if there is none
    return re.sub(rf"(?<![\w'\"/.-]){re.escape(home)}/", "~/", text) if home else text


def _dressed(line: str, color: str) -> str:
    """Return a line for stderr, with the color under the conditions that rich has for stdout."""
    line = wrapped(line)
    terminal = os.environ.get("TERM", "")
    has_none = terminal.lower() in {"dumb", "unknown"} or bool(os.environ.get("NO_COLOR"))
    # without `TERM` it may be a console of Windows, which would show the codes
    is_colored = bool(os.environ.get("FORCE_COLOR")) or (sys.stderr.isatty() and terminal != "")
    if not color or has_none or not is_colored:
        return line
    label, space, text = line.partition(" ")
    return f"{color}{label}{_NORMAL}{space}{text}"


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
