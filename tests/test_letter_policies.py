"""Laws of what a letter asks for: it allows the refused call, and no other."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hint_cases import CALL, HOP
from plan_worlds import calling, parsed
from sync_profiles.explain.needed_access import (
    identity_policy_for,
    trust_policy_for,
)
from sync_profiles.explain.refused_call import ParentSession, RefusedCall
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Request, judge
from sync_profiles.trust_policy.writing import Json

PATH_TEXTS = ["", "team/", "a/b/"]


def allows(
    policy: Json,
    call: RefusedCall,
    kind: PolicyKind = PolicyKind.TRUST,
    *,
    action: str = "sts:AssumeRole",
) -> bool:
    """Return whether a policy allows the call, whatever the path of a session's role is."""
    parsed = parse_policy(json.dumps(policy), kind=kind)
    requests = [replace(request, action=action) for request in possible_requests(call)]
    answers = {isinstance(judge(parsed, request), Allow) for request in requests}
    (answer,) = answers
    return answer


def possible_requests(call: RefusedCall) -> list[Request]:
    """Return what STS may have been asked: a source's session does not tell its role's path."""
    request = call.request
    if request.context.values("aws:PrincipalArn"):
        return [request]
    name = call.caller.arn.session_role
    roles = [f"arn:aws:iam::{call.caller.arn.account_id}:role/{path}{name}" for path in PATH_TEXTS]
    contexts = [request.context.with_keys({"aws:PrincipalArn": role}) for role in roles]
    return [replace(request, context=context) for context in contexts]


NAMES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{2,64}", fullmatch=True)
PATHS = st.sampled_from(PATH_TEXTS)
ACCOUNTS = st.sampled_from(["111111111111", "222222222222"])
CALLER_ARNS = st.builds(
    lambda account, path, name: f"arn:aws:iam::{account}:user/{path}{name}", ACCOUNTS, PATHS, NAMES
) | st.builds(
    lambda account, role, name: f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
    ACCOUNTS,
    NAMES | st.just("AWSReservedSSO_Admin_1"),
    NAMES,
)
ROLES = st.builds(
    lambda account, path, name: f"arn:aws:iam::{account}:role/{path}{name}",
    ACCOUNTS,
    PATHS | st.just("odd*?$path/"),
    NAMES,
)


PARENTS = st.builds(
    lambda arn, name: ParentSession(profile=HOP, role=parsed(arn), name=name),
    ROLES.filter(lambda arn: "*" not in arn),
    NAMES,
)


@st.composite
def calls(draw: st.DrawFn) -> RefusedCall:
    caller = calling(draw(CALLER_ARNS))
    own = caller.arn.name
    sent = CALL.with_setting("role_session_name", draw(st.none() | NAMES | st.just(own)))
    return replace(
        sent.with_setting("external_id", draw(st.none() | st.text(min_size=1))),
        caller=caller,
        role=parsed(draw(ROLES)),
        parent=draw(st.none() | PARENTS),
        has_mfa=draw(st.booleans()),
    )


@given(
    call=calls(),
    other=NAMES,
    stranger=CALLER_ARNS,
    also=st.sampled_from([None, "sts:TagSession"]),
)
def test_the_statement_allows_the_switch_and_no_other_name_caller_or_settings(
    call: RefusedCall, other: str, stranger: str, also: str | None
) -> None:
    trust = trust_policy_for(call, also=also)
    assert trust is not None
    assert allows(trust, call)
    if other != call.session_name and not other.startswith("botocore-session-"):
        assert not allows(trust, call.with_setting("role_session_name", other))
    if call.has_mfa:
        assert not allows(trust, replace(call, has_mfa=False))
    if call.external_id is not None:
        assert not allows(trust, call.with_setting("external_id", None))
    others = replace(call, caller=calling(stranger), parent=None)
    # a role's name is unique in its account
    own = call.caller.arn if call.parent is None else call.parent.arn
    is_same = stranger.rpartition("/")[0] == str(own).rpartition("/")[0]
    for action in filter(None, ("sts:AssumeRole", also)):
        assert is_same or not allows(trust, others, action=action)
    assert also is None or allows(trust, call, action=also)


@given(call=calls(), more=ROLES, name=NAMES, also=st.sampled_from([None, "sts:TagSession"]))
def test_the_callers_own_policy_allows_the_calls_and_no_other(
    call: RefusedCall, more: str, name: str, also: str | None
) -> None:
    both = [call, replace(call, role=parsed(more))]
    identity = identity_policy_for([(each, also) for each in both])

    for each in both:
        assert allows(identity, each, PolicyKind.IDENTITY)
    other = replace(call, role=parsed(f"{call.role}{more}"))
    assert not allows(identity, other, PolicyKind.IDENTITY)
    if call.user_name is not None and also is None and name != call.session_name:
        other = call.with_setting("role_session_name", name)
        assert name.startswith("botocore-session-") or not allows(
            identity, other, PolicyKind.IDENTITY
        )
