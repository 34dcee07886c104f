"""Find likely reasons of a refusal without a reason in the other profiles' results."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.explain.results import Scope, Tallies, result_of
from sync_profiles.explain.suspicions import Finding, Statement, Strength, Topic, ruled_out
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.results import Result, Tally
    from sync_profiles.model import Profile, Source
    from sync_profiles.outcomes import Caller, Failure

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
        yield _similar(result, same, Strength.CERTAIN, Statement.OTHER_CASE)
    near = seen.spellings[result.account].near(result.role.name)
    if near is not None:
        other = seen.by_role_name[result.account, near.lower()]
        yield _similar(result, other, Strength.STRONG, Statement.SIMILAR_ROLE)


def _similar(result: Result, other: Result, strength: Strength, statement: Statement) -> Finding:
    facts = {
        "setting": result.setting,
        "resource": quote(other.role.resource),
        "other": other.name,
    }
    return Finding(Topic.ROLE_NAME, strength, statement, facts)


def _mfa(result: Result, seen: Tallies) -> Iterator[Finding]:
    if result.profile.text("mfa_serial") or not result.calls_as_user:
        return
    if seen.tally(Scope.CALLER_AND_ROLE, result).without_mfa is not None:
        yield ruled_out(Topic.MFA)
        return

    def find(tally: Tally, scope: Scope) -> Finding | None:
        if tally.with_mfa is None:
            return None
        is_strong = tally.without_mfa is None and scope is not Scope.CALLER
        strength = Strength.STRONG if is_strong else Strength.LIKELY
        facts = {"other": tally.with_mfa.name, "where": scope.where}
        return Finding(Topic.MFA, strength, Statement.MFA_ELSEWHERE, facts)

    yield from _first(result, seen, (Scope.ROLE, Scope.CALLER_AND_ACCOUNT, Scope.CALLER), find)


def _external_id(result: Result, seen: Tallies) -> Iterator[Finding]:
    own = result.profile.text("external_id")
    if own in seen.tally(Scope.CALLER_AND_ROLE, result).by_external_id:
        yield ruled_out(Topic.EXTERNAL_ID)
        return
    statement = Statement.EXTERNAL_ID_ELSEWHERE if own is None else Statement.OTHER_EXTERNAL_ID

    def find(tally: Tally, scope: Scope) -> Finding | None:
        values = tally.by_external_id
        other = next((found for value, found in values.items() if value is not None), None)
        if other is None or (own is not None and own in values):
            return None
        strength = Strength.LIKELY if own in values else Strength.STRONG
        return Finding(
            Topic.EXTERNAL_ID, strength, statement, {"other": other.name, "where": scope.where}
        )

    yield from _first(result, seen, (Scope.ROLE, Scope.CALLER_AND_ACCOUNT, Scope.ACCOUNT), find)


def _session_name(result: Result, seen: Tallies) -> Iterator[Finding]:
    if result.decision.note is not None:  # the profile's own settings explain why the name is kept
        return
    wanted = result.decision.wanted_name
    scopes = [Scope.CALLER_AND_ROLE, Scope.CALLER_AND_ACCOUNT]
    tried = result.names - {None}
    for number, scope in enumerate(scopes):
        if tried & seen.tally(scope, result).by_name.keys():
            scopes = scopes[:number]  # the name makes no difference, here or in a wider scope
            break

    def find(tally: Tally, scope: Scope) -> Finding | None:
        name = wanted if wanted in tally.by_name else next(filter(None, tally.by_name), None)
        if name is None:
            return None
        is_untried = name == wanted and name not in result.names
        is_strong = is_untried or scope is Scope.CALLER_AND_ROLE
        strength = Strength.STRONG if is_strong else Strength.LIKELY
        facts = {"other": tally.by_name[name].name, "name": quote(name), "where": scope.where}
        return Finding(Topic.SESSION_NAME, strength, Statement.OTHER_SESSION_NAME, facts)

    yield from _first(result, seen, scopes, find)


def _same_role(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with other callers of the same role."""
    here = seen.tally(Scope.CALLER_AND_ROLE, result).accepted
    anywhere = seen.tally(Scope.ROLE, result).accepted
    if here is not None:
        yield from map(ruled_out, (Topic.TRUST, Topic.PERMISSION, Topic.USER_NAME))
        facts = {"other": here.name}
        yield Finding(Topic.DIFFERENCE, Strength.POSSIBLE, Statement.DIFFERENCE, facts)
    elif anywhere is not None:
        facts = {"who": result.who, "other": anywhere.name, "origin": anywhere.origin}
        yield Finding(Topic.TRUST, Strength.STRONG, Statement.ROLE_TRUSTS_OTHER, facts)


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
        yield Finding(Topic.ROLE_NAME, Strength.STRONG, statement, facts)
        return
    facts = {"who": result.who, "origin": result.origin}
    is_nowhere = anywhere.accepted is None and anywhere.denied > here.denied
    if is_nowhere:
        yield Finding(
            Topic.PERMISSION,
            Strength.STRONG,
            Statement.NO_PERMISSION_ANYWHERE,
            {**facts, "count": str(anywhere.denied)},
        )
    if here.denied > 1:
        yield Finding(
            Topic.TRUST,
            Strength.LIKELY if is_nowhere else Strength.STRONG,
            Statement.ACCOUNT_TRUSTS_NONE,
            {**facts, "account": quote(result.role.account_id), "count": str(here.denied)},
        )
        yield Finding(Topic.PERMISSION, Strength.LIKELY, Statement.NO_PERMISSION_IN_ACCOUNT, facts)


#: in order of preference: the first finding on a topic counts
_FINDERS: tuple[Callable[[Result, Tallies], Iterator[Finding]], ...] = (
    _spelling,
    _mfa,
    _external_id,
    _session_name,
    _same_role,
    _same_account,
)
