"""Read what IAM says about a call: the role's trust policy, and the caller's own policies.

Each role is read once, first with the caller's own credentials where the role is in its account.
Who was denied is not asked again. IAM also says how long a session may be, where a test by MFA
could ask for an hour only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sync_profiles.arn import parse_arn
from sync_profiles.aws.patience import run_all
from sync_profiles.aws.questions import role_question, simulation_question
from sync_profiles.causes import Cause
from sync_profiles.explain.findings import Learned
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.role_answer import RoleRead
from sync_profiles.model import Chain, Source
from sync_profiles.outcomes import Caller, Failure, FoundRole, Simulation, Switch
from sync_profiles.planning.decision import Verdict
from sync_profiles.report import ReportRow
from sync_profiles.survey import READERS, Survey, accepted_roles
from sync_profiles.text import quote
from sync_profiles.waiting import stage_of


class _Reader(NamedTuple):
    """Who reads roles: with the credentials of a test, or with its role's session."""

    profile: str
    test: Switch
    role: Switch | None


@dataclass(slots=True)
class RoleReader:
    """Reads roles, and remembers what it has found out.

    Who is denied one role of an account is not asked for another.
    """

    found: Survey
    _readers: dict[str, list[_Reader]] = field(default_factory=dict)
    _read: dict[str, RoleRead | None] = field(default_factory=dict)
    _own: set[Source] = field(default_factory=set)

    def __post_init__(self) -> None:
        for account, accepted in accepted_roles(self.found).items():
            self._readers[account] = [
                _Reader(profile, switch, role=switch) for profile, switch in accepted[:READERS]
            ]

    def read(self, refused: Switch, caller: Caller) -> RoleRead | None:
        """Read the role of a refused call, or return None if no profile may.

        `caller` is that of the call's source.
        """
        role_arn = refused.role_arn
        if role_arn not in self._read:
            self._read[role_arn] = self._ask(refused, caller)
        return self._read[role_arn]

    def read_all(self, calls: Iterable[RefusedCall]) -> None:
        """Read the roles of refused calls, those of several accounts at once.

        Within an account one role is read after the other: who is denied one is not asked for the
        next.
        """
        roles = {call.role: call for call in calls}
        if not roles:
            return
        by_account: dict[str, list[RefusedCall]] = {}
        for role, call in roles.items():
            by_account.setdefault(role.account, []).append(call)

        def read_account(account: str) -> None:
            for call in by_account[account]:
                self.read(call.switch, call.caller)
                stage.advance()

        with stage_of(len(roles), "roles") as stage:
            for _ in run_all(read_account, list(by_account), jobs=self.found.further_calls.jobs):
                pass

    def _ask(self, refused: Switch, caller: Caller) -> RoleRead | None:
        role_arn = refused.role_arn
        role = parse_arn(role_arn)
        if role is None:
            return None
        readers = self._readers.setdefault(role.account, [])
        source, is_own = refused.source, caller.arn.account == role.account
        if is_own and refused.parent is None and source not in self._own:
            self._own.add(source)
            readers.insert(0, _Reader(str(source), refused, role=None))
        for reader in tuple(readers):
            answer = self.found.further_calls.ask_iam(
                reader.test, role_question(role_arn), role=reader.role
            )
            if isinstance(answer, FoundRole):
                return RoleRead(reader.profile, answer)
            if answer.code == "NoSuchEntity":
                return RoleRead(reader.profile, None)
            if answer.policy_type != "session":  # that is for this role alone
                readers.remove(reader)
        return None


@dataclass(slots=True)
class CallerPolicyReader:
    """Asks what the callers' own policies say, by `iam:SimulatePrincipalPolicy`.

    `answers` has, by refused call, what they say or why they could not be asked; nothing for a
    refusal that shows already that it is the role that refuses, or that no policy allows the call.
    """

    found: Survey
    answers: dict[Switch, Simulation | Failure] = field(default_factory=dict)

    def read_all(self, calls: Iterable[RefusedCall]) -> None:
        """Ask about refused calls, of each caller first about one.

        A caller that may not be asked about is not asked about again: its answer is that of all.
        """
        by_caller: dict[str, dict[Switch, RefusedCall]] = {}
        for call in calls:
            outcome, arn = self.found.outcomes[call.switch], call.policy_source_arn
            is_open = isinstance(outcome, Failure) and (
                outcome.cause is Cause.NOT_AUTHORIZED or outcome.is_denied_by_callers_policy
            )
            if is_open and arn is not None:
                by_caller.setdefault(arn, {})[call.switch] = call
        self._ask_all([next(iter(each.values())) for each in by_caller.values()])
        further = []
        for each in by_caller.values():
            answer = self.answers.get(next(iter(each)))
            if isinstance(answer, Failure):
                self.answers |= dict.fromkeys(each, answer)
            else:
                further += list(each.values())[1:]
        self._ask_all(further)

    def _ask_all(self, calls: Sequence[RefusedCall]) -> None:
        def ask(call: RefusedCall) -> Simulation | Failure:
            refused, arn = call.switch, call.policy_source_arn or ""
            asking = simulation_question(
                principal_arn=arn, role_arn=refused.role_arn, keys=call.keys
            )
            return self.found.further_calls.ask_iam(
                refused.parent or refused, asking, role=refused.parent
            )

        if not calls:
            return
        with stage_of(len(calls), "callers") as stage:
            for call, answer in run_all(ask, calls, jobs=self.found.further_calls.jobs):
                self.answers[call.switch] = answer
                stage.advance()


def with_longest_session(
    row: ReportRow, roles: RoleReader, accepted: Mapping[str, Switch]
) -> ReportRow:
    """Return a row with how long a session may be, if its duration was not tested.

    If the role does not allow the duration, the profile is rejected: STS will refuse the call that
    the AWS CLI makes. `accepted` are the calls that AWS accepts, by profile.
    """
    decision = row.decision
    caller, chain = row.report.caller_of(decision), decision.chain
    switch = accepted.get(decision.profile.name)
    seconds = decision.untested_duration
    if seconds is None or switch is None or not isinstance(caller, Caller):
        return row
    while switch.parent is not None:
        switch = switch.parent
    read = roles.read(switch, caller)
    if read is None or read.role is None or not isinstance(chain, Chain):
        return row
    longest = read.role.max_session_duration
    if seconds > longest:
        too_long = Failure(cause=Cause.DURATION_TOO_LONG, proves=True)
        decision = replace(decision.rejected_for(too_long), untested_duration=None)
        if len(chain.hops) > 1:
            decision = replace(decision, cause=Cause.SOURCE_REFUSED, blocked_by=chain.hops[0])
    is_sync_left = row.decision.verdict is Verdict.FIXABLE and decision is not row.decision
    sync = f"run {quote(row.report.survey.request.sync_command)}"
    learned = Learned(longest_session=longest, then=sync if is_sync_left else None)
    return replace(row, decision=decision, learned=learned)
