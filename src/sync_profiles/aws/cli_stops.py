"""Ask what stops the AWS CLI before it makes a call: its plugins, or settings that it cannot use.

Only the Python of the AWS CLI itself can tell of plugins: version 1 imports every module of
`[plugins]`, version 2 only with `cli_legacy_plugin_path`, and each has modules of its own. It loads
them at every command.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sync_profiles.config.document import Section
from sync_profiles.config.profiles import ParsedTexts
from sync_profiles.model import FileKind, Place, Problem
from sync_profiles.programs import Program, find_program
from sync_profiles.shapes import mask_words
from sync_profiles.text import one_line, quote

if TYPE_CHECKING:
    import botocore.session

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
    said = _error_of(aws, environ, str(texts.paths[FileKind.CONFIG]))
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


def unusable_setting(session: botocore.session.Session) -> str | None:
    """Return the first setting that the AWS CLI's botocore cannot use, None where it can use all.

    A test overrides them. Each is used here as botocore uses it, so that botocore decides.
    """
    from botocore.config import Config  # imported here because most runs have none of them
    from botocore.utils import InstanceMetadataFetcher, resolve_imds_endpoint_mode

    value = session.get_config_variable
    timeout, attempts = "metadata_service_timeout", "metadata_service_num_attempts"
    mode, endpoint = "ec2_metadata_service_endpoint_mode", "ec2_metadata_service_endpoint"

    def use_max_attempts() -> None:
        most = value("max_attempts")
        if most is not None:
            Config(retries={"total_max_attempts": most})

    # in the order in which the AWS CLI meets them
    uses: Mapping[str, Callable[[], object]] = {
        timeout: lambda: value(timeout),
        attempts: lambda: value(attempts),
        mode: lambda: resolve_imds_endpoint_mode(session),
        endpoint: lambda: InstanceMetadataFetcher(config={endpoint: value(endpoint)}),
        "max_attempts": use_max_attempts,
    }
    for key, use in uses.items():
        try:
            use()
        except Exception:  # noqa: BLE001 - whatever it raises ends the AWS CLI
            return key
    return None
