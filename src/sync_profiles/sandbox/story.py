"""The world of the demo: a team's users in one account, its roles in another.

Each role shows one way in which trust policies require a session name, or one mistake that locks
out every caller.
"""

from __future__ import annotations

from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    ALLOW_EVERYTHING,
    CALLER_ACCOUNT,
    ROLE_ACCOUNT,
    Instance,
    MfaDevice,
    PolicyDocument,
    Role,
    User,
    World,
)

EXTERNAL_ID = "fake-external-id"

#: the session name that a trust policy of the story requires
OWN_NAME = {"sts:RoleSessionName": "${aws:username}"}

_CALLERS = {"AWS": f"arn:aws:iam::{CALLER_ACCOUNT}:root"}


def trust(
    *,
    principal: object = _CALLERS,
    condition: dict[str, object] | None = None,
    version: str = "2012-10-17",
) -> PolicyDocument:
    """Return a trust policy with one statement; by default it trusts the callers' account."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
    }
    if condition is not None:
        statement["Condition"] = condition
    return {"Version": version, "Statement": [statement]}


WORK_API = User(name="work_api", policies=(ALLOW_ASSUME_ROLE,))
PATH_USER = User(name="path_user", path="/division/team/", policies=(ALLOW_ASSUME_ROLE,))
MFA_USER = User(
    name="mfa_user",
    policies=(ALLOW_ASSUME_ROLE,),
    mfa_devices=(MfaDevice(serial=f"arn:aws:iam::{CALLER_ACCOUNT}:mfa/mfa_user"),),
)


def _role(name: str, policy: PolicyDocument) -> Role:
    return Role(name=name, trust=policy, policies=(ALLOW_EVERYTHING,))


ADMIN_ROLE = _role("admin_role", trust(condition={"StringLike": OWN_NAME}))
EQUALS_ROLE = _role("equals_role", trust(condition={"StringEquals": OWN_NAME}))
MFA_ROLE = _role(
    "mfa_role",
    trust(
        condition={"StringLike": OWN_NAME, "Bool": {"aws:MultiFactorAuthPresent": "true"}},
    ),
)
NAMES_ROLE = _role(
    "names_role",
    trust(condition={"StringEquals": {"sts:RoleSessionName": ["alice", "work_api"]}}),
)
DEPLOY_ROLE = _role(
    "deploy_role", trust(condition={"StringLike": {"sts:RoleSessionName": "deploy-*"}})
)
NEXT_ROLE = _role("next_role", trust(principal={"AWS": ADMIN_ROLE.session_arn("work_api")}))
EXTERNAL_ID_ROLE = _role(
    "external_id_role",
    trust(condition={"StringLike": OWN_NAME, "StringEquals": {"sts:ExternalId": EXTERNAL_ID}}),
)
LITERAL_ROLE = _role(
    "literal_role", trust(condition={"StringLike": OWN_NAME}, version="2008-10-17")
)
STRANGERS_ROLE = _role("strangers_role", trust(principal={"AWS": "333333333333"}))
OPEN_ROLE = _role("open_role", trust())

STORY = World(
    users=(WORK_API, PATH_USER, MFA_USER),
    roles=(
        ADMIN_ROLE,
        EQUALS_ROLE,
        MFA_ROLE,
        NAMES_ROLE,
        DEPLOY_ROLE,
        NEXT_ROLE,
        EXTERNAL_ID_ROLE,
        LITERAL_ROLE,
        STRANGERS_ROLE,
        OPEN_ROLE,
    ),
    instances=(Instance(name="web-1", account_id=ROLE_ACCOUNT, region="us-east-1"),),
)
