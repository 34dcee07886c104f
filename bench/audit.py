"""Measure an audit of many accounts on the sandbox: `python -m bench.audit [ACCOUNTS] [ROLES]`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.homes import Home
from bench.lab import ours
from bench.measure import measure
from bench.table import megabytes, seconds
from sync_profiles.sandbox import Sandbox, World, story
from sync_profiles.sandbox.world import ALLOW_EVERYTHING, Role

ACCOUNTS, ROLES = 300, 500
#: for so many
MOST_SECONDS = 120.0
#: for any number, as the memory does not grow with it
MOST_BYTES = 140_000_000


def main(accounts: int, roles: int) -> bool:
    """Measure and print; return whether time and memory are within their limits."""
    profiles = [f"account-{number}" for number in range(accounts)]
    world = World(users=(story.WORK_API,), roles=tuple(_roles(accounts, roles)))
    with (
        TemporaryDirectory(prefix="sync-profiles-bench-") as directory,
        Sandbox(world) as sandbox,
    ):
        home = Home(path=Path(directory), profiles=0, port=int(sandbox.endpoint_url.split(":")[-1]))
        home.make()
        config = "".join(
            f"[profile {name}]\nrole_arn = arn:aws:iam::{_account(number)}:role/audit\n"
            "source_profile = base\nregion = us-east-1\n"
            for number, name in enumerate(profiles)
        )
        home.config_file.write_text(config, "utf-8")
        settings = story.WORK_API.credentials.settings()
        keys = "[base]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items())
        home.config_file.with_name("credentials").write_text(keys, "utf-8")
        # pyperf takes `--profile` for its own
        run = ours(home, "trust-policy", "--check", "--all-roles", "-p", "account-*")
        (found,) = measure(1, [run], warm_up=False)
    sys.stdout.write(
        f"{accounts} accounts with {roles} roles each: {seconds(found.seconds)} of at most "
        f"{MOST_SECONDS:.0f} s, {megabytes(found.peak)} of at most {megabytes(MOST_BYTES)}\n"
    )
    return found.seconds <= MOST_SECONDS and found.peak <= MOST_BYTES


def _account(number: int) -> str:
    return f"{222_222_220_000 + number}"


def _roles(accounts: int, roles: int) -> Iterator[Role]:
    """Yield the roles: one that reads the others, and four kinds, one of them never the same."""
    named = story.trust(condition={"StringLike": story.OWN_NAME})
    service = story.trust(principal={"Service": "ec2.amazonaws.com"})
    for account in range(accounts):
        where = _account(account)
        yield Role(name="audit", account_id=where, trust=named, policies=(ALLOW_EVERYTHING,))
        for role in range(1, roles):
            own: dict[str, object] = {
                "StringLike": {"sts:RoleSessionName": f"job-{account}-{role}"}
            }
            kinds = (service, named, story.trust(), story.trust(condition=own))
            yield Role(name=f"role-{role}", account_id=where, trust=kinds[role % len(kinds)])


if __name__ == "__main__":
    sizes = [int(text) for text in sys.argv[1:]] or [ACCOUNTS, ROLES]
    sys.exit(0 if main(*sizes) else 1)
