"""Count STS's answers to the profiles' own calls by caller, account and role.

Every result is counted once, and a refusal is compared with the counts, so the work grows linearly
with the number of profiles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from sync_profiles.arn import Arn
from sync_profiles.explain.account_names import AccountNames
from sync_profiles.explain.findings import Calling
from sync_profiles.explain.lookups import NameVariants, Spellings
from sync_profiles.explain.spelling import form_of, is_made_by_aws, is_named_as
from sync_profiles.model import Chain, Profile, Source
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.decision import Decision, Verdict
from sync_profiles.text import quote


@dataclass(frozen=True, kw_only=True)  # without slots: what it is compared by is found once
class Result:
    """STS's answer to a profile's own call.

    `caller` is the same for all calls of one principal, and `calling` describes it in messages.
    `names` are the session names with which the call was refused, or the one with which it was
    accepted.
    """

    decision: Decision
    role: Arn
    caller: str
    calling: Calling
    names: frozenset[str | None]

    @property
    def profile(self) -> Profile:
        """The calling profile."""
        return self.decision.profile

    @property
    def name(self) -> str:
        """The profile, for a sentence which may say that it works."""
        return name_of(self.decision)

    @cached_property
    def is_accepted(self) -> bool:
        """Whether the call is accepted, or will be after a sync."""
        return self.decision.is_accepted_by_sts

    @cached_property
    def role_arn(self) -> str:
        """The role's ARN, as the file has it."""
        return self.profile.role_arn

    @cached_property
    def account(self) -> str:
        """The role's account, with its partition."""
        return self.role.account

    @cached_property
    def role_name(self) -> str:
        """The role's name, which roles of other accounts may have, too."""
        return self.role.name.lower()

    @property
    def path(self) -> str:
        """The role's path, such as `/team/`."""
        return self.role.resource.removeprefix("role").removesuffix(self.role.name)

    @property
    def is_named_as_profile(self) -> bool:
        """Whether the role has the name of the profile."""
        return is_named_as(self.role.name, self.profile.name)

    @property
    def is_unexplained(self) -> bool:
        """Whether the call is refused without saying which setting, if any, is the reason."""
        failure = self.decision.failure
        return not self.is_accepted and failure is not None and failure.is_unexplained


def name_of(decision: Decision) -> str:
    """Return a profile's name, quoted, for a sentence that may say that it works.

    It does so only `once fixed` if a sync or a setting is needed first.
    """
    is_broken = decision.is_accepted_by_sts and decision.verdict is not Verdict.ACCEPTED
    return quote(decision.profile.name) + (" once fixed" if is_broken else "")


def result_of(
    decision: Decision,
    callers: Mapping[Source, Caller | Failure],
    profiles: Mapping[str, Profile],
) -> Result | None:
    """Return the answer to a profile's own call, or None if it says nothing about policies."""
    profile, chain, failure = decision.profile, decision.chain, decision.failure
    role = profile.role
    if role is None or role.kind != "role" or not isinstance(chain, Chain):
        return None
    is_denied = (
        decision.blocked_by is None
        and failure is not None
        and failure.is_of_assume_role
        and failure.is_denial
    )
    if not decision.is_accepted_by_sts and not is_denied:
        return None
    name = profile.session_name
    if decision.is_accepted_by_sts:
        names = frozenset({decision.wanted_name if decision.change.writes else name})
    else:
        names = frozenset({name} if decision.note else {name, decision.wanted_name})
    source = callers.get(chain.source)
    calling = Calling(chain=chain, caller=source if isinstance(source, Caller) else None)
    return Result(
        decision=decision,
        role=role,
        caller=_identity(calling, chain, profiles),
        calling=calling,
        names=names,
    )


def _identity(calling: Calling, chain: Chain, profiles: Mapping[str, Profile]) -> str:
    hop, caller = calling.above, calling.caller
    if hop is not None:
        return f"session of {profiles[hop].role_arn}"
    return str(caller.arn) if caller is not None else str(chain.source)


#: the settings that a role may require, and that are counted
SENT = ("mfa_serial", "external_id")


class PeerGroup(Enum):
    """A set of results to compare with, defined by what they have in common."""

    CALLER = ("elsewhere", "caller")
    ACCOUNT = ("in the same account", "account")
    CALLER_AND_ACCOUNT = ("in the same account", "caller", "account")
    CALLER_AND_NAME = ("elsewhere", "caller", "role_name")
    ROLE = ("for the same role", "role_arn")
    CALLER_AND_ROLE = ("for the same role", "caller", "role_arn")

    @property
    def where(self) -> str:
        """The scope of a working result, as the end of a phrase."""
        where, *_ = self.value
        return str(where)

    def key(self, result: Result) -> tuple[str, ...]:
        """Return the key that all results of one tally have in common."""
        return (self.name, *(getattr(result, attribute) for attribute in self.value[1:]))


@dataclass(slots=True)
class Tally:
    """The accepted results of a scope, the first of each kind, and the number of denials.

    `works` has the first for each value of a setting, `by_name` for each session name. `denied`
    counts a role once for each caller that is refused without a reason, however many profiles have
    it. `sent` counts the values of a setting that profiles send, accepted or not.
    """

    accepted: Result | None = None
    works: dict[str, dict[str | None, Result]] = field(default_factory=lambda: defaultdict(dict))
    by_name: dict[str | None, Result] = field(default_factory=dict)
    count_accepted: int = 0
    count_names: Counter[str | None] = field(default_factory=Counter)
    denied: int = 0
    count: int = 0
    sent: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, result: Result) -> None:
        """Count one result."""
        self.count += 1
        for key in SENT:
            if value := result.profile.text(key):
                self.sent[key][value] += 1
        if not result.is_accepted:
            return
        self.count_accepted += 1
        self.count_names.update(result.names)
        self.accepted = self.accepted or result
        for key in (*SENT, "region"):
            self.works[key].setdefault(result.profile.text(key), result)
        for name in result.names:
            self.by_name.setdefault(name, result)

    def first(self, key: str, *, sends: bool = True) -> Result | None:
        """Return the first accepted result of a profile that sends a setting, or that does not."""
        found = (result for value, result in self.works[key].items() if bool(value) is sends)
        return next(found, None)


@dataclass(slots=True)
class Tallies:
    """All results, counted; `by_role_name`, `spellings` and the others have the accepted roles.

    `everywhere` and `variants` have those of all accounts, `ids` their external IDs in lower case,
    and without what is behind the last hyphen, `by_name` one of each form of a name, `resources`
    their names with path, `paths` the number of each path by account, and `alike` of roles that are
    called as their profile, and not. `callers` is the number of callers. All results are in
    `by_account_id`, in `spelled`, which counts the roles of each name by its case, with one result
    of each, in `capitalized`, which counts the names with a capital letter, and those without, and
    in `accounts`. `unanswered` has, by setting and role, the quoted name of a profile that sends
    the setting, and to which AWS has not answered.
    """

    _tallies: dict[tuple[str, ...], Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_role_name: dict[tuple[str, str], Result] = field(default_factory=dict)
    spellings: dict[str, Spellings] = field(default_factory=lambda: defaultdict(Spellings))
    everywhere: Spellings = field(default_factory=Spellings)
    variants: NameVariants = field(default_factory=NameVariants)
    ids: Spellings = field(default_factory=Spellings)
    by_name: dict[str, Result] = field(default_factory=dict)
    resources: set[str] = field(default_factory=set)
    by_account_id: dict[str, list[Result]] = field(default_factory=lambda: defaultdict(list))
    by_external_id: dict[str | None, dict[str, Result]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    accounts: AccountNames = field(default_factory=AccountNames)
    paths: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    alike: Counter[bool] = field(default_factory=Counter)
    spelled: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_spelling: dict[str, Result] = field(default_factory=dict)
    capitalized: Counter[bool] = field(default_factory=Counter)
    callers: int = 0
    unanswered: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, results: Iterable[Result], *, unanswered: Mapping[tuple[str, str], str]) -> Tallies:
        """Count results."""
        seen = cls(unanswered=unanswered)
        results = tuple(results)
        seen.callers = len({result.caller for result in results})
        in_question = {result.account for result in results if result.is_unexplained}
        for result in {result.role_arn: result for result in reversed(results)}.values():
            seen.spelled[result.role_name][result.role.name] += 1
            seen.by_spelling[result.role.name] = result
        denied = {
            (result.caller, result.role_arn): result for result in results if result.is_unexplained
        }
        for result in denied.values():
            for scope in PeerGroup:
                seen.tally(scope, result).denied += 1
        for result in results:
            for scope in PeerGroup:
                seen.tally(scope, result).add(result)
            seen.by_account_id[result.role.account_id].append(result)
            seen.accounts.add(result.profile, result.role, works=result.is_accepted)
            if not is_made_by_aws(result.role.name):
                seen.add_style(result)
            if result.is_accepted:
                seen._add_accepted(result, in_question)
        return seen

    def _add_accepted(self, result: Result, in_question: AbstractSet[str]) -> None:
        """Add a role that works; `in_question` are the accounts with refusals to explain."""
        sent, name = result.profile.text("external_id"), result.role.name
        self.by_external_id[sent].setdefault(result.account, result)
        self.alike[result.is_named_as_profile] += 1
        self.by_role_name.setdefault((result.account, result.role_name), result)
        self.resources.add(result.role.resource)
        if in_question:
            self.everywhere.add(name)
            if form_of(name) not in self.by_name:
                self.variants.add(name)
            for sent_id in {sent, sent.rpartition("-")[0]} if sent else ():
                self.ids.add(sent_id.casefold())
        self.by_name.setdefault(form_of(name), result)
        if result.account in in_question:
            self.spellings[result.account].add(name)

    def add_style(self, result: Result) -> None:
        """Count the case of a role's name and, if it works, its path."""
        self.capitalized[not result.role.name.islower()] += 1
        if result.is_accepted:
            self.paths[result.account][result.path] += 1

    def has_role(self, role_arn: str) -> bool:
        """Return whether AWS has answered to a profile for this role."""
        return (PeerGroup.ROLE.name, role_arn) in self._tallies

    def of_one_account(self, external_id: str | None) -> Result | None:
        """Return a profile that works with an external ID, if one account alone accepts it."""
        found = self.by_external_id.get(external_id, {}) if external_id is not None else {}
        return next(iter(found.values())) if len(found) == 1 else None

    def tally(self, scope: PeerGroup, result: Result) -> Tally:
        """Return the tally that a result is compared with."""
        return self._tallies[scope.key(result)]
