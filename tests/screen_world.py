"""The AWS that the commands of `data/screens` call."""

from __future__ import annotations

from dataclasses import replace

from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    ALLOW_EVERYTHING,
    CALLER_ACCOUNT,
    ROLE_ACCOUNT,
    TRUST_EC2,
    RoleSession,
    User,
)
from teams import READER, allow, document, role
from used_role import AUDIT, BLIND, JDOE, TAKEN
from used_role import READER as READER_OF_EVENTS

VENDOR = role("vendor_role", id="acme-42", StringLike=s.OWN_NAME)
#: reads the roles of their account with keys of its own
ADMINISTRATOR = User(name="root_admin", account_id=ROLE_ACCOUNT, policies=(ALLOW_EVERYTHING,))
#: its name is not a person's
MACHINE = RoleSession(role=role("runner", CALLER_ACCOUNT), session_name="ci-7")
#: of accounts whose events they may not read: in one, for all that its organization allows
BLIND_ROLES = (BLIND, replace(BLIND, name="deaf"), replace(BLIND, account_id=CALLER_ACCOUNT))
DENIES_EVENTS = {**allow("cloudtrail:LookupEvents"), "Effect": "Deny"}
CONTROLLED = replace(BLIND, account_id="444444444444", policies=(ALLOW_EVERYTHING,))
#: accounts with more roles than a page, of which each profile has a role, and with little to see
OWN_NAME: dict[str, object] = {"StringLike": s.OWN_NAME}
LARGE = replace(AUDIT, account_id="666666666666", trust=s.trust(condition=OWN_NAME))
CLEAN = replace(LARGE, account_id="777777777777")
FAR = replace(BLIND, account_id="999999999999", trust=s.trust(principal={"AWS": LARGE.arn}))
AUDITED = (
    *(replace(LARGE, name=f"service-{n:03}", path="/", trust=TRUST_EC2) for n in range(120)),
    replace(
        LARGE, name="locked", path="/", trust=s.trust(condition=OWN_NAME, version="2008-10-17")
    ),
    replace(LARGE, name="open", path="/a|b/", trust=s.trust()),
    *(LARGE, CLEAN, replace(CLEAN, account_id="888888888888"), FAR),
)
WORLD = World(
    users=(*s.STORY.users, JDOE, ADMINISTRATOR, READER_OF_EVENTS),
    roles=(*s.STORY.roles, READER, AUDIT, VENDOR, *BLIND_ROLES, CONTROLLED, *AUDITED, TAKEN),
    sessions=(MACHINE,),
    service_control_policies={CONTROLLED.account_id: (document(allow("*"), DENIES_EVENTS),)},
)
