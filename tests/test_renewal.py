"""Credentials that expire in the middle of a run are obtained again from where they came."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from e2e import Home, keys, process_output, role_profile, write_script
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.protocol import AwsError, HttpRequest
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, Role, RoleSession
from teams import identity_center_session

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the program is a shell script")

OLD = replace(
    identity_center_session(permission_set="Old", user_name="ann"), lifetime=timedelta(minutes=5)
)
SHORT = replace(OLD, role=replace(OLD.role, name="short"))
MIDDLE = replace(SHORT, role=replace(OLD.role, name="middle"), lifetime=timedelta(minutes=10))
NEW = identity_center_session(permission_set="New", user_name="ann")
PROFILES = ("p0", "p1", "p2")
FAR_ROLE = Role(name="far_role", trust=s.trust(principal="*"), policies=(ALLOW_EVERYTHING,))
LAST_ROLE = replace(FAR_ROLE, name="last_role")


@dataclass
class Clock:
    """AWS's clock, six minutes ahead from the second AssumeRole on, twelve from the fourth on."""

    roles_assumed: int = 0

    def now(self) -> datetime:
        steps = (self.roles_assumed > 1) + (self.roles_assumed > 3)
        return datetime.now(UTC) + steps * timedelta(minutes=6)

    def see(self, request: HttpRequest) -> None:
        """Count a request; the sandbox answers it."""
        self.roles_assumed += request.parameters().get("Action") == "AssumeRole"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    clock = Clock()
    world = World(roles=s.STORY.roles, sessions=(OLD, SHORT, MIDDLE, NEW))
    with Sandbox(world, clock=clock.now, intercept=clock.see) as running:
        yield running


def process(tmp_path: Path, *answers: str) -> str:
    """Return a config file's source whose program gives these answers in turn, then the last."""
    for number, answer in enumerate(answers, start=1):
        (tmp_path / f"answer{number}").write_text(answer, encoding="utf-8")
    program = write_script(
        tmp_path / "program",
        f"cd {tmp_path}\necho >>runs\nn=$(wc -l <runs)\n"
        f'[ "$n" -gt {len(answers)} ] && n={len(answers)}\ncat answer$((n))\n',
    )
    return f"[profile source]\ncredential_process = {program}\n"


def check(home: Home, source: str, credentials: str = "") -> list[tuple[str, str | None]]:
    """Run a check with one call after the other; return the verdicts and their causes."""
    config = "".join(
        role_profile(
            *(name, s.OPEN_ROLE.arn, "source"), role_session_name="ann", external_id=f"for-{name}"
        )
        for name in PROFILES
    )
    ended = home.write(config + source, credentials).run(
        *("check", "--jobs", "1", "--session-name", "ann", "--output", "json")
    )
    return [(row["verdict"], row["cause"]) for row in ended.report["profiles"]]


UNKNOWN = ("unknown", "credentials-expired")


@pytest.mark.parametrize(
    ("answers", "expected", "runs", "expired"),
    [
        pytest.param([OLD, NEW], [("accepted", None)] * 3, 2, 1, id="renewed"),
        pytest.param([OLD, MIDDLE, NEW], [("accepted", None)] * 3, 3, 2, id="renewed twice"),
        pytest.param(
            [OLD, MIDDLE, OLD],
            [("accepted", None), ("accepted", None), UNKNOWN],
            3,
            2,
            id="one that has expired before",
        ),
        pytest.param(
            [OLD, SHORT, MIDDLE],
            [("accepted", None), UNKNOWN, UNKNOWN],
            2,
            3,
            id="one that has expired",
        ),
        pytest.param([OLD], [("accepted", None), UNKNOWN, UNKNOWN], 2, 2, id="the same again"),
        pytest.param(
            [OLD, None],
            [("accepted", None), *[("rejected", "credential-process-failed")] * 2],
            2,
            2,
            id="no longer given",
        ),
    ],
)
def test_a_credential_process_is_run_again(
    answers: list[RoleSession | None],
    expected: list[tuple[str, str | None]],
    runs: int,
    expired: int,
    empty_home: Home,
    sandbox: Sandbox,
    tmp_path: Path,
) -> None:
    source = process(
        tmp_path, *(process_output(each.credentials) if each else "" for each in answers)
    )
    assert check(empty_home, source) == expected
    assert (tmp_path / "runs").read_text(encoding="utf-8").count("\n") == runs
    assert [call.outcome for call in sandbox.calls].count("ExpiredToken") == expired


def test_keys_of_a_file_are_not_renewed(empty_home: Home, sandbox: Sandbox) -> None:
    found = check(empty_home, "", keys("source", OLD.credentials))
    assert found == [("accepted", None), UNKNOWN, UNKNOWN]
    assert [call.outcome for call in sandbox.calls].count("ExpiredToken") == 2


#: profiles below a hop, and below a hop of that hop
CHAIN = "".join(
    [
        role_profile("hop", s.ADMIN_ROLE.arn, "keys", role_session_name="work_api"),
        role_profile("far-hop", FAR_ROLE.arn, "hop", role_session_name="work_api"),
        *(
            role_profile(
                *(name, LAST_ROLE.arn, parent),
                role_session_name="work_api",
                external_id=f"for-{name}",
            )
            for name, parent in [("a", "hop"), ("b", "hop"), ("c", "far-hop"), ("d", "far-hop")]
        ),
    ]
)


class Expiring:
    """An AWS whose sessions expire before each of these AssumeRole calls."""

    def __init__(self, *calls: int, gone: str = "") -> None:
        self.calls, self.gone, self.seen, self.refused = calls, gone, 0, 0
        world = replace(s.STORY, roles=(*s.STORY.roles, FAR_ROLE, LAST_ROLE))
        self.sandbox = Sandbox(world, intercept=self.see)

    def see(self, request: HttpRequest) -> None:
        """Let the sessions expire; afterwards the role `gone` lets no caller in."""
        parameters = request.parameters()
        if parameters.get("Action") == "AssumeRole":
            self.seen += 1
            if self.seen in self.calls:
                self.sandbox.expire_sessions()
            if self.seen > min(self.calls) and parameters["RoleArn"] == self.gone:
                self.refused += 1
                raise AwsError("AccessDenied", "User is not authorized", status=403)


def run(aws: Expiring, home: Home, *, jobs: int) -> tuple[list[Mapping[str, str]], Counter[str]]:
    """Check the chain; return the profiles of the report, and how often a role was assumed."""
    with aws.sandbox as sandbox:
        home = home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url).write(CHAIN)
        report = home.run_json("check", "--jobs", str(jobs)).report
        return report["profiles"], Counter(
            call.parameters["RoleArn"]
            for call in sandbox.calls
            if call.action == "sts:AssumeRole" and call.outcome == "OK"
        )


@pytest.mark.parametrize(
    ("before", "opened", "jobs"),
    [
        pytest.param((3,), (2, 2), 1, id="a hop's session"),
        pytest.param((5,), (2, 2), 1, id="those of two hops in a row"),
        pytest.param((3, 6), (3, 2), 1, id="a hop's session twice"),
        pytest.param((5,), (2, 2), 4, id="once for several that need it at once"),
    ],
)
def test_a_session_of_a_hop_is_opened_again(
    before: tuple[int, ...], opened: tuple[int, int], jobs: int, home_with_keys: Home
) -> None:
    profiles, calls = run(Expiring(*before), home_with_keys, jobs=jobs)
    assert [row["verdict"] for row in profiles] == ["accepted"] * 6
    assert (calls[s.ADMIN_ROLE.arn], calls[FAR_ROLE.arn], calls[LAST_ROLE.arn]) == (*opened, 4)


def test_a_session_that_cannot_be_opened_again_proves_nothing(home_with_keys: Home) -> None:
    aws = Expiring(3, gone=s.ADMIN_ROLE.arn)
    profiles, _ = run(aws, home_with_keys, jobs=1)
    assert [row["verdict"] for row in profiles] == ["accepted"] * 2 + ["unknown"] * 4
    assert {row["cause"] for row in profiles[2:]} == {"credentials-expired"}
    assert {row["hint"] for row in profiles[2:]} == {
        "run again with `--profile`, for fewer profiles at once"
    }
    assert aws.refused == 1


def test_a_session_of_an_mfa_device_is_not_opened_again(empty_home: Home) -> None:
    serial = s.MFA_USER.mfa_devices[0].serial
    config = "".join(
        role_profile(name, s.MFA_ROLE.arn, "keys", mfa_serial=serial, external_id=f"for-{name}")
        for name in PROFILES
    )
    with Expiring(2).sandbox as sandbox:
        home = empty_home.with_environment(AWS_ENDPOINT_URL=sandbox.endpoint_url)
        ended = home.write(config, keys("keys", s.MFA_USER.credentials)).run(
            *("check", "--jobs", "1", "--mfa-code", s.MFA_USER.mfa_devices[0].codes[0])
        )
    assert "a session it had opened expired" in ended.stdout
