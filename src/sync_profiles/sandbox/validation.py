"""The constraints that STS checks before it evaluates policies, with its messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.sandbox.protocol import Refusal

MAX_POLICY_LENGTH = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """The constraints of a text parameter."""

    pattern: str
    shortest: int
    longest: int
    required: bool = False


_TEXTS = {
    "RoleArn": _Text(
        pattern="[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD]+",
        shortest=20,
        longest=2048,
        required=True,
    ),
    "RoleSessionName": _Text(pattern=r"[\w+=,.@-]*", shortest=2, longest=64, required=True),
    "ExternalId": _Text(pattern=r"[\w+=,.@:\/-]*", shortest=2, longest=1224),
    "SourceIdentity": _Text(pattern=r"[\w+=,.@-]*", shortest=2, longest=64),
    "SerialNumber": _Text(pattern=r"[\w+=/:,.@-]*", shortest=9, longest=256),
    "TokenCode": _Text(pattern=r"[\d]*", shortest=6, longest=6),
}

_BY_ACTION = {
    "AssumeRole": (*_TEXTS,),
    "GetSessionToken": ("SerialNumber", "TokenCode"),
}

_LONGEST_DURATION = {"AssumeRole": 43200, "GetSessionToken": 129600}
_SHORTEST_DURATION = 900


def validate(action: str, parameters: Mapping[str, str]) -> None:
    """Raise a `ValidationError` that lists every constraint that the parameters violate."""
    broken = [
        *_broken_texts(action, parameters),
        *_broken_duration(action, parameters.get("DurationSeconds")),
    ]
    if broken:
        plural = "s" if len(broken) > 1 else ""
        raise Refusal(
            "ValidationError",
            f"{len(broken)} validation error{plural} detected: {'; '.join(broken)}",
        )
    role_arn = parameters.get("RoleArn")
    if action == "AssumeRole" and role_arn is not None:
        arn = parse_arn(role_arn)
        if arn is None or arn.service not in {"iam", "sts"} or not is_account_id(arn.account_id):
            raise Refusal("ValidationError", f"{role_arn} is invalid")


def check_session_policy(text: str | None) -> None:
    """Raise `Refusal` if STS would not accept an inline session policy."""
    if text is None:
        return
    if len(text) > MAX_POLICY_LENGTH:
        percent = 100 * len(text) // MAX_POLICY_LENGTH
        raise Refusal(
            "PackedPolicyTooLarge", f"Packed size of policy consumes {percent}% of allotted space."
        )
    try:
        parse_policy(text, kind=PolicyKind.IDENTITY)
    except PolicyInvalid as error:
        raise Refusal("MalformedPolicyDocument", f"Syntax errors in policy: {error}") from None


def _broken_texts(action: str, parameters: Mapping[str, str]) -> Iterator[str]:
    for name in _BY_ACTION[action]:
        bounds, value = _TEXTS[name], parameters.get(name)
        member = name[0].lower() + name[1:]
        if value is None:
            if bounds.required:
                yield (
                    f"Value null at '{member}' failed to satisfy constraint: "
                    "Member must not be null"
                )
            continue
        failed = f"Value '{value}' at '{member}' failed to satisfy constraint: Member must"
        if re.fullmatch(bounds.pattern, value, re.ASCII) is None:
            yield f"{failed} satisfy regular expression pattern: {bounds.pattern}"
        if len(value) < bounds.shortest:
            yield f"{failed} have length greater than or equal to {bounds.shortest}"
        if len(value) > bounds.longest:
            yield f"{failed} have length less than or equal to {bounds.longest}"


def _broken_duration(action: str, text: str | None) -> Iterator[str]:
    if text is None:
        return
    failed = f"Value '{text}' at 'durationSeconds' failed to satisfy constraint: Member must"
    if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) is None:
        yield f"{failed} be an integer"
    elif int(text) < _SHORTEST_DURATION:
        yield f"{failed} have value greater than or equal to {_SHORTEST_DURATION}"
    elif int(text) > _LONGEST_DURATION[action]:
        yield f"{failed} have value less than or equal to {_LONGEST_DURATION[action]}"
