"""From an AccessDenied sentence to what it tells: the action, the caller, the kind of policy."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.causes import Cause
from sync_profiles.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """The end of an AccessDenied message: which kind of policy is the reason, and which policy."""

    cause: Cause
    policy_type: str | None
    policy_arn: str | None
    quarantine: bool


#: the kinds of policy by which STS means a role's trust policy
TRUST_POLICY = frozenset({"resource-based", "role trust"})
#: the kinds of policy that often deny all that is asked for without MFA
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
MAY_DEMAND_MFA = TRUST_POLICY | {"identity-based", "permissions boundary"}

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


def is_by_trust_policy(cause: Cause, policy_type: str | None) -> bool:
    """Say whether STS says that the role's trust policy does not allow the call, and no more.

    So it answers an unmet condition as well: on the external ID, MFA, or the session name.
    """
    return cause is Cause.IMPLICIT_DENY and policy_type in TRUST_POLICY


def action_of(message: str) -> str | None:
    """Return the action that an AccessDenied message names, such as `sts:TagSession`."""
    found = _ACTION.search(one_line(message or ""))
    return found[1] + found[2] if found else None


def caller_named(message: str) -> Arn | None:
    """Return who called, where an AccessDenied message tells: `User: arn:…`."""
    found = _CALLER.search(one_line(message or ""))
    return parse_arn(found[1]) if found else None


def denial_of(text: str) -> Denial | None:
    """Return the end of a message, None where it does not say which policy decides."""
    reason = _DENIED_BY.search(text)
    if reason is None:
        return None
    rest = text[reason.end() :]
    kind = _POLICY_TYPE.search(rest)
    arns = _ANY_ARN.findall(rest[kind.end() :]) if kind else []
    return Denial(
        cause=Cause.EXPLICIT_DENY if "den" in reason[0].lower() else Cause.IMPLICIT_DENY,
        policy_type=_policy_type(kind) if kind else None,
        policy_arn=next((arn for arn in arns if not _is_principal(arn)), None),
        quarantine="AWSCompromisedKeyQuarantine" in rest,
    )


def cause_of_denied(text: str, denial: Denial | None) -> Cause | None:
    """Return what a message says beside the kind of policy, None where that is all it says.

    `text` is one line, `denial` the end of it.
    """
    if denial and denial.quarantine:
        return Cause.KEY_QUARANTINED
    action = action_of(text)
    if action:
        by_policy = denial.cause if denial else Cause.NOT_AUTHORIZED
        return _ACTIONS.get(action.lower(), by_policy)
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
