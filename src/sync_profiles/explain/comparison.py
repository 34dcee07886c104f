"""Find likely reasons of a refusal without a reason in the other profiles' results."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.explain.arn_comparison import doubts_about_arn
from sync_profiles.explain.likelihood import differing, lacking, rate, sending
from sync_profiles.explain.results import Scope, Tallies, result_of
from sync_profiles.explain.spelling import name_words
from sync_profiles.explain.suspicions import Finding, Topic, Weight, Wording, ruled_out
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.results import Result, Tally
    from sync_profiles.model import Profile, Source
    from sync_profiles.outcomes import Caller, Failure

#: the shares of roles that require MFA, an external ID, or a fixed name, as far as is known
_USUAL_MFA, _USUAL_EXTERNAL_ID, _USUAL_FIXED_NAME = 0.25, 0.2, 0.15
#: words in the names of roles that programs assume, under a name of their own
_OF_PROGRAMS = frozenset(
    {"automation", "bot", "build", "ci", "cicd", "deploy", "deployer", "deployment", "github"}
    | {"gitlab", "jenkins", "pipeline", "release", "robot", "runner", "terraform"}
)
#: where a setting of another profile says most
_NEAREST = (Scope.ROLE, Scope.CALLER_AND_ACCOUNT, Scope.CALLER_AND_NAME, Scope.CALLER)
_NO_PROFILES: Mapping[str, Profile] = MappingProxyType({})


def compare_results(
    decisions: Sequence[Decision],
    callers: Mapping[Source, Caller | Failure],
    *,
    profiles: Mapping[str, Profile] = _NO_PROFILES,
) -> Mapping[str, tuple[Finding, ...]]:
    """Return what the profiles' results suggest about each other, by profile name.

    Only profiles that are refused without a reason have an entry, and those below them in a chain.
    `profiles` also has the hops for which there is no decision.
    """
    by_name = {**profiles, **{decision.profile.name: decision.profile for decision in decisions}}
    results = [
        result
        for decision in decisions
        if (result := result_of(decision, callers, by_name)) is not None
    ]
    seen = Tallies.of(results)
    found = {
        result.profile.name: tuple(finding for find in _FINDERS for finding in find(result, seen))
        for result in results
        if result.is_unexplained
    }
    for decision in decisions:
        if decision.blocked_by in found:
            found[decision.profile.name] = found[decision.blocked_by]
    return found


def _first(
    result: Result,
    seen: Tallies,
    scopes: Sequence[Scope],
    find: Callable[[Tally, Scope], Finding | None],
) -> Iterator[Finding]:
    """Yield the finding of the first scope with a finding."""
    for scope in scopes:
        finding = find(seen.tally(scope, result), scope)
        if finding is not None:
            yield finding
            return


def _mfa(result: Result, seen: Tallies) -> Iterator[Finding]:
    if result.profile.text("mfa_serial") or not result.calling.is_user:
        return
    if seen.tally(Scope.CALLER_AND_ROLE, result).without_mfa is not None:
        yield ruled_out(Topic.MFA)
        return

    def find(tally: Tally, scope: Scope) -> Finding | None:
        if tally.with_mfa is None:
            return None
        weight = Weight.SAME_ROLE if scope is Scope.ROLE else 0
        facts = {"other": tally.with_mfa.name, "where": scope.where}
        return Finding(Topic.MFA, weight, Wording.MFA_ELSEWHERE, facts)

    share = _share("mfa_serial", result, seen, usual=_USUAL_MFA)
    yield Finding(Topic.MFA, lacking(share, usual=_USUAL_MFA))
    yield from _first(result, seen, _NEAREST, find)


def _share(key: str, result: Result, seen: Tallies, *, usual: float) -> float:
    """Return how likely the files make it that a role requires a setting.

    Roles of the same account or the same name require the same.
    """
    own = int(result.profile.text(key) is not None)
    anywhere = seen.tally(Scope.CALLER, result)
    near = [seen.tally(s, result) for s in (Scope.CALLER_AND_ACCOUNT, Scope.CALLER_AND_NAME)]
    elsewhere = rate(anywhere.sends[key] - own, anywhere.count - 1, usual=usual)
    sends = sum(tally.sends[key] - own for tally in near)
    return rate(sends, sum(tally.count - 1 for tally in near), usual=elsewhere)


def _external_id(result: Result, seen: Tallies) -> Iterator[Finding]:
    own = result.profile.text("external_id")
    if own in seen.tally(Scope.CALLER_AND_ROLE, result).by_external_id:
        yield ruled_out(Topic.EXTERNAL_ID)
        return
    here = seen.tally(Scope.ACCOUNT, result)
    if own is not None and own in here.by_external_id:
        yield Finding(Topic.EXTERNAL_ID, Weight.SHARED)
        return
    share = _share("external_id", result, seen, usual=_USUAL_EXTERNAL_ID)
    if own is not None:
        yield Finding(Topic.EXTERNAL_ID, sending(share, usual=_USUAL_EXTERNAL_ID))
    else:
        yield Finding(Topic.EXTERNAL_ID, lacking(share, usual=_USUAL_EXTERNAL_ID))
        if here.is_alone:
            yield Finding(Topic.EXTERNAL_ID, Weight.LONE_ROLE)
    wording = Wording.EXTERNAL_ID_ELSEWHERE if own is None else Wording.OTHER_EXTERNAL_ID

    def find(tally: Tally, scope: Scope) -> Finding | None:
        values = {value: found for value, found in tally.by_external_id.items() if value}
        if not values:
            return None
        weight: float = Weight.SAME_ROLE if scope is Scope.ROLE else 0
        if own is not None and scope is not Scope.ROLE:
            count = tally.count_accepted
            weight = differing(0, count, if_wrong=1) if len(values) == 1 else 0
        facts = {"other": next(iter(values.values())).name, "where": scope.where}
        return Finding(Topic.EXTERNAL_ID, weight, wording, facts)

    other = seen.of_one_account(own)
    if other is not None:
        facts = {
            "setting": result.words_for("external_id"),
            "other": other.name,
            "account": quote(other.role.account_id),
        }
        yield Finding(
            Topic.EXTERNAL_ID, Weight.OF_ANOTHER_ACCOUNT, Wording.EXTERNAL_ID_OF_OTHER, facts
        )
    yield from _first(result, seen, (Scope.ROLE, Scope.CALLER_AND_ACCOUNT, Scope.ACCOUNT), find)


def _session_name(result: Result, seen: Tallies) -> Iterator[Finding]:
    if result.decision.note is not None:  # the profile's own settings explain why the name is kept
        return
    wanted = result.decision.wanted_name
    tried = result.names - {None}
    if tried & seen.tally(Scope.CALLER_AND_ROLE, result).by_name.keys():
        yield ruled_out(Topic.SESSION_NAME)
        return

    def find(tally: Tally, scope: Scope) -> Finding | None:
        names = {one.casefold() for one in tried if one}
        others = [name for name in tally.by_name if name and name.casefold() not in names]
        if not others:
            return None
        name = wanted if wanted in others else max(others, key=tally.count_names.__getitem__)
        weight = Weight.SAME_ROLE if scope is Scope.CALLER_AND_ROLE else 0
        facts = {"other": tally.by_name[name].name, "name": quote(name), "where": scope.where}
        return Finding(Topic.SESSION_NAME, weight, Wording.OTHER_SESSION_NAME, facts)

    here = seen.tally(Scope.CALLER_AND_ACCOUNT, result)
    fixed = sum(count for name, count in here.count_names.items() if name and name not in tried)
    share = rate(fixed, here.count_accepted, usual=_USUAL_FIXED_NAME)
    weight = lacking(share, usual=_USUAL_FIXED_NAME)
    if _OF_PROGRAMS.intersection(name_words(result.role.name)):
        weight += Weight.OF_A_PROGRAM
    yield Finding(Topic.SESSION_NAME, weight)
    yield from _first(result, seen, (Scope.CALLER_AND_ROLE, Scope.CALLER_AND_ACCOUNT), find)


def _same_role(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with other callers of the same role."""
    here = seen.tally(Scope.CALLER_AND_ROLE, result).accepted
    anywhere = seen.tally(Scope.ROLE, result).accepted
    if here is not None:
        yield from map(ruled_out, (Topic.TRUST, Topic.PERMISSION, Topic.USER_NAME))
        facts = {"other": here.name}
        yield Finding(Topic.DIFFERENCE, Weight.ANYTHING, Wording.DIFFERENCE, facts)
    elif anywhere is not None:
        facts = {
            "who": result.calling.who,
            "other": anywhere.name,
            "origin": anywhere.calling.origin,
        }
        yield Finding(Topic.TRUST, Weight.SAME_ROLE, Wording.ROLE_TRUSTS_OTHER, facts)


def _same_account(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with the account's other roles to see whether the role or the caller is at fault."""
    if seen.tally(Scope.ROLE, result).accepted is not None:
        return
    account = seen.tally(Scope.ACCOUNT, result)
    here = seen.tally(Scope.CALLER_AND_ACCOUNT, result)
    weight = differing(here.count_accepted, account.count_accepted)
    if here.accepted is None and account.accepted is not None:
        other = account.accepted
        facts = {
            "who": result.calling.who,
            "other": other.name,
            "origin": other.calling.origin,
        }
        yield Finding(Topic.TRUST, weight, Wording.ACCOUNT_TRUSTS_OTHER, facts)
    elif account.accepted is not None:
        yield Finding(Topic.TRUST, weight)
    anywhere = seen.tally(Scope.CALLER, result)
    if here.accepted is not None:
        wanted = result.decision.wanted_name
        named = here.by_name.get(wanted) if wanted else None
        facts = {"other": (named or here.accepted).name, "name": quote(wanted or "")}
        wording = Wording.TYPO if named is None else Wording.TYPO_SAME_NAME
        yield Finding(Topic.ROLE_NAME, Weight.OTHER_ROLES_WORK, wording, facts)
        yield Finding(Topic.USER_NAME, Weight.OTHERS_WORK_FOR_IT)
        return
    facts = {"who": result.calling.who, "origin": result.calling.origin}
    is_nowhere = anywhere.accepted is None and anywhere.denied > here.denied
    if is_nowhere:
        yield Finding(
            Topic.PERMISSION,
            _none_of(anywhere.denied),
            Wording.NO_PERMISSION_ANYWHERE,
            {**facts, "count": str(anywhere.denied)},
        )
    if here.denied > 1:
        yield Finding(
            Topic.TRUST,
            0 if is_nowhere else _none_of(here.denied),
            Wording.ACCOUNT_TRUSTS_NONE,
            {**facts, "account": quote(result.role.account_id), "count": str(here.denied)},
        )
        yield Finding(Topic.PERMISSION, 0, Wording.NO_PERMISSION_IN_ACCOUNT, facts)


def _none_of(count: int) -> int:
    """Return what it says that none of so many profiles works."""
    return Weight.NONE_WORKS[min(count, len(Weight.NONE_WORKS) - 1)]


#: of several findings on a topic the first is shown, and of equal weight the first comes first
_FINDERS: tuple[Callable[[Result, Tallies], Iterator[Finding]], ...] = (
    doubts_about_arn,
    _mfa,
    _external_id,
    _session_name,
    _same_role,
    _same_account,
)
