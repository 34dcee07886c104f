"""Write results as JSON, in ASCII and most of it attributes of values."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path

import typer

from sync_profiles.disk.config_file import WrittenFile
from sync_profiles.model import FileKind, Problem
from sync_profiles.redaction import mask_shown
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


def print_document(command: str, document: Json, *, hides_secrets: bool = True) -> None:
    """Print what a command has found, an object, with its version.

    What is to be copied, as a policy, has no secrets, and must not lose what looks like one.
    """
    head: Json = {"version": 1, "command": command}
    mask = mask_shown if hides_secrets else str
    typer.echo(json.dumps(_shown(head | document, mask, is_advice=False), indent=2))


def print_json(command: str, paths: Mapping[FileKind, Path], document: Json) -> None:
    """Print what a command did with the files."""
    print_document(command, {f"{kind}_file": str(path) for kind, path in paths.items()} | document)


def problem_json(problem: Problem, paths: Mapping[FileKind, Path]) -> Json:
    """Return a problem of the files."""
    return {
        "file": str(paths[problem.place.file]),
        "line": problem.place.line,
        **pick(problem, "profile", "code", "message", "hint"),
    }


def backups_json(written: tuple[WrittenFile, ...]) -> list[str]:
    """Return the backups of the files that were written."""
    return [str(file.backup) for file in written if file.backup is not None]


def _shown(value: object, mask: Callable[[str], str], *, is_advice: bool) -> object:
    """Return a value with each text masked; those of advice repeat the options of this run."""
    match value:
        case str():
            return with_run_options(mask(value)) if is_advice else mask(value)
        case dict():
            return {
                mask(key): _shown(each, mask, is_advice=is_advice or key in _ADVICE)
                for key, each in value.items()
            }
        case list() | tuple():
            return [_shown(each, mask, is_advice=is_advice) for each in value]
        case _:
            return value
