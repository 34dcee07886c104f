"""Write results as JSON: one object in ASCII, most of it attributes of values under their names."""

from __future__ import annotations

import json
from operator import attrgetter

import typer

Json = dict[str, object]


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
    typer.echo(json.dumps(head | document, indent=2))
