"""Print what `trust-policy` wrote or found, as text, as JSON or in Markdown.

An audit is printed account by account, as each is read: nothing is kept that has been printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from sync_profiles.errors import ExitCode
from sync_profiles.terminal.json_document import Json, pick, print_document
from sync_profiles.terminal.markdown import write_row, write_titles
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.screen import INDENT, Screen
from sync_profiles.terminal.wiring import display_of
from sync_profiles.text import counted, inert, one_line
from sync_profiles.trust_policy.asking import CallAnswer
from sync_profiles.trust_policy.auditing import AccountAudit, AuditedRole, Standing
from sync_profiles.trust_policy.checking import CheckedPolicy
from sync_profiles.trust_policy.policy_findings import Code, PolicyFinding, is_of_policy, path_text
from sync_profiles.waiting import lent_terminal, stage_of

if TYPE_CHECKING:
    from sync_profiles.role_reading import Audit  # which loads boto3

#: what a role of each standing does, and what several do
_IN_WORDS = {
    Standing.OPEN: ("lets", "let", "people in without their name"),
    Standing.NAMED: ("requires", "require", "a name"),
    Standing.CLOSED: ("lets", "let", "no one in"),
    Standing.NOT_FOR_PEOPLE: ("is", "are", "for services, roles and identity providers"),
}


def print_policy(written: tuple[Json, str], _: Options) -> None:
    """Print a policy ready to be copied."""
    sys.stdout.write(written[1])


def print_answer(asked: CallAnswer, _: Options) -> None:
    """Print whether a call is accepted, and why."""
    verdict = {True: "accepted: ", False: "not accepted: ", None: ""}[asked.accepted]
    Screen().line(verdict + asked.reason)


def print_checked(checked: CheckedPolicy, _: Options) -> None:
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


def print_policy_json(written: tuple[Json, str], _: Options) -> None:
    """Print a policy, and its text in the format that was asked for, as JSON."""
    document: Json = {"policy": written[0], "text": written[1]}
    print_document("trust-policy", document, hides_secrets=False)


def print_answer_json(asked: CallAnswer, _: Options) -> None:
    """Print whether a call is accepted, by which statement, and why, as JSON."""
    statement = None if asked.number is None else path_text(("Statement", asked.number - 1))
    document: Json = {"accepted": asked.accepted, "statement": statement, "reason": asked.reason}
    print_document("trust-policy", document, hides_secrets=False)


def print_checked_json(checked: CheckedPolicy, _: Options) -> None:
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


def _accounts(audit: Audit, options: Options) -> Iterator[AccountAudit]:
    """Yield the accounts as they are read; the progress is hidden while one is printed."""
    with display_of(options), stage_of(audit.size, "accounts") as stage:
        for account in audit.run():
            with lent_terminal():
                yield account
                sys.stdout.flush()
            stage.advance()


def _code(audit: Audit) -> ExitCode:
    """Return 3 if no account could be read, 1 if something is to be done."""
    if not audit.read:
        return ExitCode.CANNOT_RUN
    is_fine = not (audit.unread or audit.counts[Standing.OPEN] or audit.counts[Standing.CLOSED])
    return ExitCode.OK if is_fine else ExitCode.NOT_ACCEPTED


def _total(audit: Audit) -> str:
    """Return the totals in words."""
    parts = [
        f"{number} {one if number == 1 else many} {what}"
        for standing, (one, many, what) in _IN_WORDS.items()
        if (number := audit.counts[standing])
    ]
    if not audit.read:
        return f"{counted(audit.unread, 'account')} could not be read"
    found = f": {', '.join(parts)}" if parts else ""
    unread = f"; {counted(audit.unread, 'more account')} could not be read" * bool(audit.unread)
    where = counted(audit.read, "account")
    return f"{counted(audit.counts.total(), 'role')} in {where}{found}{unread}"


def _hints(audit: Audit) -> Iterator[str]:
    """Yield the next steps."""
    command = "sync-profiles trust-policy --check --role ARN --profile PROFILE"
    if audit.counts[Standing.OPEN] or audit.counts[Standing.CLOSED]:
        yield f"hint: `{command}` shows what is wrong with a role, and its corrected policy"
    if audit.unread:
        yield (
            "hint: an account is read with a profile that may call `iam:ListRoles`: "
            "`sync-profiles check` shows which are accepted"
        )


def print_audit(audit: Audit, options: Options) -> ExitCode:
    """Print the roles to look at below their accounts, those that are alike together.

    Of several accounts, those that have none are counted.
    """
    screen, shown, fine = Screen(), 0, 0
    for account in _accounts(audit, options):
        if audit.size > 1 and not account.roles and account.failure is None:
            fine += 1
            continue
        if shown:
            screen.gap()
        shown += 1
        screen.line(_title(account), style="bold")
        for (standing, who), names in _alike(account.roles).items():
            if len(names) == 1:
                screen.detail(f"{standing}: {names[0]}: {who}")
            else:
                screen.detail(f"{len(names)} {standing}: {who}: {', '.join(names)}")
        if account.failure is not None:
            screen.detail(f"could not be read: {account.failure}")
    if shown:
        screen.gap()
    if fine:
        screen.line(f"no role to look at in {counted(fine, 'account')}")
    screen.line(_total(audit), style="bold")
    for hint in _hints(audit):
        screen.line(hint)
    return _code(audit)


def print_audit_markdown(audit: Audit, options: Options) -> ExitCode:
    """Print one row for each role to look at, and for each account that could not be read."""
    write_titles("account", "role", "standing", "who gets in")
    for account in _accounts(audit, options):
        for role in account.roles:
            who = one_line("; ".join(role.admits))
            write_row(account.account_id, f"`{_name(role)}`", role.standing, who)
        if account.failure is not None:
            where = account.account_id or ", ".join(account.profiles)
            write_row(where, "", "could not be read", one_line(account.failure))
    sys.stdout.write(f"\n{_total(audit)}\n")
    return _code(audit)


def print_audit_json(audit: Audit, options: Options) -> ExitCode:
    """Print one object, an account after the other."""
    sys.stdout.write('{"version": 1, "command": "trust-policy", "accounts": [\n')
    between = ""
    for account in _accounts(audit, options):
        sys.stdout.write(between + json.dumps(_account(account)))
        between = ",\n"
    summary = {
        "accounts": audit.read + audit.unread,
        "unread": audit.unread,
        **{standing.value: audit.counts[standing] for standing in Standing},
    }
    sys.stdout.write(f'\n], "summary": {json.dumps(summary)}}}\n')
    return _code(audit)


def _title(account: AccountAudit) -> str:
    through = f"profile{'' if len(account.profiles) == 1 else 's'} {', '.join(account.profiles)}"
    if not account.account_id:
        return through
    shown, total = len(account.roles), sum(account.counts.values())
    said = "" if account.failure else f": {shown} of {total} roles to look at"
    return f"account {account.account_id} ({through}){said}"


def _alike(roles: Iterable[AuditedRole]) -> dict[tuple[Standing, str], list[str]]:
    found: dict[tuple[Standing, str], list[str]] = {}
    for role in roles:
        who = "; ".join(role.admits)
        found.setdefault((role.standing, who), []).append(_name(role))
    return found


def _name(role: AuditedRole) -> str:
    return role.arn.partition(":role/")[2]


def _account(account: AccountAudit) -> Json:
    return {
        "account": account.account_id or None,
        **pick(account, profiles="profiles", error="failure"),
        "counts": {standing.value: account.counts.get(standing, 0) for standing in Standing},
        "roles": [
            pick(role, role_arn="arn", standing="standing", admits="admits", codes="codes")
            for role in account.roles
        ],
    }
