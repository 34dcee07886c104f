"""The options of `import` that no other command has."""

# without `from __future__ import annotations`: Typer takes the fields' annotations as they are

from dataclasses import dataclass
from typing import Annotated, Literal

import typer


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What to import, and how; or what to check."""

    source: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE",
            help="A file, - for stdin, https://, s3://bucket/key, or git+https://…#path. "
            "Without any, every imported block is updated.",
        ),
    ] = None
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check team files without importing them: no files of yours, no keys, no calls.",
        ),
    ] = False
    source_profile: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Your profile with credentials, for the team's; TEAM=NAME if it has several.",
        ),
    ] = None
    on_conflict: Annotated[
        Literal["keep", "replace", "prefix"] | None,  # those of `OnConflict`
        typer.Option(
            metavar="keep|replace|prefix",
            help="What to do with a profile of the team whose name you already use.",
        ),
    ] = None
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="Accept settings that run programs, load files, redirect requests, record "
            "calls, say where you log in or apply to commands that name no profile, and test "
            "roles in accounts that are new to you.",
        ),
    ] = False
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite edits made by hand inside a block.")
    ] = False
    no_sync: Annotated[
        bool, typer.Option("--no-sync", help="Do not sync the imported profiles.")
    ] = False
