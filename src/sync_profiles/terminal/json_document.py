"""Write results as JSON, in ASCII and most of it attributes of values."""

from __future__ import annotations

import json
from operator import attrgetter

import typer

from sync_profiles.terminal.shell import with_run_options

Json = dict[str, object]
#: the keys whose texts advise commands
_ADVICE = {"hint", "missing_source_profiles", "notes", "statement"}


def pick(value: object, *keys: str, **renamed: str) -> Json:
    """Return attributes of a value, each under its name, or under another: `line="place.line"`.

    They are named one by one, since a document has only what the reference documents. Of None, all
    are None.
    """
    names = {key: key for key in keys} | renamed
    return {key: None if value is None else attrgetter(name)(value) for key, name in names.items()}


def print_document(command: str, document: Json) -> None:
    """Print what a command has found, an object, with its version."""
    head: Json = {"version": 1, "command": command}
    typer.echo(json.dumps(_complete(head | document, is_advice=False), indent=2))


def _complete(value: object, *, is_advice: bool) -> object:
    """Return a value in which the texts of advice repeat the options of this run."""
    match value:
        case str() if is_advice:
            return with_run_options(value)
        case dict():
            return {
                key: _complete(each, is_advice=is_advice or key in _ADVICE)
                for key, each in value.items()
            }
        case list() | tuple():
            return [_complete(each, is_advice=is_advice) for each in value]
        case _:
            return value
