"""The files for `data/mixed.config`: typical files after some years, with oddities and errors.

`data/mixed.expected` has what a dry run is to report of each: verdict, cause, change and name.
"""

from __future__ import annotations

from e2e import Home, keys, process_output, section
from examples import DATA
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    ALLOW_EVERYTHING,
    FakeCredentials,
    Role,
    RoleSession,
    User,
)
from teams import identity_center_session

BRIEF = User(name="x", policies=(ALLOW_ASSUME_ROLE,))
POWERLESS = User(name="powerless")
ANN = User(name="Ann", policies=(ALLOW_ASSUME_ROLE,))
SELF = User(name="self", policies=(ALLOW_ASSUME_ROLE,))
SHELL = User(name="shell", path="/people/", policies=(ALLOW_ASSUME_ROLE,))
MACHINE = RoleSession(
    role=Role(name="runner", account_id="111111111111", policies=(ALLOW_ASSUME_ROLE,)),
    session_name="i-0abc",
)
PERSON = identity_center_session(permission_set="Admin", user_name="ann@example.com")
LONG_ROLE = Role(
    name="long_role", trust=s.trust(), policies=(ALLOW_EVERYTHING,), max_session_duration=7200
)
NAMELESS_ROLE = Role(
    name="nameless_role",
    trust=s.trust(condition={"StringLike": {"sts:RoleSessionName": "botocore-session-*"}}),
)
PERSON_ROLE = Role(
    name="person_role",
    trust=s.trust(condition={"StringLike": {"sts:RoleSessionName": "*@example.com"}}),
)
THIRD_ROLE = Role(
    name="third_role", trust=s.trust(principal={"AWS": s.NEXT_ROLE.session_arn("work_api")})
)
ALICES_ROLE = Role(
    name="alices_role", trust=s.trust(principal={"AWS": s.NAMES_ROLE.session_arn("alice")})
)
WORLD = World(
    users=(*s.STORY.users, BRIEF, POWERLESS, ANN, SELF, SHELL),
    roles=(
        *s.STORY.roles,
        LONG_ROLE,
        NAMELESS_ROLE,
        PERSON_ROLE,
        THIRD_ROLE,
        ALICES_ROLE,
    ),
    sessions=(MACHINE, PERSON),
)
#: settings of a shell that concern no profile but the one with `credential_source`
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": SHELL.credentials.access_key_id,
    "AWS_SECRET_ACCESS_KEY": SHELL.credentials.secret_access_key,
    "AWS_PROFILE": "no-such-profile",
    "AWS_ROLE_ARN": s.OPEN_ROLE.arn,
    "AWS_ROLE_SESSION_NAME": "alice",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such/token",
}
#: what a run says of these settings
NOTE = (
    "note: `AWS_ROLE_SESSION_NAME` has no effect on profiles with a source: the AWS CLI reads it "
    "for web identity only\n"
    "note: `AWS_PROFILE` names profile `no-such-profile`, which does not exist: `aws` stops unless "
    "`--profile` names another; correct the variable or unset it\n"
)
_WRONG_SECRET = FakeCredentials(
    access_key_id=s.WORK_API.credentials.access_key_id,
    secret_access_key=s.PATH_USER.credentials.secret_access_key,
)
_WRONG_KEY = FakeCredentials(access_key_id="AKIAFAKENOBODY234567", secret_access_key="x" * 40)
_ROLES = {role.name: role.arn for role in WORLD.roles}
EXPECTED: dict[str, tuple[str, str | None, str]] = {
    name: (verdict, None if cause == "-" else cause, change)
    for verdict, cause, change, name in (
        line.split(maxsplit=3)
        for line in (DATA / "mixed.expected").read_text(encoding="utf-8").splitlines()
    )
}


def mixed_home(home: Home) -> Home:
    """Write the files into a home, whose shell has settings of its own."""
    printed = home.path / "process.json"
    printed.write_text(process_output(ANN.credentials), encoding="utf-8")
    text = (DATA / "mixed.config").read_text(encoding="utf-8")
    home.write(text.format(process_output=printed, **_ROLES), _credentials_text())
    return home.with_environment(**ENVIRONMENT)


def _credentials_text() -> str:
    """Return the credentials file, which also has some roles that override the config file's."""
    whole = [
        keys("keys", s.WORK_API.credentials),
        keys("keys-of-path-user", s.PATH_USER.credentials),
        keys("keys-of-powerless", POWERLESS.credentials),
        keys("keys-of-x", BRIEF.credentials),
        keys("keys-of-machine", MACHINE.credentials),
        keys("keys-of-person", PERSON.credentials),
        keys("keys-with-wrong-secret", _WRONG_SECRET),
        keys("keys-that-are-unknown", _WRONG_KEY),
        section("keys-in-part", {"aws_access_key_id": s.WORK_API.credentials.access_key_id}),
        keys("self", SELF.credentials),
    ]
    role = {"role_arn": s.ADMIN_ROLE.arn, "source_profile": "keys"}
    whole += [
        section("overridden", role | {"role_session_name": "alice"}),
        section("profile in-credentials", role | {"region": "us-east-1"}),
    ]
    return "".join(whole)
