"""What a run waits for, shown on a terminal: a bar for the tests, a line for everything else.

A dumb terminal cannot remove what it shows: there, each text is printed once, and later.
"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Self

from rich.cells import cell_len, set_cell_size

from sync_profiles import waiting
from sync_profiles.terminal.streams import at_home, is_unicode, printable
from sync_profiles.waiting import Stage

if TYPE_CHECKING:
    from rich.console import Console

#: with fewer tests than this, a bar would vanish before anyone can read it
BAR_FROM = 6
#: seconds after which a wait is shown
SOON = 0.3
#: the same on a dumb terminal, where it stays
LATE = 0.9
_LOOK_EVERY = 0.2
#: columns of a bar
_SHORTEST, _LONGEST = 4, 40
_CLEAR = "\r\x1b[K"


class Display:
    """Shows on stderr what is waited for, and removes it at the end.

    Only whole lines stay: all texts on a dumb terminal, and what is shown while a program has the
    terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        # a console of Windows that shows escape codes, as that of cmd.exe does, is one, too
        self._is_dumb = console.is_dumb_terminal or console.legacy_windows
        self._line = ""
        self._bar_since = 0.0
        self._wait, self._wait_since = "", 0.0
        self._said: set[str] = set()
        self._lock = threading.RLock()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        waiting.on_change = self._look
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        waiting.on_change = None
        with self._lock:
            self._over.set()
            self._clear_line()

    def _watch(self) -> None:
        while not self._over.wait(_LOOK_EVERY):
            self._look()

    def _look(self) -> None:
        with self._lock:
            if self._over.is_set():
                return
            lent, stage = waiting.lent_for(), waiting.current_stage()
            if lent is not None:
                self._say_once(lent)
            elif self._is_dumb:
                self._say_once(waiting.longest_wait(LATE) or _in_words(stage))
            else:
                text = self._timed(waiting.longest_wait(SOON) or "")
                # not before the first step: until then, the user may be asked for a code
                if stage is not None and stage.total >= BAR_FROM and stage.done:
                    self._show_bar(stage, text or stage.unit)
                else:
                    self._show(text)

    def _timed(self, text: str) -> str:
        """Return what is waited for, with the seconds since it is shown: a sign of life."""
        now, text = time.monotonic(), at_home(printable(text))
        if text != self._wait:
            self._wait, self._wait_since = text, now
        seconds = int(now - self._wait_since)
        return f"{text}, {seconds} s so far" if text and seconds else text

    def _show_bar(self, stage: Stage, text: str) -> None:
        """Show how many steps are done, and how long the others may take."""
        now = time.monotonic()
        if stage.done < stage.total and now - self._bar_since < _LOOK_EVERY and self._line:
            return
        self._bar_since = now
        left = (now - stage.begun) / stage.done * (stage.total - stage.done)
        end = f"{stage.done}/{stage.total} {timedelta(seconds=round(left))}"
        room = self._console.width - len(end) - 3
        text = set_cell_size(text, min(cell_len(text), max(room - _SHORTEST, 0))).rstrip(" ,")
        length = min(max(room - cell_len(text), 0), _LONGEST)
        bar = ("━" if is_unicode(self._console.encoding) else "=") * (
            length * stage.done // stage.total
        )
        self._show(f"{text} {bar:{length}} {end}")

    def _show(self, text: str) -> None:
        if text != self._line:
            self._clear_line()
            self._console.file.write(set_cell_size(text, self._console.width - 1).rstrip())
            self._console.file.flush()
            self._line = text

    def _say_once(self, text: str) -> None:
        """Print a whole line, if any: what is asked on the terminal must not be overwritten."""
        self._clear_line()
        text = at_home(printable(text))
        if text and text not in self._said:
            self._said.add(text)
            self._console.file.write(f"{text}\n")
            self._console.file.flush()

    def _clear_line(self) -> None:
        if self._line:
            self._console.file.write(_CLEAR)
            self._console.file.flush()
            self._line = ""


def _in_words(stage: Stage | None) -> str:
    """Return what a bar would count, if that has taken long."""
    if stage is None or stage.total < BAR_FROM or time.monotonic() - stage.begun < LATE:
        return ""
    return f"{stage.total} {stage.unit}"
