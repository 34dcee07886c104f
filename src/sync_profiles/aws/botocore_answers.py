"""The calls to IAM and S3, and botocore's dicts as our values; `NotAnAnswer`: AWS never says that.

Each call gets a client that is made for it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sync_profiles.arn import parse_arn
from sync_profiles.aws.credentials import Credentials
from sync_profiles.aws.failures import NotAnAnswer
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Caller, Failure, FoundRole, Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sync_profiles.model import Source

Judged = TypeVar("Judged")

#: roles in one answer, which has an end (`client.LONGEST_ANSWER`) even if each policy is long
_PAGE = 50


def arn_of(answer: Mapping[str, Any]) -> str:
    """Return the ARN of an identity or a session."""
    arn = str(answer.get("Arn") or "")
    if parse_arn(arn) is None:
        raise NotAnAnswer
    return arn


def caller_of(source: Source, answer: Mapping[str, Any]) -> Caller:
    """Return who a source is."""
    return Caller(
        source=source,
        arn=arn_of(answer),
        account_id=str(answer.get("Account") or ""),
        user_id=str(answer.get("UserId") or ""),
    )


def session_credentials(answer: Mapping[str, Any]) -> Credentials:
    """Return a session's credentials; the AWS CLI too takes none that have expired."""
    given = answer["Credentials"]
    expiration = given["Expiration"]
    if expiration.tzinfo is None:  # botocore leaves it out where the answer does
        expiration = expiration.replace(tzinfo=UTC)
    credentials = Credentials(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )
    is_whole = all(
        (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
    )
    if not is_whole or expiration <= datetime.now(UTC):
        raise NotAnAnswer
    return credentials


def read_role(iam: Any, *, role_arn: str) -> FoundRole:  # noqa: ANN401 - botocore's, made at run time
    """Return the role with the name of an ARN, of which the call names only the last part."""
    role = iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
    return FoundRole(
        arn=arn_of(role),
        trust_policy=json.dumps(role["AssumeRolePolicyDocument"]),
        max_session_duration=int(role["MaxSessionDuration"]),
    )


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
        ContextEntries=_context_entries(keys),
    )
    return _simulation_of(answer["EvaluationResults"][0])


def list_mfa_devices(iam: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    """Return the serial numbers of the MFA devices of the user who asks."""
    return tuple(str(device["SerialNumber"]) for device in iam.list_mfa_devices()["MFADevices"])


def read_object(s3: Any, *, bucket: str, key: str, size: int) -> bytes | Failure:  # noqa: ANN401 - as above
    """Return up to size bytes of an object in S3."""
    answer = s3.get_object(Bucket=bucket, Key=key)
    with answer["Body"] as body:
        data = bytes(body.read(size))
    announced = int(answer["ContentLength"])
    if len(data) < min(size, announced):  # at an early end, `read` says nothing
        text = f"the answer is cut off after {len(data)} of {announced} bytes"
        return Failure(cause=Cause.NETWORK, proves=False, message=text)
    return data


def _context_entries(keys: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return context keys as SimulatePrincipalPolicy takes them."""
    return [
        {
            "ContextKeyName": key,
            "ContextKeyType": "boolean" if value in {"true", "false"} else "string",
            "ContextKeyValues": [value],
        }
        for key, value in keys.items()
    ]


def _simulation_of(result: Mapping[str, Any]) -> Simulation:
    """Return the result for one action on one resource.

    Where a service control policy is what denies, AWS may have judged it without the keys that its
    conditions need, and it does not list them: such a result is divided.
    """
    parts = [result, *(result.get("ResourceSpecificResults") or ())]
    missing = [key for part in parts for key in part.get("MissingContextValues") or ()]
    details = [part.get("EvalDecisionDetails") or {} for part in parts]
    matched = result.get("MatchedStatements") or ()
    organization = result.get("OrganizationsDecisionDetail") or {}
    decision = str(result["EvalDecision"])
    is_allowed_in_part = bool(matched) or any("allowed" in each.values() for each in details)
    return Simulation(
        decision=decision,
        policies=tuple(dict.fromkeys(str(each["SourcePolicyId"]) for each in matched)),
        missing=tuple(dict.fromkeys(missing)),
        is_divided=not organization.get("AllowedByOrganizations", True)
        or (decision == "implicitDeny" and is_allowed_in_part),
    )
