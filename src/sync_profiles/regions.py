"""Regions: the partition that one lies in, and whether an account must opt in to it."""

from __future__ import annotations

_PARTITION_OF_PREFIX = {
    "cn": "aws-cn",
    "us-gov": "aws-us-gov",
    "us-iso": "aws-iso",
    "us-isob": "aws-iso-b",
    "eu-isoe": "aws-iso-e",
    "us-isof": "aws-iso-f",
    "eusc": "aws-eusc",
}

# Every region launched after March 2019 is opt-in, so this list grows no more:
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
_ENABLED_BY_DEFAULT = frozenset(
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


def partition_of(region: str) -> str:
    """Return the partition of a region: `aws` where the name tells no other."""
    prefix = region.lower()
    while "-" in prefix:
        prefix = prefix.rpartition("-")[0]
        if prefix in _PARTITION_OF_PREFIX:
            return _PARTITION_OF_PREFIX[prefix]
    return "aws"


def is_enabled_by_default(region: str) -> bool:
    """Say whether every account of the partition has the region; a misspelt one it has not."""
    return partition_of(region) != "aws" or region in _ENABLED_BY_DEFAULT | {"aws-global"}
