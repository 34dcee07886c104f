"""Session names: the one for a caller's profiles, those that STS accepts, and whose one is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, auto

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


class NameOwner(StrEnum):
    """Whose name a session name is."""

    USER = auto()
    EMAIL = auto()
    TOOL = auto()
    NOBODY = auto()
    UNKNOWN = auto()


#: made up by SDKs and tools, each with the part that all such names share
_NOBODY = (
    *(
        (re.compile(rf"{shared}\d+"), f"{shared}…")
        for shared in (
            GENERATED_NAME,
            "aws-go-sdk-",
            "aws-dotnet-sdk-session-",
            "aws-sdk-php-",
            "aws-sdk-kotlin-",
            "assume-role-from-profile-",  # of the SDK for Rust
            "aws-common-runtime-profile-config",
        )
    ),
    (re.compile(r"aws-sdk-js-[\w-]*\d+"), "aws-sdk-js-…"),
    (re.compile(r"AWSCLI-Session"), "AWSCLI-Session"),
    (re.compile(r"default_session"), "default_session"),  # of the SDK for Ruby
    (re.compile(r"gntd-.*"), "gntd-…"),
    (re.compile(r"\d+"), "(a number)"),
    (re.compile(r"i-[0-9a-f]{8,17}"), "i-…"),
)
_TOOL = re.compile(r"aws-cdk-.*|GitHubActions|EKSGetTokenAuth|aws-sdk-java-.*")
_EMAIL = re.compile(r"[\w+=,.-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)


def likely_owner(session_name: str) -> NameOwner:
    """Return whose name a session name is by its form, which never shows that it is a user's."""
    if _EMAIL.fullmatch(session_name):
        return NameOwner.EMAIL
    if _TOOL.fullmatch(session_name):
        return NameOwner.TOOL
    is_nobody = any(pattern.fullmatch(session_name) for pattern, _ in _NOBODY)
    return NameOwner.NOBODY if is_nobody else NameOwner.UNKNOWN


def folded(session_name: str) -> str:
    """Return what names that were made up in one way have in common; others as they are."""
    return next(
        (shared for pattern, shared in _NOBODY if pattern.fullmatch(session_name)), session_name
    )
