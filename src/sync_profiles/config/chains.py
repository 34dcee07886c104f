"""From a profile back to the credentials that its chain starts with.

The rules are botocore's (`credentials.AssumeRoleProvider`), in its order, so that a chain is
broken here exactly where the AWS CLI would stop.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sync_profiles.causes import Cause
from sync_profiles.config.source_hints import UsualSource
from sync_profiles.config.usable_sources import broken_role, broken_source
from sync_profiles.model import BrokenChain, Chain, Profile, Source
from sync_profiles.text import quote

#: hops; botocore calls itself for each, and Python stops it before this number
LONGEST_CHAIN = 150


def resolve_chains(profiles: Mapping[str, Profile]) -> dict[str, Chain | BrokenChain]:
    """Return the chain of every assume-role profile, in file order."""
    return {
        name: resolve_chain(profiles, name)
        for name, profile in profiles.items()
        if profile.is_assume_role
    }


def resolve_chain(
    profiles: Mapping[str, Profile], name: str, *, usual: UsualSource | None = None
) -> Chain | BrokenChain:
    """Return the chain of an assume-role profile, or where and why it is broken.

    `usual` is the source that is meant if the files show no other; it is looked for by default.
    """
    visited: dict[str, None] = {}  # in the order of the walk, which is the chain's backwards
    hop = name
    while len(visited) < LONGEST_CHAIN:
        visited[hop] = None
        profile = profiles[hop]
        broken = broken_role(profiles, profile, visited=visited, usual=usual)
        if broken is not None:
            return replace(broken, via=_hops(visited))
        credential_source = profile.text("credential_source")
        if credential_source is not None:
            return Chain(source=Source(credential_source=credential_source), hops=_hops(visited))
        source = profiles[profile.settings["source_profile"].value]
        if source.has_static_credentials or not source.is_assume_role:
            broken = broken_source(source, asked_by=profile, profiles=profiles, usual=usual)
            if broken is not None:
                return replace(broken, via=_hops(visited))
            return Chain(source=Source(profile=source.name), hops=_hops(visited))
        hop = source.name
    return BrokenChain(
        cause=Cause.CHAIN_TOO_LONG,
        message=f"the chain of profile {quote(name)} has more than {LONGEST_CHAIN} roles, which "
        "the AWS CLI cannot follow",
        hint="name a profile in `source_profile` that is fewer roles away from your keys",
        place=profiles[name].place_of("source_profile"),
        via=_hops(visited),
    )


def _hops(visited: Collection[str]) -> tuple[str, ...]:
    return tuple(visited)[::-1]
