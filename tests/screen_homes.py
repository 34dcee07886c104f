"""The homes of the screens in `data/screens`, and the AWS that their commands call."""

from __future__ import annotations

import json

from e2e import keys, role_profile, section
from imports import TEAM
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from teams import READER
from used_role import AUDIT, JDOE

WORLD = World(users=(*s.STORY.users, JDOE), roles=(*s.STORY.roles, READER, AUDIT))

_KEYS = keys("base", s.WORK_API.credentials)
_STALE = {"aws_access_key_id": "AKIASTALESTALESTALE1", "aws_secret_access_key": "x"}
_NAMED = {"role_session_name": "work_api"}
_AUDIT = role_profile("audit", AUDIT.arn, "base", **_NAMED)
_AWAY = role_profile("away", AUDIT.arn.replace("222222222222", "333333333333"), "base", **_NAMED)
_OPEN = s.trust()
_LITERAL = s.trust(
    condition={"StringLike": {"sts:RoleSessionName": "${aws:username}"}}, version="2008-10-17"
)
_NEWER = (
    TEAM.replace("region = us-east-1\n\n#", "region = eu-west-1\n\n#")
    + "\n"
    + role_profile("deploy", s.DEPLOY_ROLE.arn, "base")
)
_NEWEST = _NEWER.replace("eu-west-1", "eu-central-1")
_RUNS = TEAM + section("profile robot", {"credential_process": "/opt/team/login --as robot"})
_WRONG = (
    TEAM.replace("# since 2020", "# the old key was AKIAIOSFODNN7EXAMPLE").replace(
        "= ${aws:username}", "= jane"
    )
    + "[profil deploy]\nregion = us-east-1 # Ireland\n\n"
    + section("profile robot", {"credential_process": "/opt/team/login --as robot"})
)
_CENTER = section(
    "profile jane",
    {
        "sso_start_url": "https://team.awsapps.com/start",
        "sso_region": "eu-west-1",
        "sso_account_id": "222222222222",
        "sso_role_name": "Developer",
    },
)
_NAMELESS = role_profile("admin", s.ADMIN_ROLE.arn, "base") + role_profile(
    "equals", s.EQUALS_ROLE.arn, "base"
)

#: the files of each home
HOMES: dict[str, dict[str, str]] = {
    "nothing": {},
    "keys alone": {".aws/credentials": _KEYS},
    "Identity Center alone": {".aws/config": _CENTER},
    "ignored headers": {
        ".aws/config": _NAMELESS.replace("[profile ", "["),
        ".aws/credentials": _KEYS,
    },
    "a team's file": {
        "team": TEAM,
        "newer": _NEWER,
        "newest": _NEWEST,
        "runs": _RUNS,
        "wrong": _WRONG,
        ".aws/credentials": _KEYS,
    },
    "own admin": {
        "team": TEAM,
        ".aws/config": role_profile("admin", s.OPEN_ROLE.arn, "base", **_NAMED),
        ".aws/credentials": _KEYS,
    },
    "forty profiles": {
        ".aws/config": "".join(
            role_profile(f"p{number}", s.ADMIN_ROLE.arn, "base") for number in range(40)
        ),
        ".aws/credentials": _KEYS,
    },
    "two profiles": {".aws/config": _NAMELESS, ".aws/credentials": _KEYS},
    "a reader of roles": {
        ".aws/config": _AUDIT + _AWAY,
        ".aws/credentials": _KEYS,
        "open.json": json.dumps(_OPEN, indent=2),
        "literal.json": json.dumps(_LITERAL, indent=2),
    },
    "a section twice": {".aws/config": _NAMELESS + _NAMELESS, ".aws/credentials": _KEYS},
    "keys that AWS does not know": {
        ".aws/config": _NAMELESS,
        ".aws/credentials": section("base", _STALE),
    },
}
