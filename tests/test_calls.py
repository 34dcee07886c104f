"""The calls that reach AWS: as few as are needed, each as the AWS CLI would send it.

Under which names a profile is tested is in `data/plans.txt`.
"""

from __future__ import annotations

from collections import Counter

from e2e import Home, keys, role_profile
from situation_world import (
    WORLD,  # noqa: F401 - the fixture `world` reads it
    old_files,
)
from sync_profiles.sandbox import Call, Sandbox
from sync_profiles.sandbox import story as s


def switches(sandbox: Sandbox) -> list[Call]:
    return [call for call in sandbox.calls if call.action == "sts:AssumeRole"]


def fingerprint(call: Call) -> tuple[object, ...]:
    """Return what makes two calls equal."""
    return (call.principal_arn, call.region, *sorted(call.parameters.items()))


def test_old_files_cost_no_more_calls_than_allowed(work_home: Home, sandbox: Sandbox) -> None:
    home = old_files().written(work_home)
    # a call without a region goes to us-east-1, and is to be told from the others here
    texts = home.config_file.read_text(), home.credentials_file.read_text()
    home.write(*(text.replace("us-east-1", "eu-north-1") for text in texts))
    report = home.run_json().report

    actions = Counter(call.action for call in sandbox.calls)
    asked = [c for c in report["callers"] if c.get("cause") != "credential-process-failed"]
    assert actions.keys() == {"sts:GetCallerIdentity", "sts:AssumeRole"}
    assert actions["sts:GetCallerIdentity"] == len(asked)
    assert actions["sts:AssumeRole"] <= 2 * len(report["profiles"])
    profiles = Counter(profile["role_arn"] for profile in report["profiles"])
    roles = Counter(call.parameters["RoleArn"] for call in switches(sandbox))
    assert [role for role, count in roles.items() if count > 2 * profiles[role]] == []
    repeated = Counter(map(fingerprint, switches(sandbox)))
    assert [key for key, count in repeated.items() if count > 1] == []
    assert all("Policy" in call.parameters for call in switches(sandbox))


def test_a_switch_has_the_parameters_that_the_aws_cli_would_send(
    work_home: Home, sandbox: Sandbox
) -> None:
    settings = {"external_id": s.EXTERNAL_ID, "duration_seconds": "1234", "region": "eu-west-3"}
    config = role_profile("set", s.EXTERNAL_ID_ROLE.arn, "keys", **settings)
    work_home.write(config + role_profile("unset", s.ADMIN_ROLE.arn, "keys"))
    work_home.run_json("--jobs", "1")
    common = {"RoleSessionName": "work_api", "Policy": "…"}
    of_set = {"RoleArn": s.EXTERNAL_ID_ROLE.arn, "ExternalId": s.EXTERNAL_ID}
    assert [(call.region, {**call.parameters, "Policy": "…"}) for call in switches(sandbox)] == [
        ("eu-west-3", {**common, **of_set, "DurationSeconds": "1234"}),
        ("us-east-1", {**common, "RoleArn": s.ADMIN_ROLE.arn, "DurationSeconds": "900"}),
    ]


def test_two_sources_with_the_same_keys_are_two_callers(work_home: Home, sandbox: Sandbox) -> None:
    config = role_profile("a", s.ADMIN_ROLE.arn, "keys")
    config += role_profile("b", s.ADMIN_ROLE.arn, "same")
    twice = keys("keys", s.WORK_API.credentials) + keys("same", s.WORK_API.credentials)
    ended = work_home.write(config, twice).run_json()
    assert [caller["source"] for caller in ended.report["callers"]] == ["keys", "same"]
    assert Counter(call.action for call in sandbox.calls)["sts:GetCallerIdentity"] == 2


def test_the_cache_of_the_aws_cli_is_neither_read_nor_written(work_home: Home) -> None:
    config = role_profile("yes", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api")
    work_home.write(config)
    assert work_home.run_json().code == 0
    assert not (work_home.path / ".aws" / "cli").exists()

    # the AWS CLI's cache says yes to whatever keys ask for this role under this name
    assert work_home.run_aws("sts", "get-caller-identity", "--profile", "yes").code == 0
    cache = sorted((work_home.path / ".aws" / "cli" / "cache").iterdir())
    before = [file.read_bytes() for file in cache]
    work_home.write(credentials=keys("keys", s.PATH_USER.credentials))
    assert work_home.run_json("-n").column("verdict") == {"yes": "fixable"}
    assert sorted((work_home.path / ".aws" / "cli" / "cache").iterdir()) == cache
    assert [file.read_bytes() for file in cache] == before
