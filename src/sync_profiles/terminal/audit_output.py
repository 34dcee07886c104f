"""Print an audit account by account, as each is read: nothing is kept that has been printed."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync_profiles.errors import ExitCode
from sync_profiles.terminal.json_document import Json, pick
from sync_profiles.terminal.markdown import write_row, write_titles
from sync_profiles.terminal.options import Options
from sync_profiles.terminal.screen import Screen
from sync_profiles.text import counted, one_line
from sync_profiles.trust_policy.auditing import AccountAudit, AuditedRole, Standing
from sync_profiles.waiting import lent_terminal, stage_of

if TYPE_CHECKING:
    from sync_profiles.role_reading import Audit
    from sync_profiles.terminal.progress import Display

_IN_WORDS = {
    Standing.OPEN: "{let} people in without their name",
    Standing.NAMED: "{require} a name",
    Standing.CLOSED: "{let} no one in",
    Standing.NOT_FOR_PEOPLE: "{are} for services, roles and identity providers",
}


@dataclass(slots=True, kw_only=True)
class AuditRun:
    """An audit that runs while it is printed, what shows its progress, and what it has found."""

    audit: Audit
    display: Display
    counts: Counter[Standing] = field(default_factory=Counter)
    read: int = 0
    unread: int = 0

    def accounts(self) -> Iterator[AccountAudit]:
        """Yield the accounts as they are read; the progress is hidden while one is printed."""
        with self.display, stage_of(self.audit.size, "accounts") as stage:
            for account in self.audit.run():
                if account.failure is None:
                    self.read += 1
                else:
                    self.unread += 1
                self.counts.update(account.counts)
                with lent_terminal():
                    yield account
                    sys.stdout.flush()
                stage.advance()

    @property
    def code(self) -> ExitCode:
        """The exit code: 3 if no account could be read, 1 if something is to be done."""
        if not self.read:
            return ExitCode.CANNOT_RUN
        is_fine = not (self.unread or self.counts[Standing.OPEN] or self.counts[Standing.CLOSED])
        return ExitCode.OK if is_fine else ExitCode.NOT_ACCEPTED

    @property
    def sentence(self) -> str:
        """The totals in words."""
        one = {"let": "lets", "require": "requires", "are": "is"}
        many = {"let": "let", "require": "require", "are": "are"}
        parts = [
            f"{self.counts[each]} {words.format_map(one if self.counts[each] == 1 else many)}"
            for each, words in _IN_WORDS.items()
            if self.counts[each]
        ]
        if not self.read:
            return f"{counted(self.unread, 'account')} could not be read"
        found = f": {', '.join(parts)}" if parts else ""
        unread = f"; {counted(self.unread, 'more account')} could not be read" * bool(self.unread)
        where = counted(self.read, "account")
        return f"{counted(self.counts.total(), 'role')} in {where}{found}{unread}"

    @property
    def hints(self) -> Iterator[str]:
        """The next steps."""
        command = "sync-profiles trust-policy --check --role ARN --profile PROFILE"
        if self.counts[Standing.OPEN] or self.counts[Standing.CLOSED]:
            yield f"hint: `{command}` shows what is wrong with a role, and its corrected policy"
        if self.unread:
            yield (
                "hint: an account is read with a profile that may call `iam:ListRoles`: "
                "`sync-profiles check` shows which are accepted"
            )


def print_table(run: AuditRun, _: Options) -> ExitCode:
    """Print the roles to look at below their accounts, those that are alike together.

    Of several accounts, those that have none are counted.
    """
    screen, shown, fine = Screen(), 0, 0
    for account in run.accounts():
        if run.audit.size > 1 and not account.roles and account.failure is None:
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
    screen.line(run.sentence, style="bold")
    for hint in run.hints:
        screen.line(hint)
    return run.code


def print_markdown(run: AuditRun, _: Options) -> ExitCode:
    """Print one row for each role to look at, and for each account that could not be read."""
    write_titles("account", "role", "standing", "who gets in")
    for account in run.accounts():
        for role in account.roles:
            who = one_line("; ".join(role.admits))
            write_row(account.account_id, f"`{_name(role)}`", role.standing, who)
        if account.failure is not None:
            where = account.account_id or ", ".join(account.profiles)
            write_row(where, "", "could not be read", one_line(account.failure))
    sys.stdout.write(f"\n{run.sentence}\n")
    return run.code


def print_json(run: AuditRun, _: Options) -> ExitCode:
    """Print one object, an account after the other."""
    sys.stdout.write('{"version": 1, "command": "trust-policy", "accounts": [\n')
    between = ""
    for account in run.accounts():
        sys.stdout.write(between + json.dumps(_account(account)))
        between = ",\n"
    summary = {
        "accounts": run.read + run.unread,
        "unread": run.unread,
        **{standing.value: run.counts[standing] for standing in Standing},
    }
    sys.stdout.write(f'\n], "summary": {json.dumps(summary)}}}\n')
    return run.code


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
