"""Print what `trust-policy` wrote or found as text."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, assert_never

from rich.text import Text

from sync_profiles.errors import UsageError
from sync_profiles.terminal.audit_view import (
    AuditRun,
    print_audit_markdown,
    print_audit_table,
)
from sync_profiles.terminal.screen import INDENT, Screen
from sync_profiles.text import inert
from sync_profiles.trust_policy.asking import Asked
from sync_profiles.trust_policy.checking import Checked
from sync_profiles.trust_policy.formats import Written
from sync_profiles.trust_policy.policy_findings import Code, path_text

if TYPE_CHECKING:
    from sync_profiles.errors import ExitCode
    from sync_profiles.terminal.options import Options


def print_result(result: Written | Checked | Asked | AuditRun, _: Options) -> ExitCode | None:
    """Print a policy ready to be copied, or what was found about one or about many."""
    match result:
        case AuditRun():
            return print_audit_table(result)
        case Written():
            sys.stdout.write(result.text)
        case Asked():
            verdict = {True: "accepted", False: "not accepted", None: "cannot tell"}[
                result.accepted
            ]
            reason = result.reason.removeprefix("cannot tell: ")
            Screen().line(f"{verdict}: {reason}")
        case Checked():
            _print_checked(result, Screen())
        case _:
            assert_never(result)
    return None


def print_markdown(result: Written | Checked | Asked | AuditRun, _: Options) -> ExitCode:
    """Print an audit as a table of Markdown."""
    if not isinstance(result, AuditRun):
        raise UsageError("`--output markdown` is for `--all-roles`", hint="use `table` or `json`")
    return print_audit_markdown(result)


def _print_checked(checked: Checked, screen: Screen) -> None:
    for sentence in checked.admits:
        screen.line(sentence, style="bold")
    for sentence in checked.refuses:
        screen.detail(sentence)
    fixed = [located for located in checked.findings if located.finding.fixed is not None]
    for located in checked.findings:
        finding = located.finding
        column = f", column {located.column}" if located.column is not None else ""
        place = f" at {path_text(finding.path)}" if finding.path else ""
        screen.gap()
        screen.line(f"{finding.code} (line {located.line}{column}){place}", style="bold red")
        screen.detail(finding.message)
        is_text = finding.code is Code.NOT_JSON  # its correction is at the end
        is_below = finding.fixed in (None, checked.corrected) or len(fixed) == 1
        if not (is_below or is_text):
            screen.detail("corrected:")
            _print_json(screen, finding.fixed)
    if checked.corrected is not None:
        screen.gap()
        screen.line("the corrected policy", style="bold")
        screen.gap()
        _print_json(screen, checked.corrected)


def _print_json(screen: Screen, value: object) -> None:
    for line in json.dumps(value, indent=2).splitlines():  # whole, for it is copied
        screen.console.print(Text(f"{INDENT}{inert(line)}"), soft_wrap=True)
