"""Whose name a session name is, as far as its form shows it."""

from __future__ import annotations

import re
from enum import StrEnum, auto

from sync_profiles.planning.session_name import GENERATED_NAME


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
