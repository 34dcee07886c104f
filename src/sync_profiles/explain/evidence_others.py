"""What the other profiles' results tell about a refusal that names no setting."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.explain.evidence import Cleared, Proof, Strength, Suspicion, Topic
from sync_profiles.explain.tally import Tallies, result_of
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.evidence import Evidence
    from sync_profiles.explain.tally import Result
    from sync_profiles.model import Profile, Source
    from sync_profiles.outcomes import Caller, NoCaller

_NO_PROFILES: Mapping[str, Profile] = MappingProxyType({})


def gather_evidence(
    decisions: Sequence[Decision],
    callers: Mapping[Source, Caller | NoCaller],
    *,
    profiles: Mapping[str, Profile] = _NO_PROFILES,
) -> Mapping[str, tuple[Evidence, ...]]:
    """Return what is to be said beside a profile's own settings, by the profile's name.

    Only profiles whose refusal names no reason have an entry, or the role's trust policy alone, and
    those below them in a chain.
    `profiles` has the hops that no decision is about.
    """
    by_name = {**profiles, **{decision.profile.name: decision.profile for decision in decisions}}
    results = [
        result
        for decision in decisions
        if (result := result_of(decision, callers, by_name)) is not None
    ]
    seen = Tallies.of(results)
    found = {
        result.profile.name: tuple(
            piece for witness in _WITNESSES for piece in witness(result, seen)
        )
        for result in results
        if result.is_unexplained
    }
    for decision in decisions:
        if decision.blocked_by in found:
            found[decision.profile.name] = found[decision.blocked_by]
    return found


_SAME_ROLE = "for the same role"
_SAME_ACCOUNT = "in the same account"


def _spelling(result: Result, seen: Tallies) -> Iterator[Evidence]:
    """Look for an accepted role of nearly this name.

    An account's role names are unique whatever their case and path, yet an ARN must have both as
    the role has them: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    if seen.of_role(result).accepted is not None:
        yield Cleared(topic=Topic.ROLE_NAME)
        return
    same = seen.by_role_name.get((result.account, result.role.name.lower()))
    if same is not None and same.role.resource != result.role.resource:
        yield Proof(
            step=f"correct {result.role_words} to end in {quote(same.role.resource)}, as accepted "
            f"{same.name} has it"
        )
    near = seen.spellings[result.account].near(result.role.name)
    if near is not None:
        other = seen.by_role_name[result.account, near.lower()]
        yield Suspicion(
            topic=Topic.ROLE_NAME,
            strength=Strength.STRONG,
            check=f"whether {result.role_words} should end in {quote(other.role.resource)}, as "
            f"accepted {other.name} has it",
        )


def _mfa(result: Result, seen: Tallies) -> Iterator[Evidence]:
    if result.profile.text("mfa_serial") or not result.calls_as_user:
        return
    if seen.in_role(result).without_mfa is not None:
        yield Cleared(topic=Topic.MFA)
        return
    for tally, where in (
        (seen.of_role(result), _SAME_ROLE),
        (seen.in_account(result), _SAME_ACCOUNT),
        (seen.by_caller(result), "elsewhere"),
    ):
        if tally.with_mfa is not None:
            is_strong = tally.without_mfa is None and where != "elsewhere"
            yield Suspicion(
                topic=Topic.MFA,
                strength=Strength.STRONG if is_strong else Strength.LIKELY,
                check="whether the role demands MFA: no `mfa_serial` here, but in "
                f"{tally.with_mfa.name}, accepted {where}",
            )
            return


def _external_id(result: Result, seen: Tallies) -> Iterator[Evidence]:
    own = result.profile.text("external_id")
    if own in seen.in_role(result).by_external_id:
        yield Cleared(topic=Topic.EXTERNAL_ID)
        return
    for tally, where in (
        (seen.of_role(result), _SAME_ROLE),
        (seen.in_account(result), _SAME_ACCOUNT),
        (seen.of_account(result), _SAME_ACCOUNT),
    ):
        values = tally.by_external_id
        other = next((found for value, found in values.items() if value is not None), None)
        if other is not None and (own is None or own not in values):
            here = "no `external_id` here, but" if own is None else "another than"
            yield Suspicion(
                topic=Topic.EXTERNAL_ID,
                strength=Strength.LIKELY if own in values else Strength.STRONG,
                check=f"the external ID: {here} in {other.name}, accepted {where}",
            )
            return


def _session_name(result: Result, seen: Tallies) -> Iterator[Evidence]:
    if result.note is not None:  # why the name stays is what the profile's own settings tell
        return
    wanted = result.wanted_name
    for tally, where, strength in (
        (seen.in_role(result), _SAME_ROLE, Strength.STRONG),
        (seen.in_account(result), _SAME_ACCOUNT, Strength.LIKELY),
    ):
        if any(name in tally.by_name for name in result.names if name is not None):
            return
        name = wanted if wanted in tally.by_name else next(filter(None, tally.by_name), None)
        if name is not None:
            is_untried = name == wanted and name not in result.names
            yield Suspicion(
                topic=Topic.SESSION_NAME,
                strength=Strength.STRONG if is_untried else strength,
                check=f"the session name: {tally.by_name[name].name} is accepted as "
                f"{quote(name)} {where}",
            )
            return


def _same_role(result: Result, seen: Tallies) -> Iterator[Evidence]:
    """Tell from the same role, by whom it is assumed and by whom not."""
    here, anywhere = seen.in_role(result).accepted, seen.of_role(result).accepted
    if here is not None:
        yield from map(_cleared, (Topic.TRUST, Topic.PERMISSION, Topic.USER_NAME))
        yield Suspicion(
            topic=Topic.DIFFERENCE,
            strength=Strength.POSSIBLE,
            check=f"what differs from {here.name}, accepted {_SAME_ROLE}",
        )
    elif anywhere is not None:
        yield Suspicion(
            topic=Topic.TRUST,
            strength=Strength.STRONG,
            check=f"whether the role trusts {result.who}: it lets {anywhere.name} in, which calls "
            f"{anywhere.origin}",
        )


def _same_account(result: Result, seen: Tallies) -> Iterator[Evidence]:
    """Tell from the other roles of the account whether the trouble is the role or the caller."""
    if seen.of_role(result).accepted is not None:
        return
    here, anywhere = seen.in_account(result), seen.by_caller(result)
    if here.accepted is not None:
        named = here.by_name.get(result.wanted_name) if result.wanted_name else None
        name = f" as {quote(result.wanted_name or '')}" if named is not None else ""
        yield Suspicion(
            topic=Topic.ROLE_NAME,
            strength=Strength.STRONG,
            check=f"whether {result.role_words} is spelt right, for "
            f"{(named or here.accepted).name} is accepted{name} {_SAME_ACCOUNT}",
        )
        return
    is_nowhere = anywhere.accepted is None and anywhere.denied > here.denied
    if is_nowhere:
        yield Suspicion(
            topic=Topic.PERMISSION,
            strength=Strength.STRONG,
            check=f"whether a policy of {result.who} allows `sts:AssumeRole`: none of "
            f"{anywhere.denied} profiles {result.origin} is accepted anywhere",
        )
    if here.denied > 1:
        yield Suspicion(
            topic=Topic.TRUST,
            strength=Strength.LIKELY if is_nowhere else Strength.STRONG,
            check=f"whether account {quote(result.role.account_id)} trusts {result.who}: none of "
            f"{here.denied} profiles there {result.origin} is accepted",
        )
        yield Suspicion(
            topic=Topic.PERMISSION,
            strength=Strength.LIKELY,
            check=f"whether a policy of {result.who} allows `sts:AssumeRole` there",
        )


def _cleared(topic: Topic) -> Cleared:
    return Cleared(topic=topic)


#: the first word on a topic counts, and of equal strength the first goes first
_WITNESSES: tuple[Callable[[Result, Tallies], Iterator[Evidence]], ...] = (
    _spelling,
    _mfa,
    _external_id,
    _session_name,
    _same_role,
    _same_account,
)
