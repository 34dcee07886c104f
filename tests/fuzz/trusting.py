"""Any text is a policy, whose patterns match by the rules, or is refused with a reason.

What holds of judgements is in `test_judge_laws`.
"""

from __future__ import annotations

import json
from dataclasses import replace

from hint_cases import CALL
from plan_worlds import calling
from sync_profiles.explain.requirements import describe_requirements
from sync_profiles.policy.answer import Answer
from sync_profiles.policy.grammar import Policy, PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import CannotTell, Request, judge
from sync_profiles.policy.matching import Context, matches
from trust_witness import arn

WORDS = (
    *('"Version"', '"2012-10-17"', '"Statement"', '"Effect"', '"Allow"', '"Deny"', '"Principal"'),
    *('"NotPrincipal"', '"AWS"', '"Action"', '"NotAction"', '"sts:AssumeRole"', '"Resource"'),
    *('"Condition"', '"StringLike"', '"ForAnyValue:', 'IfExists"', '"sts:RoleSessionName"'),
    *('"${aws:username}"', '"Null"', '"DateLessThan"', '"IpAddress"', '"aws:SourceIp"', '"Bool"'),
    *('"NumericEquals"', '"ArnLike"', '"aws:PrincipalArn"', '"111111111111"', "\\ud800", "${"),
)
USER = arn("arn:aws:iam::111111111111:user/team/ann")
SESSION = arn("arn:aws:sts::111111111111:assumed-role/hop/ann")
VALUES = {
    "aws:PrincipalArn": str(USER),
    "aws:SourceIp": "127.0.0.1",
    "aws:username": "ann*",
    "aws:CurrentTime": "2026-01-31T00:00:00Z",
    "aws:MultiFactorAuthAge": "5",
    "aws:MultiFactorAuthPresent": "true",
    "aws:TagKeys": ("a", "b"),
    "sts:RoleSessionName": "ann",
}
REQUESTS = [
    Request(
        action="sts:AssumeRole",
        resource="arn:aws:iam::222222222222:role/r",
        caller=caller,
        context=Context.of(values),
    )
    for caller, values in ((USER, VALUES), (SESSION, {"sts:RoleSessionName": "ann"}))
]
CALLS = [
    replace(CALL, caller=calling(str(caller))).with_setting("role_session_name", "ann")
    for caller in (USER, SESSION)
]


def check(data: bytes) -> None:
    """Raise if a text is neither a policy nor refused, or is evaluated incorrectly."""
    text = data.decode("utf-8", "replace")
    for kind in PolicyKind:
        policy = _parse(text, kind)
        if policy is None:
            continue
        assert parse_policy(json.loads(text), kind=kind) == policy
        for request in REQUESTS:
            assert not isinstance(judge(policy, request), CannotTell), "no key is unknown"
            _check_patterns(policy, request.context.of_version("2008-10-17"))
        if kind is PolicyKind.TRUST:
            for call in CALLS:
                describe_requirements(policy, call)


def _parse(text: str, kind: PolicyKind) -> Policy | None:
    try:
        return parse_policy(text, kind=kind)
    except PolicyInvalid as error:
        assert str(error)
        return None


def _check_patterns(policy: Policy, context: Context) -> None:
    """Compare the patterns' matches with those found step by step; `${…}` is plain text here."""
    for statement in policy.statements:
        for condition in statement.conditions:
            for pattern in condition.values:
                for value in ("", "ann", "sts:AssumeRole", pattern[:40]):
                    assert matches(pattern, value, context) is Answer.of(_is_like(pattern, value))


def _is_like(pattern: str, value: str) -> bool:
    """Say whether value is like pattern: the ends of value that each part of it can reach."""
    reached = {0}
    for character in pattern:
        if character == "*":
            reached = set(range(min(reached, default=len(value) + 1), len(value) + 1))
        else:
            reached = {
                end + 1 for end in reached if end < len(value) and character in ("?", value[end])
            }
    return len(value) in reached
