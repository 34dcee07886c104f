"""The files for `data/mixed.config`: typical files after some years, with oddities and errors.

`EXPECTED` says what a dry run is to report of each profile: verdict, cause and change.
"""

from __future__ import annotations

import json
from pathlib import Path

from e2e import keys, section
from sync_profiles.sandbox import World
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.fake_keys import Credentials
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    ALLOW_EVERYTHING,
    Role,
    RoleSession,
    User,
    identity_center_session,
)

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
)
_WRONG_SECRET = Credentials(
    access_key_id=s.WORK_API.credentials.access_key_id,
    secret_access_key=s.PATH_USER.credentials.secret_access_key,
)
_WRONG_KEY = Credentials(access_key_id="AKIAFAKENOBODY234567", secret_access_key="x" * 40)
_ROLES = {role.name: role.arn for role in WORLD.roles}
_PROFILES = Path(__file__).with_name("data") / "mixed.config"
EXPECTED: dict[str, tuple[str, str | None, str]] = {
    "default": ("fixable", "session-name", "fill"),
    "empty-name": ("fixable", "session-name", "fill"),
    "two-blanks": ("fixable", "session-name", "fill"),
    "a b": ("fixable", "session-name", "fill"),
    "capitals": ("fixable", "session-name", "fix"),
    "right": ("accepted", None, "none"),
    "wrong-case": ("fixable", "session-name", "fix"),
    "on-two-lines": ("rejected", "session-name-invalid", "leave"),
    "a-block": ("rejected", "session-name-invalid", "leave"),
    "inline-comment": ("fixable", "session-name", "fix"),
    "colleague": ("accepted", None, "keep"),
    "below-colleague": ("accepted", None, "none"),
    "kept": ("rejected", "not-authorized", "keep"),
    "deploy": ("accepted", None, "keep"),
    "deploy-unnamed": ("rejected", "not-authorized", "fill"),
    "nameless": ("accepted", None, "leave"),
    "third": ("fixable", "source-refused", "fill"),
    "second": ("fixable", "source-refused", "fix"),
    "first": ("fixable", "session-name", "fill"),
    "chained-too-long": ("rejected", "chained-duration-too-long", "fill"),
    "external-id": ("fixable", "session-name", "fill"),
    "external-id-missing": ("rejected", "not-authorized", "fill"),
    "literal": ("rejected", "not-authorized", "fill"),
    "strangers": ("rejected", "not-authorized", "fill"),
    "two-hours": ("accepted", None, "fill"),
    "too-long": ("rejected", "duration-too-long", "fill"),
    "out-of-range": ("rejected", "duration-out-of-range", "fill"),
    "an-hour": ("accepted", None, "fill"),
    "short-arn": ("rejected", "role-arn-invalid", "fill"),
    "not-an-arn": ("rejected", "role-arn-invalid", "fill"),
    "other-case": ("rejected", "not-authorized", "fill"),
    "no-region": ("rejected", "region-missing", "fill"),
    "bogus-output": ("rejected", "setting-invalid", "fill"),
    "retry-mode": ("rejected", "setting-invalid", "fill"),
    "no-attempt": ("rejected", "setting-invalid", "fill"),
    "attempts-in-words": ("rejected", "setting-invalid", "fill"),
    "metadata-mode": ("rejected", "setting-invalid", "fill"),
    "metadata-timeout": ("rejected", "setting-invalid", "fill"),
    "metadata-attempts": ("rejected", "setting-invalid", "fill"),
    "metadata-endpoint": ("rejected", "setting-invalid", "fill"),
    "local-time": ("rejected", "setting-invalid", "fill"),
    "output-block": ("rejected", "setting-invalid", "fill"),
    "empty-output": ("rejected", "setting-invalid", "fill"),
    "all-settings": ("fixable", "session-name", "fill"),
    "path-user": ("fixable", "session-name", "fill"),
    "powerless": ("rejected", "not-authorized", "fill"),
    "brief": ("accepted", "session-name-invalid", "skip"),
    "machine": ("accepted", "no-wanted-name", "skip"),
    "person": ("fixable", "session-name", "fill"),
    "wrong-secret": ("rejected", "secret-key-wrong", "skip"),
    "wrong-key": ("rejected", "credentials-invalid", "skip"),
    "half-a-key": ("rejected", "partial-credentials", "leave"),
    "no-keys": ("rejected", "source-profile-without-credentials", "leave"),
    "missing-source": ("rejected", "source-profile-missing", "leave"),
    "loop-a": ("rejected", "source-loop", "leave"),
    "loop-b": ("rejected", "source-loop", "leave"),
    "both": ("rejected", "source-conflict", "leave"),
    "neither": ("rejected", "source-missing", "leave"),
    "environment": ("fixable", "session-name", "fix"),
    "environment-misspelled": ("rejected", "credential-source-invalid", "leave"),
    "self": ("fixable", "session-name", "fill"),
    "below-self": ("fixable", "session-name", "fill"),
    "overridden": ("fixable", "session-name", "fix"),
    "process": ("fixable", "session-name", "fill"),
    "failing-process": ("rejected", "credential-process-failed", "skip"),
    "silent-process": ("rejected", "credential-process-failed", "skip"),
    "absent-process": ("rejected", "credential-process-failed", "skip"),
    "token": ("unknown", "web-identity", "skip"),
    "profile in-credentials": ("fixable", "session-name", "fill"),
}


def config_text(process_output: Path) -> str:
    """Return the config file; `process_output` is what its working credential process prints."""
    text = _PROFILES.read_text(encoding="utf-8")
    return text.format(process_output=process_output, **_ROLES)


def credentials_text() -> str:
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


def process_output_text() -> str:
    """Return what the credential process that works prints."""
    given = ANN.credentials
    return json.dumps(
        {
            "Version": 1,
            "AccessKeyId": given.access_key_id,
            "SecretAccessKey": given.secret_access_key,
        }
    )
