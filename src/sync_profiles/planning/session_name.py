"""Determine the session name for a caller's profiles, or why there is none; what STS accepts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sync_profiles.causes import Cause
from sync_profiles.outcomes import Caller

USER_NAME_VARIABLE = "${aws:username}"
#: the names that STS accepts as RoleSessionName, and the same in words
SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
SESSION_NAME_RULE = "2 to 64 characters of `A-Z a-z 0-9 _+=,.@-`"
#: what botocore sends where a profile has no name: this and the time, in seconds
GENERATED_NAME = "botocore-session-"
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_IDENTITY_CENTER_ROLE = "AWSReservedSSO_"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoName:
    """Why there is no session name for a caller."""

    cause: Cause
    reason: str


def is_session_name(text: str) -> bool:
    """Return whether STS accepts text as a session name: 2 to 64 of `[A-Za-z0-9_+=,.@-]`."""
    return SESSION_NAME.fullmatch(text) is not None


def is_external_id(text: str) -> bool:
    """Return whether STS accepts text as an external ID."""
    return _EXTERNAL_ID.fullmatch(text) is not None


def user_name(caller: Caller | None) -> str | None:
    """Return an IAM user's name, without its path and in its exact case; None for other callers."""
    if caller is None or (caller.arn.service, caller.arn.kind) != ("iam", "user"):
        return None
    return caller.arn.name


def wanted_name(caller: Caller | None, *, override: str | None = None) -> str | NoName:
    """Return the session name to write into a caller's profiles.

    `override` replaces it; `${aws:username}` in it stands for the IAM user's name. `caller` is None
    if the source has no identity.
    """
    user = user_name(caller)
    if override is not None and USER_NAME_VARIABLE in override:
        if user is None:
            return NoName(
                cause=Cause.NO_WANTED_NAME,
                reason=f"`{USER_NAME_VARIABLE}` needs an IAM user as the caller",
            )
        return _checked(override.replace(USER_NAME_VARIABLE, user))
    if override is not None:
        return _checked(override)
    if caller is None:
        return NoName(cause=Cause.NO_WANTED_NAME, reason="the source has no identity")
    if user is not None:
        return _checked(user)
    if is_identity_center_user(caller):
        return _checked(caller.arn.name)
    return NoName(cause=Cause.NO_WANTED_NAME, reason=f"{_kind(caller)} has no user name")


def is_identity_center_user(caller: Caller) -> bool:
    """Return whether the caller is a person who signed in through IAM Identity Center."""
    return (caller.arn.session_role or "").startswith(_IDENTITY_CENTER_ROLE)


def _kind(caller: Caller) -> str:
    match caller.arn.kind:
        case "assumed-role":
            return "an assumed role"
        case "federated-user":
            return "a federated user"
        case "root":
            return "the root user"
        case _:
            return "the caller"


def _checked(name: str) -> str | NoName:
    if is_session_name(name):
        return name
    return NoName(
        cause=Cause.SESSION_NAME_INVALID,
        reason=f"`{name}` cannot be a session name: STS accepts {SESSION_NAME_RULE}",
    )
