"""Read an AccessDenied message: the action, the caller, the kind of policy.

AWS's wording varies (suffixes, policy ARNs, wrapped lines), so no whole sentence is matched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sync_profiles.arn import parse_arn
from sync_profiles.causes import Cause

_ACTIONS = {
    "sts:tagsession": Cause.TAG_SESSION_NOT_ALLOWED,
    "sts:setsourceidentity": Cause.SOURCE_IDENTITY_NOT_ALLOWED,
}

_ACTION = re.compile(r"not authorized to perform:?\s*['\"`]?([\w-]+:)\s?(\w+)", re.IGNORECASE)
_CALLER = re.compile(r"\bUser: [`'\"]?(arn:[^\s`'\"]+)")
_DENIED_BY = re.compile(r"\bexplicit(?:ly)? den(?:y|ied|ies)\b|\bbecause no\b", re.IGNORECASE)
_POLICY_TYPE = re.compile(
    r"\b(?:(identity.?based|resource.?based|service control|resource control|session"
    r"|vpc endpoint|(?:role )?trust) polic(?:y|ies)|permissions? boundar(?:y|ies))",
    re.IGNORECASE,
)
_ANY_ARN = re.compile(r"\barn:[^\s,;()'\"`]+[^\s,;()'\"`.:]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """What a message says about a denial; None for what it does not name.

    `cause` is `NOT_AUTHORIZED` if it only says that the caller is not authorized.
    """

    cause: Cause
    action: str | None
    caller_arn: str | None
    policy_type: str | None
    policy_arn: str | None


def read_denial(text: str) -> Denial:
    """Return what a one-line message says; the action has the form `sts:TagSession`."""
    found = _ACTION.search(text)
    action = found[1] + found[2] if found else None
    caller = _CALLER.search(text)
    cause, policy_type, policy_arn = _read_policy(text)
    if cause is not Cause.KEY_QUARANTINED:
        if action is not None:
            cause = _ACTIONS.get(action.lower(), cause)
        else:
            cause = _read_other_words(text) or cause
    return Denial(
        cause=cause,
        action=action,
        caller_arn=caller[1] if caller and parse_arn(caller[1]) else None,
        policy_type=policy_type,
        policy_arn=policy_arn,
    )


def _read_policy(text: str) -> tuple[Cause, str | None, str | None]:
    """Return the cause, the kind of policy and its ARN, read from the end of a message."""
    reason = _DENIED_BY.search(text)
    if reason is None:
        return Cause.NOT_AUTHORIZED, None, None
    rest = text[reason.end() :]
    kind = _POLICY_TYPE.search(rest)
    arns = _ANY_ARN.findall(rest[kind.end() :]) if kind else []
    cause = Cause.EXPLICIT_DENY if "den" in reason[0].lower() else Cause.IMPLICIT_DENY
    if "AWSCompromisedKeyQuarantine" in rest:
        cause = Cause.KEY_QUARANTINED
    return (
        cause,
        _policy_type(kind) if kind else None,
        next((arn for arn in arns if not _is_principal(arn)), None),
    )


def _read_other_words(text: str) -> Cause | None:
    if re.search(r"\bMulti-?Factor ?Authentication failed\b", text, re.IGNORECASE):
        return _cause_of_mfa(text)
    if re.search(r"\bnot be assumed by root\b", text, re.IGNORECASE):
        return Cause.ROOT_CALLER
    if re.search(r"\bcannot call \w+ with session credentials\b", text, re.IGNORECASE):
        return Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS
    return None


def _cause_of_mfa(text: str) -> Cause:
    if re.search(r"\bunable to validate\b|\bserial number is valid\b", text, re.IGNORECASE):
        return Cause.MFA_DEVICE_NOT_YOURS
    if re.search(r"\bmust provide\b", text, re.IGNORECASE):
        return Cause.MFA_CODE_NEEDED
    return Cause.MFA_CODE_REJECTED


def _policy_type(found: re.Match[str]) -> str:
    if found[1] is None:
        return "permissions boundary"
    words = found[1].lower()
    if words.endswith("based"):
        return words[: -len("based") - 1] + "-based"
    return {"vpc endpoint": "VPC endpoint", "trust": "role trust"}.get(words, words)


def _is_principal(text: str) -> bool:
    arn = parse_arn(text)
    return arn is not None and arn.kind in {"role", "user", "assumed-role", "federated-user"}
