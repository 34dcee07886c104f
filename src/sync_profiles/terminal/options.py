"""The options of the command line: what means the same is named the same everywhere."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sync_profiles.terminal.completion import complete_profiles


class Output(StrEnum):
    """What goes to stdout."""

    TABLE = "table"
    JSON = "json"


#: test switches at once, where `--jobs` says nothing else
JOBS = 16
MOST_JOBS = 256
#: what the options take that do not take every text, by parameter
VALUES = {
    "jobs": f"a whole number from 1 to {MOST_JOBS}",
    "on_conflict": "`keep`, `replace` or `prefix`",
    "output": "`table` or `json`",
}

ProfileOption = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="GLOB",
        help="Only these profiles; repeatable.",
        autocompletion=complete_profiles,
    ),
]
ConfigFileOption = Annotated[
    Path | None,
    typer.Option(metavar="PATH", help="Instead of AWS_CONFIG_FILE or ~/.aws/config."),
]
CredentialsFileOption = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH", help="Instead of AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials."
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", "-n", help="Show what would change; write nothing.")
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Also replace names that differ and are accepted.")
]
SessionNameOption = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help="This name instead of the caller's; ${aws:username} in it is the user's name.",
    ),
]
NoTestOption = Annotated[bool, typer.Option("--no-test", help="Send no test switch.")]
OfflineOption = Annotated[
    bool, typer.Option("--no-test", help="Answer from the files alone, without a network.")
]
MfaCodeOption = Annotated[
    str | None,
    typer.Option(metavar="CODE", help="The MFA code, for scripts; a person is asked."),
]
OutputOption = Annotated[Output, typer.Option(help="What goes to stdout.")]
JobsOption = Annotated[
    int, typer.Option(min=1, max=MOST_JOBS, metavar="N", help="Test switches at once.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only what is not accepted.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Explain every profile.")]
