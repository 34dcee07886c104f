"""Where the demo's story is told: sentences, commands and what they print."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.terminal.wiring import stdout_console

if TYPE_CHECKING:
    from collections.abc import Sequence


class Stage:
    """A terminal, or whatever stdout is."""

    def __init__(self) -> None:
        self._console = stdout_console()

    def say(self, text: str) -> None:
        """Show a sentence of the story."""
        self._console.print()
        self._console.print(Text(text, style="bold"))

    def command(self, words: Sequence[str]) -> None:
        """Show a command that is about to run."""
        self._console.print(Text(f"$ {shlex.join(words)}", style="green"), soft_wrap=True)

    def output(self, text: str) -> None:
        """Show what a command printed, as it printed it."""
        sys.stdout.write(text.strip("\n") + "\n")
        sys.stdout.flush()
