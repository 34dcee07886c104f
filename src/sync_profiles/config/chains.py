"""From a profile back to the credentials that its chain starts with.

The rules are botocore's (`credentials.AssumeRoleProvider`), in its order, so that a chain is
broken here exactly where the AWS CLI would stop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.config.section_names import header_for
from sync_profiles.model import BrokenChain, Chain, FileKind, Source
from sync_profiles.text import first_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sync_profiles.model import Profile

CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")

#: any of these makes a profile a source of its own; botocore tries the first ones before the static
#: keys of the credentials file, the others after them and before those of the config file
_FIRST_PROVIDER_KEYS = ("sso_account_id", "sso_role_name", "web_identity_token_file")
_LATER_PROVIDER_KEYS = ("credential_process", "login_session")


def resolve_chain(profiles: Mapping[str, Profile], name: str) -> Chain | BrokenChain:
    """Return the chain of an assume-role profile, or where and why it is broken."""
    visited: dict[str, None] = {}  # in the order of the walk, which is the chain's backwards
    hop = name
    while True:
        visited[hop] = None
        profile = profiles[hop]
        broken = _broken_role(profiles, profile, visited=visited)
        if broken is not None:
            return broken
        credential_source = profile.text("credential_source")
        if credential_source is not None:
            return Chain(source=Source(credential_source=credential_source), hops=_hops(visited))
        source = profiles[profile.text("source_profile") or ""]
        if source.has_static_credentials or not source.is_assume_role:
            return _broken_source(source, asked_by=profile, visited=visited) or Chain(
                source=Source(profile=source.name), hops=_hops(visited)
            )
        hop = source.name


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
            message=f"profile `{profile.name}` has both `source_profile` and `credential_source`",
            hint=f"remove one of them from `[{profile.section}]`",
            place=profile.place_of("credential_source"),
            via=_hops(visited),
        )
    if has_credential_source:
        return _broken_credential_source(profile, visited=visited)
    if not has_source:
        return BrokenChain(
            cause=Cause.SOURCE_MISSING,
            message=f"profile `{profile.name}` has neither `source_profile` nor "
            "`credential_source`",
            hint=f"add `source_profile = …` to `[{profile.section}]`: the profile with your keys",
            place=profile.place_of("role_arn"),
            via=_hops(visited),
        )
    return _broken_source_profile(profiles, profile, visited=visited)


def _broken_source_profile(
    profiles: Mapping[str, Profile], profile: Profile, *, visited: Collection[str]
) -> BrokenChain | None:
    """Check that the named source profile exists and does not lead back."""
    source_name = profile.settings["source_profile"].value
    shown = first_line(source_name)
    place = profile.place_of("source_profile")
    if profile.settings["source_profile"].nested or source_name not in profiles:
        return BrokenChain(
            cause=Cause.SOURCE_PROFILE_MISSING,
            message=f"profile `{profile.name}` names source_profile `{shown}`, "
            "which does not exist",
            hint=f"add `{header_for(shown)}`, or correct `source_profile`",
            place=place,
            via=_hops(visited),
        )
    if source_name not in visited:
        return None
    if source_name == profile.name and profile.has_static_credentials:
        return None
    loop = " -> ".join((*visited, source_name))
    return BrokenChain(
        cause=Cause.SOURCE_LOOP,
        message=f"the source profiles run in a circle: {loop}",
        hint="let one of them name a profile that has credentials of its own",
        place=place,
        via=_hops(visited),
    )


def _broken_credential_source(profile: Profile, *, visited: Collection[str]) -> BrokenChain | None:
    value = profile.text("credential_source")
    if value in CREDENTIAL_SOURCES:
        return None
    known = {name.lower(): name for name in CREDENTIAL_SOURCES}
    right = known.get((value or "").lower())
    return BrokenChain(
        cause=Cause.CREDENTIAL_SOURCE_INVALID,
        message=f"profile `{profile.name}` has credential_source `{first_line(value or '')}`, "
        "which AWS does not know",
        hint=f"write `{right}`, in this case"
        if right
        else f"write one of {', '.join(f'`{name}`' for name in CREDENTIAL_SOURCES)}",
        place=profile.place_of("credential_source"),
        via=_hops(visited),
    )


def _broken_source(
    source: Profile, *, asked_by: Profile, visited: Collection[str]
) -> BrokenChain | None:
    """Check that a source can have credentials, as far as the files show."""
    if any(key in source.settings for key in _FIRST_PROVIDER_KEYS):
        return None
    key_id = source.settings.get("aws_access_key_id")
    secret = source.settings.get("aws_secret_access_key")
    in_credentials = key_id is not None and key_id.place.file is FileKind.CREDENTIALS
    if not in_credentials and any(key in source.settings for key in _LATER_PROVIDER_KEYS):
        return None
    if key_id is None and secret is None:
        return BrokenChain(
            cause=Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS,
            message=f"source profile `{source.name}` has no credentials",
            hint=f"run `aws configure --profile {source.name}`, or name another profile in "
            f"`source_profile` of `[{asked_by.section}]`",
            place=source.place,
            via=_hops(visited),
        )
    # botocore takes both keys from one file: the secret of the other file does not count
    if (
        key_id is not None
        and secret is not None
        and (secret.place.file is key_id.place.file or secret.in_both)
    ):
        return None
    missing = "aws_access_key_id" if key_id is None else STATIC_SECRET
    where = " in the same file" if key_id is not None and secret is not None else ""
    return BrokenChain(
        cause=Cause.PARTIAL_CREDENTIALS,
        message=f"source profile `{source.name}` has no `{missing}`{where}",
        hint=f"run `aws configure --profile {source.name}` and give both keys",
        place=source.place_of("aws_access_key_id" if key_id is not None else STATIC_SECRET),
        via=_hops(visited),
    )


STATIC_SECRET = "aws_secret_access_key"  # noqa: S105 - a key's name
