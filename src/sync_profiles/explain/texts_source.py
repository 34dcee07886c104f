"""Messages and hints about the source, its keys and logins."""

from __future__ import annotations

from collections.abc import Mapping

from sync_profiles.arn import is_enabled_by_default, partition_of
from sync_profiles.causes import Cause
from sync_profiles.config.login_programs import run_login_program
from sync_profiles.config.section_names import SSO_SESSION, header_for
from sync_profiles.explain import texts_network, texts_setup
from sync_profiles.explain.case import Case
from sync_profiles.explain.overrides import OF_CONTAINER, offered_credentials
from sync_profiles.known_keys import AWS_MFA_KEY
from sync_profiles.lint.overridden_values import overridden_by_keys
from sync_profiles.lint.value_checks import NOT_REPLACED, words_of_a_shell
from sync_profiles.model import STATIC_KEYS, Profile, Setting, in_parentheses
from sync_profiles.text import Phrase, listed, quote, shell_word, with_profile


def unknown_key(case: Case) -> str:
    """Return the message: whose key AWS does not know, and where, if it knows the key elsewhere."""
    fact, role = case.fill("AWS does not know the access key of {source_words}"), case.role_arn
    if case.caller is not None and case.region is not None:
        fact += f" in region {quote(case.region)}"
    elif case.caller is not None and role is not None and role.partition != "aws":
        fact += " in partition `aws`, where a call without a region goes"
    return fact


def get_valid_key(case: Case) -> str:
    """Return the hint: how to get a key that AWS knows: one that exists, or is of that region."""
    region, role, step = case.region, case.role_arn, renew(case)
    if region is None:
        if role is not None and role.partition != "aws":
            if case.caller is not None:  # known elsewhere
                return case.fill("add {at[region]}, one of partition ") + quote(role.partition)
            step += case.fill("; {role} needs keys and a `region` of partition ")
            step += quote(role.partition)
        return step
    partition = partition_of(region)
    if role is not None and role.partition != partition:
        return texts_setup.set_region_of(case, role.partition) + (
            f": {quote(region)} is in {quote(partition)}, which accepts only keys of its own, and "
            f"the role is in {quote(role.partition)}"
        )
    if partition != "aws":
        return step + f"; region {quote(region)} accepts only keys of partition {quote(partition)}"
    if not is_enabled_by_default(region):
        check = (
            f"check that region {quote(region)} has no typo and that the account of "
            f"{case.source_words} has opted in to it"
        )
        return check if case.caller is not None else f"{check}; if so, {step}"
    return step


def quarantined(case: Case) -> str:
    """Return the message: which policy quarantines the key."""
    policy = case.policy_arn or " (`AWSCompromisedKeyQuarantine`)"
    return case.fill("AWS has quarantined the access key of {source_words} as leaked") + policy


def fix_token_file(case: Case) -> str:
    """Return the hint: how to get credentials from a token file."""
    unread = words_of_a_shell(case.of_source("web_identity_token_file") or "")
    if unread is not None and unread.instead == NOT_REPLACED:
        write = case.fill("write the full path in {at_source[web_identity_token_file]}")
        return f"{write}: {quote(unread.words)} is not replaced"
    return case.fill("correct {at_source[web_identity_token_file]}, or put a token into the file")


def _web_identity_of(case: Case) -> bool:
    """Return whether the source has a token file, which botocore tries before a process."""
    profile = case.source_profile
    return profile is not None and profile.is_web_identity


def no_sso_login(case: Case) -> str:
    """Return the message: which login to IAM Identity Center is missing; sources may share it."""
    session, address = case.of_source("sso_session"), case.of_source("sso_start_url")
    if session:
        which = "of " + quote(header_for(session, SSO_SESSION))
    else:
        which = f"at {quote(address)}" if address else case.fill("of {source_words}")
    return f"the IAM Identity Center login {which} is missing or has expired"


def log_in_to_identity_center(case: Case) -> str:
    """Return the hint: how to log in to IAM Identity Center."""
    session = case.of_source("sso_session")
    if session:
        return f"run {quote(f'aws sso login --sso-session {shell_word(session)}')}"
    run = f"run {with_profile('aws sso login', case.source.profile)}"
    return Phrase(run, "run `aws sso login --profile NAME` for one of the source profiles")


def log_in(case: Case) -> str:
    """Return the hint: how to log in with `aws login`."""
    return f"run {with_profile('aws login', case.source.profile)}"


def renew(case: Case) -> str:
    """Return the hint: how the source gets fresh credentials, if those that it has are wrong."""
    if texts_network.is_refused_by_one_server(case):
        return texts_network.check_server(case)
    match case.source.credential_source:
        case None:
            return _renew_profile(case)
        case name if case.cause is Cause.NO_CREDENTIALS and (found := _elsewhere_in(case, name)):
            return found
        case "Environment":
            return _renew_environment(case)
        case "Ec2InstanceMetadata":
            return _renew_instance(case)
        case _:
            return _renew_container(case)


def _renew_profile(case: Case) -> str:
    """Return the hint: fresh credentials for a profile, where botocore looks for them first."""
    profile = case.source_profile
    settings = profile.settings if profile is not None else {}
    if _web_identity_of(case):
        return case.fill("put a fresh token into the file of {at_source[web_identity_token_file]}")
    if "sso_account_id" in settings or "sso_role_name" in settings:
        return log_in_to_identity_center(case)
    if profile is not None and profile.sent_token is not None:
        return _renew_session(case, profile, profile.sent_token)
    configure = with_profile("aws configure", case.source.profile)
    with_key = f"run {configure} with a valid access key" + _or_remove_key(case, settings)
    if any(key in settings for key in STATIC_KEYS):
        return with_key
    if profile is not None and profile.names_login:
        return log_in_to_identity_center(case)
    if "credential_process" in settings:
        return case.fill("make {at_source[credential_process]} print fresh ones")
    return log_in(case) if "login_session" in settings else with_key


def _renew_session(case: Case, profile: Profile, token: str) -> str:
    """Return the hint: how to renew a session's credentials; `token` is its token's key."""
    log_in = run_login_program(profile)
    if log_in is not None:
        return log_in
    program = "the program that wrote them, if one did"
    if AWS_MFA_KEY in profile.settings:
        program = "`aws-mfa`, which wrote them"
    renew_them = f"renew them with {program}; otherwise "
    overridden = overridden_by_keys(profile, case.background.profiles)
    if overridden is None:
        return renew_them + case.fill(
            f"replace {{at_source[{token}]}} and both keys next to it with fresh ones, and remove "
            "the token if the new key has none"
        )
    remove = case.fill(f"remove {{at_source[{token}]}} and the keys next to it: they override ")
    remove += f"{quote(overridden)} {in_parentheses(profile.place_of(overridden))}"
    return renew_them + remove if overridden == "role_arn" else remove


def _or_remove_key(case: Case, settings: Mapping[str, Setting]) -> str:
    """Return the other way out of an unknown key which overrides one of the config file."""
    now = [settings[key] for key in STATIC_KEYS if key in settings]
    below = [each.overridden for each in now if each.overridden is not None]
    if len(below) < len(STATIC_KEYS) or now[0].value == below[0].value:
        return ""
    if "credential_process" in settings or "login_session" in settings:  # which would come next
        return ""
    return case.fill(
        "; or remove {at_source[aws_access_key_id]} and the secret key next to it: they override "
        "those of the config file "
    ) + in_parentheses(below[0].place)


def _elsewhere_in(case: Case, credential_source: str) -> str | None:
    """Return how to use the credentials that the environment has for another source, if any."""
    offer = offered_credentials(case.background.overrides.others)
    if offer is None or f"= {credential_source}`" in offer:
        return None
    return "in place of " + case.at("credential_source") + f", write {offer}"


def _renew_environment(case: Case) -> str:
    if case.cause is Cause.CREDENTIALS_MALFORMED:
        return (
            "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` again, each to its own value, "
            "without quotes or spaces: on Windows, `set` makes both part of the value"
        )
    hint = (
        "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` to a valid access key, and "
        "`AWS_SESSION_TOKEN` to its token; unset `AWS_SESSION_TOKEN` if the key has none"
    )
    # botocore takes the first one as the token, and the other for the end of any keys
    old = case.set_of("AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION")
    hint += f"; unset {listed(old)}, left over from the old key" if old else ""
    return hint + (_or_source_profile(case) if case.cause is Cause.NO_CREDENTIALS else "")


def _renew_instance(case: Case) -> str:
    if case.cause is Cause.CREDENTIALS_EXPIRED:
        # the service renews what it has given long before it expires
        return "run again in a few minutes, when the instance's metadata service has renewed them"
    hint = "attach a role to this EC2 instance, and allow its metadata service"
    if disabled := case.set_of("AWS_EC2_METADATA_DISABLED"):
        return f"{hint}: unset {listed(disabled)}" + _elsewhere(case)
    keys = ("ec2_metadata_service_endpoint", "ec2_metadata_service_endpoint_mode")
    if where := [used.words for key in keys if (used := case.used(key)) is not None]:
        return "correct or remove " + listed(where) + f", or else {hint}" + _elsewhere(case)
    past = texts_network.exclude_metadata_host(case)
    return f"{hint} (in a container, with a hop limit of 2){past}" + _elsewhere(case)


def _renew_container(case: Case) -> str:
    if case.cause is Cause.CREDENTIALS_EXPIRED:
        return "run again in a few minutes, when the container's service has renewed them"
    if names := case.set_of(*OF_CONTAINER):
        return f"correct {listed(names)} in the environment: that service gives no credentials"
    return "give this container a task role" + _elsewhere(case)


def _elsewhere(case: Case) -> str:
    """Return the hint: what to write on a machine that has no such service, such as a laptop."""
    return _or_source_profile(case, on="on another machine, ")


def _or_source_profile(case: Case, *, on: str = "or ") -> str:
    own = f"; {on}write `source_profile = …` in place of " + case.at("credential_source")
    return own + ": the profile with your keys"


def correct_expiration(case: Case) -> str:
    """Return the hint: where to correct the credentials' expiration, and what one looks like."""
    such = "a time such as `2030-01-31T12:00:00Z`"
    if case.source.credential_source == "Environment":
        return f"unset `AWS_CREDENTIAL_EXPIRATION`, or set it to {such}"
    if case.cause is Cause.CREDENTIAL_PROCESS_FAILED:
        step = case.fill("make {at_source[credential_process]} print ")
        return step + f"{such} as `Expiration`"
    return renew(case)
