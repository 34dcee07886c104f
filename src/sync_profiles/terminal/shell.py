"""Paths and commands that users can paste into a shell."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from sync_profiles.disk.config_file import locate_files
from sync_profiles.terminal.streams import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sync_profiles.disk.config_file import FilePaths


def short_path(path: Path) -> str:
    """Return a path for a shell, with `~` for the home directory."""
    home = os.path.expanduser("~") + os.sep  # noqa: PTH111 - Path.home raises if there is none
    text = str(path)
    if text.startswith(home):
        return "~/" + shown(shlex.quote(text.removeprefix(home)))
    return shown(shlex.quote(text))


def line_to_undo(paths: FilePaths) -> str:
    """Return the command that undoes the last write to these files."""
    return " ".join(["sync-profiles undo", *_options(paths)])


def line_to_sync(
    paths: FilePaths, *, session_name: str | None, patterns: Sequence[str] = ()
) -> str:
    """Return the command that syncs all profiles of these files, or those that match `patterns`."""
    selection = [f"--profile {shlex.quote(pattern)}" for pattern in patterns]
    return " ".join(["sync-profiles", *_options(paths), *selection, *_session_name(session_name)])


def line_to_explain(paths: FilePaths, *, session_name: str | None) -> str:
    """Return the command that explains all profiles, or those whose names follow."""
    return " ".join(["sync-profiles explain", *_options(paths), *_session_name(session_name)])


def line_to_aws(paths: FilePaths) -> str:
    """Return the start of a command of the AWS CLI, which has only variables for its files."""
    return " ".join([*_changed(paths, "AWS_CONFIG_FILE=", "AWS_SHARED_CREDENTIALS_FILE="), "aws"])


def _session_name(name: str | None) -> list[str]:
    return [] if name is None else [f"--session-name {shlex.quote(name)}"]


def _options(paths: FilePaths) -> list[str]:
    """Return the options that make a command use these files."""
    return _changed(paths, "--config-file ", "--credentials-file ")


def _changed(paths: FilePaths, config: str, credentials: str) -> list[str]:
    """Return the paths that differ from the usual ones, each after its word."""
    usual = locate_files(config_file=None, credentials_file=None, environ=os.environ)
    words = []
    if paths.config_file != usual.config_file:
        words.append(config + short_path(paths.config_file))
    if paths.credentials_file != usual.credentials_file:
        words.append(credentials + short_path(paths.credentials_file))
    return words
