"""Sources: logins to IAM Identity Center, and keys that another program has."""

from __future__ import annotations

import hashlib
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e import Home, keys, process_output, role_profile, section, write_script
from loopback import Gate, Rule
from rough_sts import page
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    Role,
)
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


@pytest.mark.parametrize(("config", "seed"), [(SSO, "corp"), (OLD_SSO, START_URL)])
def test_the_file_of_a_login_that_cannot_be_read_is_replaced_by_another_login(
    config: str, seed: str, right_home: Home
) -> None:
    right_home.write(config + WITH_SSO + RIGHT)
    log_in(right_home, seed=seed, until=timedelta(hours=8))
    (token,) = (right_home.path / ".aws" / "sso" / "cache").iterdir()
    token.write_text(token.read_text(encoding="utf-8")[:-9], encoding="utf-8")
    admin = right_home.run_json("check").profiles["admin"]
    assert (admin["verdict"], admin["cause"]) == ("unknown", "sso-login-needed")
    login = "--sso-session corp" if config == SSO else "--profile person"
    assert admin["hint"] == f"run `aws sso login {login}`"
    assert right_home.working_profiles(["admin", "right"]) == {"right"}


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


@pytest.mark.parametrize("is_revoked", [False, True], ids=["valid", "revoked by AWS"])
def test_a_login_is_used_as_the_aws_cli_uses_it(
    is_revoked: bool,  # noqa: FBT001 - a parameter of the test
    right_home: Home,
    sandbox: Sandbox,
) -> None:
    right_home.write(OLD_SSO + WITH_SSO)
    log_in(right_home, seed=START_URL, until=timedelta(hours=8))
    with Gate(sandbox.endpoint_url, rule=portal(is_revoked=is_revoked)) as gate:
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


KEYSTORE = """\
[profile keys]
region = us-east-1
[profile a]
region = us-east-1
role_arn = arn:aws:iam::222222222222:role/admin_role
source_profile = keys
[profile b]
role_arn = arn:aws:iam::222222222222:role/admin_role
source_profile = keys
role_session_name = other
[profile c]
# sync-profiles: keep
role_arn = arn:aws:iam::222222222222:role/admin_role
source_profile = keys
[profile loop]
role_arn = arn:aws:iam::222222222222:role/admin_role
source_profile = loop-2
[profile loop-2]
role_arn = arn:aws:iam::222222222222:role/admin_role
source_profile = loop
"""


def test_a_name_that_is_given_is_written_where_no_caller_is_known(empty_home: Home) -> None:
    empty_home.write(KEYSTORE)
    assert empty_home.run("--output", "json").code == 3
    ended = empty_home.run_json("--session-name", "work_api")
    assert ended.code == 1
    assert ended.column("change") == {
        "a": "fill",
        "b": "leave",
        "c": "leave",
        "loop": "fill",
        "loop-2": "fill",
    }
    assert set(ended.column("verdict").values()) == {"rejected"}
    assert empty_home.config_file.read_text().count("role_session_name = work_api\n") == 3


def test_keys_in_a_keystore_are_used_by_the_line_of_the_hint(
    empty_home: Home, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "aws-vault"
    program.parent.mkdir()
    arguments = "export --no-session --format=json keys"
    write_script(program, f"[ \"$*\" = '{arguments}' ] && echo '{process_output(USER)}'\n")
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    home = empty_home.with_environment(PATH=path)
    home.write(KEYSTORE, "")
    hint = home.run_json("check").profiles["a"]["hint"]
    line = re.search("add `(credential_process = .*?)` to `\\[profile keys]`", hint)
    assert line is not None
    home.write(KEYSTORE.replace("[profile keys]", f"[profile keys]\n{line[1]}"))
    assert home.run_json("-p", "a").accepted == {"a"}
