"""From a failure to its cause, by its structure: the error code, the action, the policy type.

AWS's wording varies (suffixes, policy ARNs, line wraps, missing messages), so no whole sentence
is matched, and nothing is guessed: an unknown code is `sts-error`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import assert_never

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.causes import Cause
from sync_profiles.diagnosis.local_failures import classify_local
from sync_profiles.diagnosis.wording import one_line
from sync_profiles.model import Failure, LocalFailure, Refused, ServiceFailure, Untested


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """What a failure means.

    `settled` says that the AWS CLI is refused too, for certain: by AWS's answer, or by a failure
    that it meets as well. Where it is false, nothing is proved.
    """

    cause: Cause
    settled: bool
    policy_type: str | None = None
    policy_arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """The end of an AccessDenied message: which kind of policy is the reason, and which policy."""

    cause: Cause
    policy_type: str | None
    policy_arn: str | None
    quarantine: bool


_ACCESS_DENIED = frozenset({"AccessDenied", "UnauthorizedOperation", "NotAuthorized"})
_VALIDATION = frozenset({"ValidationError", "Validation", "InvalidParameterValue"})
_SIGNATURE = frozenset({"SignatureDoesNotMatch", "InvalidSignature"})
_NO_CODE = frozenset({"", "Unknown", "None"})

_CAUSES = {
    "InvalidClientTokenId": Cause.CREDENTIALS_INVALID,
    "UnrecognizedClient": Cause.CREDENTIALS_INVALID,
    "InvalidAccessKeyId": Cause.CREDENTIALS_INVALID,
    "AuthFailure": Cause.CREDENTIALS_INVALID,
    "InvalidToken": Cause.CREDENTIALS_INVALID,
    "ExpiredToken": Cause.CREDENTIALS_EXPIRED,
    "TokenRefreshRequired": Cause.CREDENTIALS_EXPIRED,
    "IncompleteSignature": Cause.CREDENTIALS_MALFORMED,
    "MissingAuthenticationToken": Cause.NO_CREDENTIALS,
    "RequestExpired": Cause.CLOCK_SKEW,
    "RequestTimeTooSkewed": Cause.CLOCK_SKEW,
    "RequestInTheFuture": Cause.CLOCK_SKEW,
    "RegionDisabled": Cause.REGION_DISABLED,
}

# the codes that botocore retries as throttling, and the bare HTTP status
_THROTTLED = frozenset(
    {
        "429",
        "BandwidthLimitExceeded",
        "LimitExceeded",
        "PriorRequestNotComplete",
        "RateExceeded",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttled",
        "Throttling",
        "TooManyRequests",
    }
)

_NO_ANSWER = frozenset(
    {
        "407",
        "408",
        "BadGateway",
        "GatewayTimeout",
        "IDPCommunicationError",
        "InternalError",
        "InternalFailure",
        "InternalServer",
        "InternalServerError",
        "InternalServiceError",
        "InternalService",
        "RequestTimeout",
        "Service",
        "ServiceFailure",
        "ServiceUnavailable",
    }
)

#: the kind of a `LocalFailure` for an answer that is none of AWS's
NOT_AWS = "ResponseParserError"

# the session policy of a test switch is ours: the AWS CLI sends none
_OUR_POLICY = frozenset({"MalformedPolicyDocument", "PackedPolicyTooLarge"})

_SSO_OPERATIONS = frozenset({"GetRoleCredentials", "CreateToken"})
_SSO_LOGIN_CODES = frozenset(
    {"Unauthorized", "UnauthorizedClient", "InvalidClient", "InvalidGrant", "ExpiredToken"}
)

_FIELDS = {
    "rolesessionname": Cause.SESSION_NAME_INVALID,
    "rolearn": Cause.ROLE_ARN_INVALID,
    "durationseconds": Cause.DURATION_OUT_OF_RANGE,
    "tokencode": Cause.MFA_CODE_REJECTED,
    "serialnumber": Cause.MFA_DEVICE_NOT_YOURS,
    "externalid": Cause.SETTING_INVALID,
}

_ACTIONS = {
    "sts:tagsession": Cause.TAG_SESSION_NOT_ALLOWED,
    "sts:setsourceidentity": Cause.SOURCE_IDENTITY_NOT_ALLOWED,
}

_NOT_SETTLED = frozenset(
    {Cause.THROTTLED, Cause.MFA_CODE_NEEDED, Cause.MFA_CODE_REJECTED, Cause.DEPENDENCY_MISSING}
)

# GetSessionToken is our call, not the AWS CLI's: of its refusals only these meet AssumeRole too
_MEETS_EVERY_CALL = frozenset(
    {
        Cause.CREDENTIALS_INVALID,
        Cause.SECRET_KEY_WRONG,
        Cause.CREDENTIALS_MALFORMED,
        Cause.CREDENTIALS_EXPIRED,
        Cause.CLOCK_SKEW,
        Cause.SIGNING_REGION_MISMATCH,
        Cause.REGION_DISABLED,
        Cause.NO_CREDENTIALS,
        Cause.MFA_DEVICE_NOT_YOURS,
    }
)

# nor does it ask who it is: a policy that denies GetCallerIdentity may allow AssumeRole
_BY_POLICY = frozenset({Cause.NOT_AUTHORIZED, Cause.IMPLICIT_DENY, Cause.EXPLICIT_DENY})

_ACTION = re.compile(r"not authorized to perform:?\s*['\"`]?([\w-]+:)\s?(\w+)", re.IGNORECASE)
_CALLER = re.compile(r"\bUser: [`'\"]?(arn:[^\s`'\"]+)")
_FIELD = re.compile(r"\bat '(\w+)' failed to satisfy", re.IGNORECASE)
_INVALID_ARN = re.compile(r"^['\"`]?\S+ is invalid\b|\barn\b.*\bis invalid\b", re.IGNORECASE)
_DENIED_BY = re.compile(r"\bexplicit(?:ly)? den(?:y|ied|ies)\b|\bbecause no\b", re.IGNORECASE)
_POLICY_TYPE = re.compile(
    r"\b(?:(identity.?based|resource.?based|service control|resource control|session"
    r"|vpc endpoint|(?:role )?trust) polic(?:y|ies)|permissions? boundar(?:y|ies))",
    re.IGNORECASE,
)
_ANY_ARN = re.compile(r"\barn:[^\s,;()'\"`]+[^\s,;()'\"`.:]")


def classify(failure: Failure) -> Classified:
    """Return what a failure means; never raises, whatever the texts are."""
    match failure:
        case ServiceFailure():
            return _classify_answer(failure)
        case LocalFailure():
            cause, settled = classify_local(failure)
            return Classified(cause=cause, settled=settled)
        case _:
            assert_never(failure)


def outcome_of(failure: Failure) -> Refused | Untested:
    """Return the outcome of a switch that failed: refused only where that is certain."""
    found = classify(failure)
    if found.settled:
        return Refused(cause=found.cause, failure=failure, policy_type=found.policy_type)
    return Untested(cause=found.cause, failure=failure)


def is_silence(failure: Failure) -> bool:
    """Say whether nobody answered, or somebody who is not STS: so much for the place asked."""
    match failure:
        case ServiceFailure(code=code):
            return _is_no_answer(_bare(code or ""))
        case LocalFailure(kind=kind):
            return classify(failure).cause in {Cause.NETWORK, Cause.TLS} or kind == NOT_AWS
        case _:
            assert_never(failure)


def action_of(message: str) -> str | None:
    """Return the action that an AccessDenied message names, such as `sts:TagSession`."""
    found = _ACTION.search(one_line(message or ""))
    return found[1] + found[2] if found else None


def caller_named(message: str) -> Arn | None:
    """Return who called, where an AccessDenied message tells: `User: arn:…`."""
    found = _CALLER.search(one_line(message or ""))
    return parse_arn(found[1]) if found else None


def _classify_answer(failure: ServiceFailure) -> Classified:
    code = _bare(failure.code or "")
    text = one_line(failure.message or "")
    denial = None
    if code in _ACCESS_DENIED or (code in _NO_CODE and action_of(text)):
        denial = _denial_of(text)
        cause = _cause_of_denied(text, denial)
    elif code in _VALIDATION:
        cause = _cause_of_invalid(text)
    elif code in _SIGNATURE:
        cause = _cause_of_signature(text) or Cause.SECRET_KEY_WRONG
    elif failure.operation in _SSO_OPERATIONS and code in _SSO_LOGIN_CODES:
        cause = Cause.SSO_LOGIN_NEEDED
    elif code in _THROTTLED:
        cause = Cause.THROTTLED
    else:
        cause = _CAUSES.get(code, Cause.STS_ERROR)
    return Classified(
        cause=cause,
        settled=_is_settled(failure.operation, code, text, cause),
        policy_type=denial.policy_type if denial else None,
        policy_arn=denial.policy_arn if denial else None,
    )


def _bare(code: str) -> str:
    """Return an error code without what protocols and SDKs put around it."""
    bare = code.strip().rpartition("#")[2].partition(":")[0].removeprefix("Client.")
    return bare.removesuffix("Exception") or bare


def _is_settled(operation: str, code: str, text: str, cause: Cause) -> bool:
    if cause in _NOT_SETTLED:
        return False
    if operation == "GetSessionToken":
        return cause in _MEETS_EVERY_CALL
    if operation == "GetCallerIdentity" and cause in _BY_POLICY:
        return False
    if cause is not Cause.STS_ERROR:
        return True
    field = _FIELD.search(text)
    if code in _OUR_POLICY or (field and field[1].lower().startswith("policy")):
        return False
    return not (_is_no_answer(code) or code in _NO_CODE)


def _is_no_answer(code: str) -> bool:
    return (code.isdecimal() and code.startswith("5")) or code in _NO_ANSWER


def _cause_of_signature(text: str) -> Cause | None:
    if re.search(r"\bsignature (?:expired|not yet current)\b", text, re.IGNORECASE):
        return Cause.CLOCK_SKEW
    if re.search(r"\bscoped to\b.*\bregion\b", text, re.IGNORECASE):
        return Cause.SIGNING_REGION_MISMATCH
    return None


def _cause_of_denied(text: str, denial: Denial | None) -> Cause:
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
    return _cause_of_signature(text) or (denial.cause if denial else Cause.NOT_AUTHORIZED)


def _cause_of_mfa(text: str) -> Cause:
    if re.search(r"\bunable to validate\b|\bserial number is valid\b", text, re.IGNORECASE):
        return Cause.MFA_DEVICE_NOT_YOURS
    if re.search(r"\bmust provide\b", text, re.IGNORECASE):
        return Cause.MFA_CODE_NEEDED
    return Cause.MFA_CODE_REJECTED


def _cause_of_invalid(text: str) -> Cause:
    for field in _FIELD.findall(text):
        if field.lower() in _FIELDS:
            return _FIELDS[field.lower()]
    if re.search(r"\bDurationSeconds exceeds\b", text, re.IGNORECASE):
        chained = re.search(r"\bchain", text, re.IGNORECASE)
        return Cause.CHAINED_DURATION_TOO_LONG if chained else Cause.DURATION_TOO_LONG
    return Cause.ROLE_ARN_INVALID if _INVALID_ARN.search(text) else Cause.STS_ERROR


def _denial_of(text: str) -> Denial | None:
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
