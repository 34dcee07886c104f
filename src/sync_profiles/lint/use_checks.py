"""Checks of settings that have no effect where they are, or that the AWS CLI cannot use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sync_profiles.config.section_names import name_section
from sync_profiles.config.syntax import Option, split_lines
from sync_profiles.config.values import lines_of_broken_keys, quote_key
from sync_profiles.known_keys import (
    ACCOUNT_KEY,
    BLOCK_KEYS,
    CLIENT_SETTINGS,
    INCLUDES,
    OTHER_CREDENTIALS,
    PROFILE_KEYS,
    ROLE_KEY,
    extension_role_arn,
)
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.declaring import check
from sync_profiles.lint.header_checks import mixed_profiles, or_write_header
from sync_profiles.lint.overridden_values import overridden_provider
from sync_profiles.model import (
    SESSION_NAME_KEY,
    STATIC_KEYS,
    TOKEN_KEYS,
    FileKind,
    Problem,
    Profile,
    in_parentheses,
)
from sync_profiles.text import listed, quote, with_profile

#: a profile with one of these has credentials of its own, and may be another tool's
_OWN_CREDENTIALS = OTHER_CREDENTIALS.union(STATIC_KEYS)
#: an access key ID of a user or a session
_KEY_ID = re.compile(r"A(?:KIA|SIA)[A-Z0-9]{12,}", re.ASCII)
# what instructions and templates have in place of a key
_PLACEHOLDER = re.compile(
    r"<(?!A[KS]IA[A-Z0-9]{12}).*>|\{.*\}|%.*%|(?:A[KS]IA)?(?:x{3,}|\*{3,}|\.{3,}|\u2026+)|your[\W_].*"
    r"|(?:change|replace|fill)[\W_]?(?:me|this|in)|todo|tbd|fixme"
    r"|A[KS]IA[A-Z0-9]+EXAMPLE|\S+EXAMPLEKEY",
    re.IGNORECASE,
)
#: where a profile names a server other than AWS's
_ENDPOINTS = frozenset({"endpoint_url", "services"})
_SOURCES = ("source_profile", "credential_source")


@check("block-missing", "a setting that must be a block of settings is not one")
def _missing_blocks(files: BothFiles) -> Iterator[Problem]:
    for section in files.config.sections.values():
        is_services = name_section(section.name).kind == "services"
        if not is_services and not files.is_profile(section.place):
            continue
        by_line = {option.line: option for option in section.options.values()}
        meant_inside: set[int] = set()  # lines below that should be indented
        for option in section.options.values():
            is_block = is_services or option.key in BLOCK_KEYS
            if not is_block or option.is_nested or option.line in meant_inside:
                continue
            lines = _lines_below(option, by_line, is_services=is_services)
            meant_inside.update(lines)
            # of a text, botocore wants the settings only where it makes a client of S3
            stops = "the AWS CLI" if is_services or not option.value else "`aws s3`"
            yield Problem(
                place=option.place,
                value_at=option.place,
                profile=files.profile_at(section.place),
                message=f"{quote_key(option.key)} has no block of settings, and {stops} stops",
                hint=_block_hint(option, lines),
            )


def _lines_below(option: Option, by_line: Mapping[int, Option], *, is_services: bool) -> list[int]:
    """Return the lines right below an empty setting that belong into its block."""
    if option.value:
        return []
    lines: list[int] = []
    while (below := by_line.get(option.line + len(lines) + 1)) is not None:
        is_own = not is_services and below.key in PROFILE_KEYS | CLIENT_SETTINGS
        if is_own or not below.value or below.is_nested:
            break
        lines.append(below.line)
    return lines


def _block_hint(option: Option, lines: list[int]) -> str:
    if not lines:
        write = f"write {quote_key(f'{option.key} =')} and " if option.value else ""
        return f"remove it, or {write}indent its settings below it"
    if len(lines) == 1:
        return f"indent the line below it, line {lines[0]}"
    return f"indent the lines below it, {lines[0]} to {lines[-1]}"


@check("role-missing", "a profile has a source and no `role_arn` to assume with it")
def _roles_missing(files: BothFiles) -> Iterator[Problem]:
    included = files.values(*INCLUDES)  # whose settings another tool gives to other profiles
    with_role = filter(files.has_role, files.profiles.values())
    sources_of_roles = {profile.text("source_profile") for profile in with_role}
    for key in _SOURCES:
        for setting in files.in_effect(key):
            profile = setting.profile
            if profile is None or not setting.value or profile.name in included:
                continue
            if _lacks_role(profile, files):
                hint = "add `role_arn = arn:aws:iam::ACCOUNT:role/NAME`, or remove the line"
                if key == "credential_source" and profile.name in sources_of_roles:
                    named = quote(f"source_profile = {profile.name}")
                    hint = f"move the line to where {named} is, in place of that"
                yield setting.problem(f"{quote(key)} has no effect without `role_arn`", hint)


def _lacks_role(profile: Profile, files: BothFiles) -> bool:
    others = {*INCLUDES, "mfa_serial", ACCOUNT_KEY, ROLE_KEY}
    return not files.has_role(profile) and not (_OWN_CREDENTIALS | others) & profile.settings.keys()


@check(
    "session-name-unused", "`role_session_name` is in a profile without a role, or in `[DEFAULT]`"
)
def _unused_session_names(files: BothFiles) -> Iterator[Problem]:
    included = files.values(*INCLUDES)  # whose settings another tool gives to other profiles
    for setting in files.in_effect(SESSION_NAME_KEY):
        profile = setting.profile
        if profile is None:
            yield setting.problem(
                "`role_session_name` in `[DEFAULT]` is the session name of every profile without "
                "one of its own",
                "move it to the profiles with a role that need it",
            )
        elif not files.has_role(profile) and profile.name not in included:
            yield setting.problem(
                "`role_session_name` has no effect in a profile without `role_arn`, and no other "
                "profile inherits it",
                "remove the line: `sync-profiles` writes your name into each profile with a role",
            )


@check("other-tool-setting", "a role is set as a browser extension reads it")
def _extension_settings(files: BothFiles) -> Iterator[Problem]:
    for setting in files.in_effect(ROLE_KEY):
        profile = setting.profile
        role_arn = extension_role_arn(profile) if profile is not None else None
        if profile is None or role_arn is None or "role_arn" in profile.settings:
            continue
        has_source = any(key in profile.settings for key in _SOURCES)
        line = quote(f"role_arn = {role_arn}")
        yield setting.problem(
            f"the AWS CLI does not read `{ACCOUNT_KEY}` and `{ROLE_KEY}`, settings of a browser "
            "extension",
            f"add {line}"
            if has_source
            else f"add {line} and `source_profile = …`: the profile with your keys",
        )


@check("empty-key", "an access key has no value, or a placeholder")
def _empty_keys(files: BothFiles) -> Iterator[Problem]:
    """Yield the access keys without a value of their own, one for each profile and file."""
    found: set[tuple[str | None, FileKind]] = set()
    begun = {
        kind: set(lines_of_broken_keys(split_lines(file.text)).values())
        for kind, file in files.by_kind.items()
    }
    for key in STATIC_KEYS:
        for setting in files.in_effect(key):
            if setting.place.line in begun[setting.place.file]:
                continue  # the line below it has to be joined to it
            name = setting.profile_name
            is_empty = not setting.value
            # a simulated AWS takes any key
            is_of_aws = _ENDPOINTS.isdisjoint(setting.siblings)
            is_placeholder = is_of_aws and _PLACEHOLDER.fullmatch(setting.value) is not None
            if not (is_empty or is_placeholder) or (name, setting.place.file) in found:
                continue
            is_of_file = setting.place.file is FileKind.CREDENTIALS
            if setting.profile is not None and is_of_file and overridden_provider(setting.profile):
                continue  # it is in the way, full or empty
            found.add((name, setting.place.file))
            lines = "empty lines" if is_empty else "lines"
            configure = with_profile("aws configure", name or "")
            hint = "remove the line"
            if name is not None:
                profile = setting.profile
                has_role = profile is not None and files.has_role(profile)
                # those below it call with its role, unless its keys are what assumes that
                may_go = name not in files.sources or (
                    profile is not None and has_role and profile.text("source_profile") != name
                )
                configures = [] if may_go and has_role else [f"run {configure}"]
                hint = ", or ".join([*configures, *([f"remove the {lines}"] if may_go else [])])
            what = "is empty" if is_empty else "has a placeholder in place of its value"
            yield setting.problem(f"{quote(key)} {what}", hint)


@check("key-mismatched", "an access key does not fit the secret key or the token next to it")
def _mismatched_keys(files: BothFiles) -> Iterator[Problem]:
    mixed = mixed_profiles(files)
    for setting in files.in_effect("aws_access_key_id"):
        profile = setting.profile
        if profile is None or profile.place_of(setting.key) != setting.place:
            continue
        if profile.name in mixed or any(
            files.may_have(profile.name, key) for key in (*STATIC_KEYS, *TOKEN_KEYS)
        ):
            continue  # what is next to it is another profile's, or what is missing is there
        if _KEY_ID.fullmatch(setting.value) is None:
            secret = profile.beside_access_key("aws_secret_access_key")
            if secret is not None and _KEY_ID.fullmatch(secret.value) is not None:
                yield setting.problem(
                    "`aws_access_key_id` has a secret key, and `aws_secret_access_key` has the "
                    "access key ID",
                    "swap the two values",
                )
        elif setting.value.startswith("ASIA") and profile.sent_token is None:
            yield setting.problem(*_without_token(profile))
        elif setting.value.startswith("AKIA") and profile.sent_token is not None:
            tokens = {key: token for key, token in profile.tokens.items() if token.value}
            yield setting.problem(
                f"the access key is a long-term one, which has no {quote(profile.sent_token)}",
                "remove "
                + listed(
                    f"{quote(key)} {in_parentheses(token.place)}" for key, token in tokens.items()
                )
                + or_write_header(
                    files, setting.place, *(token.place for token in tokens.values())
                ),
            )


def _without_token(profile: Profile) -> tuple[str, str]:
    configure = with_profile("aws configure", profile.name)
    run = f"run {configure} with a long-term key"
    lacks = "the access key is a temporary one, and "
    if profile.tokens:
        empty = next(iter(profile.tokens))  # botocore looks no further
        at = f"{quote(empty)} {in_parentheses(profile.tokens[empty].place)}"
        hidden = [key for key, token in profile.tokens.items() if token.value]
        if hidden:
            return f"{lacks}the empty {quote(empty)} hides its {quote(hidden[0])}", f"remove {at}"
        write = f"write the token that came with it in {at}"
        return f"{lacks}{quote(empty)} is empty", f"{write}, or {run}"
    for key in TOKEN_KEYS:
        if profile.text(key):
            move = f"move {quote(key)} {in_parentheses(profile.place_of(key))} next to it"
            return (
                f"{lacks}there is no {quote(key)} in the same file",
                f"{move} if it came with it; otherwise remove the token, and {run}",
            )
    return (
        f"{lacks}there is no `aws_session_token`",
        f"add the `aws_session_token` that came with it, or {run}",
    )
