"""Audit accounts through profiles: each account's roles are listed once, several at a time.

No more than a page of an account's roles is kept, and of the roles only those to look at.
"""

from __future__ import annotations

import gc
from collections import Counter, deque
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from sync_profiles.accepted_calls import READERS, accepted_roles
from sync_profiles.administration import divide_patterns, identify_own
from sync_profiles.arn import parse_arn
from sync_profiles.aws.iam_questions import roles_as
from sync_profiles.aws.pool import run_all
from sync_profiles.config.profiles import parse_texts
from sync_profiles.explain.explanation import explain_source
from sync_profiles.model import Source
from sync_profiles.outcomes import Failure
from sync_profiles.report import Report
from sync_profiles.selection import select
from sync_profiles.survey import survey
from sync_profiles.trust_policy.auditing import AccountAudit, audit_role
from sync_profiles.waiting import waiting_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_profiles.aws.calls import Sts
    from sync_profiles.disk.files import ConfigFiles
    from sync_profiles.survey import Adapters, SurveyRequest
    from sync_profiles.trust_policy.auditing import AuditedRole

#: accounts between two garbage collections
_BETWEEN_COLLECTIONS = 16


@dataclass(slots=True, kw_only=True)
class _Account:
    """An account to audit: who may read it, and why no one may; each reader lists its roles."""

    account_id: str
    profiles: list[str] = field(default_factory=list)
    readers: list[Callable[[], tuple[AuditedRole, ...] | Failure]] = field(default_factory=list)
    refused: str | None = None


@dataclass(slots=True, kw_only=True)
class Audit:
    """An audit of accounts, each of which is read once, several at a time."""

    jobs: int
    _accounts: dict[str, _Account]

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return len(self._accounts)

    def run(self) -> Iterator[AccountAudit]:
        """Yield what was found in each account, in the order of the profiles."""
        done: dict[str, AccountAudit] = {}
        waiting = deque(self._accounts)
        audits = run_all(self._audit, tuple(waiting), jobs=self.jobs)
        for number, (account, audited) in enumerate(audits):
            done[account] = audited
            if number % _BETWEEN_COLLECTIONS == 0:
                gc.collect()  # botocore's clients are cycles
            while waiting and waiting[0] in done:
                yield done.pop(waiting.popleft())

    def _audit(self, account: str) -> AccountAudit:
        return _audit_account(self._accounts[account])


def prepare_audit(files: ConfigFiles, request: SurveyRequest, adapters: Adapters) -> Audit:
    """Test the selected profiles, and find out which of them may read which account.

    A profile with a role reads the role's account, another one that of its own credentials.
    """
    texts = parse_texts(files.read(), files.paths)
    sts = adapters.sts(texts)
    accounts: dict[str, _Account] = {}
    plain, others = divide_patterns(texts, request)
    for name in plain:
        _add_plain(accounts, name, sts)
    if others:
        found = survey(texts, replace(request, patterns=others), adapters)
        report = Report(command="check", paths=files.paths, survey=found)
        _add_roles(accounts, report, names=select(texts, others))
    return Audit(jobs=request.jobs, _accounts=accounts)


def _add_plain(accounts: dict[str, _Account], name: str, sts: Sts) -> None:
    found = identify_own(sts, name)
    if isinstance(found, Failure):
        return _add_refused(accounts, name, explain_source(Source(profile=name), found).message)
    credentials, caller = found
    arn = parse_arn(caller.arn)
    key = arn.account if arn is not None else caller.account_id
    account = accounts.setdefault(key, _Account(account_id=caller.account_id))
    account.profiles.append(name)
    account.readers.append(partial(sts.ask_iam, credentials, roles_as(audit_role), client=name))
    return None


def _add_refused(accounts: dict[str, _Account], name: str, why: str) -> None:
    accounts[f"profile {name}"] = _Account(account_id="", profiles=[name], refused=why)


def _add_roles(accounts: dict[str, _Account], report: Report, *, names: frozenset[str]) -> None:
    found = report.survey
    for row in report.rows:
        profile = row.decision.profile
        if profile.name not in names:
            continue
        if profile.role is None:
            _add_refused(accounts, profile.name, row.explanation.message)
            continue
        key = profile.role.account
        account = accounts.setdefault(key, _Account(account_id=profile.role.account_id))
        account.profiles.append(profile.name)
        account.refused = account.refused or row.explanation.message
    if found.switcher is None:  # no profile has a source with credentials
        return
    ask = found.switcher.ask_iam
    for key, readers in accepted_roles(found).items():
        if key in accounts:
            accounts[key].readers += [
                partial(ask, switch, roles_as(audit_role), role=switch)
                for _, switch in readers[:READERS]
            ]


def _audit_account(account: _Account) -> AccountAudit:
    why = account.refused
    for read in account.readers:
        with waiting_for(f"listing the roles of account {account.account_id}"):
            answer = read()
        if not isinstance(answer, Failure):
            return AccountAudit(
                account_id=account.account_id,
                profiles=tuple(account.profiles),
                roles=tuple(role for role in answer if role.is_shown),
                counts=Counter(role.trust.standing for role in answer),
            )
        why = answer.message
    return AccountAudit(
        account_id=account.account_id,
        profiles=tuple(account.profiles),
        failure=why or "no profile may read it",
    )
