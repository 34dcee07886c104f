"""The AWS that the commands of `data/screens` call."""

from __future__ import annotations

from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    ALLOW_EVERYTHING,
    CALLER_ACCOUNT,
    ROLE_ACCOUNT,
    RoleSession,
    User,
)
from teams import READER, role
from used_role import AUDIT, JDOE

VENDOR = role("vendor_role", id="acme-42", StringLike=s.OWN_NAME)
#: reads the roles of their account with keys of its own
ADMINISTRATOR = User(name="root_admin", account_id=ROLE_ACCOUNT, policies=(ALLOW_EVERYTHING,))
#: its name is not a person's
MACHINE = RoleSession(role=role("runner", CALLER_ACCOUNT), session_name="ci-7")
WORLD = World(
    users=(*s.STORY.users, JDOE, ADMINISTRATOR),
    roles=(*s.STORY.roles, READER, AUDIT, VENDOR),
    sessions=(MACHINE,),
)
