"""Ask the AWS CLI itself whether it can load the plugins of the config file.

Only its own Python can tell: version 1 imports every module of `[plugins]`, version 2 only with
`cli_legacy_plugin_path`, and each has modules of its own. It loads them at every command.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from sync_profiles.model import FileKind, Place, Problem
from sync_profiles.programs import Program, find_program
from sync_profiles.shapes import mask_words
from sync_profiles.text import one_line, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.config.document import Section
    from sync_profiles.config.profiles import ParsedTexts

PATIENCE = 20.0
_PROFILES = frozenset({"AWS_PROFILE", "AWS_DEFAULT_PROFILE"})


def plugin_problem(texts: ParsedTexts, environ: Mapping[str, str]) -> Problem | None:
    """Return the problem of `[plugins]` at which every `aws` command stops, if there is one.

    Without the command `aws`, nothing is known.
    """
    section = texts.config.sections.get("plugins")
    aws = find_program("aws") if section is not None and section.options else None
    if aws is None or section is None:
        return None
    said = _error_of(aws, environ, str(texts.paths.config_file))
    if said is None or _error_of(aws, environ, os.devnull) is not None:
        return None
    line = _line_of(section, said)
    return Problem(
        code="plugin-unusable",
        place=Place(file=FileKind.CONFIG, line=line),
        message=f"every `aws` command stops at `[plugins]`: {quote(said)}",
        hint="remove the plugin, or install its module where the AWS CLI finds it",
    )


def _error_of(aws: str, environ: Mapping[str, str], config_file: str) -> str | None:
    """Return the last line that `aws --version` prints if it fails with this config file."""
    own = {name: value for name, value in environ.items() if name not in _PROFILES}
    try:
        program = Program(
            [aws, "--version"],
            seconds=PATIENCE,
            env=own | {"AWS_CONFIG_FILE": config_file},
            stdin=subprocess.DEVNULL,
        )
        _, stderr = program.communicate()
    except (OSError, subprocess.TimeoutExpired):
        return None
    if program.returncode == 0:
        return None
    lines = stderr.decode("utf-8", "replace").split("\n")
    return mask_words(one_line(next((line for line in reversed(lines) if line.strip()), "")))


def _line_of(section: Section, said: str) -> int:
    """Return the line of the module that is named, or else of the section's header."""
    return next(
        (
            option.line
            for option in section.options.values()
            if option.value and f"'{option.value.partition('.')[0]}" in said
        ),
        section.line,
    )
