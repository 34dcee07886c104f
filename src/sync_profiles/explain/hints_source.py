"""Messages and hints for the source: its keys and logins."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from sync_profiles.arn import is_enabled_by_default, partition_of
from sync_profiles.causes import Cause
from sync_profiles.explain.explanation import Explanation
from sync_profiles.model import STATIC_KEYS
from sync_profiles.outcomes import Reason
from sync_profiles.text import one_line, quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_profiles.explain.case import Case


def credentials_invalid(case: Case) -> Explanation:
    """Explain a key that STS does not know: deleted, or of another partition or region."""
    region, role = case.region, case.role_arn
    hint = renew(case)
    if region is not None:
        partition = partition_of(region)
        if role is not None and role.partition != partition:
            hint = (
                f"set {case.at_used('region')} to one of partition {quote(role.partition)}, as the "
                f"role is, for {quote(region)} is of {quote(partition)} and knows no other keys"
            )
        elif partition != "aws":
            hint += f"; region {quote(region)} knows keys of partition {quote(partition)} alone"
        elif not is_enabled_by_default(region):
            hint = (
                f"check that the account of {case.source_words} has opted in to region "
                f"{quote(region)} and that it is spelt right, else {hint}"
            )
    elif role is not None and role.partition != "aws":
        hint += f"; {case.role} needs keys and a `region` of partition {quote(role.partition)}"
    return Explanation(
        message=f"STS does not know the access key of {case.source_words}", hint=hint
    )


def secret_key_wrong(case: Case) -> Explanation:
    """Explain a secret that does not fit its key id."""
    return Explanation(
        message=f"the secret key of {case.source_words} does not belong to its access key id",
        hint=renew(case),
    )


def credentials_malformed(case: Case) -> Explanation:
    """Explain a key with characters that no key has; what AWS echoes of it is not repeated."""
    return Explanation(
        message=f"the access key of {case.source_words} has a blank or another stray character",
        hint=renew(case),
    )


def credentials_expired(case: Case) -> Explanation:
    """Explain temporary credentials that are over."""
    return Explanation(
        message=f"the credentials of {case.source_words} have expired", hint=renew(case)
    )


def key_quarantined(case: Case) -> Explanation:
    """Explain a key that AWS holds for leaked."""
    arn = case.failure.policy_arn if case.failure is not None else None
    policy = quote(arn) if arn else "`AWSCompromisedKeyQuarantine`"
    return Explanation(
        message=f"AWS has quarantined the access key of {case.source_words} as leaked ({policy})",
        hint=f"replace the access key of {case.principal}, delete the old one, and ask an "
        f"administrator of {case.principal_account} to detach {policy}",
    )


def no_credentials(case: Case) -> Explanation:
    """Explain a source that gives nothing."""
    return Explanation(
        message=case.saying(f"{case.source_words} gives no credentials"), hint=renew(case)
    )


def partial_credentials(case: Case) -> Explanation:
    """Explain one key without the other."""
    return Explanation(
        message=case.saying(f"{case.source_words} has only a part of its credentials"),
        hint=renew(case),
    )


def source_profile_without_credentials(case: Case) -> Explanation:
    """Explain a source profile that has nothing to sign with."""
    return Explanation(
        message=f"the source {case.source_words} has no credentials",
        hint=f"{renew(case)}, or name another profile in {case.at('source_profile')}",
    )


def credential_process_failed(case: Case) -> Explanation:
    """Explain a credential_process that fails, does not start, or prints no credentials."""
    reason = case.words.partition("custom-process: ")[2] or case.words
    fact = f"the `credential_process` of {case.source_words} gave no credentials"
    return Explanation(
        message=f"{fact}: {reason}" if reason and "custom-process:" not in reason else fact,
        hint=f"run the command of {case.at_source('credential_process')} by hand: it must print "
        "JSON with `Version`, `AccessKeyId` and `SecretAccessKey`",
    )


def sso_login_needed(case: Case) -> Explanation:
    """Explain an Identity Center login that is over."""
    return Explanation(
        message=f"the IAM Identity Center login of {case.source_words} is missing or has expired",
        hint=f"run {_command('aws sso login', case)}",
    )


def login_needed(case: Case) -> Explanation:
    """Explain a console login that is over."""
    if case.reason is Reason.LOGIN_NOT_ALLOWED:
        return Explanation(
            message=f"the login of {case.source_words} may not be refreshed",
            hint="ask an administrator of your account to allow you `signin:CreateOAuth2Token`",
        )
    return Explanation(
        message=f"the login of {case.source_words} is missing or has expired",
        hint=f"run {_command('aws login', case)}",
    )


def renew(case: Case) -> str:
    """Return the step that gives the source fresh credentials."""
    if case.source is None:
        return "run `aws configure` for the source profile"
    if case.source.credential_source is not None:
        return _renew_credential_source(case.source.credential_source)
    settings = case.source_profile.settings if case.source_profile is not None else {}
    if "aws_session_token" in settings:
        return f"put fresh keys beside {case.at_source('aws_session_token')}"
    if any(key in settings for key in STATIC_KEYS):
        return f"run {_command('aws configure', case)} with a valid access key"
    # botocore asks the providers in this order
    for key, step in (
        ("sso_start_url", f"run {_command('aws sso login', case)}"),
        ("sso_session", f"run {_command('aws sso login', case)}"),
        ("credential_process", f"make {case.at_source('credential_process')} give fresh ones"),
        ("login_session", f"run {_command('aws login', case)}"),
    ):
        if key in settings:
            return step
    return f"run {_command('aws configure', case)} with a valid access key"


def _renew_credential_source(name: str) -> str:
    match name:
        case "Environment":
            return "set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` to a valid access key"
        case "Ec2InstanceMetadata":
            return "attach a role to this EC2 instance, and allow its metadata service"
        case _:
            return "give this container a task role"


def _command(command: str, case: Case) -> str:
    name = case.source.profile if case.source is not None else None
    if name is None:
        return f"`{command}`"
    return quote(f"{command} --profile {shlex.quote(one_line(name))}")


WRITERS: dict[Cause, Callable[[Case], Explanation]] = {
    Cause.CREDENTIALS_INVALID: credentials_invalid,
    Cause.SECRET_KEY_WRONG: secret_key_wrong,
    Cause.CREDENTIALS_MALFORMED: credentials_malformed,
    Cause.CREDENTIALS_EXPIRED: credentials_expired,
    Cause.KEY_QUARANTINED: key_quarantined,
    Cause.NO_CREDENTIALS: no_credentials,
    Cause.PARTIAL_CREDENTIALS: partial_credentials,
    Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS: source_profile_without_credentials,
    Cause.CREDENTIAL_PROCESS_FAILED: credential_process_failed,
    Cause.SSO_LOGIN_NEEDED: sso_login_needed,
    Cause.LOGIN_NEEDED: login_needed,
}
