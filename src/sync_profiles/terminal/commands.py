"""The frame of every command: take options, do the work, print the result, exit with a code."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import wraps
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import typer

from sync_profiles.terminal.boundary import boundary
from sync_profiles.terminal.options import FORMATS, Options, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_profiles.errors import ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command's work ended: what is to be printed, and the exit code.

    `closing_error` is an error and its hint, for the last lines on stderr.
    """

    result: object
    code: ExitCode
    closing_error: tuple[str, str] | None = None


def command(
    name: str, *taken: str, **help_texts: str
) -> Callable[[Callable[..., Ended | None]], Callable[..., None]]:
    """Turn a function into a command that takes these options in addition to its own parameters.

    The function gets the options as one value, its first argument. Its result is printed in the
    format that `--output` names. A function that has printed everything itself returns None.
    """
    formats = FORMATS[name]

    def decorate(function: Callable[..., Ended | None]) -> Callable[..., None]:
        _, *own = inspect.signature(function, eval_str=True).parameters.values()
        shared = parameters(taken, formats=formats, help_texts=help_texts)
        context = inspect.Parameter(
            "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
        )

        @wraps(function)
        def run(context: typer.Context, **values: Any) -> None:  # noqa: ANN401 - Typer's own
            if context.invoked_subcommand is not None:
                return
            options = Options(**{option: values.pop(option) for option in taken})
            with boundary() as ending:
                ended = function(options, **values)
                if ended is not None:
                    # set before printing: a closed pipe must not change the exit code
                    ending.code, ending.closing_error = ended.code, ended.closing_error
                    print_result = resolve_name(f"{__package__}.{formats[options.output]}")
                    print_result(ended.result, options)

        # what Typer reads
        signature = inspect.Signature([context, *own, *shared])
        run.__signature__ = signature  # type: ignore[attr-defined] # as PEP 362 has it
        run.__annotations__ = {
            parameter.name: parameter.annotation for parameter in signature.parameters.values()
        }
        return run

    return decorate
