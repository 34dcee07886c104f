"""The sandbox's keys: their owners, and what is refused before any policy is judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox_client import refusal, sts
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.fake_keys import Credentials
from sync_profiles.sandbox.world import (
    FederatedUser,
    Role,
    RoleSession,
    RootUser,
    User,
    identity_center_session,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE = RoleSession(role=Role(name="runner", account_id="111111111111"), session_name="i-0abc")
EXPIRED = RoleSession(role=MACHINE.role, session_name="old", lifetime=timedelta(minutes=-1))
PERSON = identity_center_session(permission_set="Admin", user_name="alice@example.com")
CHINESE = User(name="work_api", partition="aws-cn")
WORLD = World(
    users=(*s.STORY.users, CHINESE),
    root_users=(RootUser(),),
    sessions=(MACHINE, EXPIRED, PERSON),
    federated_users=(FederatedUser(name="bob"),),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(WORLD) as running:
        yield running


@pytest.mark.parametrize(
    ("credentials", "arn", "user_id"),
    [
        pytest.param(s.WORK_API.credentials, s.WORK_API.arn, s.WORK_API.user_id, id="user"),
        pytest.param(
            s.PATH_USER.credentials,
            "arn:aws:iam::111111111111:user/division/team/path_user",
            s.PATH_USER.user_id,
            id="user with a path",
        ),
        pytest.param(
            RootUser().credentials, "arn:aws:iam::111111111111:root", "111111111111", id="root"
        ),
        pytest.param(
            PERSON.credentials,
            f"arn:aws:sts::111111111111:assumed-role/{PERSON.role.name}/alice@example.com",
            f"{PERSON.role.role_id}:alice@example.com",
            id="Identity Center",
        ),
        pytest.param(
            FederatedUser(name="bob").credentials,
            "arn:aws:sts::111111111111:federated-user/bob",
            "111111111111:bob",
            id="federated user",
        ),
    ],
)
def test_get_caller_identity_returns_the_owner_of_the_keys(
    sandbox: Sandbox, credentials: Credentials, arn: str, user_id: str
) -> None:
    answer = sts(sandbox, credentials).get_caller_identity()
    assert (answer["Arn"], answer["UserId"], answer["Account"]) == (arn, user_id, "111111111111")


INVALID = "The security token included in the request is invalid."
USER_KEYS, SESSION_KEYS = s.WORK_API.credentials, MACHINE.credentials
KEY_ID = USER_KEYS.access_key_id


@pytest.mark.parametrize(
    ("credentials", "region", "code", "status", "message"),
    [
        pytest.param(
            Credentials(access_key_id="AKIAFAKEFAKEFAKEFAKE", secret_access_key="x"),
            *("us-east-1", "InvalidClientTokenId", 403, INVALID),
            id="an unknown key",
        ),
        pytest.param(
            Credentials(access_key_id=KEY_ID, secret_access_key="x"),
            *("us-east-1", "SignatureDoesNotMatch", 403, "The request signature we calculated"),
            id="a wrong secret",
        ),
        pytest.param(
            Credentials(access_key_id=f"{KEY_ID[:10]} {KEY_ID[10:]}", secret_access_key="x"),
            *("us-east-1", "IncompleteSignature", 400, "The Authorization header does not"),
            id="a blank in the key id",
        ),
        pytest.param(
            Credentials(
                access_key_id=SESSION_KEYS.access_key_id,
                secret_access_key=SESSION_KEYS.secret_access_key,
            ),
            *("us-east-1", "InvalidClientTokenId", 403, INVALID),
            id="temporary keys without their token",
        ),
        pytest.param(
            EXPIRED.credentials,
            *("us-east-1", "ExpiredToken", 403, "The security token included in the request is"),
            id="expired keys",
        ),
        pytest.param(
            USER_KEYS,
            *("cn-north-1", "InvalidClientTokenId", 403, INVALID),
            id="keys of another partition",
        ),
        pytest.param(
            USER_KEYS,
            *("nowhere", "SignatureDoesNotMatch", 403, "Credential should be scoped to a valid"),
            id="not a region",
        ),
    ],
)
def test_bad_credentials_are_refused(
    sandbox: Sandbox, credentials: Credentials, region: str, code: str, status: int, message: str
) -> None:
    answer = refusal(sts(sandbox, credentials, region), "get_caller_identity")
    assert answer[:2] == (code, status)
    assert answer[2].startswith(message)


@pytest.mark.parametrize(
    ("minutes", "message"), [(16, "Signature expired: "), (-16, "Signature not yet current: ")]
)
def test_a_wrong_clock_is_refused(minutes: int, message: str) -> None:
    def clock() -> datetime:
        return datetime.now(UTC) + timedelta(minutes=minutes)

    with Sandbox(WORLD, clock=clock) as sandbox:
        answer = refusal(sts(sandbox, USER_KEYS), "get_caller_identity")
    assert answer[:2] == ("SignatureDoesNotMatch", 403)
    assert answer[2].startswith(message)


def test_keys_of_another_partition_work_there(sandbox: Sandbox) -> None:
    client = sts(sandbox, CHINESE.credentials, "cn-north-1")
    assert client.get_caller_identity()["Arn"] == "arn:aws-cn:iam::111111111111:user/work_api"
