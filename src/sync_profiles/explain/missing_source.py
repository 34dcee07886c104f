"""A profile without a usable source: its call from the sources of others, and what that proves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sync_profiles.arn import is_role
from sync_profiles.causes import Cause
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.source_hints import UsualSource
from sync_profiles.explain.candidates import Candidate, Origin
from sync_profiles.explain.experiments import Experiment, TriedExperiment
from sync_profiles.explain.known_values import KnownValues
from sync_profiles.explain.lookups import account_of
from sync_profiles.explain.other_callers import caller_along, roles_as_source, sources_of_others
from sync_profiles.explain.texts_mfa import can_present
from sync_profiles.model import BrokenChain, Chain, Profile, Source
from sync_profiles.outcomes import Caller, Switch
from sync_profiles.planning.decision import Decision
from sync_profiles.planning.known_outcomes import switch_of
from sync_profiles.text import quote

_KEY = "source_profile"


def lacks_source(known: KnownValues, decision: Decision, *, hint: str | None) -> bool:
    """Return whether a profile names no usable source, and the files do not show one.

    The files do show one if several profiles name the same source, if its name is like that of
    another profile, or if a problem of the files is the reason and has a `hint` of its own. A
    `credential_source` without credentials may come from the file of another machine, and a key
    that AWS does not know, in a profile that no other names, may be left over. Nothing is tried for
    an imported profile: the user may not have agreed to call its account.
    """
    chain = decision.chain
    if isinstance(chain, Chain):
        if len(chain.hops) > 1 or decision.profile.name in known.imported:
            return False
        if chain.source.credential_source is not None:
            return decision.cause is Cause.NO_CREDENTIALS
        is_unknown = decision.cause is Cause.CREDENTIALS_INVALID
        return is_unknown and known.users_of_source[chain.source.profile] == 1
    if not isinstance(chain, BrokenChain) or len(chain.via) != 1:
        return False
    (name,) = chain.via
    source = known.profiles[name].text(_KEY)
    if name in known.imported or (source is not None and known.users_of_source[source] > 1):
        return False
    is_as_found = hint == _hint(known.profiles, name)
    return is_as_found and _hint_with(UsualSource("", ""), known.profiles, name) is not None


def sources_to_ask(profile: Profile, known: KnownValues) -> list[Source]:
    """Return the sources that others have, the most likely one for a profile first.

    Only sources that are keys alone count: no program is started for a guess.
    """
    with_keys = {*known.sources_with_keys, *(Source(profile=x.name) for x in known.unused_keys)}
    found = dict.fromkeys(chain.source for _, chain in _ways(profile, known))
    return [source for source in found if source in with_keys]


def calls_from_others(profile: Profile, known: KnownValues) -> tuple[Experiment, ...]:
    """Return the call of a profile without a usable source from each that others have.

    The call has the name in the file, which a sync leaves if AWS accepts it, and then the one that
    it writes.
    """
    found: dict[Switch, Experiment] = {}
    device, ways = profile.text("mfa_serial"), tuple(_ways(profile, known))
    if device is not None:
        ways = _with_device(device, ways, known)
    for number, (change, chain) in enumerate(ways):
        calling = caller_along(chain, profile, known, client=profile.client)
        if calling is None or not is_role(profile.role):
            continue
        caller, parent = calling
        own, wanted = profile.session_name, known.name_from(caller)
        for name in dict.fromkeys((own or wanted, wanted or own)):
            switch = switch_of(
                profile,
                source=chain.source,
                parent=parent,
                session_name=name,
                client=profile.client,
            )
            experiment = Experiment(switch=switch, changes=(change,), likelihood=-number)
            found.setdefault(switch, experiment)
    return tuple(found.values())


def source_to_write(
    tried: TriedExperiment, profiles: Mapping[str, Profile], profile: Profile, *, hint: str | None
) -> str | None:
    """Return the step for a profile without a usable source that AWS accepts from another one.

    `hint` is how to make its own usable.
    """
    change = tried.experiment.change
    why = f"accepted by AWS, {change.origin.words}, if you mean that source"
    usual = UsualSource(change.value or "", why, is_proved=True)
    chain = resolve_chain(profiles, profile.name)
    if isinstance(chain, Chain) and chain.source.credential_source is None:
        return f"set {profile.at(_KEY)} to {quote(usual.name)}, {why}; otherwise {hint}"
    if isinstance(chain, Chain):
        step = f"write {usual.line} in place of {profile.at('credential_source')}, {why}"
        is_environment = profile.text("credential_source") == "Environment"
        otherwise = "; otherwise set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`"
        return step + (otherwise if is_environment else "")
    return _hint_with(usual, profiles, profile.name)


def refused_source(hint: str | None, tried: Iterable[TriedExperiment]) -> str | None:
    """Return that AWS refuses the call from the source that a hint names, None if it does not."""
    for each in tried:
        name = each.experiment.change.value or ""
        if each.is_refused and UsualSource(name, "").line in (hint or ""):
            return f"from {quote(name)}, AWS refuses the call"
    return None


def _with_device(
    device: str, ways: tuple[tuple[Candidate, Chain], ...], known: KnownValues
) -> tuple[tuple[Candidate, Chain], ...]:
    """Return the ways from one user, so that one code is asked for.

    It is the user that the device is named as, or else the first one whose it may be.
    """
    users: dict[Source, bool] = {}
    for source in (chain.source for _, chain in ways):
        caller, profile = known.callers.get(source), known.profiles.get(source.profile or "")
        if isinstance(caller, Caller) and can_present(device, caller, source=profile):
            users[source] = device == caller.arn.in_iam(f"mfa/{caller.arn.name}")
    chosen = sorted(users, key=lambda source: not users[source])[:1]
    return tuple(way for way in ways if way[1].above is None and way[1].source in chosen)


def _ways(profile: Profile, known: KnownValues) -> Iterator[tuple[Candidate, Chain]]:
    """Yield the profiles that may be the source, the most likely first, then some by their role."""
    found = sources_of_others(profile, known, own_works=False)
    named = (way for way in found if way[0].key == _KEY)
    yield from sorted(named, key=lambda way: -way[0].likelihood)
    for each in roles_as_source(known, account_of(profile)):
        chain = known.chains[each.value or ""]
        candidate = each._replace(origin=Origin("with its role", each.value))
        yield candidate, replace(chain, hops=(*chain.hops, profile.name))


def _hint_with(usual: UsualSource, profiles: Mapping[str, Profile], name: str) -> str | None:
    """Return the hint with a source, None if the files show another one."""
    hint = _hint(profiles, name, usual=usual)
    return hint if hint is not None and usual.line in hint else None


def _hint(
    profiles: Mapping[str, Profile], name: str, *, usual: UsualSource | None = None
) -> str | None:
    chain = resolve_chain(profiles, name, usual=usual)
    return chain.hint if isinstance(chain, BrokenChain) else None
