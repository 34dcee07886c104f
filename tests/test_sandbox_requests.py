"""The sandbox's list of calls, its threads, its end, and a test's own answers."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ConnectionClosedError

from sandbox_client import refusal, sts
from sync_profiles.sandbox import Call, Sandbox
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.protocol import Answer, HttpRequest, Refusal

WORLD = s.STORY
SERIAL = s.MFA_USER.mfa_devices[0].serial


def test_the_calls_are_listed_without_secrets(sandbox: Sandbox) -> None:
    client = sts(sandbox, s.MFA_USER.credentials)
    client.get_caller_identity()
    asked = {"RoleArn": s.MFA_ROLE.arn, "RoleSessionName": "mfa_user"}
    client.assume_role(**asked, SerialNumber=SERIAL, TokenCode="000001")
    refusal(client, "assume_role", **asked)
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
