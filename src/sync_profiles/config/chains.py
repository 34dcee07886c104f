"""From a profile back to the credentials that its chain starts with; where it breaks, why.

The rules are botocore's (`credentials.AssumeRoleProvider`), in its order, so that a chain is
broken here exactly where the AWS CLI would stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from sync_profiles.causes import Cause
from sync_profiles.config.own_credentials import (
    providers,
    separate_hint,
    why_not_of_same_profile,
)
from sync_profiles.config.section_names import header_at
from sync_profiles.config.source_hints import (
    CREDENTIAL_SOURCES,
    UsualSource,
    instead_of_arn,
    instead_of_credential_source,
    instead_of_credentials,
    instead_of_name,
    instead_of_source,
    keys_or,
    program_asks_for,
)
from sync_profiles.known_keys import FIRST_PROVIDER_KEYS, LATER_PROVIDER_KEYS, source_of
from sync_profiles.model import (
    STATIC_KEYS,
    BrokenChain,
    Chain,
    FileKind,
    Profile,
    Source,
    in_parentheses,
)
from sync_profiles.text import one_line, one_slip_off, quote, with_profile

#: hops; botocore calls itself for each, and Python stops it before this number
LONGEST_CHAIN = 150
#: profiles; to look for a similar name among more, for each of them, would take too long
FEW = 200


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
    hops: tuple[str, ...] = ()
    hop = name
    while len(hops) < LONGEST_CHAIN:
        hops = (hop, *hops)
        profile = profiles[hop]
        broken = _broken_role(profiles, hops, usual)
        if broken is not None:
            return replace(broken, via=hops)
        if (credential_source := profile.text("credential_source")) is not None:
            start = Source(credential_source=credential_source)
            return Chain(source=source_of(start, profiles[name].client, profiles), hops=hops)
        source = profiles[profile.settings["source_profile"].value]
        if source.has_static_credentials or not source.is_assume_role:
            broken = _broken_source(source, asked_by=profile, profiles=profiles, usual=usual)
            if broken is not None:
                return replace(broken, via=hops, source=source.name)
            return Chain(source=Source(profile=source.name), hops=hops)
        hop = source.name
    return BrokenChain(
        cause=Cause.CHAIN_TOO_LONG,
        message=f"the chain of profile {quote(name)} has more than {LONGEST_CHAIN} roles, which "
        "the AWS CLI cannot follow",
        hint="name a profile in `source_profile` that is fewer roles away from your keys",
        place=profiles[name].place_of("source_profile"),
        via=hops,
    )


def _has_credentials(source: Profile) -> bool:
    """Return whether a profile without a role has credentials, as far as the files show."""
    return not source.is_assume_role and _broken_source(source, asked_by=source) is None


def only_source(profiles: Mapping[str, Profile]) -> str | None:
    """Return the only profile with credentials of its own, if there is exactly one.

    None if its header is that of the config file in the other one, which another hint renames.
    """
    names = [
        name
        for name, each in profiles.items()
        if (each.is_assume_role and each.has_static_credentials) or _has_credentials(each)
    ]
    return names[0] if len(names) == 1 and not names[0].startswith("profile ") else None


def _usual_source(
    profiles: Mapping[str, Profile], profile: Profile, *, old: Profile | None = None
) -> UsualSource | None:
    """Return the source that is most likely meant, None if it is not clear.

    It is the only profile with credentials; or else, if the files still have the `old` one without
    its keys, the only one whose keys no profile names; or the source of all other profiles for the
    account, or of all others. Among many profiles, where each would look for it, there is none.
    """
    if len(profiles) > FEW:
        return None
    if (only := only_source(profiles)) is not None:
        is_loop = program_asks_for(profile, of=profiles[only], profiles=profiles)
        return None if is_loop else UsualSource(only, "the only profile with credentials")
    named = {"default", *(each.text("source_profile") for each in profiles.values())}
    left = [name for name in profiles.keys() - named if profiles[name].has_static_credentials]
    if old is not None and len(left) == 1 and not left[0].startswith("profile "):
        why = f"which no profile names, and may be the new name of {quote(old.name)}"
        return UsualSource(left[0], why)
    role = profile.role
    roles = (each for each in profiles.values() if each.is_assume_role)
    others = [each for each in roles if leads_to_credentials(profiles, each, without=profile)]
    here = [each for each in others if role and each.role and each.role.account == role.account]
    for of, where in (
        (here, ", for the same account"),
        (others[1:] and others, ", like all others"),
    ):
        names = {each.settings["source_profile"].value for each in of}
        if len(names) == 1:
            place = of[0].place_of("source_profile")
            why = f"the most likely one, as in {header_at(of[0], place)} "
            why += in_parentheses(place) + where
            return UsualSource(names.pop(), why)
    return None


def leads_to_credentials(
    profiles: Mapping[str, Profile], profile: Profile, *, without: Profile | None = None
) -> bool:
    """Return whether a profile's chain of sources ends in credentials.

    It must not lead to the profile `without`, which is by default the profile itself.
    """
    seen = {(without or profile).name}
    name = profile.text("source_profile")
    while name is not None and name in profiles and name not in seen:
        seen.add(name)
        source = profiles[name]
        if source.has_static_credentials or not source.is_assume_role:
            return _broken_source(source, asked_by=profile) is None
        name = source.text("source_profile")
    return False


def leads_to_no_credentials(source: Profile) -> bool:
    """Return whether a profile has neither credentials nor a role that leads to some."""
    return not source.is_assume_role and not _has_credentials(source)


def _broken_role(
    profiles: Mapping[str, Profile], hops: Sequence[str], usual: UsualSource | None
) -> BrokenChain | None:
    """Return why the first of the hops, which has a role, has no usable source; None if it has."""
    profile = profiles[hops[0]]
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
        usual = usual or _usual_source(profiles, profile)
        more, hint = instead_of_source(profiles, profile, usual=usual)
        return BrokenChain(
            cause=Cause.SOURCE_MISSING,
            message=profile.subject
            + f" has neither `source_profile` nor `credential_source`{more}",
            hint=hint,
            place=profile.place_of("role_arn"),
        )
    return _broken_source_profile(profiles, hops, usual)


def _broken_source_profile(
    profiles: Mapping[str, Profile], hops: Sequence[str], usual: UsualSource | None
) -> BrokenChain | None:
    """Return why the source that is named there is unusable: it does not exist, or leads back."""
    profile = profiles[hops[0]]
    source_name = profile.settings["source_profile"].value
    place = profile.place_of("source_profile")
    if profile.settings["source_profile"].nested or source_name not in profiles:
        is_quick = len(profiles) <= FEW
        among = profiles if is_quick else filter(profiles.__contains__, one_slip_off(source_name))
        others = [name for name in among if name not in hops]
        usual = usual or _usual_source(profiles, profile)
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
    if source_name not in hops:
        return None
    if source_name == profile.name and profile.has_static_credentials:
        return None
    walk = hops[::-1]
    loop = " -> ".join(map(one_line, (*walk, source_name)))
    message = f"the source profiles form a loop: {loop}"
    # the walk of which this is a part starts at the profile that closes the loop
    around = walk[walk.index(source_name) :]
    where = "in one of them, " if len(around) > 1 else ""
    hint = f"{where}name a profile that has credentials of its own"
    usual = usual or _usual_source(profiles, profile)
    if usual is not None:
        to_change = [each for each in around if profiles[each].text("source_profile") != usual.name]
        if 0 < len(to_change) < len(around):
            where = f"in {profiles[to_change[0]].header}, "
        hint = f"{where}write {usual.line}, {usual.why}"
    if source_name == profile.name:
        hint = keys_or(hint, source_name, is_proved=usual is not None and usual.is_proved)
    for member in (profiles[name] for name in around):
        keys = providers(member)
        if keys:
            hint = separate_hint(profiles, member, keys)
            message = f"{why_not_of_same_profile(keys)}, and {message}"
            break
    return BrokenChain(cause=Cause.SOURCE_LOOP, message=message, hint=hint, place=place)


def _broken_credential_source(
    profiles: Mapping[str, Profile], profile: Profile
) -> BrokenChain | None:
    value = profile.settings["credential_source"].value
    if value in CREDENTIAL_SOURCES:
        return None
    is_profile = value != profile.name and value in profiles and _has_credentials(profiles[value])
    return BrokenChain(
        cause=Cause.CREDENTIAL_SOURCE_INVALID,
        message=profile.subject + f" has credential_source {quote(value)}, which AWS does not know",
        hint=instead_of_credential_source(value, is_profile=is_profile),
        place=profile.place_of("credential_source"),
    )


def _broken_source(
    source: Profile,
    *,
    asked_by: Profile,
    profiles: Mapping[str, Profile] = MappingProxyType({}),
    usual: UsualSource | None = None,
) -> BrokenChain | None:
    """Return why a source has no credentials; None if it may have some, as the files show.

    `profiles` are those of which another one may have them, `usual` the one that has, if known.
    """
    if any(key in source.settings for key in FIRST_PROVIDER_KEYS):
        return None
    key_id, secret = map(source.settings.get, STATIC_KEYS)
    in_credentials = key_id is not None and key_id.place.file is FileKind.CREDENTIALS
    if not in_credentials and any(key in source.settings for key in LATER_PROVIDER_KEYS):
        return None
    if key_id is None and secret is None:
        usual = usual or _usual_source(profiles, asked_by, old=source)
        more, hint = instead_of_credentials(source, profiles, asked_by=asked_by, usual=usual)
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
        hint=f"run {with_profile('aws configure', source.name)} and give both keys",
        place=source.place_of(present),
    )
