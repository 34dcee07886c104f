"""A team's file from stdin, the web, S3 and a git repository on this machine."""

from __future__ import annotations

import boto3

from e2e import Home, keys
from imports import OTHER, READER, TEAM, WRITTEN, block, text_of
from sync_profiles.sandbox import Sandbox


def test_a_file_comes_from_stdin(with_keys: Home) -> None:
    assert with_keys.run("import", "--trust", "-", input_text=TEAM).code == 0
    assert text_of(with_keys) == block(WRITTEN, "-")
    assert "cannot be read again" in with_keys.run("import", "--trust").stdout


def test_a_file_comes_from_s3_with_the_source_s_own_credentials(
    laptop: Home, team_sandbox: Sandbox
) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=team_sandbox.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=READER.credentials.access_key_id,
        aws_secret_access_key=READER.credentials.secret_access_key,
    )
    client.create_bucket(Bucket="team")
    client.put_object(Bucket="team", Key="aws/config", Body=TEAM.encode())
    laptop.write(credentials=keys("base", READER.credentials) + keys("x", OTHER.credentials))
    refused = laptop.run("import", "--trust", "--source-profile", "x", "s3://team/aws/config")
    assert refused.code == 3
    assert "cannot be read as profile `x`" in refused.stderr
    ended = laptop.run("import", "--trust", "--source-profile", "base", "s3://team/aws/config")
    assert ended.code == 0, ended.stderr
    assert laptop.working_profiles(["admin", "equals"]) == {"admin", "equals"}
    before = laptop.footprint()
    updated = laptop.with_environment(AWS_PROFILE="x").run("import", "--trust")
    assert updated.code == 0, updated.stderr
    assert laptop.footprint() == before
