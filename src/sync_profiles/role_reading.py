"""Read through profiles what `trust-policy` needs: who assumes a role, and what roles trust.

An audit lists each account's roles once, several accounts at a time. It keeps no more than a page
of an account's roles, and of the roles only those to look at.
"""

from __future__ import annotations

import gc
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from sync_profiles.arn import Arn
from sync_profiles.aws.patience import run_all
from sync_profiles.aws.questions import Question, role_question, roles_question
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.profiles import parse_texts
from sync_profiles.disk.config_file import ConfigFiles
from sync_profiles.errors import RunError
from sync_profiles.explain.background import Background
from sync_profiles.explain.explanation import explain_source
from sync_profiles.explain.overrides import Overrides
from sync_profiles.model import BrokenChain, Source
from sync_profiles.outcomes import Caller, Failure, FoundRole
from sync_profiles.report import Report
from sync_profiles.selection import clients_by_source, select, select_one
from sync_profiles.survey import READERS, AwsAccess, SurveyRequest, accepted_roles, survey
from sync_profiles.text import with_profile
from sync_profiles.trust_policy.auditing import AccountAudit, AuditedRole, Standing, audit_role
from sync_profiles.waiting import waiting_for

T = TypeVar("T")

#: the standings of roles to look at
_SHOWN = {Standing.OPEN, Standing.CLOSED}
#: accounts between two garbage collections
_BETWEEN_COLLECTIONS = 16


@dataclass(slots=True, kw_only=True, eq=False)
class _Account(Generic[T]):
    """An account: who may read it, each by asking the same question, and why no one may.

    Of a profile whose account is not known, the ID is empty.
    """

    account_id: str
    profiles: list[str] = field(default_factory=list)
    readers: list[Callable[[], T | Failure]] = field(default_factory=list)
    refused: str | None = None


@dataclass(slots=True, kw_only=True)
class Audit:
    """An audit of accounts, each of which is read once, several at a time.

    It has counted what was found so far: the roles, and the accounts that were read or not.
    """

    jobs: int
    _accounts: tuple[_Account[tuple[AuditedRole, ...]], ...]
    counts: Counter[Standing] = field(default_factory=Counter)
    read: int = 0
    unread: int = 0

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return len(self._accounts)

    def run(self) -> Iterator[AccountAudit]:
        """Yield what was found in each account, in the order of the profiles."""
        done: dict[_Account[tuple[AuditedRole, ...]], AccountAudit] = {}
        waiting = deque(self._accounts)
        audits = run_all(_audit, self._accounts, jobs=self.jobs)
        for number, (account, audited) in enumerate(audits):
            done[account] = audited
            if number % _BETWEEN_COLLECTIONS == 0:
                gc.collect()  # botocore's clients are cycles
            while waiting and waiting[0] in done:
                found = done.pop(waiting.popleft())
                self.counts.update(found.counts)
                self.read += found.failure is None
                self.unread += found.failure is not None
                yield found


def _audit(account: _Account[tuple[AuditedRole, ...]]) -> AccountAudit:
    audited = partial(AccountAudit, account_id=account.account_id, profiles=tuple(account.profiles))
    why = account.refused
    for read in account.readers:
        with waiting_for(f"listing the roles of account {account.account_id}"):
            answer = read()
        if not isinstance(answer, Failure):
            return audited(
                roles=tuple(role for role in answer if role.standing in _SHOWN),
                counts=Counter(role.standing for role in answer),
            )
        why = answer.message
    return audited(failure=why or "no profile is allowed to read it")


def identify_profile(files: ConfigFiles, name: str, access: AwsAccess) -> tuple[str, str]:
    """Return the ARNs of who assumes the role of a profile, and of the role.

    The caller at the start of its chain is asked.

    Raises `RunError` if there is no such profile, or if its caller is not known.
    """
    texts = parse_texts(files.read())
    profile, profiles = select_one(texts, name), texts.profiles
    chain = resolve_chain(profiles.by_name, name)
    if isinstance(chain, BrokenChain):
        raise RunError(f"the chain of profile `{name}` is broken: {chain.message}", hint=chain.hint)
    if chain.above is not None:
        return profiles.by_name[chain.above].role_arn, profile.role_arn
    switcher = access.switcher(texts)
    clients = clients_by_source(profiles.by_name, {name: chain}, frozenset({name}))
    caller = switcher.identify(clients)[chain.source]
    if not isinstance(caller, Caller):
        overrides = Overrides.of(access.environ, profiles)
        background = Background(profiles=profiles.by_name, overrides=overrides)
        why = explain_source(chain.source, caller, background)
        raise RunError(f"profile `{name}` has no caller: {why.message}", hint=why.hint)
    return str(caller.arn), profile.role_arn


def read_role(files: ConfigFiles, request: SurveyRequest, access: AwsAccess, role: Arn) -> str:
    """Read a role's trust policy with the selected profiles; return it as text in lines.

    A profile with a role reads with that role's session, or with that of one further up its chain,
    another one with its own credentials.
    Raises `RunError` if none of them may, or if there is no such role.
    """
    accounts = {role.account: _Account[FoundRole](account_id=role.account_id)}
    _find_readers(accounts, files, request, access, role_question(str(role)))
    unknown = (each.refused for each in accounts.values() if not each.account_id)
    said = next(filter(None, unknown), "")
    account = accounts[role.account]
    for read in account.readers:
        answer = read()
        if isinstance(answer, FoundRole):
            if answer.arn != role:
                raise RunError(
                    f"the role `{role}` does not exist, but `{answer.arn}` does",
                    hint="correct its path, or its case",
                )
            return json.dumps(json.loads(answer.trust_policy), indent=2)
        if answer.code == "NoSuchEntity":
            only = account.profiles[0] if len(account.profiles) == 1 else None
            raise RunError(
                f"the role `{role}` does not exist",
                hint=f"list the roles of account {role.account_id} with "
                + with_profile("aws iam list-roles", only),
            )
        said = answer.message
    raise RunError(
        f"none of the selected profiles can read the role `{role}`{said and f': {said}'}",
        hint=f"name a profile of account {role.account_id} that may call `iam:GetRole`: "
        "`sync-profiles check` shows which are accepted",
    )


def prepare_audit(
    files: ConfigFiles, request: SurveyRequest, access: AwsAccess, *, asked_at: datetime
) -> Audit:
    """Test the selected profiles, and find out which of them may read which account.

    `asked_at` is the current time, in UTC.
    """
    question = roles_question(partial(audit_role, at=asked_at))
    accounts: dict[str, _Account[tuple[AuditedRole, ...]]] = {}
    _find_readers(accounts, files, request, access, question)
    return Audit(jobs=access.jobs, _accounts=tuple(accounts.values()))


def _find_readers(
    accounts: dict[str, _Account[T]],
    files: ConfigFiles,
    request: SurveyRequest,
    access: AwsAccess,
    question: Question[T | Failure],
) -> None:
    """Add those who may read accounts, by `Arn.account`; and the accounts of selected profiles.

    A profile with a role reads the role's account, another one that of its own credentials. The
    roles further up its chain read accounts that are there.
    """
    texts = parse_texts(files.read())
    profiles, switcher = texts.profiles.by_name, access.switcher(texts)

    def add(name: str, arn: Arn | None, why: str | None) -> _Account[T]:
        key, account_id = (arn.account, arn.account_id) if arn else (f"profile {name}", "")
        account = accounts.setdefault(key, _Account(account_id=account_id))
        account.profiles.append(name)
        account.refused = account.refused or why
        return account

    plain = [n for n in request.patterns if n in profiles and not profiles[n].is_assume_role]
    for name in plain:
        source = Source(profile=name)
        caller = switcher.identify({source: [name]})[source]
        if isinstance(caller, Failure):
            background = Background(profiles={name: profiles[name]})
            add(name, None, explain_source(source, caller, background).message)
        else:
            reading = partial(switcher.ask_own, source, question, client=name)
            add(name, caller.arn, None).readers.append(reading)
    others = tuple(pattern for pattern in request.patterns if pattern not in plain)
    if not others:
        return
    found = survey(texts, replace(request, patterns=others), access)
    names = select(texts, others)
    for row in Report(command="check", paths=files.paths, survey=found).rows:
        if row.decision.profile.name in names:
            add(row.decision.profile.name, row.decision.profile.role, row.explanation.message)
    for key, readers in accepted_roles(found).items():
        if key in accounts:
            asking = found.further_calls.ask_iam
            accounts[key].readers += [
                partial(asking, switch, question, role=switch) for _, switch in readers[:READERS]
            ]
