"""The frame of every command: take options, do the work, print the result, exit with a code.

Errors in a command line are reported as a fact and a hint, without running the command.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from functools import wraps
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from sync_profiles.errors import ExitCode, UsageError
from sync_profiles.terminal.boundary import Ended, boundary, end, print_note
from sync_profiles.terminal.help import WithHelp
from sync_profiles.terminal.options import (
    Options,
    accepted_values,
    is_profile,
    parameters,
    printer_of,
)
from sync_profiles.terminal.shell import remember
from sync_profiles.text import shell_word

if TYPE_CHECKING:
    from sync_profiles.report import Report

_MIN_SIMILARITY = 0.75
_HELP = "help"
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
        try:
            left: list[str] = super().parse_args(ctx, args)
        except typer.TyperException as error:
            if getattr(error, "ctx", None) is None:  # as where an option has no value
                error.__dict__["ctx"] = ctx
            raise
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
        with _usage_errors_reported() as ctx.obj:
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - Typer's own
        """Find the command; raise `UsageError` if it does not exist."""
        word = args[0]
        if ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        if word == _HELP:
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
        if not words or words[0].startswith("-") or words[0] == _HELP:
            return self.get_help(ctx)
        command = self.get_command(ctx, words[0])
        if command is None:
            raise self._no_command(ctx, words[0])
        with command.make_context(words[0], [], parent=ctx, resilient_parsing=True) as context:
            return str(command.get_help(context))


app = typer.Typer(
    name="sync-profiles",
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(
    name: str,
    *taken: str,
    short_help: str | None = None,
    own: type[Any] | None = None,
    **help_texts: str,
) -> Callable[[Callable[..., Ended | None]], Callable[..., None]]:
    """Turn a function into a command that takes these options, and those that are its own.

    The function gets the options as one value, and what the dataclass `own` declares as a second
    one. Its result is printed in the format that `--output` names. A function that has printed
    everything itself returns None. `short_help` is short enough for one line of the help; the sync,
    which runs without a command, has none.
    """

    def decorate(function: Callable[..., Ended | None]) -> Callable[..., None]:
        @wraps(function)
        def run(context: typer.Context, **values: Any) -> None:  # noqa: ANN401 - Typer's own
            if context.invoked_subcommand is not None:
                return
            options = Options(**{option: values.pop(option) for option in taken})
            remember(name, options)
            ends: list[Ended] = context.obj
            ends.append(Ended(result=None, code=None))
            ended = function(options) if own is None else function(options, own(**values))
            if ended is None:
                return
            ends.append(ended)  # before printing: a closed pipe must not change the exit code
            for note in () if options.quiet else ended.notes:
                print_note(note)
            printer = printer_of(name, ended.mode, options.output)
            code = resolve_name(f"{__package__}.{printer}")(ended.result, options)
            ends.append(ended if ended.code is not None else replace(ended, code=code))
            sys.stdout.flush()
            raise end(ends[-1])

        context = inspect.Parameter(
            "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )
        further = [] if own is None else parameters(own, command=name)
        shared = parameters(Options, command=name, taken=taken, help_texts=help_texts)
        # what Typer reads
        signature = inspect.Signature([context, *further, *shared])
        run.__signature__ = signature  # type: ignore[attr-defined] # as PEP 362 has it
        run.__annotations__ = {
            parameter.name: parameter.annotation for parameter in signature.parameters.values()
        }
        if short_help is None:
            app.callback(invoke_without_command=True)(run)
        else:
            app.command(name, cls=Command, short_help=short_help)(run)
        return run

    return decorate


def ended_of(report: Report) -> Ended:
    """Return how a sync or a check ended; the closing error says what no row shows."""
    from sync_profiles.report import exit_code

    code = exit_code(report)
    closing_error = None
    if not report.is_readable:
        closing_error = "no test was sent: the AWS CLI cannot read these files"
    elif code is ExitCode.CANNOT_RUN and report.survey.callers:
        closing_error = "no test was sent: no source has an identity"
    elif code is ExitCode.CANNOT_RUN:
        closing_error = "no test was sent: no profile has a source with credentials"
    return Ended(result=report, code=code, notes=report.survey.notes, closing_error=closing_error)


def _refuse_options_before(ctx: Any, command: str) -> None:  # noqa: ANN401 - Typer's own
    """Refuse options that would not reach the command: `--dry-run undo` must not really undo."""
    own = [option for each in ctx.command.get_command(ctx, command).params for option in each.opts]
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"`{option}` comes before `{command}` and has no effect there",
                hint=f"put options after the command: `sync-profiles {command} {option} …`"
                if option in own
                else f"leave it out: `{command}` has no such option",
            )


@contextmanager
def _usage_errors_reported() -> Iterator[list[Ended]]:
    with boundary() as ends:
        try:
            yield ends
        except typer.TyperException as error:
            raise _usage_error(error) from None


def _usage_error(error: typer.TyperException) -> UsageError:
    """Return Typer's error as ours; it exports only one of them, so attributes distinguish them.

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
        return UsageError(f"there is no option `{option}`", hint=hint)
    if name is not None and context is not None:
        declared = inspect.signature(context.command.callback).parameters
        values = accepted_values(declared[name].annotation) if name in declared else None
        if values is not None:
            is_option = param.param_type_name == "option"
            shown = param.opts[0] if is_option else context.command_path
            return UsageError(f"`{shown}` takes {values}", hint=hint)
    words = re.sub(r"'([^']*)'", r"`\1`", error.format_message()).rstrip(".")
    return UsageError(words[:1].lower() + words[1:], hint=hint)


def _see_help(context: Any) -> str:  # noqa: ANN401 - Typer's own
    path = context.command_path if context is not None else "sync-profiles"
    return f"run `{path} --help` to see its options"


def _selection(word: str) -> str:
    return f"--profile {shell_word(word)}"
