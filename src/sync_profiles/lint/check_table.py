"""Every check of the two files in one row: its code, what it means, and what finds it.

Files that botocore refuses are checked too, as far as they can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from sync_profiles.causes import Cause
from sync_profiles.config.section_names import SERVICES, SSO_SESSION
from sync_profiles.lint import (
    arn_checks,
    chain_checks,
    header_checks,
    look_alikes,
    overridden_values,
    process_checks,
    region_checks,
    setting_checks,
    sso_checks,
    use_checks,
)
from sync_profiles.lint.both_files import BothFiles
from sync_profiles.lint.written_setting import SETTING_WAITS
from sync_profiles.model import Problem


class Check(NamedTuple):
    """One thing that can be wrong: its stable code, what it means, and what finds it.

    For a fatal one botocore, and with it the AWS CLI, refuses the whole file. One that hides
    profiles is reported by every run, as the profiles cannot be. The table of problems
    in `docs/reference/problems.md` has the same codes and meanings, in the same order.
    """

    code: str
    meaning: str
    find: Callable[[BothFiles], Iterable[Problem]]
    is_fatal: bool = False
    hides_profiles: bool = False


def _fatal(code: str, meaning: str) -> Check:
    return Check(code, meaning, partial(setting_checks.refused_lines, code=code), is_fatal=True)


def _broken_chain(cause: Cause, meaning: str) -> Check:
    return Check(cause, meaning, partial(chain_checks.broken_chains, cause=cause))


CHECKS = (
    _fatal("byte-order-mark", "the file starts with a byte order mark"),
    _fatal("text-before-section", "there is text before the first section"),
    _fatal("duplicate-section", "a section appears twice"),
    _fatal("duplicate-option", "a key appears twice in a section"),
    _fatal("no-delimiter", "a line has no `=`"),
    _fatal("no-key", "a line has nothing before its `=`"),
    _fatal(
        "nested-block-invalid",
        "the indented lines below an empty value are not all `key = value`",
    ),
    Check(
        "ignored-header",
        "a section of the config file is meant as a profile, but the AWS CLI ignores it",
        header_checks.ignored_headers,
        hides_profiles=True,
    ),
    Check(
        "hidden-section",
        "a later section of the config file spells the same profile and replaces this one",
        attrgetter("hidden"),
        hides_profiles=True,
    ),
    Check(
        "credentials-header",
        "a section of the credentials file names its profile as the config file would",
        header_checks.credentials_headers,
        hides_profiles=True,
    ),
    Check(
        "text-after-header",
        "text after a header on its line is ignored",
        header_checks.texts_after_headers,
    ),
    Check(
        "swallowed-header",
        "a header is indented, so it is part of the value above it",
        setting_checks.swallowed_headers,
        hides_profiles=True,
    ),
    Check(
        "swallowed-line",
        "a line is indented, so it is part of the value above it",
        setting_checks.swallowed_lines,
    ),
    Check(
        "broken-value",
        "a line has the rest of the secret key or the token above it",
        setting_checks.broken_values,
    ),
    Check(
        "nested-value",
        "a setting has a block of settings where its value should be",
        setting_checks.nested_values,
    ),
    Check(
        "block-missing",
        "a setting that must be a block of settings is not one",
        use_checks.missing_blocks,
    ),
    Check(
        "header-after-value",
        "a header is on the same line as a value, so it is part of that value",
        setting_checks.glued_headers,
        hides_profiles=True,
    ),
    Check(
        "setting-after-value",
        "a setting is on the same line as another one, so it is part of that value",
        setting_checks.glued_settings,
    ),
    Check(
        "inline-comment",
        "a comment after a value is part of that value",
        setting_checks.inline_comments,
    ),
    Check(
        "quoted-value",
        "the quotes around a value, or a second `=` before it, are part of that value",
        setting_checks.quoted_values,
    ),
    Check(
        "variable-not-replaced",
        "a value names a variable, which the AWS CLI does not replace",
        setting_checks.variables,
    ),
    Check(
        "invisible-character",
        "a value, a key or a profile's name has a character that is not seen",
        look_alikes.invisible_characters,
    ),
    Check("similar-names", "a profile's name looks like another's", look_alikes.similar_names),
    Check(
        "misspelt-key",
        "a key is nearly one that the AWS CLI knows",
        setting_checks.misspelt_keys,
    ),
    Check(
        "role-arn-invalid",
        "`role_arn` is not the ARN of a role",
        arn_checks.invalid_role_arns,
    ),
    Check(
        "role-of-aws",
        "`role_arn` is a role that only an AWS service or IAM Identity Center lets callers into",
        arn_checks.roles_of_aws,
    ),
    Check(
        "session-name-invalid",
        "`role_session_name` is not a name that STS accepts",
        setting_checks.invalid_session_names,
    ),
    Check(
        "mfa-serial-invalid",
        "`mfa_serial` is not an MFA device",
        arn_checks.invalid_mfa_serials,
    ),
    Check(
        "external-id-invalid",
        "`external_id` is not one that STS accepts",
        setting_checks.invalid_external_ids,
    ),
    Check(
        "duration-ignored",
        "`duration_seconds` is not an integer, so it is ignored",
        setting_checks.ignored_durations,
    ),
    Check(
        "duration-out-of-range",
        "`duration_seconds` is not between 900 and 43200",
        setting_checks.durations_out_of_range,
    ),
    Check(
        "output-unknown",
        "`output` is not an output format of the AWS CLI",
        setting_checks.unknown_outputs,
    ),
    Check(
        "region-unknown",
        "`region` or `sso_region` is nearly a region, or the place of one",
        region_checks.misspelt_regions,
    ),
    Check(
        "sso-setting-invalid",
        "a setting of IAM Identity Center does not have its form",
        sso_checks.invalid_sso_settings,
    ),
    Check(
        "sso-session-missing",
        "`sso_session` names a section that does not exist",
        partial(sso_checks.missing_sections, key="sso_session", kind=SSO_SESSION),
    ),
    Check(
        "services-missing",
        "`services` names a section that does not exist",
        partial(sso_checks.missing_sections, key="services", kind=SERVICES),
    ),
    Check("empty-key", "an access key has no value, or a placeholder", use_checks.empty_keys),
    Check(
        "key-mismatched",
        "an access key does not fit the secret key or the token next to it",
        use_checks.mismatched_keys,
    ),
    Check(
        "process-needs-shell",
        "`credential_process` is written for a shell, and none runs it",
        process_checks.process_shells,
    ),
    Check(
        "process-overridden",
        "an access key in the credentials file overrides `credential_process` or `login_session`",
        overridden_values.overridden_providers,
    ),
    Check(
        "source-overridden",
        "`web_identity_token_file` overrides the source of a role",
        overridden_values.overridden_sources,
    ),
    Check(
        "role-missing",
        "a profile has a source and no `role_arn` to assume with it",
        use_checks.roles_missing,
    ),
    Check(
        SETTING_WAITS,
        "a setting of an import still waits for your credentials",
        setting_checks.waiting_settings,
    ),
    Check(
        "session-name-unused",
        "`role_session_name` is in a profile without a role, or in `[DEFAULT]`",
        use_checks.unused_session_names,
    ),
    Check(
        "other-tool-setting",
        "a role is set as a browser extension reads it",
        use_checks.extension_settings,
    ),
    Check(
        "included-role",
        "a profile takes its role from another one as aws-vault reads it",
        chain_checks.included_roles,
    ),
    Check(
        overridden_values.KEY_OVERRIDES,
        "a key of the credentials file overrides a different value in the config file",
        overridden_values.overridden_keys,
    ),
    Check(
        "chained-duration-too-long",
        "`duration_seconds` is over 3600 in a role chain",
        chain_checks.chained_durations,
    ),
    _broken_chain(
        Cause.CREDENTIAL_SOURCE_INVALID,
        "`credential_source` is not one that AWS knows, often because of its case",
    ),
    _broken_chain(
        Cause.SOURCE_MISSING,
        "a profile with a role has neither `source_profile` nor `credential_source`",
    ),
    _broken_chain(
        Cause.SOURCE_CONFLICT,
        "a profile with a role has both `source_profile` and `credential_source`",
    ),
    _broken_chain(
        Cause.SOURCE_PROFILE_MISSING, "`source_profile` names a profile that does not exist"
    ),
    Check(
        Cause.SOURCE_LOOP,
        "the source profiles form a loop",
        chain_checks.source_loops,
    ),
    _broken_chain(Cause.SOURCE_PROFILE_WITHOUT_CREDENTIALS, "a source profile has no credentials"),
    _broken_chain(Cause.PARTIAL_CREDENTIALS, "a source profile has only one half of an access key"),
)
