"""A variable that stops the AWS CLI is named by every command."""

from __future__ import annotations

import os

import pytest

from e2e import Home, role_profile, section
from sync_profiles.causes import Cause
from sync_profiles.sandbox import story as s


@pytest.fixture
def made(work_home: Home) -> Home:
    return work_home.write(role_profile("p", s.ADMIN_ROLE.arn, "keys"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the witness forks")
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AWS_ENDPOINT_URL", "bogus"),
        ("AWS_ENDPOINT_URL_STS", "http://[a"),
        ("AWS_CA_BUNDLE", ""),
        ("AWS_DEFAULT_REGION", "us east"),
        ("AWS_REQUEST_CHECKSUM_CALCULATION", "bogus"),
        ("AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES", "x"),
        ("AWS_RESPONSE_CHECKSUM_VALIDATION", "bogus"),
    ],
)
def test_a_variable_that_stops_the_aws_cli_is_reported_for_the_profile_and_its_source(
    variable: str, value: str, made: Home
) -> None:
    there = made.with_environment(**{variable: value})
    ended = there.run("check", "--output", "json")
    (caller,) = ended.report["callers"]
    hint = f"correct `{variable}` in the environment"
    assert (ended.profiles["p"]["hint"], caller["hint"]) == (hint, hint)
    assert ended.column("verdict") == {"p": "rejected"}
    assert ended.column("cause") == {"p": Cause.SETTING_INVALID}
    assert there.working_profiles(["p"]) == set()


def test_an_invalid_number_that_a_source_reads_is_named(made: Home) -> None:
    machine = {"role_arn": s.ADMIN_ROLE.arn, "credential_source": "Ec2InstanceMetadata"}
    made.write(section("profile p", {**machine, "region": "us-east-1"}))
    there = made.with_environment(AWS_METADATA_SERVICE_NUM_ATTEMPTS="x", AWS_MAX_ATTEMPTS="3")
    (caller,) = there.run("check", "--output", "json").report["callers"]
    assert caller["hint"] == "correct `AWS_METADATA_SERVICE_NUM_ATTEMPTS` in the environment"


def test_every_command_names_the_variable(made: Home) -> None:
    there = made.with_environment(AWS_ENDPOINT_URL_STS="bogus")
    hint = "correct `AWS_ENDPOINT_URL_STS` in the environment"
    team = there.path / "team.ini"
    team.write_text(role_profile("t", s.ADMIN_ROLE.arn, "keys", mfa_serial="${sync:mfa_serial}"))
    for arguments in (
        ["check"],
        ["--dry-run"],
        ["explain", "p"],
        ["import", "--no-sync", str(team)],
    ):
        assert f"hint: {hint}\n" in there.run(*arguments).stdout
