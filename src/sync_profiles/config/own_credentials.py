"""A profile's own credentials, which are no source of its own role."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from sync_profiles.config.section_names import header_for
from sync_profiles.known_keys import IDENTITY_CENTER_KEYS, LATER_PROVIDER_KEYS
from sync_profiles.model import Profile
from sync_profiles.text import Phrase, listed, quote

#: what is between the words of a command line, and beside an option's value
WORD_BREAK = re.compile(r"[\s=\"']+")
#: programs that assume the role of the profile that they are given
ROLE_PROGRAM = re.compile(r"(?:.*[/\\])?(?:aws-vault|aws-okta)(?:\.exe)?")


def providers(profile: Profile) -> list[str]:
    """Return the settings that give others credentials, but that its own role does not use."""
    keys = (*LATER_PROVIDER_KEYS, *IDENTITY_CENTER_KEYS)
    found = [key for key in keys if key in profile.settings]
    return found if set(found) - {"sso_session", "sso_start_url", "sso_region"} else []


def why_not_of_same_profile(keys: Collection[str]) -> str:
    """Return why a profile's own credentials are no source of its role."""
    return f"the AWS CLI assumes no role with {listed(map(quote, keys))} of the same profile"


def separate_hint(profiles: Mapping[str, Profile], profile: Profile, keys: Collection[str]) -> str:
    """Return how to give a profile's own credentials a profile, which its role names.

    A program may have assumed the role already, as `saml2aws --credential-process --role ARN` has,
    or as `aws-vault exec -j PROFILE` does by the role of the profile.
    """
    program = profile.text("credential_process")
    if program and profile.role_arn in WORD_BREAK.split(program):
        return "remove `role_arn`: `credential_process` gives the credentials of that role itself"
    if _assumes_role_of(profile.name, program):
        own = quote(header_for(_new_name(f"{profile.name}-session", profiles)))
        return (
            f"move `credential_process` to a separate profile, such as {own}, and use that one: "
            f"its program reads `role_arn` in {profile.header} and assumes the role itself"
        )
    name = _new_name(f"{profile.name}-source", profiles)
    line = quote(f"source_profile = {name}")
    own = f"move {listed(map(quote, keys))}"
    move = Phrase(
        f"{own} to a separate profile, such as {quote(header_for(name))}, and write {line} in "
        f"{profile.header}",
        f"{own} of each profile to a separate one, which it names in `source_profile`",
    )
    or_remove = "; or remove `role_arn`, if that program gives the role's own credentials"
    return move + or_remove if program else move


def _new_name(name: str, names: Collection[str]) -> str:
    """Return a name that no profile has."""
    while name in names:
        name += "-2"
    return name


def user_of_role(profiles: Mapping[str, Profile], profile: Profile) -> str | None:
    """Return the other profile whose program assumes the role of this one."""
    others = (each for each in profiles.values() if each.name != profile.name)
    for other in others:
        program = other.text("credential_process")
        if "role_arn" not in other.settings and _assumes_role_of(profile.name, program):
            return other.name
    return None


def _assumes_role_of(name: str, command: str | None) -> bool:
    program, *words = WORD_BREAK.split(command or "")
    return ROLE_PROGRAM.fullmatch(program) is not None and name in words
