"""The options of `who` that no other command has."""

# without `from __future__ import annotations`: Typer takes the fields' annotations as they are

from dataclasses import dataclass
from typing import Annotated

import typer

from sync_profiles.terminal.completion import complete_profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoOptions:
    """Whose events to look up, where, and since when."""

    profile: Annotated[
        str,
        typer.Argument(
            metavar="PROFILE",
            help="The profile whose role it is about; its session looks the events up.",
            autocompletion=complete_profiles,
        ),
    ]
    since: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            help="From when on: 24h, 7d, or a date as 2026-11-01, in UTC; at most 90 days ago.",
        ),
    ] = "7d"
    region: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGION",
            help="Look here too, beside the profile's region and that of global endpoints, "
            "us-east-1; repeatable.",
        ),
    ] = None
    name: Annotated[
        str | None,
        typer.Option(metavar="SESSION_NAME", help="Show what the sessions of this name did."),
    ] = None
    key: Annotated[
        str | None,
        typer.Option(
            metavar="ASIA…", help="Show who is behind this temporary access key ID, and its calls."
        ),
    ] = None
    me: Annotated[bool, typer.Option("--me", help="Show only your own switches.")] = False
    wait: Annotated[
        bool,
        typer.Option(
            "--wait",
            help="With --me: look again until one has your name; events take about 5 minutes.",
        ),
    ] = False
