"""What a profile has in place of a source or of credentials, and what to write."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from sync_profiles.config.login_programs import run_aws_mfa, run_login_program
from sync_profiles.config.own_credentials import (
    WORD_BREAK,
    providers,
    separate_hint,
    user_of_role,
    why_not_of_same_profile,
)
from sync_profiles.config.section_names import PROFILE, header_at, name_in_value
from sync_profiles.config.values import as_it_looks, first_invisible, meant_value
from sync_profiles.known_keys import (
    ACCOUNT_KEY,
    AWS_OKTA_KEY,
    GRANTED_KEY,
    INCLUDES,
    ROLE_KEY,
    extension_role_arn,
)
from sync_profiles.model import STATIC_KEYS, Profile, in_parentheses
from sync_profiles.text import (
    closest,
    listed,
    name_character,
    quote,
    shell_word,
    with_profile,
)

_END = re.compile(r"[#;]|\.$")
#: what no person has in a name: a further line, or what is to be replaced by one
_NOT_IN_NAME = re.compile(r"[\n<>{}$%]")
CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
CREDENTIAL_SOURCES_BY_LOWER = {name.lower(): name for name in CREDENTIAL_SOURCES}


class UsualSource(NamedTuple):
    """A profile that is most likely meant as the source, and why, for the end of a step.

    With `is_proved`, AWS accepts the call from there.
    """

    name: str
    why: str
    is_proved: bool = False

    @property
    def line(self) -> str:
        """The line to write."""
        return quote(f"source_profile = {self.name}")


def instead_of_source(
    profiles: Mapping[str, Profile], profile: Profile, *, usual: UsualSource | None
) -> tuple[str, str]:
    """Return what a profile with a role has instead of a source, and what to write."""
    keys = providers(profile)
    if keys:
        return f": {why_not_of_same_profile(keys)}", separate_hint(profiles, profile, keys)
    if all(key in profile.settings for key in STATIC_KEYS):
        own = quote(f"source_profile = {profile.name}")
        return "", f"add {own} to " + profile.header + ": its role is assumed with its own keys"
    line, why = quote("source_profile = …"), "the profile with your keys"
    if usual is not None:
        line, why = usual.line, usual.why
    add = f"add {line} to " + profile.header + f": {why}"
    if AWS_OKTA_KEY in profile.settings:
        program = quote(f"aws-okta exec {shell_word(profile.name)} -- aws")
        more = f": the AWS CLI does not read `{AWS_OKTA_KEY}`, a setting of aws-okta"
        return more, f"run {program}, which assumes the role itself, or {add}"
    user = user_of_role(profiles, profile)
    if user is not None:
        return "", f"use profile {quote(user)}, whose program assumes this role itself, or {add}"
    key = next((key for key in INCLUDES if profile.text(key) is not None), None)
    if key is None:
        named = _named_otherwise(profiles, profile)
        if named is None:
            return "", add
        line = quote(f"source_profile = {profile.text(named)}")
        step = f"write {line} in place of " + profile.at(named)
        return f": the AWS CLI does not read {quote(named)}", step
    for owner in _included(profiles, profile):
        source = owner.settings.get("source_profile")
        if source and source.value in profiles.keys() - {profile.name}:
            line = quote(f"source_profile = {source.value}")
            add = f"add {line} to " + profile.header
            add += f", as in {header_at(owner, source.place)} {in_parentheses(source.place)}"
            break
    return f": the AWS CLI does not read {quote(key)}, a setting of aws-vault", add


def _named_otherwise(profiles: Mapping[str, Profile], profile: Profile) -> str | None:
    """Return the key of a setting like `base_profile` that has the name of another profile."""
    for key, setting in profile.settings.items():
        is_like = key == "source" or key.endswith("profile")
        if is_like and setting.value in profiles.keys() - {profile.name}:
            return key
    return None


def _included(profiles: Mapping[str, Profile], profile: Profile) -> Iterator[Profile]:
    """Yield the profile that aws-vault includes in one, then what that includes, and so on."""
    seen = {profile.name}
    while True:
        names = filter(None, map(profile.text, INCLUDES))
        found = next(filter(None, map(profiles.get, names)), None)
        if found is None or found.name in seen:
            return
        seen.add(found.name)
        yield found
        profile = found


def instead_of_name(
    profile: Profile, value: str, others: Collection[str], *, usual: UsualSource | None
) -> tuple[str, str]:
    """Return what is wrong with the value of `source_profile`, and what to write.

    `others` are the profiles among which it looks for a similar name.
    """
    if not value:
        any_name = "the name of the profile with your keys after `source_profile =`"
        name = f"{usual.line}, {usual.why}" if usual is not None else any_name
        return "`source_profile` of " + profile.subject + " is empty", f"write {name}"
    bare = name_in_value(value, PROFILE)
    place = CREDENTIAL_SOURCES_BY_LOWER.get(value.lower())
    # without a comment, or the full stop of a sentence
    alike = [each for each in (bare, _END.split(bare)[0]) if each in others]
    alike = alike or [
        each for each in others if as_it_looks(meant_value(each)) == as_it_looks(bare)
    ]
    near = alike[0] if alike else closest(value, others, cutoff=0.75)
    by_aws_mfa = run_aws_mfa(value, others)
    overridden = profile.settings["source_profile"].overridden
    is_hidden_by_it = overridden is not None and overridden.value in others
    if overridden is not None and is_hidden_by_it:
        line = quote(f"source_profile = {overridden.value}")
        correct = f"remove that line, which overrides {line} {in_parentheses(overridden.place)}"
    elif by_aws_mfa is not None:
        correct = by_aws_mfa
    elif near is not None:
        correct = f"write {quote(f'source_profile = {near}')}"
        strange = [(c, "the line") for c in bare if c not in near]
        strange += [(c, "the name of that profile") for c in near if c not in bare]
        found = [(c, where) for c, where in strange if not c.isascii()]
        for character, where in found[:1]:
            correct += f": there is {name_character(character)} in {where}"
        hidden = first_invisible(near) or ("`" if "`" in near else None)  # which no hint can show
        is_hidden = hidden is not None and hidden not in bare
        if is_hidden or quote(near) == quote(bare) != f"`{near}`":
            what = name_character(hidden) if hidden else "more than one space"
            correct = f"retype the name of profile {quote(near)}: there is {what} in it"
    elif place is not None:
        correct = f"write `credential_source = {place}` in place of `source_profile`"
    elif usual is not None:
        correct = f"write {usual.line}, {usual.why}"
    else:
        correct = "correct `source_profile`"
    is_in_another_case = near is not None and near.lower() == bare.lower()
    is_other = place is not None or bool(alike) or is_in_another_case or by_aws_mfa is not None
    is_other = is_other or is_hidden_by_it
    if not is_other and _NOT_IN_NAME.search(value) is None:  # it may be a new one
        is_proved = usual is not None and usual.is_proved and near is None
        correct = keys_or(correct, value, is_proved=is_proved)
    return profile.subject + f" names source_profile {quote(value)}, which does not exist", correct


def keys_or(step: str, name: str, *, is_proved: bool) -> str:
    """Return how to give a profile keys of its own, and another step; a proved one comes first."""
    run = f"run {with_profile('aws configure', name)} with your keys"
    return f"{step}; otherwise {run}" if is_proved else f"{run}, or {step}"


def instead_of_arn(
    profiles: Mapping[str, Profile],
    profile: Profile,
    arn: str,
    others: Iterable[str],
    *,
    usual: UsualSource | None,
) -> tuple[str, str]:
    """Return what is wrong with an ARN as the value of `source_profile`, and what to write.

    `others` are the profiles among which it looks for one that assumes the role.
    """
    assuming = (name for name in others if profiles[name].role_arn == arn)
    assuming = (name for name in assuming if not _leads_to(profiles, name, profile.name))
    swapped = profile.role_arn
    if swapped in profiles and not _leads_to(profiles, swapped, profile.name):
        lines = (f"role_arn = {arn}", f"source_profile = {swapped}")
        correct = f"swap the two values: write {listed(map(quote, lines))}"
    elif (name := next(assuming, None)) is not None:
        correct = f"write {quote(f'source_profile = {name}')}, which assumes that role"
    elif usual is not None:
        correct = f"write {usual.line}, {usual.why}"
    else:
        correct = "write the name of the profile with your keys"
    return "`source_profile` of " + profile.subject + " is an ARN, not a profile's name", correct


def program_asks_for(profile: Profile, *, of: Profile, profiles: Mapping[str, Profile]) -> bool:
    """Return whether the `credential_process` of a profile needs another, as `aws-vault` may."""
    words = WORD_BREAK.split(of.text("credential_process") or "")
    return any(_leads_to(profiles, word, profile.name) for word in words)


def _leads_to(profiles: Mapping[str, Profile], name: str | None, end: str) -> bool:
    """Return whether a profile is another one, or has it further up its chain."""
    seen = {end}
    while name is not None and name not in seen and name in profiles:
        seen.add(name)
        name = profiles[name].text("source_profile")
    return name == end


def instead_of_credential_source(value: str, *, is_profile: bool) -> str:
    """Return what to write for a value that is not one: `is_profile` if it names a source."""
    right = CREDENTIAL_SOURCES_BY_LOWER.get(value.lower())
    if right is not None:
        return f"write `{right}`: upper and lower case matter"
    if is_profile:
        line = quote(f"source_profile = {value}")
        return f"write {line} in place of `credential_source`: {quote(value)} is a profile"
    return f"write one of {', '.join(map(quote, CREDENTIAL_SOURCES))}"


def instead_of_credentials(
    source: Profile, names: Collection[str], *, asked_by: Profile, usual: UsualSource | None
) -> tuple[str, str]:
    """Return what a source profile has instead of credentials, and what to write.

    `names` are the profiles.
    """
    if GRANTED_KEY in source.settings:
        more = f": the AWS CLI does not read `{GRANTED_KEY}`, a setting of granted"
        program = f"granted credential-process --profile {shell_word(source.name)}"
        return more, f"add {quote(f'credential_process = {program}')} to {source.header}"
    log_in = run_login_program(source, names)
    if log_in is not None:
        return "", log_in
    role_arn = extension_role_arn(source)
    if role_arn is not None:
        more = f": `{ACCOUNT_KEY}` and `{ROLE_KEY}` are settings of a browser extension"
        add = f"add {quote(f'role_arn = {role_arn}')} and `source_profile = …` to "
        return more, f"{add}{source.header}: the profile with your keys"
    place = CREDENTIAL_SOURCES_BY_LOWER.get((source.text("credential_source") or "").lower())
    if place is not None:
        line = quote(f"credential_source = {place}")
        more = ": the AWS CLI reads `credential_source` in the profile with the role"
        return more, f"write {line} in place of " + asked_by.at("source_profile")
    if source.names_login:
        log_in = with_profile("aws configure sso", source.name)
        return ": it lacks `sso_account_id` and `sso_role_name`", f"run {log_in} to choose them"
    # https://byteness.github.io/aws-vault/docs/credential-process/
    program = f"aws-vault export --no-session --format=json {shell_word(source.name)}"
    run = (
        f"run {with_profile('aws configure', source.name)}; if aws-vault has its keys, add "
        f"{quote(f'credential_process = {program}')} to {source.header} instead"
    )
    hint = run + "; or name another profile in `source_profile` of " + asked_by.header
    if usual is not None and usual.is_proved:
        hint = f"write {usual.line} in " + asked_by.header + f", {usual.why}; otherwise {run}"
    elif usual is not None:
        hint = run + f"; or write {usual.line}, {usual.why}, in " + asked_by.header
    for key in INCLUDES:
        if key in source.settings:
            return f": the AWS CLI does not read {quote(key)}, a setting of aws-vault", hint
    return "", hint
