"""Print what `trust-policy` wrote or found as text."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.terminal.screen import INDENT, Screen
from sync_profiles.text import inert
from sync_profiles.trust_policy.policy_findings import Code, path_text

if TYPE_CHECKING:
    from sync_profiles.terminal.options import Options
    from sync_profiles.trust_policy.asking import Asked
    from sync_profiles.trust_policy.checking import Checked
    from sync_profiles.trust_policy.formats import Written


def print_policy(written: Written, _: Options) -> None:
    """Print a policy ready to be copied."""
    sys.stdout.write(written.text)


def print_answer(asked: Asked, _: Options) -> None:
    """Print whether a call is accepted, and why."""
    verdict = {True: "accepted", False: "not accepted", None: "cannot tell"}[asked.accepted]
    Screen().line(f"{verdict}: {asked.reason.removeprefix('cannot tell: ')}")


def print_checked(checked: Checked, _: Options) -> None:
    """Print what was found about a policy, and how it is corrected."""
    screen = Screen()
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
