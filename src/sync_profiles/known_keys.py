"""The settings that the AWS CLI knows, those of other tools in its files, and our own comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, partition_of

if TYPE_CHECKING:
    from sync_profiles.model import ClientName, Profile, Source

#: the lines around what was imported
BLOCK_BEGIN = "# >>> sync-profiles import:"
BLOCK_END = "# <<< sync-profiles import:"
#: how a comment begins that has an imported setting until the user is known
WAITS = "# waits for your credentials: "
#: each says where a profile's chain goes on; the AWS CLI stops at a profile with both
SOURCE_KEYS = ("source_profile", "credential_source")
#: without one of these settings a profile loses its role or its credentials
ESSENTIAL_KEYS = (
    "role_arn",
    *SOURCE_KEYS,
    "role_session_name",
    "external_id",
    "mfa_serial",
    "duration_seconds",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
)
#: each of these gives a profile credentials: botocore tries the first ones before the access key of
#: the credentials file, the others after it and before that of the config file
FIRST_PROVIDER_KEYS = ("sso_account_id", "sso_role_name", "web_identity_token_file")
LATER_PROVIDER_KEYS = ("credential_process", "login_session")
#: with any of these, a profile means to have credentials other than an access key
OTHER_CREDENTIALS = frozenset(
    {*FIRST_PROVIDER_KEYS, *LATER_PROVIDER_KEYS, "sso_session", "sso_start_url"}
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
        "login_session",
        "max_attempts",
        "output",
        "region",
        "retry_mode",
        "sso_registration_scopes",
        "sts_regional_endpoints",
        "web_identity_token_file",
    }
)
#: settings that are a block of indented settings: at any other value botocore stops
BLOCK_KEYS = ("s3",)
#: what AWS or botocore may refuse, of a profile or of its source, without saying which it is
REFUSABLE_KEYS = (
    *BLOCK_KEYS,
    *IDENTITY_CENTER_KEYS,
    *("external_id", "mfa_serial", "role_session_name", "role_arn"),
)
#: what people write for a setting, too far from its name to be a typo: letters and digits alone
_ALIASES = {
    "rolesession": "role_session_name",
    "sessionname": "role_session_name",
    "accesskeyid": "aws_access_key_id",
    "awsdefaultregion": "region",
    "awsregion": "region",
    "awssecretkey": "aws_secret_access_key",
    "defaultregion": "region",
    "duration": "duration_seconds",
    "extid": "external_id",
    "mfadevice": "mfa_serial",
    "mfaserialnumber": "mfa_serial",
    "secretaccesskey": "aws_secret_access_key",
    "sessiontoken": "aws_session_token",
}
#: the setting of each profile that `aws-mfa` reads: https://github.com/broamski/aws-mfa
AWS_MFA_DEVICE = "aws_mfa_device"
#: settings of other tools that resemble one of the AWS CLI's
OTHER_TOOLS_KEYS = frozenset(
    {
        "aws_account_id",  # AWS Extend Switch Roles
        AWS_MFA_DEVICE,
        "aws_security_token",  # boto 2, saml2aws
        "chain_auth_session",
        "mfa_process",  # aws-vault
        "role_name",  # AWS Extend Switch Roles
        "session",  # of a name, a token or a login: it does not say which
        "session_tags",  # aws-vault
        "source_identity",  # aws-vault
        "sso_account_name",  # aws-sso-util
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
        "s3",
    }
)
EC2_INSTANCE = "Ec2InstanceMetadata"
#: those by which botocore asks an EC2 instance for credentials, as its profile has them
METADATA_SETTINGS = frozenset(
    {
        "ec2_metadata_service_endpoint",
        "ec2_metadata_service_endpoint_mode",
        "ec2_metadata_v1_disabled",
        "imds_use_ipv6",
        "metadata_service_num_attempts",
        "metadata_service_timeout",
    }
)
#: the settings of a profile that decide how and where botocore sends a call, or whether it makes
#: a client at all: a value that it does not know stops every call of the profile
CLIENT_SETTINGS = frozenset(
    {
        "account_id_endpoint_mode",
        "auth_scheme_preference",
        "ca_bundle",
        "data_path",
        "endpoint_url",
        "ignore_configured_endpoint_urls",
        "parameter_validation",
        "proxy_ca_bundle",
        "proxy_client_cert",
        "proxy_use_forwarding_for_https",
        "region",
        "request_checksum_calculation",
        "request_min_compression_size_bytes",
        "response_checksum_validation",
        "s3",
        "s3_disable_express_session_auth",
        "sdk_ua_app_id",
        "services",
        "sigv4a_signing_region_set",
        "sso_session",  # botocore looks for its token, and stops where the section is missing
        "sts",
        "tcp_keepalive",
        "use_dualstack_endpoint",
        "use_fips_endpoint",
    }
)
#: those that the AWS CLI takes from the profile at the end of a chain, for all of its calls
SETTINGS_OF_END = CLIENT_SETTINGS | METADATA_SETTINGS
#: further settings of the AWS CLI, and those of its block `s3`
_FURTHER = (
    *("api_versions", "cli_binary_format", "cli_error_format", "cli_follow_urlparam"),
    *("cli_help_output", "cli_history", "cli_legacy_plugin_path"),
    *("csm_enabled", "csm_host", "csm_port", "defaults_mode"),
    *("disable_host_prefix_injection", "disable_request_compression"),
    *("endpoint_discovery_enabled", "signature_version"),
    *("addressing_style", "max_bandwidth", "max_concurrent_requests", "max_queue_size"),
    *("multipart_chunksize", "multipart_threshold", "payload_signing_enabled"),
    *("direct_io", "disk_throughput", "io_chunksize", "should_stream"),
    *("preferred_transfer_client", "target_bandwidth", "us_east_1_regional_endpoint"),
    *("use_accelerate_endpoint", "use_arn_region", "s3_disable_multiregion_access_points"),
)
#: the settings by which aws-vault takes others over from another profile
INCLUDES = ("include_profile", "parent_profile")  # https://github.com/99designs/aws-vault
#: the only settings whose values are shown: that of any other may be a secret
SHOWN_KEYS = frozenset(
    {*PROFILE_KEYS, *SETTINGS_OF_END, *OTHER_TOOLS_KEYS, *INCLUDES, *_FURTHER}
).difference(
    ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token")
)
#: by it, granted logs in to a profile: https://github.com/fwdcloudsec/granted
GRANTED_KEY = "granted_sso_start_url"
#: by it, aws-okta assumes the role of a profile: https://github.com/segmentio/aws-okta
AWS_OKTA_KEY = "aws_saml_url"
#: with every session that it writes: https://github.com/broamski/aws-mfa
AWS_MFA_KEY = "assumed_role"
#: settings of programs that log in with `--profile` and write the credentials of a profile
LOGIN_PROGRAMS = {
    "azure_tenant_id": "aws-azure-login",
    "google_config.google_idp_id": "aws-google-auth",
}
#: those of the browser extension AWS Extend Switch Roles: an account and a role in it
ACCOUNT_KEY, ROLE_KEY = "aws_account_id", "role_name"


def extension_role_arn(profile: Profile) -> str | None:
    """Return the role's ARN that the settings of the browser extension make, None without them."""
    account, role = profile.text(ACCOUNT_KEY), profile.text(ROLE_KEY)
    if not account or not role:
        return None
    partition = partition_of(profile.text("region") or "")
    return f"arn:{partition}:iam::{account if is_account_id(account) else 'ACCOUNT'}:role/{role}"


def setting_called(name: str) -> str | None:
    """Return the setting that people call so, as the console does: `Secret access key`."""
    return _ALIASES.get("".join(filter(str.isalnum, name.lower())))


def source_of(source: Source, client: ClientName, profiles: Mapping[str, Profile]) -> Source:
    """Return a chain's source as it is asked with the settings of a client."""
    if source.credential_source != EC2_INSTANCE:
        return source
    has_own = not METADATA_SETTINGS.isdisjoint(profiles[client].settings)
    return replace(source, client=client if has_own else None)
