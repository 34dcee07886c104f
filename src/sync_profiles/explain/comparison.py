"""Find likely reasons of a refusal without a reason in the other profiles' results."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.explain.results import Scope, Tallies, result_of
from sync_profiles.explain.suspicions import Finding, Statement, Topic, Weight, ruled_out
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.results import Result, Tally
    from sync_profiles.model import Profile, Source
    from sync_profiles.outcomes import Caller, Failure

#: how many roles make a pattern
_PATTERN = 3
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


def _spelling(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Look for an accepted role with a similar name.

    Role names are unique in an account regardless of case and path, but an ARN must match both
    exactly: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if seen.tally(Scope.ROLE, result).accepted is not None:
        yield ruled_out(Topic.ROLE_NAME)
        return
    same = seen.by_role_name.get((result.account, result.role.name.lower()))
    if same is not None and same.role.resource != result.role.resource:
        yield _similar(result, same, Weight.CERTAIN, Statement.OTHER_CASE)
    near = seen.spellings[result.account].near(result.role.name)
    if near is not None:
        other = seen.by_role_name[result.account, near.lower()]
        yield _similar(result, other, Weight.ONE_SLIP, Statement.SIMILAR_ROLE)
        return
    if result.role.name in seen.by_name:
        yield Finding(Topic.ROLE_NAME, Weight.NAME_CONFIRMED)
        return
    near = seen.everywhere.near(result.role.name)
    if near is not None:
        yield _similar(result, seen.by_name[near], Weight.ONE_SLIP, Statement.SIMILAR_ROLE)
        return
    has_capitals = not result.role.name.islower()
    if seen.capitalized[not has_capitals] >= _PATTERN and seen.capitalized[has_capitals] == 1:
        style = "in lower case" if has_capitals else "spelled with capital letters"
        facts = {"setting": result.setting, "style": style}
        yield Finding(Topic.ROLE_NAME, Weight.OTHER_STYLE, Statement.OTHER_STYLE, facts)


def _similar(result: Result, other: Result, weight: int, statement: Statement) -> Finding:
    facts = {
        "setting": result.setting,
        "resource": quote(other.role.resource),
        "other": other.name,
    }
    return Finding(Topic.ROLE_NAME, weight, statement, facts)


def _mfa(result: Result, seen: Tallies) -> Iterator[Finding]:
    if result.profile.text("mfa_serial") or not result.calling.is_user:
        return
    if seen.tally(Scope.CALLER_AND_ROLE, result).without_mfa is not None:
        yield ruled_out(Topic.MFA)
        return

    def find(tally: Tally, scope: Scope) -> Finding | None:
        if tally.with_mfa is None:
            return None
        weight = _weight(scope, is_all=tally.without_mfa is None and tally.count_with_mfa > 1)
        facts = {"other": tally.with_mfa.name, "where": scope.where}
        return Finding(Topic.MFA, weight, Statement.MFA_ELSEWHERE, facts)

    here = seen.tally(Scope.CALLER_AND_ACCOUNT, result)
    if here.without_mfa is not None and here.with_mfa is None:
        yield Finding(Topic.MFA, Weight.NONE_IN_ACCOUNT)
    yield from _first(result, seen, (Scope.ROLE, Scope.CALLER_AND_ACCOUNT, Scope.CALLER), find)


def _external_id(result: Result, seen: Tallies) -> Iterator[Finding]:
    own = result.profile.text("external_id")
    if own in seen.tally(Scope.CALLER_AND_ROLE, result).by_external_id:
        yield ruled_out(Topic.EXTERNAL_ID)
        return
    here = seen.tally(Scope.ACCOUNT, result).by_external_id
    if own is not None and own in here:
        yield Finding(Topic.EXTERNAL_ID, Weight.SHARED)
        return
    if own is None and here.keys() == {None}:
        yield Finding(Topic.EXTERNAL_ID, Weight.NONE_IN_ACCOUNT)
    elif own is None and seen.tally(Scope.ACCOUNT, result).is_alone:
        yield Finding(Topic.EXTERNAL_ID, Weight.LONE_ROLE)
    statement = Statement.EXTERNAL_ID_ELSEWHERE if own is None else Statement.OTHER_EXTERNAL_ID

    def find(tally: Tally, scope: Scope) -> Finding | None:
        values = {value: found for value, found in tally.by_external_id.items() if value}
        if not values:
            return None
        is_all = None not in tally.by_external_id and tally.count_accepted > 1
        weight = _weight(scope, is_all=is_all)
        if own is not None and scope is not Scope.ROLE:
            weight = Weight.SAME_VALUES if len(values) == 1 else 0
        facts = {"other": next(iter(values.values())).name, "where": scope.where}
        return Finding(Topic.EXTERNAL_ID, weight, statement, facts)

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
        is_all = name == wanted or (
            tally.count_names[name] > 1 and not tried & tally.by_name.keys()
        )
        weight = _weight(scope, is_all=is_all)
        facts = {"other": tally.by_name[name].name, "name": quote(name), "where": scope.where}
        return Finding(Topic.SESSION_NAME, weight, Statement.OTHER_SESSION_NAME, facts)

    yield from _first(result, seen, (Scope.CALLER_AND_ROLE, Scope.CALLER_AND_ACCOUNT), find)


def _weight(scope: Scope, *, is_all: bool) -> int:
    """Return what it says that results of a scope send something, all of them or some."""
    match scope:
        case Scope.ROLE | Scope.CALLER_AND_ROLE:
            return Weight.SAME_ROLE
        case Scope.ACCOUNT | Scope.CALLER_AND_ACCOUNT:
            return Weight.ALL_IN_ACCOUNT if is_all else Weight.SOME_IN_ACCOUNT
        case Scope.CALLER:
            return Weight.ELSEWHERE


def _same_role(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with other callers of the same role."""
    here = seen.tally(Scope.CALLER_AND_ROLE, result).accepted
    anywhere = seen.tally(Scope.ROLE, result).accepted
    if here is not None:
        yield from map(ruled_out, (Topic.TRUST, Topic.PERMISSION, Topic.USER_NAME))
        facts = {"other": here.name}
        yield Finding(Topic.DIFFERENCE, Weight.ANYTHING, Statement.DIFFERENCE, facts)
    elif anywhere is not None:
        facts = {
            "who": result.calling.who,
            "other": anywhere.name,
            "origin": anywhere.calling.origin,
        }
        yield Finding(Topic.TRUST, Weight.SAME_ROLE, Statement.ROLE_TRUSTS_OTHER, facts)


def _same_account(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with the account's other roles to see whether the role or the caller is at fault."""
    if seen.tally(Scope.ROLE, result).accepted is not None:
        return
    here = seen.tally(Scope.CALLER_AND_ACCOUNT, result)
    anywhere = seen.tally(Scope.CALLER, result)
    if here.accepted is not None:
        wanted = result.decision.wanted_name
        named = here.by_name.get(wanted) if wanted else None
        facts = {"other": (named or here.accepted).name, "name": quote(wanted or "")}
        statement = Statement.TYPO if named is None else Statement.TYPO_SAME_NAME
        yield Finding(Topic.ROLE_NAME, Weight.OTHER_ROLES_WORK, statement, facts)
        return
    facts = {"who": result.calling.who, "origin": result.calling.origin}
    is_nowhere = anywhere.accepted is None and anywhere.denied > here.denied
    if is_nowhere:
        yield Finding(
            Topic.PERMISSION,
            _none_of(anywhere.denied),
            Statement.NO_PERMISSION_ANYWHERE,
            {**facts, "count": str(anywhere.denied)},
        )
    if here.denied > 1:
        yield Finding(
            Topic.TRUST,
            0 if is_nowhere else _none_of(here.denied),
            Statement.ACCOUNT_TRUSTS_NONE,
            {**facts, "account": quote(result.role.account_id), "count": str(here.denied)},
        )
        yield Finding(Topic.PERMISSION, 0, Statement.NO_PERMISSION_IN_ACCOUNT, facts)


def _none_of(count: int) -> int:
    """Return what it says that none of so many profiles works."""
    return Weight.NONE_WORKS[min(count, len(Weight.NONE_WORKS) - 1)]


#: of several findings on a topic the first is shown, and of equal weight the first comes first
_FINDERS: tuple[Callable[[Result, Tallies], Iterator[Finding]], ...] = (
    _spelling,
    _mfa,
    _external_id,
    _session_name,
    _same_role,
    _same_account,
)
