"""Typer's own complaints about a command line: they quote its words, here inert."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from sync_profiles.terminal.inert import inert
from sync_profiles.terminal.secrets import mask_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator


class InertGroup(TyperGroup):
    """The commands; a wrong word on the line does nothing to the terminal that it is told on."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - Typer's own
        """Parse the line up to the command."""
        with _told_inert():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """Parse the rest of the line, and run the command."""
        with _told_inert():
            return super().invoke(ctx)


@contextmanager
def _told_inert() -> Iterator[None]:
    try:
        yield
    except typer.TyperException as error:
        message = getattr(error, "message", None)
        if isinstance(message, str):
            error.message = inert(
                mask_addresses(message), keep="\n"
            )  # a UsageError, which Typer does not export
        raise
