"""The reference of each command, from the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

import sync_profiles.cli  # noqa: F401 - it declares the commands
from sync_profiles.terminal.commands import app
from sync_profiles.terminal.help import EXAMPLES, arguments_of, groups_of

#: the commands; the sync's name is empty
NAMES = tuple(EXAMPLES)
CODE = re.compile(
    r"(?<![`\w])(?:--[a-z][\w-]*|\$\{[^}]+\}|~/[.\w/]*\w|[A-Z]+(?:_[A-Z]+)+|[a-z]+(?:_[a-z]+)+"
    r"|TEAM=NAME|git\+https://\S+#path|s3://\S+(?=,)|https://(?=,)|SOURCE|FILE)(?![`\w])"
)


def describe(name: str) -> str:
    """Return the usage, arguments, options and examples of a command."""
    with _context(name) as context:
        return "\n".join(_lines(name, context.command, context)) + "\n"


def _context(name: str) -> Any:  # noqa: ANN401 - Typer's own
    group: Any = typer.main.get_command(app)
    context = group.make_context("sync-profiles", [], resilient_parsing=True)
    if not name:
        return context
    return group.commands[name].make_context(name, [], parent=context, resilient_parsing=True)


def _lines(name: str, command: Any, context: Any) -> Iterator[str]:  # noqa: ANN401 - as above
    program = f"sync-profiles {name}".strip()
    usage = " ".join([program, *command.collect_usage_pieces(context)])
    yield from ("```text", usage, "```", "")
    for paragraph in command.help.split("\n\n"):
        yield from (as_markdown(" ".join(paragraph.split())), "")
    for argument, text in arguments_of(command, context):
        yield from (f"`{argument}`", f": {as_markdown(text)}", "")
    yield from (f"```{{program}} {program}", "```", "")
    for title, options in groups_of(command, context):
        yield from (f"**{title}**", "")
        for names, text in options:
            yield from (f"```{{option}} {names}", as_markdown(text), "```", "")
    yield from ("**Examples**", "")
    for line, meaning in EXAMPLES[name].items():
        yield from (f"`{line}`", f": {as_markdown(meaning)}", "")


def as_markdown(text: str) -> str:
    """Return a help text with options, variables and paths as code."""
    return CODE.sub(r"`\g<0>`", text).replace("*", r"\*")
