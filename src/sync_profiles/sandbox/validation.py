"""The constraints that STS checks before it evaluates policies, with its messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.sandbox.protocol import AwsError

MAX_POLICY_LENGTH = 2048


def validate(action: str, parameters: Mapping[str, str]) -> None:
    """Raise a `ValidationError` that lists every constraint that the parameters violate."""
    broken = [
        *_broken_texts(action, parameters),
        *_broken_duration(action, parameters.get("DurationSeconds")),
    ]
    if broken:
        plural = "s" if len(broken) > 1 else ""
        raise AwsError(
            "ValidationError",
            f"{len(broken)} validation error{plural} detected: {'; '.join(broken)}",
        )
    role_arn = parameters.get("RoleArn")
    if action == "AssumeRole" and role_arn is not None:
        arn = parse_arn(role_arn)
        if arn is None or arn.service not in {"iam", "sts"} or not is_account_id(arn.account_id):
            raise AwsError("ValidationError", f"{role_arn} is invalid")


def check_session_policy(text: str | None) -> None:
    """Raise `AwsError` if STS would not accept an inline session policy."""
    if text is None:
        return
    if len(text) > MAX_POLICY_LENGTH:
        percent = 100 * len(text) // MAX_POLICY_LENGTH
        raise AwsError(
            "PackedPolicyTooLarge", f"Packed size of policy consumes {percent}% of allotted space."
        )
    try:
        parse_policy(text, kind=PolicyKind.IDENTITY)
    except PolicyInvalid as error:
        raise AwsError("MalformedPolicyDocument", f"Syntax errors in policy: {error}") from None


@cache
def _parameters(action: str) -> Any:  # noqa: ANN401 - botocore's `StructureShape`, imported late
    """Return the parameters of an action, as AWS's own model describes them."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    model = ServiceModel(Loader().load_service_model("sts", "service-2"), "sts")
    return model.operation_model(action).input_shape


def _broken_texts(action: str, parameters: Mapping[str, str]) -> Iterator[str]:
    described = _parameters(action)
    for name, shape in described.members.items():
        if shape.type_name != "string" or name == "Policy":
            continue
        value, bounds = parameters.get(name), shape.metadata
        member = name[0].lower() + name[1:]
        if value is None:
            if name in described.required_members:
                yield (
                    f"Value null at '{member}' failed to satisfy constraint: "
                    "Member must not be null"
                )
            continue
        failed = f"Value '{value}' at '{member}' failed to satisfy constraint: Member must"
        pattern = bounds["pattern"].replace(r"\u10000-\u10FFFF", "")  # Python reads it otherwise
        if re.fullmatch(pattern, value, re.ASCII) is None:
            yield f"{failed} satisfy regular expression pattern: {pattern}"
        if len(value) < bounds["min"]:
            yield f"{failed} have length greater than or equal to {bounds['min']}"
        if len(value) > bounds["max"]:
            yield f"{failed} have length less than or equal to {bounds['max']}"


def _broken_duration(action: str, text: str | None) -> Iterator[str]:
    if text is None:
        return
    bounds = _parameters(action).members["DurationSeconds"].metadata
    failed = f"Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must"
    if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) is None:
        yield f"{failed} be an integer"
    elif int(text) < bounds["min"]:
        yield f"{failed} have value greater than or equal to {bounds['min']}"
    elif int(text) > bounds["max"]:
        yield f"{failed} have value less than or equal to {bounds['max']}"
