"""The sandbox's AssumeRole: which callers a role accepts, and what the denial says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox_client import issued, refusal, sts
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    KEY_QUARANTINE,
    Account,
    DenialText,
    Role,
    RoleSession,
    User,
    identity_center_session,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


DENY_ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
)
MACHINE = RoleSession(
    role=Role(name="runner", account_id="111111111111", policies=(ALLOW_ASSUME_ROLE,)),
    session_name="i-0abc",
)
PERSON = identity_center_session(permission_set="Admin", user_name="alice@example.com")
POWERLESS = User(name="powerless")
QUARANTINED = User(name="leaked", policies=(ALLOW_ASSUME_ROLE, KEY_QUARANTINE))
BOUNDED = User(name="bounded", policies=(ALLOW_ASSUME_ROLE,), permissions_boundary=DENY_ALL)
CONTROLLED = User(name="controlled", account_id="444444444444", policies=(ALLOW_ASSUME_ROLE,))
TAGGED = RoleSession(
    role=MACHINE.role, session_name="tagged", transitive_tags={"team": "blue"}, source_identity="me"
)
NEAR_ROLE = Role(name="near", account_id="111111111111", trust=s.trust())
SELF_ROLE = Role(
    name="self", account_id="111111111111", trust=s.trust(principal={"AWS": POWERLESS.arn})
)
LONG_ROLE = Role(name="long", path="/team/", trust=s.trust(), max_session_duration=7200)
CONTROLLED_ROLE = Role(name="anyone", trust=s.trust(principal="*"))
WORLD = World(
    users=(*s.STORY.users, POWERLESS, QUARANTINED, BOUNDED, CONTROLLED),
    roles=(*s.STORY.roles, NEAR_ROLE, SELF_ROLE, LONG_ROLE, CONTROLLED_ROLE),
    sessions=(MACHINE, PERSON, TAGGED),
    accounts=(Account(account_id="444444444444", service_control_policies=(DENY_ALL,)),),
)


USER_KEYS = s.WORK_API.credentials


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(WORLD) as running:
        yield running


def assume(client: Any, role: Role | str, name: str = "work_api", **more: object) -> dict[str, Any]:  # noqa: ANN401 - as above
    arn = role if isinstance(role, str) else role.arn
    answer: dict[str, Any] = client.assume_role(RoleArn=arn, RoleSessionName=name, **more)
    return answer


def denial(arn: str, role: Role | str, suffix: str = "", action: str = "sts:AssumeRole") -> str:
    resource = role if isinstance(role, str) else role.arn
    return f"User: {arn} is not authorized to perform: {action} on resource: {resource}{suffix}"


@pytest.mark.parametrize(
    ("caller", "role", "name", "accepted"),
    [
        pytest.param(s.WORK_API, s.ADMIN_ROLE, "work_api", True, id="StringLike, own name"),
        pytest.param(s.WORK_API, s.MFA_ROLE, "work_api", False, id="MFA not used"),
        pytest.param(s.WORK_API, s.NEXT_ROLE, "work_api", False, id="only a session is trusted"),
        pytest.param(s.WORK_API, s.STRANGERS_ROLE, "work_api", False, id="others are trusted"),
        pytest.param(s.PATH_USER, s.ADMIN_ROLE, "path_user", True, id="a name without its path"),
        pytest.param(MACHINE, s.ADMIN_ROLE, "i-0abc", False, id="a machine has no user name"),
        pytest.param(
            PERSON,
            *(s.ADMIN_ROLE, "alice@example.com", False),
            id="an Identity Center user has no user name",
        ),
        pytest.param(MACHINE, s.OPEN_ROLE, "i-0abc", True, id="a machine"),
        pytest.param(s.WORK_API, LONG_ROLE, "work_api", True, id="a role with a path"),
        pytest.param(POWERLESS, s.OPEN_ROLE, "name", False, id="no own permission"),
        pytest.param(POWERLESS, NEAR_ROLE, "name", False, id="the account is named"),
        pytest.param(POWERLESS, SELF_ROLE, "name", True, id="the user is named"),
    ],
)
def test_a_role_accepts_the_callers_that_it_trusts(
    sandbox: Sandbox, caller: User | RoleSession, role: Role, name: str, *, accepted: bool
) -> None:
    client = sts(sandbox, caller.credentials)
    if accepted:
        answer = assume(client, role, name)
        assert answer["AssumedRoleUser"]["Arn"] == role.session_arn(name)
        inside = sts(sandbox, issued(answer)).get_caller_identity()
        assert inside["Arn"] == role.session_arn(name)
    else:
        answered = refusal(client, "assume_role", RoleArn=role.arn, RoleSessionName=name)
        assert answered == ("AccessDenied", 403, denial(caller.arn, role))


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::222222222222:role/missing",
        "arn:aws:iam::222222222222:role/Admin_role",
        s.WORK_API.arn,
        s.ADMIN_ROLE.session_arn("work_api"),
    ],
)
def test_a_missing_role_is_denied_like_one_that_does_not_trust(sandbox: Sandbox, arn: str) -> None:
    answer = refusal(
        sts(sandbox, USER_KEYS), "assume_role", RoleArn=arn, RoleSessionName="work_api"
    )
    assert answer == ("AccessDenied", 403, denial(s.WORK_API.arn, arn))


def test_a_role_may_trust_a_session_by_its_name(sandbox: Sandbox) -> None:
    hop = sts(sandbox, issued(assume(sts(sandbox, USER_KEYS), s.ADMIN_ROLE)))
    assert assume(hop, s.NEXT_ROLE, "xx")["AssumedRoleUser"]["Arn"].endswith("/next_role/xx")


def test_credentials_with_a_deny_all_policy_can_do_nothing(sandbox: Sandbox) -> None:
    switched = assume(sts(sandbox, USER_KEYS), s.ADMIN_ROLE, Policy=DENY_ALL)
    client = sts(sandbox, issued(switched))
    assert client.get_caller_identity()["Account"] == "222222222222"
    answer = refusal(client, "assume_role", RoleArn=s.NEXT_ROLE.arn, RoleSessionName="xx")
    suffix = " with an explicit deny in a session policy"
    arn = s.ADMIN_ROLE.session_arn("work_api")
    assert answer == ("AccessDenied", 403, denial(arn, s.NEXT_ROLE, suffix))


def test_a_session_policy_allows_nothing_else() -> None:
    near, other = (
        Role(name=name, trust=s.trust(principal={"AWS": "222222222222"}))
        for name in ("near", "other")
    )
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": near.arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    world = World(
        users=[s.WORK_API],
        roles=[s.ADMIN_ROLE, near, other],
        denial_text=DenialText.NAMES_POLICY_TYPE,
    )
    with Sandbox(world) as sandbox:
        hop = sts(sandbox, issued(assume(sts(sandbox, USER_KEYS), s.ADMIN_ROLE, Policy=policy)))
        assert assume(hop, near)["AssumedRoleUser"]["Arn"] == near.session_arn("work_api")
        answer = refusal(hop, "assume_role", RoleArn=other.arn, RoleSessionName="work_api")
    suffix = " because no session policy allows the sts:AssumeRole action"
    assert answer[2] == denial(s.ADMIN_ROLE.session_arn("work_api"), other, suffix)


@pytest.mark.parametrize(
    ("caller", "suffix", "action"),
    [
        pytest.param(
            QUARANTINED,
            " with an explicit deny in an identity-based policy: "
            "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
            "sts:AssumeRole",
            id="a quarantined key",
        ),
        pytest.param(
            BOUNDED,
            " with an explicit deny in a permissions boundary",
            "sts:AssumeRole",
            id="a permissions boundary",
        ),
        pytest.param(
            CONTROLLED,
            " with an explicit deny in a service control policy",
            "sts:AssumeRole",
            id="a service control policy",
        ),
        pytest.param(TAGGED, "", "sts:TagSession", id="transitive tags"),
    ],
)
def test_a_denial_names_the_policy_that_denies(
    sandbox: Sandbox, caller: User | RoleSession, suffix: str, action: str
) -> None:
    asked = {"RoleArn": CONTROLLED_ROLE.arn, "RoleSessionName": "name"}
    answer = refusal(sts(sandbox, caller.credentials), "assume_role", **asked)
    assert answer == ("AccessDenied", 403, denial(caller.arn, CONTROLLED_ROLE, suffix, action))


@pytest.mark.parametrize(
    ("user", "role", "suffix"),
    [
        (
            POWERLESS,
            s.OPEN_ROLE,
            " because no identity-based policy allows the sts:AssumeRole action",
        ),
        (s.WORK_API, s.MFA_ROLE, " because no role trust policy allows the sts:AssumeRole action"),
    ],
)
def test_an_implicit_denial_names_the_policy_type_if_the_world_says_so(
    user: User, role: Role, suffix: str
) -> None:
    world = World(users=[user], roles=[role], denial_text=DenialText.NAMES_POLICY_TYPE)
    with Sandbox(world) as sandbox:
        client = sts(sandbox, user.credentials)
        answer = refusal(client, "assume_role", RoleArn=role.arn, RoleSessionName="name")
    assert answer == ("AccessDenied", 403, denial(user.arn, role, suffix))
