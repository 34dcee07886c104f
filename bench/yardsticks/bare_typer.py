"""An empty Typer app: what `--help`, `--version` and completion cost every program."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the signature is Typer's
    if wanted:
        typer.echo("bare-typer 1.0")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Do nothing."""


if __name__ == "__main__":
    app(prog_name="bare-typer")
