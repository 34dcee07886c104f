"""The calls of `check` and nothing else: boto3, one client a source, a pool of threads.

It sends what `sync-profiles check` sends for profiles that carry their caller's name, judges
nothing and prints a line a profile.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import boto3
import typer
from botocore.config import Config

_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":["*"]}]}'


def main(jobs: Annotated[int, typer.Option()] = 16) -> None:
    """Ask who the callers are, then switch to every role."""
    session = boto3.Session()
    profiles: dict[str, dict[str, str]] = session._session.full_config["profiles"]  # noqa: SLF001 - boto3 offers no other way
    with_role = {name: own for name, own in profiles.items() if "role_arn" in own}
    regions = {own["source_profile"]: own["region"] for own in with_role.values()}
    make: Any = session.client
    clients = {
        source: make(
            "sts",
            region_name=region,
            aws_access_key_id=profiles[source]["aws_access_key_id"],
            aws_secret_access_key=profiles[source]["aws_secret_access_key"],
            config=Config(max_pool_connections=jobs),
        )
        for source, region in regions.items()
    }

    def switch(name: str) -> str:
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
        for line in pool.map(switch, with_role):
            typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
