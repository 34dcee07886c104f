"""Parse Amazon Resource Names from untrusted text; partitions and regions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeGuard

_ACCOUNT_ID = re.compile(r"[0-9]{12}", re.ASCII)
_PARTS = 6
_PARTITION = re.compile(r"aws(?:-[a-z]+)*", re.ASCII)
# a path of any printable characters, then a name:
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_ROLE = re.compile(r"role/(?:[!-.0-~]+/)*[\w+=,.@-]{1,64}", re.ASCII)

#: what STS accepts as `SerialNumber`
#: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_SERIAL = re.compile(r"[\w+=/:,.@-]{9,256}", re.ASCII)

_PARTITION_OF_PREFIX = {
    "cn": "aws-cn",
    "us-gov": "aws-us-gov",
    "us-iso": "aws-iso",
    "us-isob": "aws-iso-b",
    "eu-isoe": "aws-iso-e",
    "us-isof": "aws-iso-f",
    "eusc": "aws-eusc",
}

# Every region launched after March 2019 is opt-in, so this list is complete:
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
ENABLED_BY_DEFAULT = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """`arn:partition:service:region:account_id:resource`, the account ID a 12-digit string."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    @property
    def kind(self) -> str:
        """What comes before the first slash of the resource: `user`, `role`, `assumed-role` …."""
        return self.resource.partition("/")[0]

    @property
    def account(self) -> str:
        """The account with its partition, as accounts of two partitions may have the same ID."""
        return f"{self.partition}:{self.account_id}"

    @property
    def name(self) -> str:
        """The last segment of the resource: a user's name without its path, a session's name."""
        return self.resource.rpartition("/")[2]

    @property
    def session_role(self) -> str | None:
        """The name of the role whose session this is, without its path; None for anything else."""
        kind, _, rest = self.resource.partition("/")
        return (rest.partition("/")[0] or None) if kind == "assumed-role" else None

    def in_iam(self, resource: str) -> str:
        """Return the ARN of a user, a role or a device of the same account."""
        return f"arn:{self.partition}:iam::{self.account_id}:{resource}"

    def session(self, name: str) -> Arn:
        """Return the ARN of a session of this role, which does not have its path."""
        return replace(self, service="sts", region="", resource=f"assumed-role/{self.name}/{name}")

    def roles_of_session(self, *, path: str = "*") -> list[str]:
        """Return the ARNs of the role whose session this is, without a path and with one."""
        name = self.session_role
        return [self.in_iam(f"role/{name}"), self.in_iam(f"role/{path}/{name}")]

    def __str__(self) -> str:
        where = f"{self.service}:{self.region}:{self.account_id}"
        return f"arn:{self.partition}:{where}:{self.resource}"


@lru_cache(maxsize=1 << 14)  # comparing profiles with each other asks for the same ones again
def parse_arn(text: str) -> Arn | None:
    """Return the parts of an ARN, or None if text is not one; text of several lines never is."""
    if "\n" in text:
        return None
    parts = text.split(":", 5)
    if len(parts) != _PARTS or parts[0] != "arn" or not parts[1] or not parts[2] or not parts[5]:
        return None
    return Arn(
        partition=parts[1],
        service=parts[2],
        region=parts[3],
        account_id=parts[4],
        resource=parts[5],
    )


def gives_codes(mfa_serial: str) -> bool:
    """Return whether STS takes this as an MFA device with codes; not a security key, nor a user."""
    arn = parse_arn(mfa_serial)
    is_other = arn is not None and arn.kind in {"u2f", "user"}
    return _SERIAL.fullmatch(mfa_serial) is not None and not is_other


def is_account_id(text: str) -> bool:
    """Return whether text is a 12-digit account ID."""
    return _ACCOUNT_ID.fullmatch(text) is not None


def is_partition(text: str) -> bool:
    """Return whether text has the form of a partition: `aws`, `aws-cn`, `aws-us-gov` …."""
    return _PARTITION.fullmatch(text) is not None


def is_role(arn: Arn | None) -> TypeGuard[Arn]:
    """Return whether AWS accepts an ARN as that of a role."""
    return (
        arn is not None
        and is_partition(arn.partition)
        and (arn.service, arn.region) == ("iam", "")
        and is_account_id(arn.account_id)
        and _ROLE.fullmatch(arn.resource) is not None
    )


def is_known_partition(text: str) -> bool:
    """Return whether text is one of the partitions that AWS has."""
    return text == "aws" or text in _PARTITION_OF_PREFIX.values()


def partition_of(region: str) -> str:
    """Return the partition of a region: `aws` unless its name has another partition's prefix."""
    prefix = region.lower()
    while "-" in prefix:
        prefix = prefix.rpartition("-")[0]
        if prefix in _PARTITION_OF_PREFIX:
            return _PARTITION_OF_PREFIX[prefix]
    return "aws"


def is_enabled_by_default(region: str) -> bool:
    """Return whether every account of the partition has the region enabled from the start."""
    return partition_of(region) != "aws" or region in ENABLED_BY_DEFAULT | {"aws-global"}
