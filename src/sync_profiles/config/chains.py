"""From a profile back to the credentials that its chain starts with.

The rules are botocore's (`credentials.AssumeRoleProvider`), in its order, so that a chain is
broken here exactly where the AWS CLI would stop.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sync_profiles.causes import Cause
from sync_profiles.config.source_hints import (
    CREDENTIAL_SOURCES,
    CREDENTIAL_SOURCES_BY_LOWER,
    UsualSource,
    instead_of_arn,
    instead_of_name,
    instead_of_source,
    providers,
    separate_hint,
    why_not_of_same_profile,
)
from sync_profiles.config.usable_sources import FEW, broken_source, has_credentials, usual_source
from sync_profiles.model import BrokenChain, Chain, Profile, Source
from sync_profiles.text import one_line, one_slip_off, quote, with_profile

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
        broken = _broken_role(profiles, profile, visited=visited, usual=usual)
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


def _broken_role(
    profiles: Mapping[str, Profile],
    profile: Profile,
    *,
    visited: Collection[str],
    usual: UsualSource | None,
) -> BrokenChain | None:
    """Return why a profile with a role has no usable source; None if it has one."""
    has_source = "source_profile" in profile.settings
    has_credential_source = "credential_source" in profile.settings
    if has_source and has_credential_source:
        return BrokenChain(
            cause=Cause.SOURCE_CONFLICT,
            message=profile.subject + " has both `source_profile` and `credential_source`",
            hint="remove one of them from " + profile.header,
            place=profile.place_of("credential_source"),
        )
    if has_credential_source:
        return _broken_credential_source(profiles, profile)
    if not has_source:
        usual = usual or usual_source(profiles, profile)
        more, hint = instead_of_source(profiles, profile, usual=usual)
        return BrokenChain(
            cause=Cause.SOURCE_MISSING,
            message=profile.subject
            + f" has neither `source_profile` nor `credential_source`{more}",
            hint=hint,
            place=profile.place_of("role_arn"),
        )
    return _broken_source_profile(profiles, profile, visited=visited, usual=usual)


def _broken_source_profile(
    profiles: Mapping[str, Profile],
    profile: Profile,
    *,
    visited: Collection[str],
    usual: UsualSource | None,
) -> BrokenChain | None:
    """Return why the named source profile is none: it does not exist, or leads back."""
    source_name = profile.settings["source_profile"].value
    place = profile.place_of("source_profile")
    if profile.settings["source_profile"].nested or source_name not in profiles:
        is_quick = len(profiles) <= FEW
        among = profiles if is_quick else filter(profiles.__contains__, one_slip_off(source_name))
        others = [name for name in among if name not in visited]
        usual = usual or usual_source(profiles, profile)
        message, hint = (
            instead_of_arn(
                profiles, profile, source_name, profiles if is_quick else (), usual=usual
            )
            if source_name.startswith("arn:")
            else instead_of_name(profile, source_name, others, usual=usual)
        )
        return BrokenChain(
            cause=Cause.SOURCE_PROFILE_MISSING, message=message, hint=hint, place=place
        )
    if source_name not in visited:
        return None
    if source_name == profile.name and profile.has_static_credentials:
        return None
    loop = " -> ".join(map(one_line, (*visited, source_name)))
    message = f"the source profiles run in a circle: {loop}"
    hint = "let one of them name a profile that has credentials of its own"
    # the walk of which this is a part starts at the profile that closes the circle
    around = tuple(visited)[tuple(visited).index(source_name) :]
    usual = usual or usual_source(profiles, profile)
    if usual is not None:
        to_change = [each for each in around if profiles[each].text("source_profile") != usual.name]
        where = ", in one of them" if len(around) > 1 else ""
        if 0 < len(to_change) < len(around):
            where = ", in " + profiles[to_change[0]].header
        hint = f"write {usual.line}, {usual.why}{where}"
    elif source_name == profile.name:
        configure = with_profile("aws configure", source_name)
        hint = f"run {configure} with its own keys, or name a profile that has credentials"
    for member in (profiles[name] for name in around):
        keys = providers(member)
        if keys:
            hint = separate_hint(profiles, member, keys)
            message = f"{why_not_of_same_profile(keys)}, and {message}"
            break
    return BrokenChain(
        cause=Cause.SOURCE_LOOP,
        message=message,
        hint=hint,
        place=place,
    )


def _broken_credential_source(
    profiles: Mapping[str, Profile], profile: Profile
) -> BrokenChain | None:
    value = profile.settings["credential_source"].value
    if value in CREDENTIAL_SOURCES:
        return None
    right = CREDENTIAL_SOURCES_BY_LOWER.get(value.lower())
    if right is not None:
        hint = f"write `{right}`: upper and lower case matter"
    elif value != profile.name and value in profiles and has_credentials(profiles[value]):
        line = quote(f"source_profile = {value}")
        hint = f"write {line} in place of `credential_source`: {quote(value)} is a profile"
    else:
        hint = f"write one of {', '.join(map(quote, CREDENTIAL_SOURCES))}"
    return BrokenChain(
        cause=Cause.CREDENTIAL_SOURCE_INVALID,
        message=profile.subject + f" has credential_source {quote(value)}, which AWS does not know",
        hint=hint,
        place=profile.place_of("credential_source"),
    )
