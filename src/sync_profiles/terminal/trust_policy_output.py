"""Print what `trust-policy` wrote or found, as text or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.terminal.json_document import Json, pick, print_document
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.screen import INDENT, Screen
from sync_profiles.text import counted, inert
from sync_profiles.trust_policy.policy_findings import Code, PolicyFinding, is_of_policy, path_text

if TYPE_CHECKING:
    from sync_profiles.trust_policy.asking import Asked
    from sync_profiles.trust_policy.checking import Checked
    from sync_profiles.trust_policy.formats import FormattedPolicy


def print_policy(written: FormattedPolicy, _: Options) -> None:
    """Print a policy ready to be copied."""
    sys.stdout.write(written.text)


def print_answer(asked: Asked, _: Options) -> None:
    """Print whether a call is accepted, and why."""
    verdict = {True: "accepted: ", False: "not accepted: ", None: ""}[asked.accepted]
    Screen().line(verdict + asked.reason)


def print_checked(checked: Checked, _: Options) -> None:
    """Print what was found about a policy, and how it is corrected."""
    screen = Screen()
    for sentence in checked.admits:
        screen.line(sentence, style="bold")
    for sentence in checked.refuses:
        screen.detail(sentence)
    fixed = [finding for finding in checked.findings if finding.fixed is not None]
    for finding, others in _folded(checked.findings):
        column = f", column {finding.column}" if finding.column is not None else ""
        more = f", and {counted(others, 'more place')}" if others else ""
        place = f" at {path_text(finding.path)}" if finding.path else ""
        screen.gap()
        screen.line(f"{finding.code} (line {finding.line}{column}{more}){place}", style="bold red")
        screen.detail(finding.message)
        is_text = finding.code is Code.NOT_JSON  # its correction is at the end
        is_below = finding.fixed == checked.corrected or len(fixed) == 1
        if finding.fixed is not None and not is_text and not (checked.corrected and is_below):
            screen.detail(f"corrected {'policy' if is_of_policy(finding) else 'statement'}:")
            _print_json(screen, finding.fixed)
    if checked.corrected is not None:
        screen.gap()
        screen.line("the corrected policy", style="bold")
        for sentence in checked.corrected_admits:
            screen.detail(sentence)
        screen.gap()
        _print_json(screen, checked.corrected)


def _folded(findings: Sequence[PolicyFinding]) -> Iterator[tuple[PolicyFinding, int]]:
    """Yield findings, of those about the text with one message the first, and how many more."""
    messages = [one.message for one in findings]
    for number, finding in enumerate(findings):
        if finding.code is not Code.NOT_JSON:
            yield finding, 0
        elif finding.message not in messages[:number]:
            yield finding, messages.count(finding.message) - 1


def print_policy_json(written: FormattedPolicy, _: Options) -> None:
    """Print a policy, and its text in the format that was asked for, as JSON."""
    print_document("trust-policy", pick(written, "policy", "text"), hides_secrets=False)


def print_answer_json(asked: Asked, _: Options) -> None:
    """Print whether a call is accepted, by which statement, and why, as JSON."""
    statement = None if asked.number is None else path_text(("Statement", asked.number))
    document: Json = {"accepted": asked.accepted, "statement": statement, "reason": asked.reason}
    print_document("trust-policy", document, hides_secrets=False)


def print_checked_json(checked: Checked, _: Options) -> None:
    """Print what was found about a policy, and the corrected one, as JSON."""
    document: Json = {
        **pick(checked, "admits", "refuses"),
        "findings": [
            {
                "code": finding.code,
                "path": path_text(finding.path),
                **pick(finding, "line", "column", "message", "fixed"),
            }
            for finding in checked.findings
        ],
        "corrected": checked.corrected,
    }
    print_document("trust-policy", document, hides_secrets=False)


def _print_json(screen: Screen, value: object) -> None:
    for line in json.dumps(value, indent=2).splitlines():  # whole, for it is copied
        screen.console.print(Text(f"{INDENT}{inert(line)}"), soft_wrap=True)
