"""Print what `trust-policy` found as JSON, version 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from sync_profiles.terminal.options import Options
    from sync_profiles.trust_policy.formats import Written


def print_result(written: Written, _: Options) -> None:
    """Print a result as one object."""
    found = {"policy": written.policy, "text": written.text}
    typer.echo(json.dumps({"version": 1, "command": "trust-policy", **found}, indent=2))
