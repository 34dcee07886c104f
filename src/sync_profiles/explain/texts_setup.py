"""Messages and hints about the profile's settings and this machine."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.arn import gives_codes, parse_arn
from sync_profiles.config.section_names import SSO_SESSION, header_at, header_for
from sync_profiles.explain.file_signs import without_device
from sync_profiles.explain.findings import Wording
from sync_profiles.lint.arn_checks import ANY_DEVICE, listing_of_devices
from sync_profiles.model import SESSION_NAME_KEY, in_parentheses
from sync_profiles.outcomes import Failure
from sync_profiles.planning.cli_settings import ALL_SETTINGS
from sync_profiles.planning.session_name import (
    SESSION_NAME_RULE,
    is_identity_center_user,
    user_name,
)
from sync_profiles.text import Phrase, quote

if TYPE_CHECKING:
    from sync_profiles.explain.case import Case
    from sync_profiles.planning.cli_settings import CliSetting

_ACCOUNT = re.compile(r"\baccount:? ?(\d{12})\b")


def session_name(case: Case) -> str:
    """Say what a sync fixes."""
    configured = case.setting(SESSION_NAME_KEY)
    refused = f"as {quote(configured)}" if configured else "without a session name"
    wanted = quote(case.wanted_name) if case.wanted_name else "your name"
    return f"refused {refused}, accepted as {wanted}"


def not_your_device(case: Case) -> str:
    """Say what is set instead of a device of the caller."""
    name = user_name(case.caller)
    what = "a user, not" if ":user/" in (case.setting("mfa_serial") or "") else "not"
    return f"{case.device} is {what} an MFA device of {quote(name) if name else 'the caller'}"


def your_device(case: Case) -> str:
    """Say which device is the caller's own, or how to find it, or that the caller may be wrong."""
    name, serial = user_name(case.caller) or "NAME", parse_arn(case.setting("mfa_serial") or "")
    device = case.caller.arn.in_iam(f"mfa/{name}") if case.caller is not None else ANY_DEVICE
    elsewhere = ""
    if case.caller and serial and serial.account_id != case.caller.arn.account_id:
        theirs, ours = quote(serial.account_id), quote(case.caller.arn.account_id)
        elsewhere = (
            f"the device is in account {theirs}, the caller in {ours}: in {{at[source_profile]}}, "
            f"use a source with your keys of {theirs}; or "
        )
    is_known = (
        each for each in case.findings if each.is_proved or each.wording is Wording.OWN_DEVICE
    )
    known = next(is_known, None)
    if known is not None:
        set_it = case.fill(elsewhere + "set {at[mfa_serial]} to ")
        return known.text if known.is_proved else set_it + known.text
    devices = case.learned.devices
    own = [each for each in devices if gives_codes(each)] if isinstance(devices, tuple) else []
    account = case.caller.arn.account_id if case.caller is not None else ""
    how = how_to_get_device(devices, account, source_profile=case.source.profile)
    if devices is None and device != case.setting("mfa_serial"):
        how += f"; it is often {quote(device)}"
    listed = " or ".join(map(quote, own)) + ", as IAM lists it" if own else how
    return case.fill(elsewhere + "set {at[mfa_serial]} to ") + listed


def how_to_get_device(
    devices: tuple[str, ...] | Failure | None, account_id: str, *, source_profile: str | None
) -> str:
    """Say what the ARN of a device is of which none that gives codes is known.

    `devices` are those that IAM lists, or why it does not.
    """
    app = "the ARN of the authenticator app that you set up first"
    match devices:
        case Failure(is_denial=True):
            who = f"an administrator of account {quote(account_id)}"
            return f"the ARN of your MFA device (you are not allowed to list it: {who} can)"
        case ():
            return f"{app} (your user has no MFA device)"
        case tuple():
            return f"{app} (a security key gives no code)"
        case _:
            listing = listing_of_devices(source_profile)
            return f"the ARN of your MFA device, which {listing} shows"


def listing(case: Case) -> str:
    """Return which command lists the caller's MFA devices."""
    return f"{listing_of_devices(case.source.profile)} shows your devices"


def give_code(case: Case) -> str:
    """Say how to give a code, and whether a program could."""
    hint = "run the command on a terminal, which asks for the code, or pass `--mfa-code CODE`"
    source, profile = case.source_profile, case.profile
    if source is None or profile is None or not source.text("mfa_process"):
        return hint
    place = source.place_of("mfa_process")
    where = f"{header_at(source, place)} {in_parentheses(place)}"
    return (
        f"{hint}; `mfa_process` is not inherited: to use that of {where}, write it in "
        + case.header
        + " too"
    )


def without_code(case: Case) -> str:
    """Say that a session cannot present a code, and which step the user has."""
    if case.caller is not None and is_identity_center_user(case.caller):
        why = ": an Identity Center user gives MFA at sign-in, never with a call"
        return without_device(case) + why
    give = case.fill("give {source_words} an IAM user's access key, or ")
    return give + without_device(case) + " if the credentials have MFA already"


def no_device(case: Case) -> str:
    """Say that the session of a role can present no code."""
    return without_device(case) + ": in a chain, only the first call can have MFA"


def next_code(case: Case) -> str:
    """Say how a profile gets a code of its own: under two names, it needs two."""
    hint = "run again for this profile alone, with the next code: `--profile` selects it"
    if case.profile is None or case.wanted_name in {None, case.profile.session_name}:
        return hint
    return hint + case.fill(
        "; if it was alone, a comment `# sync-profiles: keep` in {header} leaves one name to test"
    )


def invalid_name(case: Case) -> str:
    """Say which name AWS does not accept: the configured one, or the caller's."""
    configured = case.setting(SESSION_NAME_KEY)
    if configured and case.note is None:
        return f"{quote(configured)} cannot be a session name"
    wanted = quote(case.wanted_name) if case.wanted_name else "your name"
    return case.note or f"{wanted} cannot be a session name"


def valid_name(case: Case) -> str:
    """Say which names AWS accepts."""
    configured = case.setting(SESSION_NAME_KEY)
    if configured and case.note is None:
        return case.fill("correct {at[role_session_name]}: ") + SESSION_NAME_RULE
    return f"pass `--session-name NAME`, a name of {SESSION_NAME_RULE}"


def no_name(case: Case) -> str:
    """Say why there is no name to write."""
    return case.note or case.fill("{principal} has no user name to use as the session name")


def shorter_duration(case: Case) -> str:
    """Say which duration the role allows."""
    longest = case.learned.longest_session
    if longest is None:
        return case.fill("lower {at[duration_seconds]} to `3600`, which every role allows")
    return lower_to(longest, setting=case.at("duration_seconds"))


def lower_to(longest: int, *, setting: str) -> str:
    """Say to lower a setting to the duration that IAM names."""
    return "lower " + setting + f" to {quote(str(longest))}, the longest that the role allows"


def matching_partition(case: Case) -> str:
    """Say which source has keys of the role's partition, or else which ARN is in the caller's."""
    role, caller = case.role_arn, case.principal_arn
    there = [
        quote(each.source.profile)
        for each in case.callers
        if role and each.source.profile and each.arn.partition == role.partition
    ]
    # beside which botocore takes no source_profile
    instead = ", in place of `credential_source`" if case.setting("credential_source") else ""
    if there or role is None or caller is None:
        whose = " or ".join(there) + ", whose keys are" if there else "a profile with keys"
        set_source = case.fill("set {at[source_profile]} to ")
        return set_source + f"{whose} of the role's partition{instead}"
    meant = quote(str(replace(role, partition=caller.partition))) + ","
    if case.profile is case.explained_profile:
        meant = Phrase(meant, "the same ARN")
    hint = case.fill("set {at[role_arn]} to ") + meant + " in the caller's partition, if you mean "
    hint += "that role, or " + case.at("source_profile") + " to a profile with keys of partition "
    return hint + f"{quote(role.partition)}, if you have any{instead}"


def swallowed_line(case: Case) -> str:
    """Say which setting has another line or setting in its value."""
    return "the value of " + case.at(_setting(case)) + " has another line or setting in it"


def stopping_setting(case: Case) -> str:
    """Say which setting of the profile or the environment stops the AWS CLI."""
    where = " in the environment" if _is_variable(case) else ""
    return f"the AWS CLI stops at {quote(_setting(case))}{where}"


def other_value(case: Case) -> str:
    """Say which values the AWS CLI accepts for the setting that stops it."""
    setting = _cli_setting(case)
    if _is_variable(case):
        return f"unset {quote(setting.variable or '')}, or set it to {setting.takes}"
    return "correct " + case.at(setting.key) + f" to {setting.takes}, or remove the line"


def correct_setting(case: Case) -> str:
    """Say which setting to correct."""
    key = _setting(case)
    if not key:
        return case.fill("correct that setting of {name}")
    if not key.startswith("sso_"):
        return "correct " + case.at_fault(key)
    profile = case.source_profile
    if profile is None or key in profile.settings:
        return "correct " + case.at_source(key)
    if case.profile is not None and key in case.profile.settings:
        return "correct " + case.at(key)
    session = profile.text("sso_session")
    if session is not None and key in {"sso_region", "sso_start_url"}:
        return f"add {quote(key)} to {quote(header_for(session, SSO_SESSION))}"
    return "add " + case.at_source(key)


def region_disabled(case: Case) -> str:
    """Say in which region, and for which account, STS is not active."""
    return f"STS is not active in {_region(case)} for {_account(case)}"


def enabled_region(case: Case) -> str:
    """Say how to reach a region in which STS is active."""
    return case.fill("set {at_used[region]} to another one, or ask an administrator of ") + (
        f"{_account(case)} to activate STS in {_region(case)}"
    )


def matching_region(case: Case) -> str:
    """Say which two settings must name one region."""
    endpoint = case.used("endpoint_url")
    hint = case.fill("set {at_used[region]} to the region of the STS endpoint")
    return hint + ": " + endpoint.words if endpoint is not None else hint


def other_error(case: Case) -> str:
    """Pass on what AWS or botocore said."""
    failure = case.failure
    if failure.operation is None:
        return case.fill("an error on this machine{said}")
    return f"AWS answered {quote(failure.code or 'an error')} to {case.operation}{case.said}"


def after_other_error(case: Case) -> str:
    """Say where to learn more about an error without a specific cause."""
    failure = case.failure
    if failure.operation is None:
        return "run the command again with `--verbose`"
    if not failure.proves:
        return "run again in a minute"
    if failure.operation == "GetRoleCredentials":
        return case.fill("ask for the role of {at_source[sso_role_name]} in IAM Identity Center")
    if failure.is_of_web_identity:
        return case.fill(
            "put a fresh token into the file of {at_source[web_identity_token_file]}, or ask an "
            "administrator of {role_account} to add the token's identity provider"
        )
    if failure.request_id:
        return f"ask AWS Support about request {quote(failure.request_id)}"
    code = quote(failure.code or "an error")
    return f"look {code} up in the errors of the AWS STS API reference"


def _setting(case: Case) -> str:
    return case.failure.setting or ""


def _cli_setting(case: Case) -> CliSetting:
    name = _setting(case).partition("=")[0].strip()
    return next(each for each in ALL_SETTINGS if name in {each.key, each.variable})


def _is_variable(case: Case) -> bool:
    return _setting(case).partition("=")[0].strip() == _cli_setting(case).variable


def _region(case: Case) -> str:
    return quote(case.region) if case.region else "this region"


def _account(case: Case) -> str:
    found = _ACCOUNT.search(case.failure_message)
    return f"account {quote(found[1])}" if found else case.principal_account
