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
from typing import TypeVar

from sync_profiles.arn import Arn
from sync_profiles.aws.pool import run_all
from sync_profiles.aws.questions import Question, role_question, roles_question
from sync_profiles.aws.switching import Switcher
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.profiles import ParsedTexts, parse_texts
from sync_profiles.disk.files import ConfigFiles
from sync_profiles.errors import RunError
from sync_profiles.explain.background import Background
from sync_profiles.explain.explanation import explain_source
from sync_profiles.explain.overrides import Overrides
from sync_profiles.model import BrokenChain, Profile, Source
from sync_profiles.outcomes import Caller, Failure, FoundRole
from sync_profiles.report import Report
from sync_profiles.selection import clients_by_source, select, select_one
from sync_profiles.survey import READERS, Adapters, Survey, SurveyRequest, accepted_roles, survey
from sync_profiles.text import with_profile
from sync_profiles.trust_policy.auditing import AccountAudit, AuditedRole, audit_role
from sync_profiles.waiting import waiting_for

T = TypeVar("T")

#: accounts between two garbage collections
_BETWEEN_COLLECTIONS = 16


@dataclass(slots=True, kw_only=True, eq=False)
class _Account:
    """An account to audit: who may read it, and why no one may; each reader lists its roles."""

    account_id: str
    profiles: list[str] = field(default_factory=list)
    readers: list[Callable[[], tuple[AuditedRole, ...] | Failure]] = field(default_factory=list)
    refused: str | None = None

    def audit(self) -> AccountAudit:
        why = self.refused
        for read in self.readers:
            with waiting_for(f"listing the roles of account {self.account_id}"):
                answer = read()
            if not isinstance(answer, Failure):
                return AccountAudit(
                    account_id=self.account_id,
                    profiles=tuple(self.profiles),
                    roles=tuple(role for role in answer if role.is_shown),
                    counts=Counter(role.standing for role in answer),
                )
            why = answer.message
        return AccountAudit(
            account_id=self.account_id,
            profiles=tuple(self.profiles),
            failure=why or "no profile may read it",
        )


@dataclass(slots=True, kw_only=True)
class Audit:
    """An audit of accounts, each of which is read once, several at a time."""

    jobs: int
    _accounts: tuple[_Account, ...]

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return len(self._accounts)

    def run(self) -> Iterator[AccountAudit]:
        """Yield what was found in each account, in the order of the profiles."""
        done: dict[_Account, AccountAudit] = {}
        waiting = deque(self._accounts)
        audits = run_all(_Account.audit, self._accounts, jobs=self.jobs)
        for number, (account, audited) in enumerate(audits):
            done[account] = audited
            if number % _BETWEEN_COLLECTIONS == 0:
                gc.collect()  # botocore's clients are cycles
            while waiting and waiting[0] in done:
                yield done.pop(waiting.popleft())


def identify_profile(files: ConfigFiles, name: str, adapters: Adapters) -> tuple[str, str]:
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
    switcher = adapters.switcher(texts)
    clients = clients_by_source(profiles.by_name, {name: chain}, frozenset({name}))
    caller = switcher.identify(clients)[chain.source]
    if not isinstance(caller, Caller):
        overrides = Overrides.of(adapters.environ, profiles)
        background = Background(profiles=profiles.by_name, overrides=overrides)
        why = explain_source(chain.source, caller, background)
        raise RunError(f"profile `{name}` has no caller: {why.message}", hint=why.hint)
    return str(caller.arn), profile.role_arn


def read_role(files: ConfigFiles, request: SurveyRequest, adapters: Adapters, role: Arn) -> str:
    """Read a role's trust policy with the selected profiles; return it as text in lines.

    A profile with a role reads with that role's session, another one with its own credentials.
    Raises `RunError` if none of them may, or if there is no such role.
    """
    texts = parse_texts(files.read())
    failure = None
    for answer in _readings(texts, request, adapters, role):
        if isinstance(answer, FoundRole):
            if answer.arn != role:
                raise RunError(
                    f"the role `{role}` does not exist, but `{answer.arn}` does",
                    hint="correct its path, or its case",
                )
            return json.dumps(json.loads(answer.trust_policy), indent=2)
        if answer.code == "NoSuchEntity":
            raise RunError(
                f"the role `{role}` does not exist",
                hint=f"list the roles of account {role.account_id} with "
                + with_profile("aws iam list-roles", _only_profile(texts, request)),
            )
        failure = answer
    said = f": {failure.message}" if failure is not None and failure.message else ""
    raise RunError(
        f"none of the selected profiles can read the role `{role}`{said}",
        hint=f"name a profile of account {role.account_id} that may `iam:GetRole`: "
        "`sync-profiles check` shows which are accepted",
    )


def _divide_patterns(
    texts: ParsedTexts, request: SurveyRequest
) -> tuple[list[str], tuple[str, ...]]:
    """Return the selected names of profiles without a role, and the patterns of all others."""
    profiles = texts.profiles.by_name
    plain = [n for n in request.patterns if n in profiles and not profiles[n].is_assume_role]
    return plain, tuple(pattern for pattern in request.patterns if pattern not in plain)


def _only_profile(texts: ParsedTexts, request: SurveyRequest) -> str | None:
    names = [name for name in request.patterns if name in texts.profiles.by_name]
    return names[0] if len(names) == 1 else None


def _readings(
    texts: ParsedTexts, request: SurveyRequest, adapters: Adapters, role: Arn
) -> Iterator[FoundRole | Failure]:
    """Yield the answers of the selected profiles of the role's account."""
    plain, others = _divide_patterns(texts, request)
    switcher = adapters.switcher(texts)
    for name in plain:
        source = Source(profile=name)
        caller = switcher.identify({source: [name]})[source]
        if isinstance(caller, Failure):
            yield caller
        elif caller.arn.account_id == role.account_id:
            yield switcher.ask_own(source, role_question(str(role)), client=name)
    if not others:
        return
    surveyed = survey(texts, replace(request, patterns=others), adapters)
    for read in _readers_by_account(surveyed, role_question(str(role))).get(role.account, ()):
        yield read()


def _readers_by_account(
    found: Survey, question: Question[T]
) -> dict[str, list[Callable[[], T | Failure]]]:
    """Return what asks a question in each account, with the sessions of accepted roles."""
    if found.switcher is None:  # no profile has a source with credentials
        return {}
    ask = found.switcher.ask_iam
    return {
        account: [partial(ask, switch, question, role=switch) for _, switch in readers[:READERS]]
        for account, readers in accepted_roles(found).items()
    }


def prepare_audit(
    files: ConfigFiles, request: SurveyRequest, adapters: Adapters, *, asked_at: datetime
) -> Audit:
    """Test the selected profiles, and find out which of them may read which account.

    A profile with a role reads the role's account, another one that of its own credentials.
    `asked_at` is the current time, in UTC.
    """
    texts = parse_texts(files.read())
    switcher = adapters.switcher(texts)
    accounts: dict[str, _Account] = {}
    read_roles = roles_question(partial(audit_role, at=asked_at))
    plain, others = _divide_patterns(texts, request)
    for name in plain:
        _add_plain(accounts, texts.profiles.by_name[name], switcher, read_roles)
    if others:
        found = survey(texts, replace(request, patterns=others), adapters)
        report = Report(command="check", paths=files.paths, survey=found)
        _add_roles(accounts, report, read_roles, names=select(texts, others))
    return Audit(jobs=adapters.jobs, _accounts=tuple(accounts.values()))


def _add_plain(
    accounts: dict[str, _Account],
    profile: Profile,
    switcher: Switcher,
    read_roles: Question[tuple[AuditedRole, ...]],
) -> None:
    name, source = profile.name, Source(profile=profile.name)
    caller = switcher.identify({source: [name]})[source]
    if isinstance(caller, Failure):
        why = explain_source(source, caller, Background(profiles={name: profile}))
        return _add_refused(accounts, name, why.message)
    account = accounts.setdefault(caller.arn.account, _Account(account_id=caller.arn.account_id))
    account.profiles.append(name)
    account.readers.append(partial(switcher.ask_own, source, read_roles, client=name))
    return None


def _add_refused(accounts: dict[str, _Account], name: str, why: str) -> None:
    accounts[f"profile {name}"] = _Account(account_id="", profiles=[name], refused=why)


def _add_roles(
    accounts: dict[str, _Account],
    report: Report,
    read_roles: Question[tuple[AuditedRole, ...]],
    *,
    names: frozenset[str],
) -> None:
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
    for key, readers in _readers_by_account(report.survey, read_roles).items():
        if key in accounts:
            accounts[key].readers += readers
