"""The homes of the screens in `data/screens`, and the AWS that their commands call."""

from __future__ import annotations

import json

from e2e import keys, role_profile, section
from import_fixtures import TEAM
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

_STALE = {"aws_access_key_id": "AKIASTALESTALESTALE1", "aws_secret_access_key": "x"}
_KEYS = keys("base", s.WORK_API.credentials)
_TWO_KEYS = keys("keys", s.WORK_API.credentials) + section("stale", _STALE)
_NAMED = {"role_session_name": "work_api"}
_AUDIT = role_profile("audit", AUDIT.arn, "base", **_NAMED)
_AWAY = role_profile("away", AUDIT.arn.replace("222222222222", "333333333333"), "base", **_NAMED)
_OPEN = s.trust()
_NAMES = s.trust(condition={"StringLike": s.OWN_NAME})
_LITERAL = s.trust(condition={"StringLike": s.OWN_NAME}, version="2008-10-17")
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
_LOGIN = "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\n"
_NAMELESS = role_profile("admin", s.ADMIN_ROLE.arn, "base") + role_profile(
    "equals", s.EQUALS_ROLE.arn, "base"
)


def _role(name: str, arn: str, source: str = "keys", **more: str) -> str:
    """Return a profile that has its session name, unless it is given another one."""
    return role_profile(name, arn, source, **{**_NAMED, **more})


#: in turns, so that no two neighbours have the same reason
_MIXED = "".join(
    role_profile(f"old-{n}", s.ADMIN_ROLE.arn, "stale")
    + _role(f"denied-{n}", arn)
    + role_profile(f"lost-{n}", s.ADMIN_ROLE.arn, "gone")
    + _role(f"named-{n}", s.ADMIN_ROLE.arn, role_session_name="alice")
    for n, arn in enumerate((s.STRANGERS_ROLE.arn, f"{s.STRANGERS_ROLE.arn}2"))
)
_FEW = (
    _role("good", s.ADMIN_ROLE.arn)
    + role_profile("nameless", s.ADMIN_ROLE.arn, "keys")
    + _role("deploy", s.DEPLOY_ROLE.arn, role_session_name="deploy-42")
)


def _refused(n: int) -> str:
    """Return a profile that is refused for the reason number `n % 5`."""
    return (
        _role(f"typo-{n:03}", s.ADMIN_ROLE.arn.replace("admin", "admni")),
        _role(f"vendor-{n:03}", VENDOR.arn),
        _role(f"device-{n:03}", s.MFA_ROLE.arn),
        role_profile(f"old-{n:03}", s.ADMIN_ROLE.arn, "stale"),
        role_profile(f"lost-{n:03}", s.ADMIN_ROLE.arn, "gone"),
    )[n % 5]


def _many(names: dict[str, str], *, refused: int = 0) -> str:
    """Return 300 profiles; all but the refused ones have these settings more."""
    return "".join(
        _refused(n)
        if n < refused
        else role_profile(f"team-{n:03}", s.ADMIN_ROLE.arn, "keys", **names)
        for n in range(300)
    )


_ASKED = {
    "reader": _role("reader", READER.arn),
    "vendor": _role("vendor", VENDOR.arn),
    "fixable": _role("fixable", s.ADMIN_ROLE.arn, role_session_name="alice"),
    "gone": _role("gone", READER.arn.replace("reader", "raeder")),
    "theirs": _role("theirs", s.STRANGERS_ROLE.arn),
    "too": _role("too", s.STRANGERS_ROLE.arn),
    "below": _role("below", s.NEXT_ROLE.arn, "theirs"),
    "one": role_profile("one", s.ADMIN_ROLE.arn, "nokeys"),
    "two": role_profile("two", READER.arn, "nokeys"),
}
_OWN_KEYS = {**_STALE, "role_arn": s.ADMIN_ROLE.arn, "region": "us-east-1"}
_PLAIN = {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys"}
#: config files of homes with the keys of `work_api`, and with some that AWS does not know
_CONFIGS = {
    "few profiles": _FEW,
    "four reasons": _MIXED,
    "300 with their names": _many(_NAMED),
    "300, of which one has a name that differs": _many(_NAMED)
    + role_profile("alone", s.NAMES_ROLE.arn, "keys", role_session_name="alice"),
    "300 without names": _many({}),
    "300, of which 45 are refused": _many(_NAMED, refused=45),
    "a profile of each group": "".join(
        [
            _role("accepted", s.OPEN_ROLE.arn),
            role_profile(
                "device", s.MFA_ROLE.arn, "keys", mfa_serial="arn:aws:iam::111111111111:mfa/me"
            ),
            role_profile("denied", s.STRANGERS_ROLE.arn, "keys"),
            role_profile("below", s.NEXT_ROLE.arn, "denied"),
            role_profile("astray", s.ADMIN_ROLE.arn, "nobody"),
            role_profile("nameless", s.ADMIN_ROLE.arn, "keys"),
            _role("kept", s.ADMIN_ROLE.arn, role_session_name="nightly").rstrip(),
            "\n# sync-profiles: keep\n",
        ]
    ),
    "no profile": "[default]\nregion = us-east-1\n",
    "six typos": "[profile typos]\n" + "".join(f"{n}. region = us-east-1\n" for n in range(6)),
    "all kinds": "".join(text for name, text in _ASKED.items() if name != "too"),
    **{
        names: "".join(_ASKED[name] for name in names.split(", "))
        for names in (
            "reader",
            "reader, fixable",
            "reader, vendor",
            "reader, theirs",
            "reader, theirs, too",
            "reader, vendor, fixable",
            "reader, vendor, fixable, gone, one, two",
            "reader, theirs, below, one",
        )
    },
    "30 of a role that does not exist": _ASKED["reader"]
    + "".join(_role(f"gone-{n}", READER.arn.replace("reader", "raeder")) for n in range(30)),
    "names of profiles as session names": "".join(
        _role(name, s.ADMIN_ROLE.arn, role_session_name=name)
        for name in ("one", "two", "acme/dev", "acme/prod")
    ),
    "invalid role ARNs": _role("short", "arn:aws:iam::2222:role/x")
    + _role("long", "arn:aws:iam::2222222222223:role/x")
    + _role("bare", "admin_role"),
    "own keys that AWS does not know": "".join(
        section(f"profile {name}", {**_OWN_KEYS, "source_profile": name})
        for name in ("dev", "prod")
    )
    + role_profile("third", s.ADMIN_ROLE.arn, "dev")
    + role_profile("good", s.ADMIN_ROLE.arn, "keys"),
    "no source": "".join(
        section(f"profile {name}", {"role_arn": s.ADMIN_ROLE.arn}) for name in ("one", "two")
    ),
    "names with brackets": "".join(
        _role(name, s.ADMIN_ROLE.arn) for name in ("team[1]", "team1", "team2")
    ),
    "problems of three profiles": _role("good", s.OPEN_ROLE.arn)
    + _role("astray", s.ADMIN_ROLE.arn, "nobody")
    + _role("odd", s.ADMIN_ROLE.arn, duration_seconds="1h")
    + _role("below", s.NEXT_ROLE.arn, "odd", output="yml")
    + "[profile a b]\n",
    "no region": "".join(section(f"profile {name}", _PLAIN) for name in ("one", "two")),
}

#: the files of each home
_OF_ACCOUNT = {"sso_role_name": "Admin", "region": "us-east-1"}
_LOGINS = "".join(
    section(f"profile {login}-{account}", {**of, **_OF_ACCOUNT, "sso_account_id": account * 12})
    + role_profile(f"{login}-role-{account}", s.OPEN_ROLE.arn, f"{login}-{account}")
    for login, of in (
        ("one", {"sso_session": "corp"}),
        ("old", {"sso_start_url": "https://old.awsapps.com/start", "sso_region": "us-east-1"}),
    )
    for account in "123"
) + section(
    "sso-session corp",
    {"sso_start_url": "https://corp.awsapps.com/start", "sso_region": "us-east-1"},
)
HOMES: dict[str, dict[str, str]] = {
    "nothing": {},
    "keys alone": {".aws/credentials": _KEYS},
    "Identity Center alone": {".aws/config": _CENTER},
    "two logins of Identity Center, of three accounts each": {".aws/config": _LOGINS},
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
    "a region alone": {"team": TEAM, ".aws/config": "[default]\nregion = us-east-1\n"},
    "keys under another name": {
        "team": TEAM,
        ".aws/config": "[default]\nregion = us-east-1\n",
        ".aws/credentials": keys("mine", s.WORK_API.credentials),
    },
    "a login and a region that the team has too": {
        "team": f"{_LOGIN}[profile base]\nregion=us-east-1\n[profile p]\nsso_session = corp\n",
        ".aws/config": f"{_LOGIN}[profile base]\nregion = us-east-1\n",
    },
    "own admin": {
        "team": TEAM,
        ".aws/config": role_profile("admin", s.OPEN_ROLE.arn, "base", **_NAMED),
        ".aws/credentials": _KEYS,
    },
    "names that few encodings have": {
        ".aws/config": role_profile("Зоя", s.ADMIN_ROLE.arn, "base")
        + role_profile("漢" * 9, s.STRANGERS_ROLE.arn, "base")
        + "[profile lost]\nrole_arn = arn:aws:iam::222222222222:role/\u6f22\n",
        ".aws/credentials": _KEYS + keys("other", s.WORK_API.credentials),
    },
    "forty profiles": {
        ".aws/config": "".join(
            role_profile(f"p{number}", s.ADMIN_ROLE.arn, "base") for number in range(40)
        ),
        ".aws/credentials": _KEYS,
    },
    "two profiles of a machine": {
        ".aws/config": "".join(
            _role(name, s.OPEN_ROLE.arn, "base", role_session_name=name)
            for name in ("nightly", "weekly")
        ),
        ".aws/credentials": keys("base", MACHINE.credentials),
    },
    "two profiles": {".aws/config": _NAMELESS, ".aws/credentials": _KEYS},
    "a reader of roles": {
        ".aws/config": _AUDIT + _AWAY,
        ".aws/credentials": _KEYS,
        "open.json": json.dumps(_OPEN, indent=2),
        "literal.json": json.dumps(_LITERAL, indent=2),
    },
    "policies, and who reads them": {
        ".aws/config": _AUDIT
        + _role("theirs", s.STRANGERS_ROLE.arn, "base")
        + _role("lost", AUDIT.arn, "gone")
        + _role("typo", "role/x", "gone"),
        ".aws/credentials": _KEYS + keys("own", ADMINISTRATOR.credentials),
        "other config": _AUDIT,
        "named.json": json.dumps(_NAMES),
        "escaped.json": json.dumps(_NAMES, indent=2).replace("${", "$${"),
        "quotes.json": json.dumps(_NAMES).replace("Like", "NotLike").replace('"', "'"),
        "empty.json": "{}",
    },
    "a section twice": {".aws/config": _NAMELESS + _NAMELESS, ".aws/credentials": _KEYS},
    "keys that AWS does not know": {
        ".aws/config": _NAMELESS,
        ".aws/credentials": section("base", _STALE),
    },
    **{
        name: {".aws/config": config, ".aws/credentials": _TWO_KEYS}
        for name, config in _CONFIGS.items()
    },
}
