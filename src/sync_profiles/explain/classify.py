"""From a failure to its cause, by its structure: the error code, the action, the policy type.

AWS's wording varies (suffixes, policy ARNs, line wraps, missing messages), so no whole sentence
is matched, and nothing is guessed: an unknown code is `sts-error`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import assert_never

from sync_profiles.causes import Cause
from sync_profiles.explain.access_denied import action_of, cause_of_denied, denial_of
from sync_profiles.explain.local_failures import classify_local
from sync_profiles.explain.settled import NO_CODE, is_no_answer, is_settled
from sync_profiles.outcomes import Failure, LocalFailure, Refused, ServiceFailure, Untested
from sync_profiles.text import one_line


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


_ACCESS_DENIED = frozenset({"AccessDenied", "UnauthorizedOperation", "NotAuthorized"})
_VALIDATION = frozenset({"ValidationError", "Validation", "InvalidParameterValue"})
_SIGNATURE = frozenset({"SignatureDoesNotMatch", "InvalidSignature"})

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

#: the kind of a `LocalFailure` for an answer that is none of AWS's
NOT_AWS = "ResponseParserError"

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

_FIELD = re.compile(r"\bat '(\w+)' failed to satisfy", re.IGNORECASE)
_INVALID_ARN = re.compile(r"^['\"`]?\S+ is invalid\b|\barn\b.*\bis invalid\b", re.IGNORECASE)


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
            return is_no_answer(_bare(code or ""))
        case LocalFailure(kind=kind):
            return classify(failure).cause in {Cause.NETWORK, Cause.TLS} or kind == NOT_AWS
        case _:
            assert_never(failure)


def _classify_answer(failure: ServiceFailure) -> Classified:
    code = _bare(failure.code or "")
    text = one_line(failure.message or "")
    denial = None
    if code in _ACCESS_DENIED or (code in NO_CODE and action_of(text)):
        denial = denial_of(text)
        by_policy = denial.cause if denial else Cause.NOT_AUTHORIZED
        cause = cause_of_denied(text, denial) or _cause_of_signature(text) or by_policy
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
        settled=is_settled(failure.operation, code, _fields(text), cause),
        policy_type=denial.policy_type if denial else None,
        policy_arn=denial.policy_arn if denial else None,
    )


def _bare(code: str) -> str:
    """Return an error code without what protocols and SDKs put around it."""
    bare = code.strip().rpartition("#")[2].partition(":")[0].removeprefix("Client.")
    return bare.removesuffix("Exception") or bare


def _cause_of_signature(text: str) -> Cause | None:
    if re.search(r"\bsignature (?:expired|not yet current)\b", text, re.IGNORECASE):
        return Cause.CLOCK_SKEW
    if re.search(r"\bscoped to\b.*\bregion\b", text, re.IGNORECASE):
        return Cause.SIGNING_REGION_MISMATCH
    return None


def _cause_of_invalid(text: str) -> Cause:
    for field in _fields(text):
        if field in _FIELDS:
            return _FIELDS[field]
    if re.search(r"\bDurationSeconds exceeds\b", text, re.IGNORECASE):
        chained = re.search(r"\bchain", text, re.IGNORECASE)
        return Cause.CHAINED_DURATION_TOO_LONG if chained else Cause.DURATION_TOO_LONG
    return Cause.ROLE_ARN_INVALID if _INVALID_ARN.search(text) else Cause.STS_ERROR


def _fields(text: str) -> list[str]:
    """Return the parameters that fail to satisfy a constraint, in lower case."""
    return [field.lower() for field in _FIELD.findall(text)]
