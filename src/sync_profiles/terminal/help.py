"""The help of the commands: options in groups, examples, environment variables, exit codes."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sync_profiles import DOCUMENTATION
from sync_profiles.terminal.streams import as_printed

#: the groups of options after the first, which has all others
GROUPS: Mapping[str, Sequence[str]] = {
    "How": ("mfa_code", "jobs"),
    "Output": ("output", "quiet", "verbose"),
    "Files": ("config_file", "credentials_file"),
    "Other options": ("version", "install_completion", "show_completion", "help"),
}
# in narrower terminals, Typer writes lines that the terminal breaks
_NARROWEST_OF_TYPER = 52
FIRST_GROUP = "What to do"

#: command lines that people need first, by command; the sync's name is empty
EXAMPLES: Mapping[str, Mapping[str, str]] = {
    "": {
        "sync-profiles --ask": "show the changes, ask, and write them",
        "sync-profiles -p 'prod-*'": "sync the profiles whose names start with prod-",
    },
    "check": {
        "sync-profiles check": "show which profiles will be rejected, and why",
        "sync-profiles check -p admin --output json": "one profile, for a script",
    },
    "explain": {
        "sync-profiles explain admin": "find out why AWS rejects profile admin",
        "sync-profiles explain": "explain every profile that is rejected",
    },
    "undo": {
        "sync-profiles undo --list": "show what can be undone",
        "sync-profiles undo 2 --dry-run": "show what undoing write 2 changes",
    },
    "import": {
        "sync-profiles import git+https://git.example.com/team/aws.git#config": (
            "import from a repository"
        ),
        "sync-profiles import": "update what was imported",
        "sync-profiles import --check aws/config": "check the team's file that you keep",
    },
    "trust-policy": {
        "sync-profiles trust-policy --caller 111111111111": "write one for an account's users",
        "sync-profiles trust-policy --check policy.json": "find out what is wrong with a policy",
    },
    "who": {
        "sync-profiles who admin --since 7d": "show who used the role of profile admin",
        "sync-profiles who admin --me --wait": "see your own name in CloudTrail after a sync",
    },
    "demo": {
        "sync-profiles demo": "see a sync, `explain` and `who` on a simulated AWS",
        "sync-profiles demo --shell": "try the commands yourself there",
    },
}

ENVIRONMENT = {
    "AWS_CONFIG_FILE": "the config file, instead of ~/.aws/config",
    "AWS_SHARED_CREDENTIALS_FILE": "the credentials file, instead of ~/.aws/credentials",
    "NO_COLOR, FORCE_COLOR": "never use colors, or always",
}

EXIT_CODES = {
    "0": "every selected profile is accepted",
    "1": "at least one is not",
    "2": "wrong usage",
    "3": "the run could not be done",
    "130": "interrupted",
}
#: what the first two mean for commands that are not only about selected profiles
OTHER_EXIT_CODES: Mapping[str, Mapping[str, str]] = {
    "import": {
        "0": "every imported profile is accepted, or --no-sync; with --check, no file has an error",
        "1": "one is not, or a source could not be read; with --check, a file has an error",
    },
    "trust-policy": {
        "0": "written, or nothing was found, or the call is accepted",
        "1": "something was found, or the call is not accepted",
    },
    "who": {
        "0": "every region was read",
        "1": "one could not be read, or --me found no switch under your name",
    },
}


class WithHelp:
    """A command with our help, before Typer's class among its bases."""

    def get_help(self, ctx: Any) -> str:  # noqa: ANN401 - Typer's own
        """Return the help, wrapped for a narrow terminal too, as stdout can show it."""
        columns = shutil.get_terminal_size().columns
        if columns < _NARROWEST_OF_TYPER:
            ctx.terminal_width = columns - 2
        text = super().get_help(ctx)  # type: ignore[misc] # of Typer's class
        return as_printed(text, sys.stdout.encoding)

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer's own
        """Write everything that follows the description of the command."""
        commands = getattr(self, "commands", {})
        _write_table(
            formatter,
            "Commands",
            ((name, each.get_short_help_str(limit=200)) for name, each in commands.items()),
        )
        _write_table(formatter, "Arguments", arguments_of(self, ctx))
        for title, options in groups_of(self, ctx):
            _write_table(formatter, title, options)
        name = ctx.info_name if ctx.parent is not None else ""
        with formatter.section("Examples"):
            for line, meaning in EXAMPLES[name].items():
                lines = textwrap.wrap(meaning, formatter.width - 4)
                formatter.write("".join(f"  # {text}\n" for text in lines) + f"  $ {line}\n")
        taken = {parameter.name for parameter in ctx.command.get_params(ctx)}
        if "config_file" in taken:
            _write_table(formatter, "Environment variables", ENVIRONMENT.items())
        if "jobs" in taken or name in OTHER_EXIT_CODES:
            codes = {**EXIT_CODES, **OTHER_EXIT_CODES.get(name, {})}
            _write_table(formatter, "Exit codes", codes.items())
        formatter.write(f"\nDocumentation: {DOCUMENTATION}\n")


def groups_of(command: Any, context: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:  # noqa: ANN401 - Typer's own
    """Yield each group of options that a command has: its title, and names with their help."""
    options = {
        option.name: option
        for option in command.get_params(context)
        if option.param_type_name == "option"
    }
    grouped = {name for names in GROUPS.values() for name in names}
    own = [name for name in options if name not in grouped]
    for title, names in {FIRST_GROUP: own, **GROUPS}.items():
        taken = [_option(options[name]) for name in names if name in options]
        if taken:
            yield title, taken


def arguments_of(command: Any, context: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - Typer's own
    """Yield a command's arguments with their help."""
    for parameter in command.get_params(context):
        if parameter.param_type_name == "argument":
            yield parameter.metavar, parameter.help


def _write_table(formatter: Any, title: str, rows: Any) -> None:  # noqa: ANN401 - Typer's own
    listed = list(rows)
    if listed:
        with formatter.section(title):
            # in a narrow terminal, a long name has a line of its own
            formatter.write_dl(listed, col_max=min(30, formatter.width // 2 - 5))


def _option(option: Any) -> tuple[str, str]:  # noqa: ANN401 - Typer's own
    names = ", ".join(sorted(option.opts, key=len))
    if not option.is_flag:
        names = f"{names} {option.metavar}"
    default = option.default
    has_default = isinstance(default, str | int) and not isinstance(default, bool)
    return names, f"{option.help}  [default: {default}]" if has_default else option.help
