"""The standard streams, made safe: each exists, accepts any text, and may be closed by its reader.

A character that the encoding lacks is spelled out, as `inert` does with control characters.
"""

from __future__ import annotations

import codecs
import os
import sys
from io import TextIOWrapper

#: the error handler of the streams: `…` becomes `...`, `ë` becomes `\xeb`
SPELL_OUT = "sync-profiles-spell-out"
_PLAIN = {"…": "...", "→": "->"}


def prepare_streams() -> None:
    """Make the standard streams accept whatever is printed, the help of Typer included.

    A stream that the process was started without (`<&-`) becomes the null device.
    """
    # in this order each gets the number of the stream that it stands in for
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - for the whole run
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as above
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - as above
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and not is_unicode(stream.encoding):
            stream.reconfigure(errors=SPELL_OUT)
    if isinstance(sys.stdin, TextIOWrapper):  # bytes that are not text are not an answer
        sys.stdin.reconfigure(errors="replace")


def is_unicode(encoding: str) -> bool:
    """Return whether an encoding shows every character."""
    return encoding.lower().startswith("utf")


def spell_out(text: str, encoding: str) -> str:
    """Return text as a stream of ours with this encoding shows it."""
    if text.isascii() or is_unicode(encoding):
        return text
    return text.encode(encoding, SPELL_OUT).decode(encoding)


def say(line: str) -> None:
    """Print a line on stderr; if that fails, print nothing more there, and go on."""
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except OSError:
        _lead_nowhere(sys.stderr.fileno())


def drop_output() -> None:
    """Discard what is still to be printed, also at the interpreter's end."""
    _lead_nowhere(sys.stdout.fileno())


def _lead_nowhere(descriptor: int) -> None:
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
