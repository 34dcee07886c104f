"""Collect the regions from which a call may be admitted: those of other profiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sync_profiles.explain.candidates import Candidate, Origin, Refusal
from sync_profiles.explain.known_values import connection_beside_region
from sync_profiles.model import ClientName
from sync_profiles.outcomes import Switch

_KEY = "region"
#: the likelihoods: none works in the profile's own region, or some do
_NONE_WORKS, _SOME_WORK = 4, 1


def other_regions(refused: Refusal, base: Switch) -> Iterator[tuple[Candidate, Switch]]:
    """Yield the call in other regions, in which calls of its source work."""
    for candidate, client in regions_that_work(refused):
        yield candidate, _called_by(client, base)


def regions_that_work(refused: Refusal) -> Iterator[tuple[Candidate, ClientName]]:
    """Yield other regions, in which calls of the source work, each with a client there.

    The AWS CLI makes all calls of a chain in the region of the profile at its end.
    """
    own, used = refused.decision.profile, refused.call.region
    if own is not refused.profile or used.value != (own.text(_KEY) or ""):
        return  # a variable sets it for all
    like = (refused.switch.source, connection_beside_region(own))
    found = refused.known.regions.get(like, {})
    likelihood = _SOME_WORK if own.text(_KEY) in found else _NONE_WORKS
    for region, other in found.items():
        if region not in {None, own.text(_KEY)}:
            candidate = Candidate(_KEY, region, likelihood, Origin.of(other, _KEY))
            yield candidate, other.client
            likelihood -= 1


def _called_by(client: ClientName, switch: Switch) -> Switch:
    """Return a call, and those above it, made by another client."""
    parent = _called_by(client, switch.parent) if switch.parent is not None else None
    return replace(switch, client=client, parent=parent)
