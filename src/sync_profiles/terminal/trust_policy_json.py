"""Print what `trust-policy` wrote or found as JSON, version 1."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, assert_never

import typer

from sync_profiles.terminal.audit_view import AuditRun, print_audit_json
from sync_profiles.trust_policy.asking import Asked
from sync_profiles.trust_policy.checking import Checked
from sync_profiles.trust_policy.formats import Written
from sync_profiles.trust_policy.policy_findings import path_text

if TYPE_CHECKING:
    from sync_profiles.errors import ExitCode
    from sync_profiles.terminal.options import Options
    from sync_profiles.trust_policy.checking import Located

Json = dict[str, object]


def print_result(result: Written | Checked | Asked | AuditRun, _: Options) -> ExitCode | None:
    """Print a result as one object."""
    match result:
        case AuditRun():
            return print_audit_json(result)
        case Written():
            found: Json = {"policy": result.policy, "text": result.text}
        case Asked(accepted=accepted, number=number, reason=reason):
            statement = None if number is None else path_text(("Statement", number))
            found = {"accepted": accepted, "statement": statement, "reason": reason}
        case Checked():
            found = {
                "admits": list(result.admits),
                "refuses": list(result.refuses),
                "findings": [_finding(located) for located in result.findings],
                "corrected": result.corrected,
            }
        case _:
            assert_never(result)
    typer.echo(json.dumps({"version": 1, "command": "trust-policy", **found}, indent=2))
    return None


def _finding(located: Located) -> Json:
    finding = located.finding
    return {
        "code": finding.code.value,
        "path": path_text(finding.path),
        "line": located.line,
        "column": located.column,
        "message": finding.message,
        "fixed": finding.fixed,
    }
