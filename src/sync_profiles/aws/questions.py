"""What is asked of AWS besides the tests; botocore's dicts of these answers end here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.aws import session_policies
from sync_profiles.aws.failures import NotAnAnswer
from sync_profiles.aws.session_policies import Policy
from sync_profiles.causes import Cause
from sync_profiles.outcomes import (
    PERMISSIONS_BOUNDARY,
    SERVICE_CONTROL,
    Failure,
    FoundRole,
    Simulation,
)

if TYPE_CHECKING:
    from sync_profiles.aws.client import Service

Answer_co = TypeVar("Answer_co", covariant=True)
Judged = TypeVar("Judged")

#: what a simulation says of policies that only limit others
_LIMITS = (
    ("PermissionsBoundaryDecisionDetail", "AllowedByPermissionsBoundary", PERMISSIONS_BOUNDARY),
    ("OrganizationsDecisionDetail", "AllowedByOrganizations", SERVICE_CONTROL),
)
#: roles in one answer, which has an end (`client.LONGEST_ANSWER`) even if each policy is long
_PAGE = 50


class Question(NamedTuple, Generic[Answer_co]):
    """A call to a client of a service, and what the session of a role that makes it may do."""

    service: Service
    ask: Callable[[Any], Answer_co]
    policy: Policy


def arn_of(answer: Mapping[str, Any]) -> Arn:
    """Return the ARN of an identity, a session or a role."""
    arn = parse_arn(str(answer.get("Arn") or ""))
    if arn is None:
        raise NotAnAnswer
    return arn


def role_question(role_arn: str) -> Question[FoundRole]:
    """Return the question for an ARN's role; GetRole takes its name alone, the ARN's last part."""

    def ask(iam: Any) -> FoundRole:  # noqa: ANN401 - botocore's, made at run time
        role = iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
        return FoundRole(
            arn=arn_of(role),
            trust_policy=json.dumps(role["AssumeRolePolicyDocument"]),
            max_session_duration=int(role["MaxSessionDuration"]),
        )

    return Question("iam", ask, session_policies.reading_policy(role_arn))


def roles_question(judge: Callable[[str, object], Judged]) -> Question[tuple[Judged, ...]]:
    """Return the question for what `judge` makes of each role's ARN and trust policy."""

    def ask(iam: Any) -> tuple[Judged, ...]:  # noqa: ANN401 - botocore's, made at run time
        pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": _PAGE})
        return tuple(
            judge(str(role["Arn"]), role["AssumeRolePolicyDocument"])
            for page in pages
            for role in page["Roles"]
        )

    return Question("iam", ask, session_policies.only(["iam:ListRoles"]))


def simulation_question(
    *, principal_arn: str, role_arn: str, keys: Mapping[str, str]
) -> Question[Simulation]:
    """Return the question what the policies of a user or a role say about AssumeRole on a role.

    `keys` are the call's context keys.
    """

    def ask(iam: Any) -> Simulation:  # noqa: ANN401 - botocore's, made at run time
        answer = iam.simulate_principal_policy(
            PolicySourceArn=principal_arn,
            ActionNames=["sts:AssumeRole"],
            ResourceArns=[role_arn],
            ContextEntries=[
                {
                    "ContextKeyName": key,
                    "ContextKeyType": "boolean" if value in {"true", "false"} else "string",
                    "ContextKeyValues": [value],
                }
                for key, value in keys.items()
            ],
        )
        return _simulation_of(answer["EvaluationResults"][0])

    return Question(
        "iam", ask, session_policies.only(["iam:SimulatePrincipalPolicy"], [principal_arn])
    )


def devices_question() -> Question[tuple[str, ...]]:
    """Return the question for the serial numbers of the asking user's MFA devices."""

    def ask(iam: Any) -> tuple[str, ...]:  # noqa: ANN401 - botocore's, made at run time
        return tuple(str(device["SerialNumber"]) for device in iam.list_mfa_devices()["MFADevices"])

    return Question("iam", ask, {})  # a role has none


def object_question(bucket: str, key: str, size: int) -> Question[bytes | Failure]:
    """Return the question for up to size bytes of an object in S3."""

    def ask(s3: Any) -> bytes | Failure:  # noqa: ANN401 - botocore's, made at run time
        answer = s3.get_object(Bucket=bucket, Key=key)
        if answer["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.OK:  # such as a part of it
            raise NotAnAnswer
        with answer["Body"] as body:
            data = bytes(body.read(size))
        announced = int(answer["ContentLength"])
        if len(data) < min(size, announced):  # at an early end, `read` says nothing
            text = f"the answer is cut off after {len(data)} of {announced} bytes"
            return Failure(cause=Cause.NETWORK, proves=False, message=text)
        return data

    return Question("s3", ask, {})  # it is asked with a source's own credentials


def _simulation_of(result: Mapping[str, Any]) -> Simulation:
    """Return the result for one action on one resource.

    Where a service control policy is what denies, AWS may have judged it without the keys that its
    conditions need, and it does not list them: such a result is divided.
    """
    parts = [result, *(result.get("ResourceSpecificResults") or ())]
    missing = [key for part in parts for key in part.get("MissingContextValues") or ()]
    details = [part.get("EvalDecisionDetails") or {} for part in parts]
    matched = result.get("MatchedStatements") or ()
    limits = [
        kind
        for detail, allowed, kind in _LIMITS
        if not (result.get(detail) or {}).get(allowed, True)
    ]
    decision = str(result["EvalDecision"])
    is_allowed_in_part = bool(matched) or any("allowed" in each.values() for each in details)
    return Simulation(
        decision=decision,
        policies=tuple(dict.fromkeys(str(each["SourcePolicyId"]) for each in matched)),
        missing=tuple(dict.fromkeys(missing)),
        is_divided=SERVICE_CONTROL in limits or (decision == "implicitDeny" and is_allowed_in_part),
        limits=tuple(limits),
    )
