"""The calls of `check` and nothing else: Typer, ConfigUpdater, boto3, a pool of threads.

It sends what `sync-profiles check` sends for profiles that have their caller's name, with one
client for each source, judges nothing and prints one line for each profile.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config
from configupdater import ConfigUpdater

_DENY_ALL = {"Effect": "Deny", "Action": "*", "Resource": ["*"]}
_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [_DENY_ALL]}, separators=(",", ":"))


def main(jobs: Annotated[int, typer.Option()] = 16) -> None:
    """Find out who the callers are, then assume every role."""
    profiles = _read("config")
    keys = _read("credentials")
    with_role = {name: own for name, own in profiles.items() if "role_arn" in own}
    regions = {own["source_profile"]: own["region"] for own in with_role.values()}
    make: Any = boto3.Session().client
    clients = {
        source: make(
            "sts",
            region_name=region,
            aws_access_key_id=keys[source]["aws_access_key_id"],
            aws_secret_access_key=keys[source]["aws_secret_access_key"],
            config=Config(max_pool_connections=jobs),
        )
        for source, region in regions.items()
    }

    def assume_role(name: str) -> str:
        own = with_role[name]
        answer = clients[own["source_profile"]].assume_role(
            RoleArn=own["role_arn"],
            RoleSessionName=own["role_session_name"],
            DurationSeconds=900,
            Policy=_POLICY,
        )
        return f"{name} {answer['AssumedRoleUser']['Arn']}"

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda client: client.get_caller_identity(), clients.values()))
        for line in pool.map(assume_role, with_role):
            typer.echo(line)


def _read(file: str) -> dict[str, dict[str, str]]:
    """Return the settings of each profile of one of the two files."""
    document = ConfigUpdater()
    document.read(Path.home() / ".aws" / file, encoding="utf-8")
    return {
        section.name.removeprefix("profile "): {
            key: option.value or "" for key, option in section.items()
        }
        for section in document.iter_sections()
    }


if __name__ == "__main__":
    typer.run(main)
