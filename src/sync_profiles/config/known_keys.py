"""The settings that the AWS CLI knows, and those that other tools keep in its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, partition_of

if TYPE_CHECKING:
    from sync_profiles.model import Profile

#: without one of these settings a profile loses its role or its credentials
ESSENTIAL_KEYS = (
    "role_arn",
    "source_profile",
    "credential_source",
    "role_session_name",
    "external_id",
    "mfa_serial",
    "duration_seconds",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
)
#: the settings that log in to IAM Identity Center
IDENTITY_CENTER_KEYS = (
    "sso_session",
    "sso_account_id",
    "sso_role_name",
    "sso_start_url",
    "sso_region",
)
#: settings of one line, whose values have no quotes, and no blank before a `#` or `;`
ONE_LINE_KEYS = frozenset(
    {
        *ESSENTIAL_KEYS,
        *IDENTITY_CENTER_KEYS,
        "endpoint_url",
        "max_attempts",
        "output",
        "region",
        "retry_mode",
        "sts_regional_endpoints",
    }
)
#: settings that are a block of indented settings: at any other value botocore stops
BLOCK_KEYS = ("s3",)
#: what people write for a setting, too far from its name to be a typo
ALIASES = {
    "role_session": "role_session_name",
    "session_name": "role_session_name",
    "access_key_id": "aws_access_key_id",
    "aws_default_region": "region",
    "aws_region": "region",
    "aws_secret_key": "aws_secret_access_key",
    "default_region": "region",
    "mfa_device": "mfa_serial",
    "mfa_serial_number": "mfa_serial",
    "secret_access_key": "aws_secret_access_key",
}
#: settings of other tools that resemble one of the AWS CLI's
OTHER_TOOLS_KEYS = frozenset(
    {
        "aws_account_id",  # AWS Extend Switch Roles
        "aws_security_token",  # boto 2, saml2aws
        "chain_auth_session",
        "mfa_process",  # aws-vault
        "role_name",  # AWS Extend Switch Roles
        "session_tags",  # aws-vault
        "source_identity",  # aws-vault
        "sso_account_name",  # aws-sso-util
        "sso_registration_scopes",
    }
)
#: sections of other tools, where a person keeps them in the config file
OTHER_TOOLS_SECTIONS = frozenset(
    {
        "aws-sso-util",
        "awsume",
        "bmx",
        "cognito",
        "gimme-aws-creds",
        "granted",
        "leapp",
        "okta",
        "onelogin",
        "saml",
        "saml2aws",
        "toolkit",
        "vault",
    }
)
#: settings that only a profile has
PROFILE_KEYS = frozenset(
    {
        *ONE_LINE_KEYS,
        "cli_pager",
        "cli_auto_prompt",
        "cli_timestamp_format",
        "credential_process",
        "login_session",
        "s3",
        "web_identity_token_file",
    }
)
#: the settings by which aws-vault takes others over from another profile
INCLUDES = ("include_profile", "parent_profile")  # https://github.com/99designs/aws-vault
#: those of the browser extension AWS Extend Switch Roles: an account and a role in it
ACCOUNT_KEY, ROLE_KEY = "aws_account_id", "role_name"


def extension_role_arn(profile: Profile) -> str | None:
    """Return the role's ARN that the settings of the browser extension make, None without them."""
    account, role = profile.text(ACCOUNT_KEY), profile.text(ROLE_KEY)
    if not account or not role:
        return None
    partition = partition_of(profile.text("region") or "")
    return f"arn:{partition}:iam::{account if is_account_id(account) else 'ACCOUNT'}:role/{role}"
