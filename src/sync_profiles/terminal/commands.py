"""The frame of every command: take options, do the work, print the result, exit with a code."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import typer

from sync_profiles.errors import ExitCode
from sync_profiles.terminal.boundary import boundary, print_note
from sync_profiles.terminal.options import Options, parameters, printer_of
from sync_profiles.terminal.shell import remember
from sync_profiles.terminal.usage import Command, Commands

if TYPE_CHECKING:
    from sync_profiles.report import Report

app = typer.Typer(
    name="sync-profiles",
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command's work ended: what is to be printed, and the exit code.

    `mode` is the option that makes the command print something else, as in `FORMATS`. `code` is
    None if it is known only when all is printed: the function that prints returns it.
    `closing_error` is the last line on stderr, for what the report itself explains; `notes` come
    before what is printed, and not with `--quiet`.
    """

    result: object
    code: ExitCode | None
    mode: str = ""
    notes: tuple[str, ...] = ()
    closing_error: str | None = None


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
            with boundary() as ending:
                ended = function(options) if own is None else function(options, own(**values))
                if ended is not None:
                    # set before printing: a closed pipe must not change the exit code
                    ending.code, ending.closing_error = ended.code, ended.closing_error
                    ending.has_written = bool(getattr(ended.result, "written", ()))
                    for note in () if options.quiet else ended.notes:
                        print_note(note)
                    printer = printer_of(name, ended.mode, options.output)
                    print_result = resolve_name(f"{__package__}.{printer}")
                    code = print_result(ended.result, options)
                    ending.code = code if ended.code is None else ended.code

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
