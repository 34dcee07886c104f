"""From a profile back to the credentials that its chain starts with.

The rules are botocore's (`credentials.AssumeRoleProvider`), in its order, so that a chain is
broken here exactly where the AWS CLI would stop.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.config.section_names import PROFILE, header_for, meant_name
from sync_profiles.known_keys import (
    ACCOUNT_KEY,
    IDENTITY_CENTER_KEYS,
    INCLUDES,
    ROLE_KEY,
    extension_role_arn,
)
from sync_profiles.model import STATIC_KEYS, BrokenChain, Chain, FileKind, Source
from sync_profiles.similarity import closest
from sync_profiles.text import first_line, listed, one_line, quote

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sync_profiles.model import Profile

#: hops; botocore calls itself for each, and Python stops it before this number
LONGEST_CHAIN = 150

#: profiles; to look for a similar name among more, for each of them, would take too long
_FEW = 200

CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
_CREDENTIAL_SOURCES_BY_LOWER = {name.lower(): name for name in CREDENTIAL_SOURCES}

#: any of these makes a profile a source of its own; botocore tries the first ones before the static
#: keys of the credentials file, the others after them and before those of the config file
_FIRST_PROVIDER_KEYS = ("sso_account_id", "sso_role_name", "web_identity_token_file")
_LATER_PROVIDER_KEYS = ("credential_process", "login_session")


def resolve_chains(profiles: Mapping[str, Profile]) -> dict[str, Chain | BrokenChain]:
    """Return the chain of every assume-role profile, in file order."""
    return {
        name: resolve_chain(profiles, name)
        for name, profile in profiles.items()
        if profile.is_assume_role
    }


def resolve_chain(profiles: Mapping[str, Profile], name: str) -> Chain | BrokenChain:
    """Return the chain of an assume-role profile, or where and why it is broken."""
    visited: dict[str, None] = {}  # in the order of the walk, which is the chain's backwards
    hop = name
    while len(visited) < LONGEST_CHAIN:
        visited[hop] = None
        profile = profiles[hop]
        broken = _broken_role(profiles, profile, visited=visited)
        if broken is not None:
            return replace(broken, via=_hops(visited))
        credential_source = profile.text("credential_source")
        if credential_source is not None:
            return Chain(source=Source(credential_source=credential_source), hops=_hops(visited))
        source = profiles[profile.settings["source_profile"].value]
        if source.has_static_credentials or not source.is_assume_role:
            broken = broken_source(source, asked_by=profile)
            if broken is not None:
                return replace(broken, via=_hops(visited))
            return Chain(source=Source(profile=source.name), hops=_hops(visited))
        hop = source.name
    return BrokenChain(
        cause=Cause.CHAIN_TOO_LONG,
        message=f"the chain of profile {quote(name)} has more than {LONGEST_CHAIN} roles, which "
        "the AWS CLI cannot follow",
        hint="name a profile in `source_profile` that is nearer to the one with your keys",
        place=profiles[name].place_of("source_profile"),
        via=_hops(visited),
    )


def _hops(visited: Collection[str]) -> tuple[str, ...]:
    return tuple(visited)[::-1]


def _broken_role(
    profiles: Mapping[str, Profile], profile: Profile, *, visited: Collection[str]
) -> BrokenChain | None:
    """Check where a profile with a role takes its credentials from."""
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
        more, hint = _instead_of_source(profiles, profile)
        return BrokenChain(
            cause=Cause.SOURCE_MISSING,
            message=profile.subject
            + f" has neither `source_profile` nor `credential_source`{more}",
            hint=hint,
            place=profile.place_of("role_arn"),
        )
    return _broken_source_profile(profiles, profile, visited=visited)


def _broken_source_profile(
    profiles: Mapping[str, Profile], profile: Profile, *, visited: Collection[str]
) -> BrokenChain | None:
    """Check that the named source profile exists and does not lead back."""
    source_name = profile.settings["source_profile"].value
    place = profile.place_of("source_profile")
    if profile.settings["source_profile"].nested or source_name not in profiles:
        is_quick = len(profiles) <= _FEW
        others = [name for name in profiles if name not in visited] if is_quick else []
        message, hint = _instead_of_name(profile, source_name, others)
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
    for member in (profiles[name] for name in around):
        keys = _providers(member)
        if keys:
            hint = _move_hint(profiles, member, keys)
            message = f"{_beside(keys)}, and {message}"
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
    right = _CREDENTIAL_SOURCES_BY_LOWER.get(value.lower())
    if right is not None:
        hint = f"write `{right}`: upper and lower case matter"
    elif value != profile.name and _has_credentials(profiles.get(value), asked_by=profile):
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


def _has_credentials(source: Profile | None, *, asked_by: Profile) -> bool:
    is_role = source is None or source.is_assume_role  # whose chain may come back
    return source is not None and not is_role and broken_source(source, asked_by=asked_by) is None


def broken_source(source: Profile, *, asked_by: Profile) -> BrokenChain | None:
    """Check that a source can have credentials, as far as the files show."""
    if any(key in source.settings for key in _FIRST_PROVIDER_KEYS):
        return None
    key_id, secret = map(source.settings.get, STATIC_KEYS)
    in_credentials = key_id is not None and key_id.place.file is FileKind.CREDENTIALS
    if not in_credentials and any(key in source.settings for key in _LATER_PROVIDER_KEYS):
        return None
    if key_id is None and secret is None:
        more, hint = _instead_of_credentials(source, asked_by=asked_by)
        return BrokenChain(
            cause=Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
            message=f"source profile {quote(source.name)} has no credentials{more}",
            hint=hint,
            place=source.place,
        )
    # botocore takes both keys from one file: the secret of the other file does not count
    if source.beside_access_key("aws_secret_access_key") is not None:
        return None
    present, missing = STATIC_KEYS if key_id is not None else STATIC_KEYS[::-1]
    where = " in the same file" if missing in source.settings else ""
    return BrokenChain(
        cause=Cause.PARTIAL_CREDENTIALS,
        message=f"source profile {quote(source.name)} has no `{missing}`{where}",
        hint=f"run {_configure(source.name)} and give both keys",
        place=source.place_of(present),
    )


def _providers(profile: Profile) -> list[str]:
    """Return the settings that make the profile a source of its own, but not of its own role."""
    keys = (*_LATER_PROVIDER_KEYS, *IDENTITY_CENTER_KEYS)
    found = [key for key in keys if key in profile.settings]
    return found if set(found) - {"sso_session", "sso_start_url", "sso_region"} else []


def _instead_of_source(profiles: Mapping[str, Profile], profile: Profile) -> tuple[str, str]:
    """Return what a profile with a role has instead of a source, and what to write."""
    keys = _providers(profile)
    if keys:
        return f": {_beside(keys)}", _move_hint(profiles, profile, keys)
    if all(key in profile.settings for key in STATIC_KEYS):
        own = quote(f"source_profile = {profile.name}")
        return "", f"add {own} to " + profile.header + ": its role is assumed with its own keys"
    add = "add `source_profile = …` to " + profile.header + ": the profile with your keys"
    for key in INCLUDES:
        included = profile.text(key)
        if included is not None:
            return f": the AWS CLI does not read {quote(key)}, a setting of aws-vault", add
    return "", add


def _beside(keys: Collection[str]) -> str:
    return f"the AWS CLI assumes no role with {listed(map(quote, keys))} of the same profile"


def _move_hint(profiles: Mapping[str, Profile], profile: Profile, keys: Collection[str]) -> str:
    """Return how to give a profile's own credentials a profile, which its role names."""
    name = f"{profile.name}-source"
    while name in profiles:
        name += "-2"
    line = quote(f"source_profile = {name}")
    return (
        f"move {listed(map(quote, keys))} to a profile of its own, such as "
        f"{quote(header_for(name))}, and write {line} in " + profile.header
    )


def _configure(name: str) -> str:
    return quote(f"aws configure --profile {shlex.quote(name)}")


def _instead_of_name(profile: Profile, value: str, others: Collection[str]) -> tuple[str, str]:
    """Return what is wrong with the value of `source_profile`, and what to write.

    `others` are the profiles among which it looks for a similar name.
    """
    if not value:
        return (
            "`source_profile` of " + profile.subject + " is empty",
            "write the name of the profile with your keys after `source_profile =`",
        )
    bare = meant_name(value, PROFILE)
    place = _CREDENTIAL_SOURCES_BY_LOWER.get(value.lower())
    near = bare if bare in others else closest(value, others, cutoff=0.75)
    if near is not None:
        correct = f"write {quote(f'source_profile = {near}')}"
    elif place is not None:
        correct = f"write `credential_source = {place}` in place of `source_profile`"
    else:
        correct = "correct `source_profile`"
    is_meant = place is not None or (near is not None and near.lower() == bare.lower())
    run = "" if is_meant else f"run {_configure(first_line(value))} with your keys, or "
    return (
        profile.subject + f" names source_profile {quote(value)}, which does not exist",
        run + correct,
    )


def _instead_of_credentials(source: Profile, *, asked_by: Profile) -> tuple[str, str]:
    """Return what a source profile has instead of credentials, and what to write."""
    role_arn = extension_role_arn(source)
    if role_arn is not None:
        more = f": `{ACCOUNT_KEY}` and `{ROLE_KEY}` are settings of a browser extension"
        add = f"add {quote(f'role_arn = {role_arn}')} and `source_profile = …` to "
        return more, f"{add}{source.header}: the profile with your keys"
    if not source.settings.keys().isdisjoint({"sso_session", "sso_start_url"}):
        log_in = quote(f"aws configure sso --profile {shlex.quote(source.name)}")
        return ": it lacks `sso_account_id` and `sso_role_name`", f"run {log_in} to choose them"
    # https://byteness.github.io/aws-vault/docs/credential-process/
    program = f"aws-vault export --no-session --format=json {shlex.quote(source.name)}"
    run = (
        f"run {_configure(source.name)}; if aws-vault has its keys, add "
        f"{quote(f'credential_process = {program}')} to {source.header} instead; "
        "or name another profile in `source_profile` of "
    )
    hint = run + asked_by.header
    for key in INCLUDES:
        if key in source.settings:
            return f": the AWS CLI does not read {quote(key)}, a setting of aws-vault", hint
    return "", hint
