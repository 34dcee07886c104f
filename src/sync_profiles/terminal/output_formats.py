"""The formats of `--output`, and the function of this package that prints each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

#: by command, then by the option that makes it print something else (`""` without one), then by
#: format: a module of this package and its function, which takes the result and the `Options`
FORMATS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "sync": {"": {"table": "report_table:print_sync", "json": "json_output:print_report"}},
    "check": {
        "": {
            "table": "report_table:print_check",
            "json": "json_output:print_report",
            "markdown": "report_markdown:print_check",
        },
    },
    "explain": {
        "": {"table": "inquiry_table:print_inquiry", "json": "inquiry_json:print_inquiry"},
        "--letter": {"table": "inquiry_table:print_letters", "json": "inquiry_json:print_inquiry"},
    },
    "undo": {
        "": {"table": "undo_table:print_undo", "json": "json_output:print_undo"},
        "--list": {"table": "undo_table:print_records", "json": "json_output:print_records"},
    },
    "import": {
        "": {"table": "import_table:print_import", "json": "json_output:print_import"},
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
            "table": "audit_output:print_table",
            "json": "audit_output:print_json",
            "markdown": "audit_output:print_markdown",
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


def printer_of(command: str, mode: str, output: str) -> str:
    """Return the function that prints a result; raise `UsageError` if there is no such format."""
    modes = FORMATS[command]
    if output not in modes[mode]:
        needed = next(name for name, formats in modes.items() if output in formats)
        raise UsageError(f"`--output {output}` needs `{needed}`", hint="use `table` or `json`")
    return modes[mode][output]
