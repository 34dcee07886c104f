"""The refused call from elsewhere: another source, its hop under another name, another region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain as one_after_another
from itertools import islice

from sync_profiles.explain.candidates import Candidate, Origin, Refusal, of_own_lines
from sync_profiles.explain.file_signs import hides_role, keys_place
from sync_profiles.explain.known_values import KnownValues, connection_beside_region
from sync_profiles.explain.lookups import Holders
from sync_profiles.explain.named_sources import (
    in_place_of_keys,
    is_meant,
    sources_named,
    to_another_name,
)
from sync_profiles.explain.spelling import name_words
from sync_profiles.explain.texts_mfa import can_present, may_own
from sync_profiles.explain.weights import Likelihood
from sync_profiles.known_keys import SOURCE_KEYS
from sync_profiles.model import SESSION_NAME_KEY, Chain, ClientName, Profile, Source, in_parentheses
from sync_profiles.outcomes import Caller, Switch
from sync_profiles.planning.known_outcomes import switch_of
from sync_profiles.planning.session_name import user_name

_KEY = "source_profile"
_REGION = "region"
#: how many roles that work are tried as the source, of which little speaks for each
_MOST_ROLES = 4


def calls_of_renamed_hop(refused: Refusal, base: Switch) -> Iterator[tuple[Candidate, Switch]]:
    """Yield the call from a session of its hop that has the caller's own name, not the hop's.

    A role may trust a session by its name. If other profiles use the hop, the step is to copy it.
    """
    parent, session, name = base.parent, refused.call.parent, refused.decision.wanted_name
    is_sent = base.mfa_serial is None  # no session has a device
    if parent is None or session is None or not is_sent or name in {None, parent.session_name}:
        return
    hop = session.profile
    is_shared = refused.known.users_of_hop[hop.name] > 1
    change = None
    if is_shared:
        change = f"copy {hop.header}, with that line, " + to_another_name(refused)
    words = f"in {hop.header}, whose session makes the call"
    origin = Origin(words, change=change)  # the name is the caller's own, of no line
    candidate = Candidate(SESSION_NAME_KEY, name, Likelihood.NAME_OF_HOP, origin, hop)
    yield candidate, replace(base, parent=replace(parent, session_name=name))


def other_sources(refused: Refusal, base: Switch) -> Iterator[tuple[Candidate, Switch]]:
    """Yield the call from other sources of the files, under the names that a sync leaves there.

    A device belongs to one user: if it is the caller's, the other sources are roles, which call
    without it; else they are the users whose it may be. Of several sources that make the same call
    as the same identity, only the first counts; of others that are equally likely, each is less
    likely than the one before.
    """
    device, known = base.mfa_serial, refused.known
    direct = base.source.profile
    may_call = device is None or can_present(device, refused.caller, source=refused.source_profile)
    if base.parent is not None and direct is not None and may_call:
        found = Candidate(_KEY, direct, Likelihood.START_OF_CHAIN, Origin("the start of the chain"))
        for name in dict.fromkeys(_names(refused, refused.caller)):
            yield found, replace(base, parent=None, session_name=name)
    own_identity = _identity(base.parent, refused.caller, refused)
    seen: set[tuple[str | None, ...]] = set()
    further: Counter[int] = Counter()
    for candidate, caller, parent in (*_from_files(refused, base), *_from_roles(refused, base)):
        identity = _identity(parent, caller, refused)
        is_own = refused.profile.text(candidate.key) == candidate.value
        is_same = is_own and candidate.origin.change is None
        if device is not None and refused.is_by_sts:
            is_same |= parent is None
        elif device is not None:
            its = known.devices.get(caller.source, Holders(()))
            is_its = device in its.everywhere(refused.profile)  # as another profile has it
            is_its |= may_own(caller, device, instead_of=refused.caller)
            is_same |= parent is not None or not is_its
        kept, names = refused.profile.session_name, _names(refused, caller)
        for name in dict.fromkeys(names):
            if is_same or identity == own_identity or (*identity, name) in seen:
                continue
            seen.add((*identity, name))
            serial = device if parent is None else None
            more = Likelihood.MORE_BY_DEVICE if serial is not None else 0
            likelihood = candidate.likelihood + more - further[candidate.likelihood]
            if serial is not None or (len(names) > 1 and kept == user_name(caller)):
                likelihood = max(likelihood, Likelihood.SOURCE_OF_USER)
            further[candidate.likelihood] += 1
            switch = replace(
                base, source=caller.source, parent=parent, session_name=name, mfa_serial=serial
            )
            yield candidate._replace(likelihood=likelihood), switch


def _names(refused: Refusal, caller: Caller) -> list[str | None]:
    """Return the names for a caller: what a sync writes, if anything, and what it keeps."""
    known, kept = refused.known, refused.profile.session_name
    names = [known.name_from(caller) or kept]
    names += [kept] if kept not in {None, refused.decision.wanted_name} else []
    return names[::-1] if kept in known.names_that_work else names


def _from_files(
    refused: Refusal, base: Switch
) -> Iterator[tuple[Candidate, Caller, Switch | None]]:
    """Yield the sources that files name, each with who calls from there, and its session.

    Those on the profile's own lines that are not read come first. If the role's trust policy was
    read, only those users whose keys no profile uses follow that it names.
    """
    known = refused.known
    for each, source in sources_on_own_lines(refused):
        caller = _caller_at(source, refused.profile, known)
        if caller is not None:
            yield each, caller, None
    works = base.source in known.background.sources_that_work
    for each, chain in sources_of_others(refused.profile, known, own_works=works):
        found = caller_along(chain, refused.profile, known, client=base.client)
        if found is not None and (chain.hops or is_meant(found[0], refused)):
            yield each, *found


def sources_of_others(
    profile: Profile, known: KnownValues, *, own_works: bool
) -> Iterator[tuple[Candidate, Chain]]:
    """Yield the sources of other profiles, each with its chain, then keys that no profile uses.

    Where no tested profile works from the own source, its keys may be those of another job; else
    the unused ones, whose chain has no hop, are the least likely.
    """
    usual, first_word = known.usual_sources, "".join(name_words(profile.name)[:1])
    elsewhere = Likelihood.SOURCE_ELSEWHERE if own_works else Likelihood.SOURCE_INSTEAD
    for key, sources in known.sources.items():
        same = known.sources_by_role[key].get(profile.role_arn, Holders(()))
        for holders, likelihood in (
            (same.here(profile), Likelihood.SOURCE_OF_ROLE),
            (sources.here(profile), Likelihood.SOURCE_HERE),
            (sources.elsewhere(profile), elsewhere),
        ):
            for value, other in holders:
                more = Likelihood.MORE_IF_USUAL if (key, value) == usual.get("") else 0
                if (key, value) == usual.get(first_word):
                    more = Likelihood.MORE_IF_NAMED
                if (chain := known.chains.get(other.name)) is not None:
                    yield Candidate(key, value, likelihood + more, Origin.of(other, key)), chain
    likelihood = Likelihood.UNUSED_KEYS_BESIDE if own_works else Likelihood.UNUSED_KEYS
    for other in known.unused_keys:
        place, chain = keys_place(other), Chain(source=Source(profile=other.name), hops=())
        origin = Origin(f"with its keys {in_parentheses(place)}", other.name, place)
        yield Candidate(_KEY, other.name, likelihood, origin), chain


def _from_roles(
    refused: Refusal, base: Switch
) -> Iterator[tuple[Candidate, Caller, Switch | None]]:
    """Yield profiles as sources by their roles, each with who calls from there, and its session.

    The own source comes first, if it is one by its keys. If the role's trust policy was read, those
    follow whose roles it names, else some whose roles work: one of them may lead to the others.
    """
    known, own = refused.known, refused.source_profile
    ways: list[Candidate] = []
    if own is not None and base.parent is None and hides_role(own):
        ways.append(in_place_of_keys(own, refused))
    for each, source in sources_on_own_lines(refused):
        other = known.profiles.get(source.profile or "")
        if other is not None and not hides_role(other):
            ways.append(each)
    if refused.trust_policy is not None:
        ways += sources_named(refused, refused.trust_policy)
    else:
        ways += roles_as_source(known, refused.caller.arn.account)
    for candidate in ways:
        chain = known.chains.get(candidate.value or "")
        caller = _caller_at(chain.source, refused.profile, known) if chain is not None else None
        if chain is None or caller is None or refused.profile.name in chain.hops:
            continue
        name = known.name_from(caller)
        parent: Switch | None = None
        for hop in map(known.profiles.__getitem__, chain.hops):
            parent = switch_of(
                hop,
                source=chain.source,
                parent=parent,
                session_name=hop.session_name or name,
                client=base.client,
            )
        yield candidate, caller, parent


def roles_as_source(known: KnownValues, account: str) -> Iterator[Candidate]:
    """Yield some profiles whose roles work as the source: hubs, then those of an account first.

    A profile with keys is none of them: those below it call with its keys.
    """
    hubs = ((each, Likelihood.SOURCE_HERE) for each in known.hubs_that_work)
    works = ((each, Likelihood.ANY_ROLE) for each in known.roles_that_work(account))
    found = (way for way in one_after_another(hubs, works) if not hides_role(way[0]))
    for each, likelihood in islice(found, _MOST_ROLES):
        yield Candidate(_KEY, each.name, likelihood, Origin("whose role works", each.name))


def sources_on_own_lines(refused: Refusal) -> Iterator[tuple[Candidate, Source]]:
    """Yield the sources on the profile's own lines that are not read, whatever they have."""
    for key in SOURCE_KEYS:
        for each in of_own_lines(refused, key):
            is_profile = key == _KEY
            yield each, Source(**{"profile" if is_profile else key: each.value})


def caller_along(
    chain: Chain, profile: Profile, known: KnownValues, *, client: ClientName
) -> tuple[Caller, Switch | None] | None:
    """Return who calls for a profile with such a chain, and from which session, if that may be.

    Keys that no profile uses, whose chain has no hop, are tried only if they are an IAM user's.
    """
    caller = _caller_at(chain.source, profile, known)
    if caller is None or not (chain.hops or user_name(caller) is not None):
        return None
    if chain.above is None:
        return caller, None
    parent = known.accepted.get(chain.above)
    return (caller, _called_by(client, parent)) if parent is not None else None


def _caller_at(source: Source, profile: Profile, known: KnownValues) -> Caller | None:
    """Return the caller of a source, if it is known and of the partition of a profile's role."""
    caller, role = known.callers.get(source), profile.role
    if not isinstance(caller, Caller) or role is None:
        return None
    return caller if caller.arn.partition == role.partition else None


def _identity(parent: Switch | None, caller: Caller, refused: Refusal) -> tuple[str | None, ...]:
    """Return what makes up the ARN of the session, or of the caller, that makes a call.

    A user's session has the same ARN as the user's key, and may have MFA.
    """
    if parent is not None:
        return (parent.role_arn, parent.session_name)
    source = refused.known.profiles.get(caller.source.profile or "")
    is_of_user = user_name(caller) is not None
    return (str(caller.arn), source.sent_token if source is not None and is_of_user else None)


def other_regions(refused: Refusal, base: Switch) -> Iterator[tuple[Candidate, Switch]]:
    """Yield the call in other regions, in which calls of its source work."""
    for candidate, client in regions_that_work(refused):
        yield candidate, _called_by(client, base)


def regions_that_work(refused: Refusal) -> Iterator[tuple[Candidate, ClientName]]:
    """Yield other regions, in which calls of the source work, each with a client there.

    The AWS CLI makes all calls of a chain in the region of the profile at its end.
    """
    own, used = refused.decision.profile, refused.call.region
    if used.value != (own.text(_REGION) or ""):
        return  # a variable sets it for all
    hop = None if own is refused.profile else refused.profile
    like = (refused.switch.source, connection_beside_region(own))
    found, works = refused.known.regions.get(like, {}), refused.known.accepted
    some_work = own.text(_REGION) in found
    likelihood = Likelihood.OTHER_REGION if some_work else Likelihood.REGION_INSTEAD
    for region, other in found.items():
        if region not in {None, own.text(_REGION)}:
            found_by, points = other, likelihood
            if hop is not None and hop.name in works and hop.text(_REGION) == region:
                found_by, points = hop, Likelihood.REGION_OF_HOP
            origin, owner = Origin.of(found_by, _REGION), None if hop is None else own
            yield Candidate(_REGION, region, points, origin, owner), found_by.client
            likelihood -= 1


def _called_by(client: ClientName, switch: Switch) -> Switch:
    """Return a call, and those above it, made by another client."""
    parent = _called_by(client, switch.parent) if switch.parent is not None else None
    return replace(switch, client=client, parent=parent)
