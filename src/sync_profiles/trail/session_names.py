"""What a session name says about who is behind it, and what a user agent says about the tool."""

from __future__ import annotations

import re
from enum import StrEnum, auto


class Says(StrEnum):
    """Whose name a session name is."""

    USER = auto()
    EMAIL = auto()
    TOOL = auto()
    NOBODY = auto()
    UNKNOWN = auto()


#: made up by SDKs and tools, each with the part that all such names share
_NOBODY = (
    (re.compile(r"botocore-session-\d+"), "botocore-session-…"),
    (re.compile(r"aws-go-sdk-\d+"), "aws-go-sdk-…"),
    (re.compile(r"aws-sdk-js-[\w-]*\d+"), "aws-sdk-js-…"),
    (re.compile(r"AWSCLI-Session"), "AWSCLI-Session"),
    (re.compile(r"gntd-.*"), "gntd-…"),
    (re.compile(r"\d+"), "(a number)"),
    (re.compile(r"i-[0-9a-f]{8,17}"), "i-…"),
)
_TOOL = re.compile(r"aws-cdk-.*|GitHubActions|EKSGetTokenAuth|aws-sdk-java-.*")
_EMAIL = re.compile(r"[\w+=,.-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)

_OWN_CALLS = frozenset(
    {
        *("AssumeRole", "GetCallerIdentity", "GetSessionToken", "LookupEvents"),
        *("GetRole", "ListRoles", "ListMFADevices", "SimulatePrincipalPolicy"),
    }
)
_OWN = re.compile(r"(?<!\S)sync-profiles/")
#: the tools whose user agents begin with that of an SDK or a library
_PRODUCTS = re.compile(r"(?<![\w-])(?:Terraform|aws-cdk|aws-cli|Boto3)/[\w.-]+")
_BROWSER = "Mozilla/"


def what_it_says(session_name: str) -> Says:
    """Return what a session name says by its form alone, which never shows that it is a user's."""
    if _EMAIL.fullmatch(session_name):
        return Says.EMAIL
    if _TOOL.fullmatch(session_name):
        return Says.TOOL
    is_nobody = any(pattern.fullmatch(session_name) for pattern, _ in _NOBODY)
    return Says.NOBODY if is_nobody else Says.UNKNOWN


def folded(session_name: str) -> str:
    """Return what names that were made up in one way have in common; others as they are."""
    return next(
        (shared for pattern, shared in _NOBODY if pattern.fullmatch(session_name)), session_name
    )


def is_own(user_agent: str, operation: str) -> bool:
    """Return whether a call says that sync-profiles made it, and sync-profiles makes such calls.

    Anyone can send its user agent, so it hides no other calls.
    """
    return operation in _OWN_CALLS and _OWN.search(user_agent) is not None


def tool_of(user_agent: str) -> str:
    """Return the tool that a user agent names, with its version."""
    text = user_agent.strip("[] ")
    if text.startswith(_BROWSER):
        return "a browser"
    found = _PRODUCTS.search(text)
    return found[0] if found else text.partition(" ")[0]
