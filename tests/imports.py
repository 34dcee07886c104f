"""A team's file, the result of its import, and a world of users who import it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import ALLOW_ASSUME_ROLE, RootUser, User

if TYPE_CHECKING:
    from e2e import Home

OTHER = User(name="other", policies=(ALLOW_ASSUME_ROLE,))
THIRD = User(name="third", policies=(ALLOW_ASSUME_ROLE,))
ROOT = RootUser()
MARKS = re.compile(r"\(\d{4}-\d\d-\d\d\) sha256=[0-9a-f]{64} names=[0-9a-f]{16}")

TEAM = f"""\
# our profiles: ask Ann

# for everybody
[profile admin]
role_arn = {s.ADMIN_ROLE.arn}
source_profile = base
role_session_name = ${{aws:username}}
region = us-east-1

# since 2020
[profile equals]
role_arn = {s.EQUALS_ROLE.arn}
source_profile = base
region = us-east-1
"""
WORLD = World(users=(*s.STORY.users, OTHER, THIRD), root_users=(ROOT,), roles=s.STORY.roles)
OWN = '[profile  "admin"]\nregion = eu-west-1\n'


def block(team: str, source: object) -> str:
    """Return the block in the file, without its date and its hashes."""
    return (
        f"# >>> sync-profiles import: {source} MARKS\n{team}# <<< sync-profiles import: {source}\n"
    )


def text_of(home: Home) -> str:
    """Return the config file with its dates and hashes left out."""
    return MARKS.sub("MARKS", home.config_file.read_bytes().decode())


WRITTEN = TEAM.replace("${aws:username}", "work_api").replace(
    f"role_arn = {s.EQUALS_ROLE.arn}\n",
    f"role_arn = {s.EQUALS_ROLE.arn}\nrole_session_name = work_api\n",
)
