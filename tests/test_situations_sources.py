"""Typical sources: expired logins, failing programs, keys of all kinds."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import pytest

from e2e import Home, keys, role_profile, section
from loopback import Answer, Gate, Received
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.fake_keys import Credentials
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    FederatedUser,
    Role,
    RoleSession,
    RootUser,
    identity_center_session,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")

USER = s.WORK_API.credentials
RIGHT = role_profile("right", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api")
PERSON = identity_center_session(permission_set="Admin", user_name="ann@example.com")
PERSON_ROLE = Role(
    name="person_role",
    trust=s.trust(condition={"StringLike": {"sts:RoleSessionName": "*@example.com"}}),
)
RUNNER = Role(name="runner", account_id="111111111111", policies=(ALLOW_ASSUME_ROLE,))
EXPIRED = RoleSession(role=RUNNER, session_name="old", lifetime=timedelta(minutes=-1))
MACHINE = RoleSession(role=RUNNER, session_name="i-0abc")
ROOT = RootUser()
FEDERATED = FederatedUser(name="fred", policies=(ALLOW_ASSUME_ROLE,))
WORLD = World(
    users=s.STORY.users,
    roles=(*s.STORY.roles, PERSON_ROLE),
    sessions=(EXPIRED, MACHINE, PERSON),
    root_users=(ROOT,),
    federated_users=(FEDERATED,),
)
START_URL = "https://corp.awsapps.com/start"
SSO_ACCOUNT = {"sso_account_id": "111111111111", "sso_role_name": "Admin", "region": "us-east-1"}
SSO = section(
    "sso-session corp", {"sso_start_url": START_URL, "sso_region": "us-east-1"}
) + section("profile person", {"sso_session": "corp", **SSO_ACCOUNT})
OLD_SSO = section(
    "profile person",
    {"sso_start_url": START_URL, "sso_region": "us-east-1", **SSO_ACCOUNT},
)
WITH_SSO = role_profile("admin", PERSON_ROLE.arn, "person")


@pytest.fixture
def right_home(empty_home: Home) -> Home:
    """Return a home with one profile that works, to which tests add others."""
    return empty_home.write(RIGHT, keys("keys", USER))


def log_in(home: Home, *, seed: str, until: timedelta) -> None:
    """Write the token that `aws sso login` leaves; `seed` is the session's name, or its URL."""
    cache = home.path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    name = hashlib.sha1(seed.encode(), usedforsecurity=False).hexdigest()
    token = {
        "startUrl": START_URL,
        "region": "us-east-1",
        "accessToken": "fake-access-token",
        "expiresAt": (datetime.now(UTC) + until).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    (cache / f"{name}.json").write_text(json.dumps(token), encoding="utf-8")


@pytest.mark.parametrize(
    ("config", "seed"),
    [
        pytest.param(SSO, "corp", id="the login of a session has expired"),
        pytest.param(OLD_SSO, START_URL, id="the login of a start URL has expired"),
        pytest.param(SSO, None, id="no login to the session yet"),
        pytest.param(OLD_SSO, None, id="no login to the start URL yet"),
    ],
)
def test_without_a_login_the_hint_is_the_command_that_logs_in(
    config: str, seed: str | None, right_home: Home
) -> None:
    right_home.write(config + WITH_SSO + RIGHT)
    if seed is not None:
        log_in(right_home, seed=seed, until=timedelta(hours=-1))
    ended = right_home.run_json("check")
    assert ended.code == 1
    assert ended.column("verdict") == {"admin": "rejected", "right": "accepted"}
    assert ended.column("cause") == {"admin": "sso-login-needed", "right": None}
    assert "aws sso login" in ended.profiles["admin"]["hint"]
    assert "fake-access-token" not in ended.stdout + ended.stderr
    assert right_home.working_profiles(["admin", "right"]) == {"right"}


@pytest.mark.parametrize("is_revoked", [False, True], ids=["valid", "revoked by AWS"])
def test_a_login_is_used_as_the_aws_cli_uses_it(
    is_revoked: bool,  # noqa: FBT001 - a parameter of the test
    right_home: Home,
    sandbox: Sandbox,
) -> None:
    given = PERSON.credentials
    role_credentials = {
        "accessKeyId": given.access_key_id,
        "secretAccessKey": given.secret_access_key,
        "sessionToken": given.session_token,
        "expiration": int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000),
    }
    revoked = json.dumps({"__type": "UnauthorizedException", "message": "Session token not found"})
    granted = json.dumps({"roleCredentials": role_credentials})

    def portal(received: Received) -> Answer | None:
        if not received.path.startswith("/federation/credentials"):
            return None
        return Answer(
            status=401 if is_revoked else 200,
            body=(revoked if is_revoked else granted).encode(),
            content_type="application/json",
        )

    right_home.write(OLD_SSO + WITH_SSO)
    log_in(right_home, seed=START_URL, until=timedelta(hours=8))
    with Gate(sandbox.endpoint_url, rule=portal) as gate:
        home = right_home.with_environment(AWS_ENDPOINT_URL=gate.url)
        ended = home.run_json("check")
        assert home.working_profiles(["admin"]) == set()
        synced = home.run_json()
        assert home.working_profiles(["admin"]) == synced.accepted
    admin = ended.profiles["admin"]
    found = (admin["verdict"], admin["cause"], admin["wanted_session_name"])
    if is_revoked:
        assert found == ("rejected", "sso-login-needed", None)
        assert synced.accepted == set()
    else:
        assert found == ("fixable", "session-name", "ann@example.com")
        assert synced.accepted == {"admin"}


@pytest.mark.parametrize(
    ("program", "says"),
    [
        pytest.param(f"{sys.executable} -c 1/0", "division by zero", id="fails"),
        pytest.param(f"{sys.executable} -c \"print('hello')\"", "JSON", id="prints no JSON"),
        pytest.param(f"{sys.executable} -c pass", "JSON", id="prints nothing"),
        pytest.param(f'{sys.executable} -c "print([1])"', "JSON", id="prints another JSON"),
        pytest.param("/no/such/program --get", "/no/such/program", id="does not exist"),
        pytest.param(f'{sys.executable} -c "', "credential_process", id="has an open quotation"),
    ],
)
def test_a_failing_credential_process_affects_only_its_source(
    program: str, says: str, right_home: Home
) -> None:
    process = section("profile process", {"credential_process": program})
    bad = role_profile("bad", s.ADMIN_ROLE.arn, "process", role_session_name="work_api")
    right_home.write(process + bad + RIGHT)
    ended = right_home.run_json("check")
    assert ended.column("verdict") == {"bad": "rejected", "right": "accepted"}
    assert ended.profiles["bad"]["cause"] == "credential-process-failed"
    assert says in ended.profiles["bad"]["message"] + ended.profiles["bad"]["hint"]
    assert "`process`" in ended.profiles["bad"]["message"] + ended.profiles["bad"]["hint"]
    assert ended.stderr == ""
    assert right_home.working_profiles(["bad", "right"]) == {"right"}


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        pytest.param(
            {"credential_process": "~/cred.sh"},
            "the `credential_process` of profile `base` gave no credentials",
            "no shell runs `credential_process` (config, line 2): write the full path",
            id="a home that only a shell would replace",
        ),
        pytest.param(
            {"role_arn": s.ADMIN_ROLE.arn, "web_identity_token_file": "/no/such/file"},
            "the web identity token file of profile `base` cannot be read",
            "correct `web_identity_token_file` (config, line 3)",
            id="a token file that is missing",
        ),
    ],
)
def test_a_source_that_cannot_start_names_the_line(
    source: dict[str, str], message: str, hint: str, right_home: Home
) -> None:
    config = section("profile base", source) + role_profile("bad", s.ADMIN_ROLE.arn, "base")
    bad = right_home.write(config + RIGHT).run_json("--dry-run").profiles["bad"]
    assert (bad["cause"], bad["hint"]) == ("credential-process-failed", hint)
    assert bad["message"].startswith(message)


def test_a_block_that_is_not_indented_is_named(right_home: Home) -> None:
    more = {"s3": "", "max_concurrent_requests": "20"}
    config = role_profile("bad", s.ADMIN_ROLE.arn, "keys", region="us-east-1", **more)
    bad = right_home.write(config + RIGHT).run_json("--dry-run").profiles["bad"]
    assert (bad["verdict"], bad["cause"]) == ("rejected", "setting-invalid")
    assert bad["hint"] == "indent the line below it, line 6"


WRONG_SECRET = Credentials(access_key_id=USER.access_key_id, secret_access_key="x" * 40)
UNKNOWN = Credentials(access_key_id="AKIAFAKENOBODY234567", secret_access_key="x" * 40)
TORN = Credentials(
    access_key_id=MACHINE.credentials.access_key_id,
    secret_access_key=MACHINE.credentials.secret_access_key,
)


@pytest.mark.parametrize(
    ("credentials", "verdict", "cause"),
    [
        pytest.param(WRONG_SECRET, "rejected", "secret-key-wrong", id="a wrong secret key"),
        pytest.param(UNKNOWN, "rejected", "credentials-invalid", id="a key that is unknown"),
        pytest.param(EXPIRED.credentials, "rejected", "credentials-expired", id="an old session"),
        pytest.param(TORN, "rejected", "credentials-invalid", id="a session without its token"),
        pytest.param(ROOT.credentials, "rejected", "root-caller", id="the root user"),
        pytest.param(FEDERATED.credentials, "rejected", "not-authorized", id="a federated user"),
        pytest.param(MACHINE.credentials, "accepted", "no-wanted-name", id="a machine's role"),
    ],
)
def test_unknown_keys_next_to_correct_ones(
    credentials: Credentials, verdict: str, cause: str, right_home: Home
) -> None:
    other = role_profile("other", s.OPEN_ROLE.arn, "other-keys")
    right_home.write(other + RIGHT, keys("keys", USER) + keys("other-keys", credentials))
    ended = right_home.run_json("check")
    assert ended.column("verdict") == {"other": verdict, "right": "accepted"}
    assert ended.profiles["other"]["cause"] == cause
    assert ended.profiles["other"]["change"] in {"skip", "leave"}
    assert ended.profiles["other"]["hint"]
    assert credentials.secret_access_key not in ended.stdout + ended.stderr
    assert right_home.working_profiles(["other", "right"]) == ended.accepted


def test_a_web_identity_is_listed_and_not_tested(right_home: Home, sandbox: Sandbox) -> None:
    token = {"role_arn": s.OPEN_ROLE.arn, "web_identity_token_file": "/no/such/token"}
    right_home.write(section("profile token", token) + RIGHT)
    ended = right_home.run_json("check")
    assert ended.column("verdict") == {"token": "unknown", "right": "accepted"}
    assert ended.column("cause") == {"token": "web-identity", "right": None}
    assert ended.profiles["token"]["change"] == "skip"
    assert ended.profiles["token"]["chain"] == []
    roles = [call.parameters.get("RoleArn") for call in sandbox.calls]
    assert roles == [None, s.ADMIN_ROLE.arn]
