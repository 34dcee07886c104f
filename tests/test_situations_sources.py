"""Sources that a service gives credentials: IAM Identity Center, an EC2 instance."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e import Home, keys, role_profile, section
from loopback import Gate, Rule
from rough_sts import Asked, Behave, page
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import Role
from teams import identity_center_session

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")

USER = s.WORK_API.credentials
RIGHT = role_profile("right", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api")
PERSON = identity_center_session(permission_set="Admin", user_name="ann@example.com")
PERSON_ROLE = Role(
    name="person_role",
    trust=s.trust(condition={"StringLike": {"sts:RoleSessionName": "*@example.com"}}),
)
WORLD = World(
    users=s.STORY.users,
    roles=(*s.STORY.roles, PERSON_ROLE),
    sessions=(PERSON,),
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


def log_in(home: Home, *, seed: str, until: timedelta) -> Path:
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
    file = cache / f"{name}.json"
    file.write_text(json.dumps(token), encoding="utf-8")
    return file


def portal(*, is_revoked: bool = False) -> Rule:
    """Return what answers for IAM Identity Center, which grants the role of `PERSON`."""
    given = PERSON.credentials
    role_credentials = {
        "accessKeyId": given.access_key_id,
        "secretAccessKey": given.secret_access_key,
        "sessionToken": given.session_token,
        "expiration": int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000),
    }
    revoked = json.dumps({"__type": "UnauthorizedException", "message": "Session token not found"})
    granted = json.dumps({"roleCredentials": role_credentials})

    status, body = (401, revoked) if is_revoked else (200, granted)
    answer = page(status, body, kind="application/json")
    return lambda asked: answer if "/federation/credentials" in asked.target else None


@pytest.mark.parametrize(
    ("own", "of_source"),
    [
        *(
            ("", text)
            for text in ("retry_mode = x", "max_attempts = 0", "s3 =", "region = us east")
        ),
        ("s3 =", ""),
    ],
)
def test_a_login_is_used_with_the_settings_of_the_profile_and_not_of_its_source(
    own: str, of_source: str, right_home: Home, sandbox: Sandbox
) -> None:
    config = OLD_SSO.rstrip().replace("\nregion = us-east-1", "") + f"\n{of_source}\n"
    named = role_profile("admin", PERSON_ROLE.arn, "person", role_session_name="ann@example.com")
    right_home.write(f"{config}{named.rstrip()}\n{own}\n")
    log_in(right_home, seed=START_URL, until=timedelta(hours=8))
    with Gate(sandbox.endpoint_url, rule=portal()) as gate:
        home = right_home.with_environment(AWS_ENDPOINT_URL=gate.url)
        admin = home.run_json("check").profiles["admin"]
        works = {"admin"} if of_source else set()
        assert home.working_profiles(["admin"]) == works
    assert (admin["verdict"] == "accepted", admin["cause"]) == (
        (True, None) if works else (False, "setting-invalid")
    )


def test_a_login_is_used_although_another_profile_has_an_endpoint_that_does_not_answer(
    right_home: Home, sandbox: Sandbox
) -> None:
    with Gate(sandbox.endpoint_url, rule=portal()) as gate:
        ends = {"local": "http://127.0.0.1:9", "admin": gate.url}
        named = {"role_session_name": "ann@example.com"}
        roles = (
            role_profile(name, PERSON_ROLE.arn, "person", endpoint_url=url, **named)
            for name, url in ends.items()
        )
        right_home.write(OLD_SSO + "".join(roles))
        log_in(right_home, seed=START_URL, until=timedelta(hours=8))
        environment = {k: v for k, v in right_home.environment.items() if k != "AWS_ENDPOINT_URL"}
        home = Home(path=right_home.path, environment={**environment, "AWS_MAX_ATTEMPTS": "1"})
        ended = home.run_json("check")
        assert ended.column("verdict") == {"local": "unknown", "admin": "accepted"}
        assert home.working_profiles(ends) == {"admin"}


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("none", "rejected"),
        ("expired", "rejected"),
        ("torn", "unknown"),
        ("revoked by AWS", "rejected"),
        ("valid", "fixable"),
    ],
)
@pytest.mark.parametrize(
    ("config", "seed", "login"),
    [(SSO, "corp", "--sso-session corp"), (OLD_SSO, START_URL, "--profile person")],
    ids=["of a session", "of a start URL"],
)
def test_a_login_is_used_as_the_aws_cli_uses_it(
    config: str, seed: str, login: str, state: str, verdict: str, right_home: Home, sandbox: Sandbox
) -> None:
    right_home.write(config + WITH_SSO + RIGHT)
    if state != "none":
        token = log_in(
            right_home, seed=seed, until=timedelta(hours=-1 if state == "expired" else 8)
        )
        if state == "torn":
            token.write_text(token.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    with Gate(sandbox.endpoint_url, rule=portal(is_revoked="revoked" in state)) as gate:
        home = right_home.with_environment(AWS_ENDPOINT_URL=gate.url)
        checked = home.run_json("check")
        assert home.working_profiles(["admin", "right"]) == {"right"}
        synced = home.run_json()
        assert home.working_profiles(["admin", "right"]) == synced.accepted
    admin = checked.profiles["admin"]
    assert (admin["verdict"], checked.profiles["right"]["verdict"]) == (verdict, "accepted")
    assert "fake-access-token" not in checked.stdout + checked.stderr
    if state == "valid":
        assert (admin["cause"], admin["wanted_session_name"]) == ("session-name", "ann@example.com")
    else:
        assert (admin["cause"], admin["hint"]) == (
            "sso-login-needed",
            f"run `aws sso login {login}`",
        )
    assert synced.accepted == ({"admin", "right"} if state == "valid" else {"right"})


def metadata_service(asked: Asked) -> Behave | None:
    """Answer as the metadata service of an EC2 instance, which gives the user's keys."""
    if asked.target.endswith("/api/token"):
        return page(200, "token")
    if asked.target.endswith("/security-credentials/"):
        return page(200, "instance-role")
    if not asked.target.startswith("/latest/"):
        return None
    given = {"AccessKeyId": USER.access_key_id, "SecretAccessKey": USER.secret_access_key}
    expires = (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return page(200, json.dumps(given | {"Token": None, "Expiration": expires}))


def test_an_instance_is_asked_with_the_metadata_settings_of_each_profile(
    right_home: Home, sandbox: Sandbox
) -> None:
    named = {"role_session_name": "work_api", "region": "us-east-1"}
    silent = {"ec2_metadata_service_endpoint": "http://127.0.0.1:9"}
    start = {"role_arn": s.ADMIN_ROLE.arn, "credential_source": "Ec2InstanceMetadata", **named}
    with Gate(sandbox.endpoint_url, rule=metadata_service) as service:
        answers = {"ec2_metadata_service_endpoint": f"{service.url}/"}  # older v2 adds no slash
        right_home.write(
            section("profile near", start | answers)
            + section("profile silent", start | silent)
            + role_profile("below", s.NEXT_ROLE.arn, "silent", **named, **answers)
        )
        there = {
            k: v for k, v in right_home.environment.items() if k != "AWS_EC2_METADATA_DISABLED"
        }
        home = Home(path=right_home.path, environment=there)
        checked = home.run_json("check")
        assert checked.accepted == home.working_profiles(checked.profiles) == {"near", "below"}
    assert [caller["source"] for caller in checked.report["callers"]] == [
        "credential_source:Ec2InstanceMetadata of near",
        "credential_source:Ec2InstanceMetadata of silent",
    ]
    assert checked.profiles["silent"]["hint"].startswith(
        "correct or remove `ec2_metadata_service_endpoint` (config, line 13), or else attach a role"
    )


def test_a_profile_below_may_ask_an_instance_with_settings_of_its_own(
    right_home: Home, sandbox: Sandbox
) -> None:
    start = {"role_arn": s.ADMIN_ROLE.arn, "credential_source": "Ec2InstanceMetadata"}
    with Gate(sandbox.endpoint_url, rule=metadata_service) as service:
        answers = {"ec2_metadata_service_endpoint": f"{service.url}/", "region": "us-east-1"}
        right_home.write(
            section("profile hop", start | answers)
            + role_profile("below", s.NEXT_ROLE.arn, "hop", role_session_name="work_api")
            + role_profile("last", s.NEXT_ROLE.arn, "hop", **answers, metadata_service_timeout="2")
        )
        there = {
            k: v for k, v in right_home.environment.items() if k != "AWS_EC2_METADATA_DISABLED"
        }
        home = Home(path=right_home.path, environment=there)
        checked = home.run_json("check", "--profile", "hop")
    assert checked.column("verdict") == {"hop": "fixable"}
