"""Credentials that expire in the middle of a run are asked for again, once, as the AWS CLI does."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from e2e import Home, keys, role_profile
from sync_profiles.sandbox import Sandbox, World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import identity_center_session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync_profiles.sandbox.protocol import HttpRequest
    from sync_profiles.sandbox.world import RoleSession

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the program is a shell script")

OLD = replace(
    identity_center_session(permission_set="Old", user_name="ann"), lifetime=timedelta(minutes=5)
)
NEW = identity_center_session(permission_set="New", user_name="ann")
PROFILES = ("p0", "p1", "p2")


@dataclass
class Clock:
    """AWS's clock, which is ahead of the session's end from the second AssumeRole on."""

    roles_assumed: int = 0

    def now(self) -> datetime:
        """Return the time."""
        late = timedelta(minutes=6) if self.roles_assumed > 1 else timedelta()
        return datetime.now(UTC) + late

    def see(self, request: HttpRequest) -> None:
        """Count a request; the sandbox answers it."""
        self.roles_assumed += request.parameters().get("Action") == "AssumeRole"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    clock = Clock()
    world = World(roles=s.STORY.roles, sessions=(OLD, NEW))
    with Sandbox(world, clock=clock.now, intercept=clock.see) as running:
        yield running


def process(tmp_path: Path, *answers: str) -> str:
    """Return a config file's source whose program gives these answers in turn, then the last."""
    for number, answer in enumerate(answers, start=1):
        (tmp_path / f"answer{number}").write_text(answer, encoding="utf-8")
    program = tmp_path / "program"
    program.write_text(
        f"#!/bin/sh\ncd {tmp_path}\necho >>runs\nn=$(wc -l <runs)\n"
        f'[ "$n" -gt {len(answers)} ] && n={len(answers)}\ncat answer$((n))\n',
        encoding="utf-8",
    )
    program.chmod(0o700)
    return f"[profile source]\ncredential_process = {program}\n"


def answer_with(session: RoleSession) -> str:
    found = session.credentials
    return json.dumps(
        {
            "Version": 1,
            "AccessKeyId": found.access_key_id,
            "SecretAccessKey": found.secret_access_key,
            "SessionToken": found.session_token,
        }
    )


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
    source = process(tmp_path, *(answer_with(each) if each else "" for each in answers))
    assert check(empty_home, source) == expected
    assert (tmp_path / "runs").read_text(encoding="utf-8").count("\n") == runs
    assert [call.outcome for call in sandbox.calls].count("ExpiredToken") == expired


def test_keys_of_a_file_are_not_renewed(empty_home: Home, sandbox: Sandbox) -> None:
    found = check(empty_home, "", keys("source", OLD.credentials))
    assert found == [("accepted", None), UNKNOWN, UNKNOWN]
    assert [call.outcome for call in sandbox.calls].count("ExpiredToken") == 2
