"""Every cause of a refusal in one row: when it occurs, its texts, and who can fix it.

A text is a template with the facts of the `Case`, such as `{role}` or `{at[external_id]}`; if it
needs a decision, it is a function of the case. The texts of a `Variant` are in `variant_table`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync_profiles.causes import Cause, Fixer
from sync_profiles.explain import texts_denied, texts_mfa, texts_network, texts_setup, texts_source
from sync_profiles.explain.case import Text
from sync_profiles.explain.texts_program import fix_process, process_failed
from sync_profiles.known_keys import IDENTITY_CENTER_KEYS, REFUSABLE_KEYS
from sync_profiles.model import STATIC_KEYS, TOKEN_KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRow:
    """The texts and properties of one cause.

    `when` is its line on the reference page, and its message if there is no other. `proves` is
    False if nothing is proved about the profile. `also` is the action that an administrator must
    allow besides `sts:AssumeRole`. `settings` are those whose values may be what is wrong.
    """

    when: str
    hint: Text
    message: Text | None = None
    fixed_by: Fixer = Fixer.YOU
    proves: bool = True
    also: str | None = None
    settings: tuple[str, ...] = ()


def _in_the_files(when: str) -> CauseRow:
    """Return the row of a broken chain, which is found and explained when the files are read."""
    hint = "run `sync-profiles check`, which shows what is wrong in the files"
    return CauseRow(when=when, message="the profile's chain is broken{said}", hint=hint)


TABLE: Mapping[Cause, CauseRow] = {
    Cause.SESSION_NAME: CauseRow(
        when="proved: refused as configured, accepted with your name",
        message=texts_setup.session_name,
        hint="{sync_step}",
        fixed_by=Fixer.SYNC,
    ),
    Cause.NOT_AUTHORIZED: CauseRow(
        when="AWS refused the call and gave no reason; the hint ranks the likely ones, by the "
        "profile's settings and the other profiles' results",
        message=texts_denied.not_authorized,
        hint=texts_denied.name_likely_reasons,
        fixed_by=Fixer.EITHER,
    ),
    Cause.IMPLICIT_DENY: CauseRow(
        when="no policy of the kind that AWS names allows the call",
        message="no {policy} allows {call} for {principal}{policy_arn}",
        hint=texts_denied.ask_to_allow,
        fixed_by=Fixer.ADMINISTRATOR,
    ),
    Cause.EXPLICIT_DENY: CauseRow(
        when="a policy of the kind that AWS names denies the call",
        message=texts_denied.denied,
        hint=texts_denied.ask_to_exclude,
        fixed_by=Fixer.ADMINISTRATOR,
    ),
    Cause.KEY_QUARANTINED: CauseRow(
        when="AWS has quarantined the access key as leaked",
        message=texts_source.quarantined,
        hint="replace the access key of {principal}, delete the old one, and ask an "
        "administrator of {principal_account} to detach the policy",
        fixed_by=Fixer.EITHER,
    ),
    Cause.TAG_SESSION_NOT_ALLOWED: CauseRow(
        when="the caller passes session tags, but may not",
        message="{principal} passes session tags, but may not call `sts:TagSession` on {role}",
        hint=texts_denied.ask_to_allow_too("sts:TagSession"),
        fixed_by=Fixer.ADMINISTRATOR,
        also="sts:TagSession",
    ),
    Cause.SOURCE_IDENTITY_NOT_ALLOWED: CauseRow(
        when="the caller has a source identity, but may not pass it on",
        message="{principal} has a source identity, but may not call "
        "`sts:SetSourceIdentity` on {role}",
        hint=texts_denied.ask_to_allow_too("sts:SetSourceIdentity"),
        fixed_by=Fixer.ADMINISTRATOR,
        also="sts:SetSourceIdentity",
    ),
    Cause.ROOT_CALLER: CauseRow(
        when="the root user may not assume roles",
        message="{source_words} has keys of the root user of {principal_account}, which may "
        "not assume roles",
        hint="give {source_words} the access key of an IAM user",
    ),
    Cause.MFA_CODE_REJECTED: CauseRow(
        when="AWS did not accept the MFA code: it is wrong, too late or was used before",
        message="AWS did not accept the MFA code for {device}",
        hint="wait for the next code of {device}, then run again: each code works only once",
        proves=False,
        settings=("mfa_serial",),
    ),
    Cause.MFA_DEVICE_NOT_YOURS: CauseRow(
        when="`mfa_serial` is not a device of the caller",
        message=texts_mfa.not_your_device,
        hint=texts_mfa.set_own_device,
        settings=("mfa_serial",),
    ),
    Cause.MFA_CODE_NEEDED: CauseRow(
        when="an MFA code is needed, but there is none",
        message="an MFA code of {device} is needed",
        hint=texts_mfa.give_code,
        proves=False,
        settings=("mfa_serial",),
    ),
    Cause.DURATION_TOO_LONG: CauseRow(
        when="`duration_seconds` is longer than the role allows",
        message="{duration} is longer than {role} allows",
        hint=texts_setup.shorten_duration,
    ),
    Cause.CHAINED_DURATION_TOO_LONG: CauseRow(
        when="`duration_seconds` is longer than the hour that a session of a role chain may last",
        message="{duration} is longer than the hour that a session of a role chain may last",
        hint="lower {at[duration_seconds]} to `3600`",
    ),
    Cause.DURATION_OUT_OF_RANGE: CauseRow(
        when="`duration_seconds` is not between 900 and 43200",
        message="{duration} is not between 900 and 43200",
        hint="set {at[duration_seconds]} to `3600`, which every role allows",
        settings=("duration_seconds",),
    ),
    Cause.SESSION_NAME_INVALID: CauseRow(
        when="the session name has characters or a length that AWS does not accept",
        message=texts_setup.invalid_name,
        hint=texts_setup.correct_name,
        settings=("role_session_name",),
    ),
    Cause.ROLE_ARN_INVALID: CauseRow(
        when="`role_arn` is not the ARN of a role",
        message="{role} is not the ARN of a role",
        hint="correct {at[role_arn]}: `arn:aws:iam::ACCOUNT:role/NAME`, with the account's 12 "
        "digits",
        settings=("role_arn",),
    ),
    Cause.PARTITION_MISMATCH: CauseRow(
        when="the role is in another partition (`aws`, `aws-cn`, `aws-us-gov` …) than the "
        "caller; it is not tested, because no role can be assumed across partitions",
        message="{role} is in another partition than {principal}, and no role can be assumed "
        "across partitions",
        hint=texts_setup.match_partition,
    ),
    Cause.SETTING_INVALID: CauseRow(
        when="AWS or the AWS CLI cannot use a setting of the files or of the environment, or the "
        "AWS CLI cannot use a file of its own",
        message="a setting cannot be used{said}",
        hint=texts_setup.correct_setting,
        settings=REFUSABLE_KEYS,
    ),
    Cause.REGION_MISSING: CauseRow(
        when="AWS accepts the call, but the AWS CLI finds no region and stops",
        message="{subject} lacks a region, and the AWS CLI stops without one",
        hint="add {at[region]}, or set `AWS_DEFAULT_REGION`",
        settings=("region",),
    ),
    Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS: CauseRow(
        when="an MFA device is set, with credentials that are a session themselves",
        message="the credentials of {source_words} are temporary, and only an IAM user's "
        "access key can present an MFA code",
        hint=texts_mfa.remove_device,
    ),
    Cause.CREDENTIALS_INVALID: CauseRow(
        when="AWS does not know the access key",
        message=texts_source.unknown_key,
        hint=texts_source.get_valid_key,
        settings=("aws_access_key_id", *TOKEN_KEYS),
    ),
    Cause.SECRET_KEY_WRONG: CauseRow(
        when="the secret key does not belong to the access key ID",
        message=texts_network.wrong_secret,
        hint=texts_source.renew,
        settings=("aws_secret_access_key",),
    ),
    Cause.CREDENTIALS_MALFORMED: CauseRow(
        when="the access key contains a space or another stray character",
        message="the access key of {source_words} contains a space or another stray character",
        hint=texts_source.renew,
        settings=(*STATIC_KEYS, *TOKEN_KEYS),
    ),
    Cause.CREDENTIALS_EXPIRED: CauseRow(
        when="the credentials have expired",
        message="the credentials of {source_words} have expired",
        hint=texts_source.renew,
    ),
    Cause.CLOCK_SKEW: CauseRow(
        when="this machine's clock is wrong",
        hint="set it from a time server; `date -u` must then print the right time in UTC",
    ),
    Cause.SIGNING_REGION_MISMATCH: CauseRow(
        when="the call is signed for another region than its endpoint's",
        hint=texts_setup.match_region,
        settings=("region",),
    ),
    Cause.REGION_DISABLED: CauseRow(
        when="STS is not active in the region for the account",
        message=texts_setup.region_disabled,
        hint=texts_setup.enable_region,
        fixed_by=Fixer.EITHER,
    ),
    Cause.NO_CREDENTIALS: CauseRow(
        when="the source has no credentials",
        message="{source_words} has no credentials{said}",
        hint=texts_source.renew,
    ),
    Cause.SOURCE_PROFILE_MISSING: _in_the_files("`source_profile` names no profile"),
    Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS: _in_the_files(
        "`source_profile` names a profile without credentials"
    ),
    Cause.SOURCE_MISSING: _in_the_files("the profile names no source"),
    Cause.SOURCE_CONFLICT: _in_the_files(
        "the profile has both `source_profile` and `credential_source`"
    ),
    Cause.SOURCE_LOOP: _in_the_files("the source profiles lead back to themselves"),
    Cause.CHAIN_TOO_LONG: _in_the_files("the chain is longer than the AWS CLI can follow"),
    Cause.CREDENTIAL_SOURCE_INVALID: _in_the_files("`credential_source` has no valid value"),
    Cause.PARTIAL_CREDENTIALS: CauseRow(
        when="the source has only a part of its credentials",
        message="{source_words} has only a part of its credentials{said}",
        hint=texts_source.renew,
    ),
    Cause.CREDENTIAL_PROCESS_FAILED: CauseRow(
        when="the source's `credential_process` gave no credentials",
        message=process_failed,
        hint=fix_process,
    ),
    Cause.WEB_IDENTITY_TOKEN_FAILED: CauseRow(
        when="the source's web identity token cannot be read or used",
        message="the web identity token file of {source_words} cannot be used{said}",
        hint=texts_source.fix_token_file,
    ),
    Cause.SSO_LOGIN_NEEDED: CauseRow(
        when="the IAM Identity Center login is missing or has expired",
        message=texts_source.no_sso_login,
        hint=texts_source.log_in_to_identity_center,
        settings=IDENTITY_CENTER_KEYS,
    ),
    Cause.LOGIN_NEEDED: CauseRow(
        when="the login of `aws login` is missing or has expired",
        message="the login of {source_words} is missing or has expired",
        hint=texts_source.log_in,
    ),
    Cause.DEPENDENCY_MISSING: CauseRow(
        when="the source's credentials need a part of botocore that is not installed",
        message="the credentials of {source_words} need a part of botocore that is not installed",
        hint="run {failure_message}",
        proves=False,
    ),
    Cause.THROTTLED: CauseRow(
        when="AWS throttles the account's calls",
        hint="run again in a minute, with fewer calls at once: `--jobs 4`",
        proves=False,
    ),
    Cause.NETWORK: CauseRow(
        when="AWS cannot be reached",
        hint=texts_network.check_network,
        proves=False,
    ),
    Cause.TLS: CauseRow(
        when="no trusted TLS connection to AWS could be made",
        message="no trusted TLS connection could be made{said}",
        hint=texts_network.trust_certificate,
        proves=False,
    ),
    Cause.STS_ERROR: CauseRow(
        when="any other error of AWS, or on this machine",
        message=texts_setup.other_error,
        hint=texts_setup.look_into_error,
    ),
    Cause.WEB_IDENTITY: CauseRow(
        when="the role is assumed with a web identity token: shown, not tested",
        message="the role is assumed with a web identity token, which is not tested",
        hint="set {at[role_session_name]} by hand if the role requires a name",
    ),
    Cause.SOURCE_REFUSED: CauseRow(
        when="a profile further up the chain is refused",
        message="the chain of {name} stops at a profile before it",
        hint="run `sync-profiles explain` on the profiles of its chain",
    ),
    Cause.NO_WANTED_NAME: CauseRow(
        when="the caller has no user name to write",
        message=texts_setup.no_name,
        hint="pass `--session-name NAME` to set one{never_as_user}",
    ),
    Cause.NOT_TESTED: CauseRow(
        when="the test was switched off, or its account is new to you (`import`)",
        message="not tested{said}",
        hint="run without `--no-test` to test it",
    ),
}
