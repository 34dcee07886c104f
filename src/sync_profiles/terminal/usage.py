"""Report errors in a command line as a fact and a hint, without running the command."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from sync_profiles.errors import ExitCode, RunError, UsageError
from sync_profiles.terminal.boundary import print_error
from sync_profiles.terminal.help import WithHelp
from sync_profiles.terminal.options import accepted_values, is_profile
from sync_profiles.terminal.streams import drop_output
from sync_profiles.text import shell_word

_MIN_SIMILARITY = 0.75
HELP = "help"
#: what people type in place of a command or an option, and what to run
_INSTEAD = {
    "sync": "`sync-profiles` alone is the sync",
    "run": "`sync-profiles` alone is the sync",
    "version": "run `sync-profiles --version`",
    "diff": "run `sync-profiles --dry-run`",
    "list": "run `sync-profiles check --no-test --verbose` to see all profiles",
    "status": "run `sync-profiles check`",
    "test": "run `sync-profiles check`",
    "login": "run `aws login` or `aws sso login`, then `sync-profiles`",
}


class Command(WithHelp, TyperCommand):
    """A command that reports unexpected arguments."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's own
        """Parse the arguments; raise `UsageError` if one is left over."""
        ctx.allow_extra_args = True
        left: list[str] = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            takes = {param.param_type_name for param in self.params}
            is_second = "argument" in takes  # a file, a profile or a number
            selects = not is_second and any("--profile" in param.opts for param in self.params)
            raise UsageError(
                f"`{ctx.command_path}` takes no {'second ' * is_second}argument `{left[0]}`",
                hint=f"to select a profile, use `{ctx.command_path} {_selection(left[0])}`"
                if selects
                else _see_help(ctx),
            )
        return left

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401 - Typer's own
        """Return the words of the usage; Typer puts a required argument in braces."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class Commands(WithHelp, TyperGroup):
    """All commands; without a command, the sync."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - Typer's own
        """Parse the command line up to the command."""
        with _usage_errors_reported():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer's own
        """Parse the rest of the command line and run the command."""
        with _usage_errors_reported():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - Typer's own
        """Find the command; raise `UsageError` if it does not exist."""
        word = args[0]
        if ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        if word == HELP:
            typer.echo(self._help_of(ctx, args[1:]))
            raise typer.Exit
        if self.get_command(ctx, word) is None:
            raise self._no_command(ctx, word)
        _refuse_options_before(ctx, word)
        return super().resolve_command(ctx, args)

    def _no_command(self, ctx: Any, word: str) -> UsageError:  # noqa: ANN401 - Typer's own
        near = get_close_matches(word, self.list_commands(ctx), n=1)
        return UsageError(
            f"there is no command `{word}`",
            hint=f"to select a profile, use `{ctx.command_path} {_selection(word)}`"
            if is_profile(ctx, word)
            else f"did you mean `{ctx.command_path} {near[0]}`?"
            if near
            else _INSTEAD.get(word, f"run `{ctx.command_path} --help` to see the commands"),
        )

    def _help_of(self, ctx: Any, words: list[str]) -> str:  # noqa: ANN401 - Typer's own
        if not words or words[0].startswith("-") or words[0] == HELP:
            return self.get_help(ctx)
        command = self.get_command(ctx, words[0])
        if command is None:
            raise self._no_command(ctx, words[0])
        with command.make_context(words[0], [], parent=ctx, resilient_parsing=True) as context:
            return str(command.get_help(context))


def _refuse_options_before(ctx: Any, command: str) -> None:  # noqa: ANN401 - Typer's own
    """Refuse options that would not reach the command: `--dry-run undo` must not really undo."""
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"`{option}` comes before `{command}` and has no effect there",
                hint=f"put options after the command: `sync-profiles {command} {option} …`",
            )


@contextmanager
def _usage_errors_reported() -> Iterator[None]:
    """Report usage errors; a reader that closes the pipe during the help is not an error."""
    try:
        yield
    except RunError as error:
        print_error(error.message, hint=error.hint)
        raise typer.Exit(error.exit_code) from None
    except typer.TyperException as error:
        message, hint = _describe_error(error)
        print_error(message, hint=hint)
        raise typer.Exit(ExitCode.USAGE) from None
    except BrokenPipeError:
        drop_output()
        raise typer.Exit(ExitCode.OK) from None


def _describe_error(error: typer.TyperException) -> tuple[str, str]:
    """Return fact and hint; Typer exports only one of its errors, so attributes distinguish them.

    The given values are left out, as the library's text about them is not ours.
    """
    context: Any = getattr(error, "ctx", None)
    param: Any = getattr(error, "param", None)
    name = getattr(param, "name", None)
    option = getattr(error, "option_name", None)
    possible: list[str] | None = getattr(error, "possibilities", None)
    hint = _see_help(context)
    if hasattr(error, "possibilities"):
        near = get_close_matches(str(option), possible or [], n=1, cutoff=_MIN_SIMILARITY)
        if near:
            hint = f"did you mean `{near[0]}`?"
        return f"there is no option `{option}`", hint
    if name is not None and context is not None:
        declared = inspect.signature(context.command.callback).parameters
        values = accepted_values(declared[name].annotation) if name in declared else None
        if values is not None:
            is_option = param.param_type_name == "option"
            shown = param.opts[0] if is_option else context.command_path
            return f"`{shown}` takes {values}", hint
    words = re.sub(r"'([^']*)'", r"`\1`", error.format_message()).rstrip(".")
    return words[:1].lower() + words[1:], hint


def _see_help(context: Any) -> str:  # noqa: ANN401 - Typer's own
    path = context.command_path if context is not None else "sync-profiles"
    return f"run `{path} --help` to see its options"


def _selection(word: str) -> str:
    return f"--profile {shell_word(word)}"
