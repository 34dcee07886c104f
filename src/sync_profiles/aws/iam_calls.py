"""Calls to IAM, each with a client that is made for it; what goes out are values of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from sync_profiles.aws.botocore_answers import context_entries, found_role_of, simulation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync_profiles.outcomes import FoundRole, Simulation

Judged = TypeVar("Judged")

#: roles in one answer, which has an end (`client.LONGEST_ANSWER`) even if each policy is long
_PAGE = 50


def read_role(iam: Any, *, role_arn: str) -> FoundRole:  # noqa: ANN401 - botocore's, made at run time
    """Return the role with the name of an ARN."""
    return found_role_of(iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"])


def judge_roles(
    iam: Any,  # noqa: ANN401 - as above
    *,
    judge: Callable[[str, object], Judged],
) -> tuple[Judged, ...]:
    """Return what `judge` makes of the ARN and the trust policy of each role of an account."""
    pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": _PAGE})
    return tuple(
        judge(str(role["Arn"]), role["AssumeRolePolicyDocument"])
        for page in pages
        for role in page["Roles"]
    )


def simulate(
    iam: Any,  # noqa: ANN401 - as above
    *,
    principal_arn: str,
    role_arn: str,
    keys: Mapping[str, str],
) -> Simulation:
    """Return what the policies of a user or a role say about AssumeRole on a role."""
    answer = iam.simulate_principal_policy(
        PolicySourceArn=principal_arn,
        ActionNames=["sts:AssumeRole"],
        ResourceArns=[role_arn],
        ContextEntries=context_entries(keys),
    )
    return simulation_of(answer["EvaluationResults"][0])


def list_mfa_devices(iam: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    """Return the serial numbers of the MFA devices of the user who asks."""
    return tuple(str(device["SerialNumber"]) for device in iam.list_mfa_devices()["MFADevices"])
