"""What STS said of each profile's own switch, counted by caller, account and role.

Every result is counted once; what a refusal is compared with is then looked up, so the work grows
with the number of profiles, not with its square.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sync_profiles.causes import Cause
from sync_profiles.decisions import Verdict
from sync_profiles.explain.access_denied import MAY_DEMAND_MFA, is_by_trust_policy
from sync_profiles.explain.spelling import Spellings
from sync_profiles.explain.wording import place_of
from sync_profiles.model import Chain, Source
from sync_profiles.outcomes import Accepted, Caller, NoCaller, Refused, ServiceFailure
from sync_profiles.planning.session_name import user_name
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync_profiles.arn import Arn
    from sync_profiles.decisions import Decision
    from sync_profiles.model import Profile
    from sync_profiles.outcomes import Outcome

_DENIALS = frozenset({Cause.NOT_AUTHORIZED, Cause.IMPLICIT_DENY, Cause.EXPLICIT_DENY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One profile's own switch.

    `caller` is the same for all switches of one principal; `who` and `origin` are the words for
    it. `account` has the partition too. `names` are the session names under which the switch was
    refused, or the one under which it was accepted.
    """

    profile: Profile
    role: Arn
    caller: str
    who: str
    origin: str
    account: str
    calls_as_user: bool
    is_accepted: bool
    is_unexplained: bool
    names: frozenset[str | None]
    wanted_name: str | None
    note: str | None

    @property
    def name(self) -> str:
        """The profile, as a literal."""
        return quote(self.profile.name)

    @property
    def role_words(self) -> str:
        """The setting to look at, with its place."""
        return f"`role_arn` {place_of(self.profile.place_of('role_arn'))}"


def result_of(
    decision: Decision,
    callers: Mapping[Source, Caller | NoCaller],
    by_name: Mapping[str, Profile],
) -> Result | None:
    """Return what STS said of a profile's own switch, None where it said nothing of policies."""
    profile, chain, outcome = decision.profile, decision.chain, decision.outcome
    role = profile.role
    if role is None or role.kind != "role" or not isinstance(chain, Chain):
        return None
    is_accepted = decision.verdict is Verdict.FIXABLE or (
        decision.verdict is Verdict.ACCEPTED and isinstance(outcome, Accepted)
    )
    is_denied = (
        decision.blocked_by is None
        and isinstance(outcome, Refused)
        and outcome.cause in _DENIALS
        and isinstance(outcome.failure, ServiceFailure)
        and outcome.failure.operation == "AssumeRole"
    )
    if not is_accepted and not is_denied:
        return None
    source = callers.get(chain.source)
    is_known_user = not isinstance(source, Caller) or user_name(source) is not None
    caller, who, origin = _caller_of(chain, source, by_name)
    name = profile.session_name
    if is_accepted:
        names = frozenset({decision.wanted_name if decision.change.writes else name})
    else:
        names = frozenset({name} if decision.note else {name, decision.wanted_name})
    return Result(
        profile=profile,
        role=role,
        caller=caller,
        who=who,
        origin=origin,
        account=f"{role.partition}:{role.account_id}",
        calls_as_user=len(chain.hops) == 1 and is_known_user,
        is_accepted=is_accepted,
        is_unexplained=is_denied and _is_unexplained(outcome),
        names=names,
        wanted_name=decision.wanted_name,
        note=decision.note,
    )


def _is_unexplained(outcome: Outcome | None) -> bool:
    """Say whether STS leaves open which setting a refusal is about, if it is about any."""
    return isinstance(outcome, Refused) and (
        outcome.cause is Cause.NOT_AUTHORIZED
        or is_by_trust_policy(outcome.cause, outcome.policy_type)
        or (outcome.cause is Cause.EXPLICIT_DENY and outcome.policy_type in MAY_DEMAND_MFA)
    )


def _caller_of(
    chain: Chain, source: Caller | NoCaller | None, by_name: Mapping[str, Profile]
) -> tuple[str, str, str]:
    """Return what tells a principal from others, the words for it, and for where it comes from."""
    if len(chain.hops) > 1:
        hop = chain.hops[-2]
        role_arn = by_name[hop].role_arn if hop in by_name else hop
        return f"session of {role_arn}", f"the session of {quote(hop)}", f"through {quote(hop)}"
    identity = source.arn if isinstance(source, Caller) else str(chain.source)
    return identity, "the caller", f"from {quote(str(chain.source))}"


class _Scope(NamedTuple):
    """Which results a tally is of; None stands for any."""

    caller: str | None = None
    account: str | None = None
    role: str | None = None


@dataclass(slots=True)
class Tally:
    """The accepted results of a scope, the first of each sort, and the number of denials."""

    accepted: Result | None = None
    with_mfa: Result | None = None
    without_mfa: Result | None = None
    by_external_id: dict[str | None, Result] = field(default_factory=dict)
    by_name: dict[str | None, Result] = field(default_factory=dict)
    denied: int = 0

    def count(self, result: Result) -> None:
        """Take one result in."""
        if not result.is_accepted:
            self.denied += 1
            return
        self.accepted = self.accepted or result
        if result.profile.text("mfa_serial"):
            self.with_mfa = self.with_mfa or result
        else:
            self.without_mfa = self.without_mfa or result
        self.by_external_id.setdefault(result.profile.text("external_id"), result)
        for name in result.names:
            self.by_name.setdefault(name, result)


@dataclass(slots=True)
class Tallies:
    """All results, tallied; `by_role_name` and `spellings` are of the accepted roles."""

    tallies: dict[_Scope, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_role_name: dict[tuple[str, str], Result] = field(default_factory=dict)
    spellings: dict[str, Spellings] = field(default_factory=lambda: defaultdict(Spellings))

    @classmethod
    def of(cls, results: Iterable[Result]) -> Tallies:
        """Tally results."""
        seen = cls()
        results = tuple(results)
        in_question = {result.account for result in results if result.is_unexplained}
        for result in results:
            caller, account, role = result.caller, result.account, result.profile.role_arn
            for scope in (
                _Scope(caller=caller),
                _Scope(account=account),
                _Scope(caller=caller, account=account),
                _Scope(role=role),
                _Scope(caller=caller, role=role),
            ):
                seen.tallies[scope].count(result)
            if result.is_accepted:
                seen.by_role_name.setdefault((account, result.role.name.lower()), result)
                if account in in_question:
                    seen.spellings[account].add(result.role.name)
        return seen

    def by_caller(self, result: Result) -> Tally:
        """Return the tally of the same caller."""
        return self.tallies[_Scope(caller=result.caller)]

    def in_account(self, result: Result) -> Tally:
        """Return the tally of the same caller in the same account."""
        return self.tallies[_Scope(caller=result.caller, account=result.account)]

    def of_account(self, result: Result) -> Tally:
        """Return the tally of the same account, whoever calls."""
        return self.tallies[_Scope(account=result.account)]

    def of_role(self, result: Result) -> Tally:
        """Return the tally of the same role, whoever calls."""
        return self.tallies[_Scope(role=result.profile.role_arn)]

    def in_role(self, result: Result) -> Tally:
        """Return the tally of the same caller and the same role."""
        return self.tallies[_Scope(caller=result.caller, role=result.profile.role_arn)]
