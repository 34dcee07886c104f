"""All options, declared once: a command names the options it takes and gets them as one value.

Each format of `--output` names the function of this package that prints it.

The shell completes the names of profiles, which are read from the files; failures are silent.
"""

# without `from __future__ import annotations`: Typer takes the fields' annotations as they are.
# The dataclasses are neither frozen nor compared: each method that Python generates makes the start
# longer.

import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, Field, dataclass, field
from inspect import Parameter
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from sync_profiles import __version__
from sync_profiles.errors import UsageError

#: number of tests to run at once without `--jobs`
JOBS = 16
MOST_JOBS = 256
# Characters that no shell treats specially: Typer's zsh script evaluates the names.
_PLAIN = re.compile(r"[\w.@%+/=,-]+")
#: by command, then by the option that makes it print something else (`""` without one), then by
#: format: a module of this package and its function, which takes the result and the `Options`
FORMATS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "sync": {"": {"table": "report_table:print_sync", "json": "report_output:print_report"}},
    "check": {
        "": {
            "table": "report_table:print_check",
            "json": "report_output:print_report",
            "markdown": "report_output:print_markdown",
        },
    },
    "explain": {
        "": {"table": "inquiry_table:print_inquiry", "json": "inquiry_json:print_inquiry"},
        "--letter": {"table": "inquiry_table:print_letters", "json": "inquiry_json:print_inquiry"},
    },
    "undo": {
        "": {"table": "undo_output:print_undo", "json": "undo_output:print_undo_json"},
        "--list": {"table": "undo_output:print_records", "json": "undo_output:print_records_json"},
    },
    "import": {
        "": {"table": "import_output:print_import", "json": "import_output:print_import_json"},
        "--check": {
            "table": "team_check:print_table",
            "json": "team_check:print_json",
            "github": "team_check:print_annotations",
        },
    },
    "trust-policy": {
        "": {
            "table": "trust_policy_output:print_policy",
            "json": "trust_policy_output:print_policy_json",
        },
        "--as": {
            "table": "trust_policy_output:print_answer",
            "json": "trust_policy_output:print_answer_json",
        },
        "--check": {
            "table": "trust_policy_output:print_checked",
            "json": "trust_policy_output:print_checked_json",
        },
        "--all-roles": {
            "table": "trust_policy_output:print_audit",
            "json": "trust_policy_output:print_audit_json",
            "markdown": "trust_policy_output:print_audit_markdown",
        },
    },
    "who": {
        "": {
            "table": "who_output:print_table",
            "json": "who_output:print_json",
            "markdown": "who_output:print_markdown",
        },
    },
    "demo": {},
}


def complete_profiles(context: typer.Context, incomplete: str) -> list[str]:
    """Return the profiles with a role that start with the typed text, in file order.

    Names that would need quoting in a shell are left out.
    """
    return [
        name for name in _names(context) if name.startswith(incomplete) and _PLAIN.fullmatch(name)
    ]


def is_profile(context: typer.Context, word: str) -> bool:
    """Return whether a word on the command line is the name of a profile with a role."""
    return word in _names(context)


def _names(context: typer.Context) -> list[str]:
    with suppress(Exception):  # a traceback would garble the prompt
        import os

        from sync_profiles.config.profiles import parse_texts
        from sync_profiles.disk.config_file import ConfigFiles, locate_files
        from sync_profiles.model import FileKind

        options = {kind: context.params.get(f"{kind}_file") for kind in FileKind}
        files = ConfigFiles(paths=locate_files(options, os.environ))
        return [profile.name for profile in parse_texts(files.read()).profiles.with_role()]
    return []


def option(*short: str, default: object = None, **settings: Any) -> Any:  # noqa: ANN401 - like `field`: of any type
    """Declare an option in a dataclass: its long name is that of the field."""
    return field(default=default, metadata={"short": short, **settings})


def flag(*short: str, **settings: Any) -> Any:  # noqa: ANN401 - like `field`: of any type
    """Declare an option without a value."""
    return option(*short, default=False, **settings)


def argument(*, default: object = None, **settings: Any) -> Any:  # noqa: ANN401 - like `field`: of any type
    """Declare an argument in a dataclass; it is required if its default is `MISSING`."""
    return field(default=default, metadata=settings)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the signature is Typer's
    if wanted:
        typer.echo(f"sync-profiles {__version__}")
        raise typer.Exit


@dataclass(kw_only=True, eq=False, repr=False)
class Options:
    """The options that several commands take; those a command does not take have their defaults."""

    profile: list[str] | None = option(
        "-p",
        metavar="GLOB",
        help="Only these profiles; repeatable.",
        autocompletion=complete_profiles,
    )
    dry_run: bool = flag("-n", help="Show what would change; write nothing.")
    ask: bool = flag(help="Show what would change, ask, then write.")
    overwrite: bool = flag(help="Also replace names that differ and are accepted.")
    session_name: str | None = option(
        metavar="TEXT",
        help="Use this name, not the caller's; ${aws:username} in it is the user's name.",
    )
    no_test: bool = flag(help="Do not test the profiles.")
    mfa_code: str | None = option(
        metavar="CODE", help="The MFA code, for scripts; on a terminal you are asked for it."
    )
    config_file: Path | None = option(
        metavar="PATH", help="Instead of AWS_CONFIG_FILE or ~/.aws/config."
    )
    credentials_file: Path | None = option(
        metavar="PATH", help="Instead of AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials."
    )
    output: str = option(default="table", help="The format of the output.")
    jobs: int = option(
        default=JOBS,
        min=1,
        max=MOST_JOBS,
        metavar="N",
        help="Number of tests at once, at most 256.",
    )
    quiet: bool = flag("-q", help="Show only profiles that are not accepted.")
    verbose: bool = flag("-v", help="Explain every profile.")
    version: bool = flag(callback=_print_version, is_eager=True, help="Print the version.")


def parameters(
    declared: type[Any],
    *,
    command: str,
    taken: Collection[str] | None = None,
    help_texts: Mapping[str, str] = MappingProxyType({}),
) -> list[Parameter]:
    """Return the options that a dataclass declares as parameters for Typer, in its order.

    Those that are not `taken` are left out; without it, none is. `command` has the formats, and
    `help_texts` the help of options that mean something special for it.
    """
    found = []
    for name, declaration in declared.__dataclass_fields__.items():
        if taken is not None and name not in taken:
            continue
        kind, settings = declaration.type, dict(declaration.metadata)
        if name == "output":
            kind = Literal[tuple(dict.fromkeys(chain.from_iterable(FORMATS[command].values())))]
        if values := _choices(kind):
            settings["metavar"] = "|".join(values)
        if name in help_texts:
            settings["help"] = help_texts[name]
        short, long = settings.pop("short", None), _as_typed(declaration)
        made: Any = (
            typer.Argument(**settings) if short is None else typer.Option(long, *short, **settings)
        )
        is_required = declaration.default is MISSING
        found.append(
            Parameter(
                name,
                Parameter.KEYWORD_ONLY,
                default=Parameter.empty if is_required else declaration.default,
                annotation=Annotated[kind, made],
            )
        )
    return found


def accepted_values(annotation: object) -> str | None:
    """Return in words which values an option takes, or None if it takes any text."""
    kind, *declared = get_args(annotation)
    for option in declared:
        if option.min is not None:
            if option.max is None:
                return f"a whole number of at least {option.min}"
            return f"a whole number from {option.min} to {option.max}"
    values = _choices(kind)
    if not values:
        return None
    *first, last = (f"`{value}`" for value in values)
    return f"{', '.join(first)} or {last}" if first else last


def _choices(kind: object) -> list[str]:
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    return [value for part in get_args(kind) for value in _choices(part)]


def given(declared: Any, *names: str) -> list[str]:  # noqa: ANN401 - any dataclass of options
    """Return which of these options do not have their defaults, as they are typed."""
    fields = declared.__dataclass_fields__
    differ = [name for name in names if getattr(declared, name) != fields[name].default]
    return [_as_typed(fields[name]) for name in differ]


def _as_typed(declaration: Field[Any]) -> str:
    if "short" not in declaration.metadata:
        return str(declaration.metadata["metavar"])
    return f"--{declaration.name.strip('_').replace('_', '-')}"


def refuse_ineffective(given: Sequence[str], *, where: str = "here", hint: str) -> None:
    """Raise `UsageError` for the first of the given options: none of these has an effect."""
    if given:
        raise UsageError(f"`{given[0]}` has no effect {where}", hint=hint)


def printer_of(command: str, mode: str, output: str) -> str:
    """Return the function that prints a result; raise `UsageError` if there is no such format."""
    modes = FORMATS[command]
    if output not in modes[mode]:
        needed = next(name for name, formats in modes.items() if output in formats)
        raise UsageError(f"`--output {output}` needs `{needed}`", hint="use `table` or `json`")
    return modes[mode][output]
