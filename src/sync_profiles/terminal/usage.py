"""Errors in a command line, in our words: a fact and a hint; the command is not run."""

from __future__ import annotations

import inspect
import re
import shlex
import sys
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from sync_profiles.errors import ExitCode, RunError, UsageError
from sync_profiles.terminal.boundary import print_error
from sync_profiles.terminal.completion import is_profile
from sync_profiles.terminal.options import accepted_values
from sync_profiles.terminal.streams import drop_output, spell_out

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALIKE = 0.75


class Command(TyperCommand):
    """One of the commands."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's own
        """Parse the line; raise `UsageError` where a word is left over."""
        ctx.allow_extra_args = True
        left: list[str] = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            selects = any("--profile" in param.opts for param in self.params)
            raise UsageError(
                f"`{ctx.command_path}` takes no argument `{left[0]}`",
                hint=f"to select a profile, use `{ctx.command_path} {_selection(left[0])}`"
                if selects
                else _see_help(ctx),
            )
        return left

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - Typer's own
        """Return the help as stdout can show it."""
        return spell_out(super().get_help(ctx), sys.stdout.encoding)


class Commands(TyperGroup):
    """All commands, and the sync where none is named."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - Typer's own
        """Parse the line up to the command."""
        with _reported():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        """Parse the rest of the line, and run the command."""
        with _reported():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        """Find the command; raise `UsageError` where there is none."""
        word = args[0]
        if ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        if self.get_command(ctx, word) is None:
            near = get_close_matches(word, self.list_commands(ctx), n=1)
            raise UsageError(
                f"there is no command `{word}`",
                hint=f"did you mean `{ctx.command_path} {near[0]}`?"
                if near and not is_profile(ctx, word)
                else f"to select a profile, use `{ctx.command_path} {_selection(word)}`",
            )
        _refuse_options_before(ctx, word)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - as above
        """Return the help as stdout can show it."""
        return spell_out(super().get_help(ctx), sys.stdout.encoding)


def _refuse_options_before(ctx: Any, command: str) -> None:  # noqa: ANN401 - Typer's own
    """Refuse options that a command would not get: `--dry-run undo` must not really undo."""
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"`{option}` comes before `{command}` and has no effect there",
                hint=f"put options after the command: `sync-profiles {command} {option} …`",
            )


@contextmanager
def _reported() -> Iterator[None]:
    """Report what is wrong with the line; a reader of the help who leaves is no failure."""
    try:
        yield
    except RunError as error:
        print_error(error.message, hint=error.hint)
        raise typer.Exit(error.exit_code) from None
    except typer.TyperException as error:
        message, hint = _in_our_words(error)
        print_error(message, hint=hint)
        raise typer.Exit(ExitCode.USAGE) from None
    except BrokenPipeError:
        drop_output()
        raise typer.Exit(ExitCode.OK) from None


def _in_our_words(error: typer.TyperException) -> tuple[str, str]:
    """Return fact and hint; Typer exports only one of its errors, so attributes tell them apart.

    The values that were given are left out: what is wrong with them is a library's prose.
    """
    context: Any = getattr(error, "ctx", None)
    name = getattr(getattr(error, "param", None), "name", None)
    option = getattr(error, "option_name", None)
    possible: list[str] | None = getattr(error, "possibilities", None)
    hint = _see_help(context)
    if hasattr(error, "possibilities"):
        near = get_close_matches(str(option), possible or [], n=1, cutoff=_ALIKE)
        if near:
            hint = f"did you mean `{near[0]}`?"
        return f"there is no option `{option}`", hint
    if name is not None and context is not None:
        declared = inspect.signature(context.command.callback).parameters
        values = accepted_values(declared[name].annotation) if name in declared else None
        if values is not None:
            return f"`--{name.replace('_', '-')}` takes {values}", hint
    words = re.sub(r"'([^']*)'", r"`\1`", error.format_message()).rstrip(".")
    return words[:1].lower() + words[1:], hint


def _see_help(context: Any) -> str:  # noqa: ANN401 - Typer's own
    path = context.command_path if context is not None else "sync-profiles"
    return f"run `{path} --help` to see its options"


def _selection(word: str) -> str:
    return f"--profile {shlex.quote(word)}"
