"""What a run waits for, shown on a terminal: a bar for the tests, a line for everything else.

A dumb terminal cannot remove what it shows: there, each text is printed once, and later.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from rich.cells import set_cell_size

from sync_profiles import waiting
from sync_profiles.terminal.streams import at_home, printable
from sync_profiles.waiting import Stage

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

#: with fewer tests than this, a bar would vanish before anyone can read it
BAR_FROM = 6
#: seconds after which a wait is shown
SOON = 0.3
#: the same on a dumb terminal, where it stays
LATE = 0.9
_LOOK_EVERY = 0.2
#: columns of the shortest bar, the time and the blanks, which stay beside a long text
_BESIDE_THE_TEXT = 4 + len("/") + len("0:00:00") + 4
_CLEAR = "\r\x1b[K"


class Display:
    """Shows on stderr what is waited for, and removes it at the end.

    Only whole lines stay: all texts on a dumb terminal, and what is shown while a program has the
    terminal. Each stage has a new bar, so that a bar never runs backwards.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        # a console of Windows that shows escape codes, as that of cmd.exe does, is one, too
        self._is_dumb = console.is_dumb_terminal or console.legacy_windows
        self._progress: Progress | None = None
        self._stage: Stage | None = None
        self._line = ""
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
            self._stop_bar()
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
                self._show_bar(stage)
                self._show(self._timed(waiting.longest_wait(SOON) or ""))

    def _timed(self, text: str) -> str:
        """Return what is waited for, with the seconds since it is shown: a sign of life."""
        now, text = time.monotonic(), at_home(printable(text))
        if text != self._wait:
            self._wait, self._wait_since = text, now
        seconds = int(now - self._wait_since)
        return f"{text}, {seconds} s so far" if text and seconds else text

    def _show_bar(self, stage: Stage | None) -> None:
        if stage is not self._stage:
            self._stop_bar()
            self._stage = stage
        # not before the first step: until then, the user may be asked for a code
        if stage is None or stage.total < BAR_FROM or not stage.done:
            return
        if self._progress is None:
            self._clear_line()
            self._progress = _bar_of(self._console, stage)
        if not self._progress.live.is_started:
            _start(self._progress)
        for task in self._progress.task_ids:
            self._progress.update(task, completed=stage.done)

    def _show(self, text: str) -> None:
        if self._progress is not None and self._stage is not None:
            room = self._console.width - _BESIDE_THE_TEXT - 2 * len(str(self._stage.total))
            what = set_cell_size(text or self._stage.unit, max(room, 0)).rstrip(" ,")
            for task in self._progress.task_ids:
                self._progress.update(task, description=what)
        elif text != self._line:
            self._clear_line()
            self._console.file.write(set_cell_size(text, self._console.width - 1).rstrip())
            self._console.file.flush()
            self._line = text

    def _say_once(self, text: str) -> None:
        """Print a whole line, if any: what is asked on the terminal must not be overwritten."""
        if self._progress is not None:
            self._progress.stop()
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

    def _stop_bar(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _in_words(stage: Stage | None) -> str:
    """Return what a bar would count, if that has taken long."""
    if stage is None or stage.total < BAR_FROM or time.monotonic() - stage.begun < LATE:
        return ""
    return f"{stage.total} {stage.unit}"


def _bar_of(console: Console, stage: Stage) -> Progress:
    # imported here: most runs have nothing to wait for
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),  # so that the bar shrinks first
        TimeRemainingColumn(elapsed_when_finished=True, table_column=Column(no_wrap=True)),
    )
    progress = Progress(*columns, console=console, transient=True)
    progress.add_task(stage.unit, total=stage.total)
    return progress


def _start(progress: Progress) -> None:
    """Show a bar, and the cursor: hidden, it would stay so after Ctrl-Z or a kill."""
    progress.start()
    progress.console.show_cursor()
