"""The sandbox's STS: validation, MFA, the list of calls, threads, and a test's own answers."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ConnectionClosedError

from sandbox_client import issued, refusal, sts
from sync_profiles.sandbox import Call, Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.protocol import Answer, HttpRequest, Refusal
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    FederatedUser,
    MfaDevice,
    Role,
    RoleSession,
    RootUser,
    User,
)

if TYPE_CHECKING:
    from sync_profiles.sandbox.fake_keys import Credentials

MACHINE = RoleSession(
    role=Role(name="runner", account_id="111111111111", policies=(ALLOW_ASSUME_ROLE,)),
    session_name="i-0abc",
)
LONG_ROLE = Role(name="long", trust=s.trust(), max_session_duration=43200)
IF_EXISTS_ROLE = Role(
    name="if_exists",
    trust=s.trust(condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
)
OTHER = User(
    name="other", policies=(ALLOW_ASSUME_ROLE,), mfa_devices=(MfaDevice(serial="GAHT12345678"),)
)
FEDERATED = FederatedUser(name="fred", policies=(ALLOW_ASSUME_ROLE,))
WORLD = World(
    users=(*s.STORY.users, OTHER),
    roles=(*s.STORY.roles, LONG_ROLE, IF_EXISTS_ROLE),
    root_users=(RootUser(),),
    sessions=(MACHINE,),
    federated_users=(FEDERATED,),
)
SERIAL = s.MFA_USER.mfa_devices[0].serial


CHAINED = (
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role "
    "chaining."
)
BAD_POLICY = json.dumps({"Statement": [{"Effect": "Allow"}]})


def unmet(value: str, parameter: str, rule: str) -> str:
    """Return the message about a value that does not meet a rule."""
    return (
        f"1 validation error detected: Value '{value}' at '{parameter}' failed to satisfy "
        f"constraint: Member must {rule}"
    )


INVALID = "ValidationError"
PATTERN = "satisfy regular expression pattern: "
NAME = PATTERN + r"[\w+=,.@-]*"


@pytest.mark.parametrize(
    ("parameter", "value", "code", "message"),
    [
        ("RoleSessionName", "user/admin", INVALID, unmet("user/admin", "roleSessionName", NAME)),
        ("RoleSessionName", "jürgen", INVALID, unmet("jürgen", "roleSessionName", NAME)),
        (
            "RoleSessionName",
            "x" * 65,
            INVALID,
            unmet("x" * 65, "roleSessionName", "have length less than or equal to 64"),
        ),
        (
            "DurationSeconds",
            43201,
            INVALID,
            unmet("43201", "durationSeconds", "have value less than or equal to 43200"),
        ),
        (
            "DurationSeconds",
            3601,
            INVALID,
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ),
        ("RoleArn", "arn:aws:iam::2222:role/x", INVALID, "arn:aws:iam::2222:role/x is invalid"),
        ("RoleArn", "arn:aws:iam:asdf/xx_role", INVALID, "arn:aws:iam:asdf/xx_role is invalid"),
        (
            "Policy",
            "x" * 2049,
            "PackedPolicyTooLarge",
            "Packed size of policy consumes 100% of allotted space.",
        ),
        (
            "Policy",
            BAD_POLICY,
            "MalformedPolicyDocument",
            "Syntax errors in policy: statement 1 has no `Action`",
        ),
        ("TokenCode", "12345x", INVALID, unmet("12345x", "tokenCode", PATTERN + r"[\d]*")),
    ],
)
def test_a_request_is_validated(
    sandbox: Sandbox, parameter: str, value: object, code: str, message: str
) -> None:
    asked = {"RoleArn": s.OPEN_ROLE.arn, "RoleSessionName": "work_api", parameter: value}
    if parameter == "TokenCode":
        asked["SerialNumber"] = SERIAL
    client = sts(sandbox, s.WORK_API.credentials)
    assert refusal(client, "assume_role", **asked) == (code, 400, message)


@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        pytest.param(
            RootUser().credentials, "Roles may not be assumed by root accounts.", id="the root user"
        ),
        pytest.param(
            FEDERATED.credentials,
            f"User: {FEDERATED.arn} is not authorized to perform: sts:AssumeRole on resource: "
            f"{s.OPEN_ROLE.arn}",
            id="a federated user",
        ),
    ],
)
def test_some_callers_cannot_assume_roles(
    sandbox: Sandbox, credentials: Credentials, message: str
) -> None:
    asked = {"RoleArn": s.OPEN_ROLE.arn, "RoleSessionName": "name"}
    answer = refusal(sts(sandbox, credentials), "assume_role", **asked)
    assert answer == ("AccessDenied", 403, message)


def test_sessions_of_temporary_keys_last_an_hour_at_most(sandbox: Sandbox) -> None:
    asked: dict[str, object] = {"RoleArn": LONG_ROLE.arn, "RoleSessionName": "name"}
    assert sts(sandbox, s.WORK_API.credentials).assume_role(**asked, DurationSeconds=43200)
    token = issued(sts(sandbox, s.WORK_API.credentials).get_session_token())
    for credentials in (MACHINE.credentials, token):
        answer = refusal(sts(sandbox, credentials), "assume_role", **asked, DurationSeconds=3601)
        assert answer == ("ValidationError", 400, CHAINED)


def mfa_role(name: str = "mfa_user", **more: str) -> dict[str, str]:
    return {"RoleArn": s.MFA_ROLE.arn, "RoleSessionName": name, **more}


NOT_YOURS = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial "
    "number is valid and associated with this user."
)


def test_a_code_works_once(sandbox: Sandbox) -> None:
    client = sts(sandbox, s.MFA_USER.credentials)
    asked = mfa_role(SerialNumber=SERIAL, TokenCode="000001")
    assert client.assume_role(**asked)["AssumedRoleUser"]["Arn"].endswith("/mfa_role/mfa_user")
    message = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
    assert refusal(client, "assume_role", **asked) == ("AccessDenied", 403, message)


@pytest.mark.parametrize(
    ("credentials", "serial"),
    [
        pytest.param(OTHER.credentials, SERIAL, id="another user's device"),
        pytest.param(s.MFA_USER.credentials, s.MFA_USER.arn, id="the user's own ARN"),
        pytest.param(MACHINE.credentials, SERIAL, id="a session has no device"),
    ],
)
def test_a_device_must_belong_to_the_caller(
    sandbox: Sandbox, credentials: Credentials, serial: str
) -> None:
    asked = mfa_role(SerialNumber=serial, TokenCode="000001")
    answer = refusal(sts(sandbox, credentials), "assume_role", **asked)
    assert answer == ("AccessDenied", 403, NOT_YOURS)


def test_a_session_token_keeps_mfa_and_the_user(sandbox: Sandbox) -> None:
    user = sts(sandbox, s.MFA_USER.credentials)
    token = user.get_session_token(SerialNumber=SERIAL, TokenCode="000002", DurationSeconds=900)
    client = sts(sandbox, issued(token))
    assert client.get_caller_identity()["Arn"] == s.MFA_USER.arn
    assert client.assume_role(**mfa_role())["AssumedRoleUser"]["Arn"].endswith("/mfa_user")
    assert refusal(client, "assume_role", **mfa_role("bob"))[0] == "AccessDenied"


def test_a_session_token_without_mfa_says_so(sandbox: Sandbox) -> None:
    asked = {"RoleArn": IF_EXISTS_ROLE.arn, "RoleSessionName": "work_api"}
    user = sts(sandbox, s.WORK_API.credentials)
    assert user.assume_role(**asked)
    token_client = sts(sandbox, issued(user.get_session_token()))
    assert refusal(token_client, "assume_role", **asked)[0] == "AccessDenied"


def test_get_session_token_needs_long_term_keys(sandbox: Sandbox) -> None:
    message = "Cannot call GetSessionToken with session credentials"
    user = sts(sandbox, s.WORK_API.credentials)
    for credentials in (MACHINE.credentials, issued(user.get_session_token())):
        answer = refusal(sts(sandbox, credentials), "get_session_token")
        assert answer == ("AccessDenied", 403, message)


def test_the_calls_are_listed_without_secrets(sandbox: Sandbox) -> None:
    client = sts(sandbox, s.MFA_USER.credentials)
    client.get_caller_identity()
    client.assume_role(**mfa_role(SerialNumber=SERIAL, TokenCode="000001"))
    refusal(client, "assume_role", **mfa_role())
    asked = {"RoleArn": s.MFA_ROLE.arn, "RoleSessionName": "mfa_user"}
    arn = s.MFA_USER.arn
    calls = [
        ("sts:GetCallerIdentity", {}, "OK"),
        ("sts:AssumeRole", {**asked, "SerialNumber": SERIAL}, "OK"),
        ("sts:AssumeRole", asked, "AccessDenied"),
    ]
    assert sandbox.calls == tuple(
        Call(
            action=action,
            principal_arn=arn,
            parameters=parameters,
            region="us-east-1",
            outcome=outcome,
        )
        for action, parameters, outcome in calls
    )
    sandbox.reset_calls()
    assert sandbox.calls == ()


def test_many_threads_get_their_own_sessions(sandbox: Sandbox) -> None:
    client = sts(sandbox, s.WORK_API.credentials)

    def switch(number: int) -> tuple[str, str]:
        answer = client.assume_role(RoleArn=s.OPEN_ROLE.arn, RoleSessionName=f"name-{number}")
        return answer["AssumedRoleUser"]["Arn"], answer["Credentials"]["AccessKeyId"]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(switch, range(64)))
    assert [arn for arn, _ in answers] == [
        s.OPEN_ROLE.session_arn(f"name-{number}") for number in range(64)
    ]
    assert len({key for _, key in answers}) == len(sandbox.calls) == 64


def test_a_test_may_answer_a_request_itself() -> None:
    def intercept(request: HttpRequest) -> Answer | None:
        match request.parameters().get("RoleSessionName"):
            case "throttled":
                raise Refusal("Throttling", "Rate exceeded")
            case "lost":
                raise ConnectionError
            case "empty":
                return Answer(status=502, headers=(("Content-Length", "0"),), body=b"")
            case _:
                return None

    with Sandbox(WORLD, intercept=intercept) as sandbox:
        client = sts(sandbox, s.WORK_API.credentials)
        role = {"RoleArn": s.OPEN_ROLE.arn}
        throttled = refusal(client, "assume_role", **role, RoleSessionName="throttled")
        assert throttled == ("Throttling", 400, "Rate exceeded")
        with pytest.raises(ConnectionClosedError):
            client.assume_role(**role, RoleSessionName="lost")
        assert refusal(client, "assume_role", **role, RoleSessionName="empty")[:2] == ("502", 502)
        assert client.assume_role(**role, RoleSessionName="as-usual")
        assert [call.outcome for call in sandbox.calls] == ["Throttling", "HTTP 502", "OK"]


def test_the_import_is_light() -> None:
    heavy = {"moto", "boto3", "botocore", "werkzeug", "flask"}
    code = "import sys, sync_profiles.sandbox.story; print(*sorted(sys.modules))"
    answer = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert heavy.isdisjoint(answer.stdout.split())


def test_the_sandbox_ends_cleanly_and_silently(capfd: pytest.CaptureFixture[str]) -> None:
    before = set(threading.enumerate())  # some of other tests may end meanwhile
    with Sandbox(WORLD) as sandbox:
        client = sts(sandbox, s.WORK_API.credentials)
        client.get_caller_identity()
        refusal(client, "get_access_key_info", AccessKeyId="AKIAFAKEFAKEFAKEFAKE")
    with pytest.raises(RuntimeError, match="the sandbox is not running"):
        _ = sandbox.endpoint_url
    assert set(threading.enumerate()) <= before
    assert capfd.readouterr() == ("", "")
