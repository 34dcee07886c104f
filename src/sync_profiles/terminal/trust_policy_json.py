"""Print what `trust-policy` wrote or found as JSON, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from sync_profiles.terminal.audit_view import AuditRun, print_audit_json
from sync_profiles.terminal.json_writing import pick, print_document
from sync_profiles.trust_policy.asking import Asked
from sync_profiles.trust_policy.checking import Checked
from sync_profiles.trust_policy.formats import Written
from sync_profiles.trust_policy.policy_findings import path_text

if TYPE_CHECKING:
    from sync_profiles.errors import ExitCode
    from sync_profiles.terminal.json_writing import Json
    from sync_profiles.terminal.options import Options
    from sync_profiles.trust_policy.checking import Located


def print_result(result: Written | Checked | Asked | AuditRun, _: Options) -> ExitCode | None:
    """Print a result as one object."""
    match result:
        case AuditRun():
            return print_audit_json(result)
        case Written():
            found = pick(result, "policy", "text")
        case Asked(accepted=accepted, number=number, reason=reason):
            statement = None if number is None else path_text(("Statement", number))
            found = {"accepted": accepted, "statement": statement, "reason": reason}
        case Checked():
            found = {
                **pick(result, "admits", "refuses"),
                "findings": [_finding(located) for located in result.findings],
                "corrected": result.corrected,
            }
        case _:
            assert_never(result)
    print_document("trust-policy", found)
    return None


def _finding(located: Located) -> Json:
    return {
        "code": located.finding.code,
        "path": path_text(located.finding.path),
        **pick(located, "line", "column", message="finding.message", fixed="finding.fixed"),
    }
