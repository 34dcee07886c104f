"""Settings that other tools keep in the AWS CLI's files, and what they mean to the AWS CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, partition_of

if TYPE_CHECKING:
    from sync_profiles.model import Profile

#: the settings by which aws-vault takes others over from another profile
INCLUDES = ("include_profile", "parent_profile")  # https://github.com/99designs/aws-vault
#: those of the browser extension AWS Extend Switch Roles: an account and a role in it
ACCOUNT_KEY, ROLE_KEY = "aws_account_id", "role_name"


def extension_role_arn(profile: Profile) -> str | None:
    """Return the role's ARN that the settings of the browser extension make, None without them."""
    account, role = profile.text(ACCOUNT_KEY), profile.text(ROLE_KEY)
    if not account or not role:
        return None
    partition = partition_of(profile.text("region") or "us-east-1")
    return f"arn:{partition}:iam::{account if is_account_id(account) else 'ACCOUNT'}:role/{role}"
