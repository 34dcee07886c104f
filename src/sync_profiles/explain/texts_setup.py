"""Messages and hints about the profile's settings and this machine."""

from __future__ import annotations

import re
from dataclasses import replace

from sync_profiles.arn import is_known_partition, partition_of
from sync_profiles.config.section_names import SSO_SESSION, header_for
from sync_profiles.explain.case import Case
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.planning.cli_settings import ALL_SETTINGS, CliSetting
from sync_profiles.planning.session_name import SESSION_NAME_RULE
from sync_profiles.text import Phrase, quote

_ACCOUNT = re.compile(r"\baccount:? ?(\d{12})\b")


def session_name(case: Case) -> str:
    """Return the message: the session name is refused, and a sync fixes it."""
    configured = case.setting(SESSION_NAME_KEY)
    refused = f"as {quote(configured)}" if configured else "without a session name"
    wanted = quote(case.wanted_name) if case.wanted_name else "your name"
    return f"refused {refused}, accepted as {wanted}"


def invalid_name(case: Case) -> str:
    """Return the message: which name AWS does not accept: the configured one, or the caller's."""
    configured = case.setting(SESSION_NAME_KEY)
    if configured and case.note is None:
        return f"{quote(configured)} cannot be a session name"
    wanted = quote(case.wanted_name) if case.wanted_name else "your name"
    return case.note or f"{wanted} cannot be a session name"


def correct_name(case: Case) -> str:
    """Return the hint: which names AWS accepts."""
    configured = case.setting(SESSION_NAME_KEY)
    if configured and case.note is None:
        return case.fill("correct {at[role_session_name]}: ") + SESSION_NAME_RULE
    return f"pass `--session-name NAME`, a name of {SESSION_NAME_RULE}"


def no_name(case: Case) -> str:
    """Return the message: why there is no name to write."""
    return case.note or case.fill("{principal} has no user name to use as the session name")


def hint_of_stop(case: Case) -> str:
    """Return the hint: what makes the AWS CLI go on, as the check that found the stop says."""
    return case.failure.hint


def shorten_duration(case: Case) -> str:
    """Return the hint: which duration the role allows."""
    longest = case.learned.longest_session
    if longest is None:
        return case.fill("lower {at[duration_seconds]} to `3600`, which every role allows")
    return lower_duration(longest, setting=case.at("duration_seconds"))


def lower_duration(longest: int, *, setting: str) -> str:
    """Return the hint to lower a setting to the duration that IAM names."""
    return "lower " + setting + f" to {quote(str(longest))}, the longest that the role allows"


def match_partition(case: Case) -> str:
    """Return the hint: a source in the role's partition, or the role in the caller's.

    The one comes first that leaves a region of the profile's own as it is.
    """
    role, caller = case.role_arn, case.principal_arn
    there = [
        quote(each.source.profile)
        for each in case.background.known_callers
        if role and each.source.profile and each.arn.partition == role.partition
    ]
    source = "set " + case.at("source_profile") + " to "
    if there:
        source += " or ".join(there) + ", whose keys are of the role's partition"
    else:
        partition = f"partition {quote(role.partition)}" if role else "the role's partition"
        source += f"a profile with keys of {partition}"
    source += case.instead_of_credential_source
    if role is None or caller is None:
        return source
    meant = quote(str(replace(role, partition=caller.partition)))
    if case.profile is case.explained_profile:
        meant = Phrase(meant, f"the same ARN with {quote(caller.partition)}")
    region = _with_region(case, caller.partition)
    arn = "set " + case.at("role_arn") + " to " + meant + region + ("," if region else "")
    arn += " if you mean the role in the caller's partition"
    source += _with_region(case, role.partition)
    if not is_known_partition(role.partition):
        return arn
    of_region = None if case.region is None else partition_of(case.region)
    if of_region == role.partition or (of_region is None and there):
        return source + "; or " + arn
    return arn + "; otherwise " + source


def _with_region(case: Case, partition: str) -> str:
    """Return the step to a region of a partition, if the call is made in another one's."""
    if case.region is None or partition_of(case.region) == partition:
        return ""
    return ", and " + set_region_of(case, partition)


def set_region_of(case: Case, partition: str) -> str:
    """Return the step to a region of a partition.

    A variable sets the region of all profiles, which may be in others.
    """
    to = f" to one of partition {quote(partition)}"
    if not case.background.overrides.is_overridden("region"):
        return "set " + case.at_used("region") + to
    own = case.explained_profile.text("region") if case.explained_profile is not None else None
    step = "unset " + case.at_used("region")
    is_there = own is not None and partition_of(own) == partition
    return step if is_there else step + ", and set " + case.at("region") + to


def swallowed_line(case: Case) -> str:
    """Return the message: which setting has another line or setting in its value."""
    return "the value of " + case.at(_setting(case)) + " has another line or setting in it"


def stopping_setting(case: Case) -> str:
    """Return the message: which setting of the profile or the environment stops the AWS CLI."""
    where = " in the environment" if _is_variable(case) else ""
    return f"the AWS CLI stops at {quote(_setting(case))}{where}"


def write_accepted_value(case: Case) -> str:
    """Return the hint: which values the AWS CLI accepts for the setting that stops it."""
    setting = _cli_setting(case)
    if _is_variable(case):
        return f"unset {quote(setting.variable or '')}, or set it to {setting.takes}"
    return "correct " + case.at(setting.key) + f" to {setting.takes}, or remove the line"


def correct_setting(case: Case) -> str:
    """Return the hint: which setting to correct."""
    key, source = _setting(case), case.source_profile
    if source is not None and source.text("web_identity_token_file") and not source.role_arn:
        add = f"add `role_arn` to {source.header}, next to "
        return add + case.at_source("web_identity_token_file")
    if not key:
        return case.fill("correct that setting of {name}")
    if not key.startswith("sso_"):
        used = case.used(key)
        if used is not None and not used.value and case.background.overrides.is_overridden(key):
            return f"unset {used.words}, or give it a value"
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
    """Return the message: in which region, and for which account, STS is not active."""
    return f"STS is not active in {_region(case)} for {_account(case)}"


def enable_region(case: Case) -> str:
    """Return the hint: how to reach a region in which STS is active."""
    return case.fill("set {at_used[region]} to another one, or ask an administrator of ") + (
        f"{_account(case)} to activate STS in {_region(case)}"
    )


def match_region(case: Case) -> str:
    """Return the hint: the settings that must name one region, or the one that names none."""
    endpoint, region = case.used("endpoint_url"), case.used("region")
    if endpoint is None and region is not None and region.value:  # it makes the endpoint, too
        return f"check the spelling of region {quote(region.value)} in {region.words}"
    hint = case.fill("set {at_used[region]} to the region of the STS endpoint")
    return hint + ": " + endpoint.words if endpoint is not None else hint


def other_error(case: Case) -> str:
    """Return the message: what AWS or botocore said."""
    failure = case.failure
    if failure.operation is None:
        return case.fill("an error on this machine{said}")
    return f"AWS answered {quote(failure.code or 'an error')} to {case.operation}{case.said}"


def look_into_error(case: Case) -> str:
    """Return the hint: where to learn more about an error without a specific cause."""
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
    return f"look up {code} in the errors of the AWS STS API reference"


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
