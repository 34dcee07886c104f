"""Write results as JSON, in ASCII and most of it attributes of values, or as Markdown.

In Markdown, nothing takes effect but the literals in backticks.
"""

from __future__ import annotations

import json
import re
import sys
from operator import attrgetter
from typing import TYPE_CHECKING

import typer

from sync_profiles.terminal.shell import with_run_options
from sync_profiles.terminal.streams import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

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


_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~])")
# three backticks would begin something else
_CODE = re.compile(r"((?<!`)`[^`]+`(?!`))")


def write_list(lines: Iterable[str]) -> None:
    """Write texts as the items of a list."""
    sys.stdout.writelines(f"- {markdown(line)}\n" for line in lines)


def write_titles(*titles: str) -> None:
    """Write the head of a table."""
    sys.stdout.write(f"| {' | '.join(titles)} |\n| {' | '.join(['---'] * len(titles))} |\n")


def write_row(*cells: str) -> None:
    """Write a row of a table, from texts."""
    sys.stdout.write(f"| {' | '.join(map(markdown, cells))} |\n")


def markdown(text: str) -> str:
    """Return text as Markdown in which nothing takes effect but the literals in backticks."""
    parts = _CODE.split(printable(with_run_options(text)))
    return "".join(
        part.replace("|", "\\|") if number % 2 else _ACTIVE.sub(r"\\\1", part)
        for number, part in enumerate(parts)
    )
