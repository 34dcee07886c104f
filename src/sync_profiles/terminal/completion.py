"""Profile names for shell completion, read from the files alone; failures are silent."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import typer  # noqa: TC002 - Typer reads the annotation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Characters that no shell treats specially: Typer's zsh script evaluates the names.
_PLAIN = re.compile(r"[\w.@%+/=,-]+", re.ASCII)


def complete_profiles(context: typer.Context, incomplete: str) -> list[str]:
    """Return the profiles with a role that start with the typed text, in file order.

    Names that would need quoting in a shell are left out.
    """
    return [
        name for name in _known(context) if name.startswith(incomplete) and _PLAIN.fullmatch(name)
    ]


def is_profile(context: typer.Context, word: str) -> bool:
    """Return whether a word on the command line is the name of a profile with a role."""
    return word in _known(context)


def _known(context: typer.Context) -> list[str]:
    names: list[str] = []
    with suppress(Exception):  # a traceback would garble the prompt
        files = [context.params.get(name) for name in ("config_file", "credentials_file")]
        names += _names(*files)
    return names


def _names(config_file: Path | None, credentials_file: Path | None) -> Iterator[str]:
    import os

    from sync_profiles.config.profiles import parse_texts
    from sync_profiles.disk.config_file import locate_files
    from sync_profiles.disk.files import ConfigFiles

    files = ConfigFiles(
        paths=locate_files(
            config_file=config_file, credentials_file=credentials_file, environ=os.environ
        )
    )
    for profile in parse_texts(files.read(), files.paths).profiles.with_role():
        yield profile.name
