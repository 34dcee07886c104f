"""Print what `trust-policy` wrote or found as JSON, version 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.terminal.json_writing import Json, pick, print_document
from sync_profiles.trust_policy.policy_findings import path_text

if TYPE_CHECKING:
    from sync_profiles.terminal.options import Options
    from sync_profiles.trust_policy.asking import Asked
    from sync_profiles.trust_policy.checking import Checked, Located
    from sync_profiles.trust_policy.formats import Written


def print_policy(written: Written, _: Options) -> None:
    """Print a policy, and its text in the format that was asked for."""
    print_document("trust-policy", pick(written, "policy", "text"))


def print_answer(asked: Asked, _: Options) -> None:
    """Print whether a call is accepted, by which statement, and why."""
    statement = None if asked.number is None else path_text(("Statement", asked.number))
    document: Json = {"accepted": asked.accepted, "statement": statement, "reason": asked.reason}
    print_document("trust-policy", document)


def print_checked(checked: Checked, _: Options) -> None:
    """Print what was found about a policy, and the corrected one."""
    document: Json = {
        **pick(checked, "admits", "refuses"),
        "findings": [_finding(located) for located in checked.findings],
        "corrected": checked.corrected,
    }
    print_document("trust-policy", document)


def _finding(located: Located) -> Json:
    return {
        "code": located.finding.code,
        "path": path_text(located.finding.path),
        **pick(located, "line", "column", message="finding.message", fixed="finding.fixed"),
    }
