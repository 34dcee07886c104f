"""Find likely reasons of a refusal without a reason in the other profiles' results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from sync_profiles.causes import Cause
from sync_profiles.explain.access_comparison import compare_account, compare_name, compare_role
from sync_profiles.explain.arn_comparison import doubts_about_arn
from sync_profiles.explain.findings import (
    TOPICS,
    Basis,
    Finding,
    Topic,
    ruled_out,
    who_may_require_mfa,
)
from sync_profiles.explain.results import SENT, PeerGroup, Result, Tallies, Tally, result_of
from sync_profiles.explain.spelling import is_like, is_of_program
from sync_profiles.explain.weights import Weight, doublings
from sync_profiles.model import Profile, Source
from sync_profiles.outcomes import Caller, Failure
from sync_profiles.planning.decision import Decision
from sync_profiles.text import quote

#: where a setting of another profile says most
_NEAREST = (
    PeerGroup.ROLE,
    PeerGroup.CALLER_AND_ACCOUNT,
    PeerGroup.CALLER_AND_NAME,
    PeerGroup.CALLER,
)


def compare_results(
    decisions: Sequence[Decision],
    callers: Mapping[Source, Caller | Failure],
    profiles: Mapping[str, Profile],
) -> Mapping[str, tuple[Finding, ...]]:
    """Return what the profiles' results suggest about each other, by profile name.

    Only profiles that policies refuse have an entry, and those below them in a chain. `profiles`
    are all of the files.
    """
    results = [
        result
        for decision in decisions
        if (result := result_of(decision, callers, profiles)) is not None
    ]
    answered = {result.profile.name for result in results}
    unanswered = {
        (key, profile.role_arn): quote(profile.name)
        for profile in reversed(tuple(profiles.values()))
        if profile.is_assume_role and profile.name not in answered
        for key in SENT
        if profile.text(key)
    }
    seen = Tallies.of(results, unanswered=unanswered)
    found = {
        result.profile.name: tuple(finding for find in _FINDERS for finding in find(result, seen))
        for result in results
        if not result.is_accepted
    }
    hops = {result.profile.name: result for result in results}
    for decision in decisions:
        hop = hops.get(decision.blocked_by or "")
        if hop is not None:
            findings = found.get(hop.profile.name, ())
            found[decision.profile.name] = findings or tuple(_hop_in(decision, hop))
    return found


def _works_with(
    key: str, result: Result, seen: Tallies, scopes: Sequence[PeerGroup], words: str
) -> Iterator[Finding]:
    """Yield that another profile works with a setting; the first scope with one is the nearest."""
    for scope in scopes:
        other = seen.tally(scope, result).first(key)
        if other is not None:
            weight = Weight.SAME_ROLE if scope is PeerGroup.ROLE else 0
            holder = f"{other.name}, which works {scope.where}"
            text = words.format(other=other.name, where=scope.where, holder=holder)
            yield Finding(TOPICS[key], weight, text, Basis.FILES)
            return


def _is_sent_untested(key: str, result: Result, seen: Tallies, words: str) -> Iterator[Finding]:
    """Yield that a profile for the same role sends a setting, to which AWS has not answered."""
    name = seen.unanswered.get((key, result.role_arn))
    if name is not None and seen.tally(PeerGroup.ROLE, result).first(key) is None:
        text = words.format(holder=f"{name} {PeerGroup.ROLE.where}")
        yield Finding(TOPICS[key], Weight.SAME_ROLE_SENDS, text, Basis.FILES)


def _mfa(result: Result, seen: Tallies) -> Iterator[Finding]:
    if result.profile.text("mfa_serial") or not result.calling.is_user:
        return
    failure, here = result.decision.failure, seen.tally(PeerGroup.CALLER_AND_ACCOUNT, result)
    works = seen.tally(PeerGroup.CALLER_AND_ROLE, result).first("mfa_serial", sends=False)
    if (
        failure is not None
        and failure.is_denied_by_callers_policy
        and here.first("mfa_serial") is None
    ):
        # such a policy mostly denies everything without MFA
        works = works or seen.tally(PeerGroup.CALLER, result).first("mfa_serial", sends=False)
    if works is not None:
        yield ruled_out(Topic.MFA)
        return
    sending, others = here.sent["mfa_serial"].total(), here.count - 1
    per = Weight.PER_ALL_SENDING if sending == others else 0
    yield Finding(Topic.MFA, (Weight.PER_SENDING + per) * doublings(sending))
    if seen.tally(PeerGroup.CALLER_AND_NAME, result).sent["mfa_serial"]:
        yield Finding(Topic.MFA, Weight.SAME_ROLE_NAME)
    words = f"{who_may_require_mfa(failure)} requires MFA (no `mfa_serial` here, but in {{holder}})"
    yield from _is_sent_untested("mfa_serial", result, seen, words)
    yield from _works_with("mfa_serial", result, seen, _NEAREST, words)


def _external_id(result: Result, seen: Tallies) -> Iterator[Finding]:
    key, own = "external_id", result.profile.text("external_id")
    if own in seen.tally(PeerGroup.CALLER_AND_ROLE, result).works["external_id"]:
        yield ruled_out(Topic.EXTERNAL_ID)
        return
    words = "the role requires an external ID (no `external_id` here, but in {holder})"
    if own is None and (untested := [*_is_sent_untested(key, result, seen, words)]):
        yield from untested
        return
    yield Finding(Topic.EXTERNAL_ID, _required_id(own, seen.tally(PeerGroup.ACCOUNT, result)))
    named = seen.tally(PeerGroup.CALLER_AND_NAME, result)
    if own is None and 0 < named.sent["external_id"].total() == named.count - 1:
        yield Finding(Topic.EXTERNAL_ID, Weight.ALL_OF_NAME_SEND)
    if own in seen.tally(PeerGroup.ACCOUNT, result).works["external_id"] and own is not None:
        return
    if own and own not in seen.by_external_id:
        is_alike = any(seen.ids.near(own.casefold(), is_near=is_like))
        yield Finding(Topic.EXTERNAL_ID, Weight.LIKE_ID if is_alike else 0)
    other = seen.of_one_account(own)
    if other is not None:
        has_it = f"({other.name} has it, in account {quote(other.role.account_id)})"
        text = result.profile.at(key) + f" is that of another account {has_it}"
        yield Finding(Topic.EXTERNAL_ID, Weight.OF_ANOTHER_ACCOUNT, text)
    scopes = [PeerGroup.ROLE, PeerGroup.CALLER_AND_ACCOUNT, PeerGroup.ACCOUNT]
    if own is None:
        scopes.append(PeerGroup.CALLER_AND_NAME)
    else:
        words = "a wrong `external_id` ({other} has another one and works {where})"
    yield from _works_with(key, result, seen, scopes, words)


def _required_id(own: str | None, here: Tally) -> float:
    """Return the evidence of the account's profiles that the role requires another external ID.

    `own` is the profile's, None if it sends none.
    """
    others = here.sent["external_id"] - Counter([own] if own else [])
    sending, is_one = others.total(), len(others) == 1
    if own is None:
        weight = Weight.PER_SENDING * doublings(sending)
        weight += Weight.PER_LACKING * doublings(here.count - 1 - sending)
        weight += Weight.PER_ALL_SENDING * doublings(sending) if is_one else 0
        return weight + (Weight.LONE_ROLE if here.count == 1 else 0)
    if own in others:
        weight = Weight.PER_SHARING * doublings(others[own])
        return weight + (Weight.SHARED if own in here.works["external_id"] else 0)
    if is_one or not others:
        return Weight.PER_OTHER * doublings(sending or here.count_accepted)
    return 0


def _session_name(result: Result, seen: Tallies) -> Iterator[Finding]:
    wanted = result.decision.wanted_name
    tried = result.names - {None}
    of_role = seen.tally(PeerGroup.CALLER_AND_ROLE, result).by_name
    if result.decision.note is not None:  # why the own name is not used, where that may be right
        if wanted not in of_role:
            yield from _other_name(result, seen, (PeerGroup.CALLER_AND_ROLE,))
        return
    if tried & of_role.keys():
        yield ruled_out(Topic.SESSION_NAME)
        return
    counts = seen.tally(PeerGroup.CALLER, result).count_names
    others = sum(count for name, count in counts.items() if name and name not in tried)
    weight = Weight.FIXED_ELSEWHERE if others else 0
    # under this one, roles work that require none
    weight += max(0, doublings(others) - doublings(sum(counts[name] for name in tried)))
    if is_of_program(result.role.name):
        weight += Weight.OF_A_PROGRAM
    yield Finding(Topic.SESSION_NAME, weight)
    yield from _other_name(result, seen, (PeerGroup.CALLER_AND_ROLE, PeerGroup.CALLER_AND_ACCOUNT))


def _other_name(result: Result, seen: Tallies, scopes: Sequence[PeerGroup]) -> Iterator[Finding]:
    """Yield another session name with which the caller works, in the first scope with one."""
    tried, wanted = {one.casefold() for one in result.names if one}, result.decision.wanted_name
    for scope in scopes:
        tally = seen.tally(scope, result)
        others = [name for name in tally.by_name if name and name.casefold() not in tried]
        if others:
            name = wanted if wanted in others else max(others, key=tally.count_names.__getitem__)
            works = f"({tally.by_name[name].name} works as {quote(name)} {scope.where})"
            weight = Weight.SAME_ROLE if scope is PeerGroup.CALLER_AND_ROLE else 0
            yield Finding(Topic.SESSION_NAME, weight, f"a wrong session name {works}", Basis.FILES)
            return


def _region(result: Result, seen: Tallies) -> Iterator[Finding]:
    failure, own = result.decision.failure, result.profile.text("region")
    works = seen.tally(PeerGroup.CALLER, result).works["region"]
    others = [(region, other) for region, other in works.items() if region is not None]
    if failure is not None and own is not None and own not in works and others:
        yield _refused_in(own, failure, *others[0], weight=Weight.OTHER_REGIONS)


def _refused_in(
    own: str, failure: Failure, region: str, other: Result, *, weight: float
) -> Finding:
    is_denied = failure.cause is Cause.EXPLICIT_DENY
    refuses = "that policy denies calls" if is_denied else "a policy does not allow calls"
    text = f"{refuses} in {quote(own)} ({other.name} works, in {quote(region)})"
    return Finding(Topic.REGION, weight, text, Basis.FILES)


def _hop_in(decision: Decision, hop: Result) -> Iterator[Finding]:
    """Yield that a hop which works is refused in the region of a profile below it."""
    own, region = decision.profile.text("region"), hop.profile.text("region")
    if hop.is_accepted and decision.failure and own and region and own != region:
        yield _refused_in(own, decision.failure, region, hop, weight=Weight.SAME_ROLE)


#: of several findings on a topic the first is shown, and of equal weight the first comes first
_FINDERS: tuple[Callable[[Result, Tallies], Iterator[Finding]], ...] = (
    doubts_about_arn,
    _mfa,
    _external_id,
    _session_name,
    _region,
    compare_role,
    compare_account,
    compare_name,
)
