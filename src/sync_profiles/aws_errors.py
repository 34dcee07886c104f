"""Turn an error from AWS into a `Failure`, by its code, its action and its policy type.

Unknown codes become `sts-error`. AWS's wording of an AccessDenied varies (suffixes, policy ARNs,
wrapped lines), so no whole sentence is matched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sync_profiles.arn import parse_arn
from sync_profiles.causes import Cause
from sync_profiles.outcomes import DENIALS, Failure, Variant
from sync_profiles.secret_shapes import LONGEST_MESSAGE, mask_words
from sync_profiles.text import one_line

_ACCESS_DENIED = frozenset({"AccessDenied", "UnauthorizedOperation", "NotAuthorized"})
_VALIDATION = frozenset({"ValidationError", "Validation", "InvalidParameterValue"})
_SIGNATURE = frozenset({"SignatureDoesNotMatch", "InvalidSignature"})
#: placeholders for a missing error code
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

# the codes that botocore retries as throttling, and the HTTP status
_THROTTLED = frozenset(
    {
        *("429", "BandwidthLimitExceeded", "LimitExceeded", "PriorRequestNotComplete"),
        *("RateExceeded", "RequestLimitExceeded", "RequestThrottled", "SlowDown", "Throttled"),
        *("Throttling", "TooManyRequests"),
    }
)

# the service or a proxy could not answer; so do HTTP statuses from 500
_NO_ANSWER = frozenset(
    {
        *("407", "408", "BadGateway", "GatewayTimeout", "IDPCommunicationError"),
        *("InternalError", "InternalFailure", "InternalServer", "InternalServerError"),
        *("InternalServiceError", "InternalService", "RequestTimeout", "Service"),
        *("ServiceFailure", "ServiceUnavailable"),
    }
)

_SSO_OPERATIONS = frozenset({"GetRoleCredentials", "CreateToken"})
_SSO_LOGIN_CODES = frozenset(
    {"Unauthorized", "UnauthorizedClient", "InvalidClient", "InvalidGrant", "ExpiredToken"}
)

_PARAMETERS = {
    "rolesessionname": Cause.SESSION_NAME_INVALID,
    "rolearn": Cause.ROLE_ARN_INVALID,
    "durationseconds": Cause.DURATION_OUT_OF_RANGE,
    "tokencode": Cause.MFA_CODE_REJECTED,
    "serialnumber": Cause.MFA_DEVICE_NOT_YOURS,
    "externalid": Cause.SETTING_INVALID,
}

_PARAMETER = re.compile(r"\bat '(\w+)' failed to satisfy", re.IGNORECASE)
_TOO_LONG = r"\bDurationSeconds exceeds\b"
_MFA = r"\bMulti-?Factor ?Authentication failed\b"
_Rows = Mapping[tuple[str, ...], Cause]
#: what the words of an answer mean: of several rows, the first of which it has all
_INVALID: _Rows = {
    (_TOO_LONG, r"\bchain"): Cause.CHAINED_DURATION_TOO_LONG,
    (_TOO_LONG,): Cause.DURATION_TOO_LONG,
    (r"^(?:\S+|(?!the )[^.]+) is invalid\b",): Cause.ROLE_ARN_INVALID,
    (r"\barn\b", r"\bis invalid\b"): Cause.ROLE_ARN_INVALID,
}
_SIGNATURES: _Rows = {
    (r"\bsignature (?:expired|not yet current)\b",): Cause.CLOCK_SKEW,
    (r"\bscoped to\b", r"\bregion\b"): Cause.SIGNING_REGION_MISMATCH,
}
_OTHER_WORDS: _Rows = {
    (_MFA, r"\bunable to validate\b|\bserial number is valid\b"): Cause.MFA_DEVICE_NOT_YOURS,
    (_MFA, r"\bmust provide\b"): Cause.MFA_CODE_NEEDED,
    (_MFA,): Cause.MFA_CODE_REJECTED,
    (r"\bnot be assumed by root\b",): Cause.ROOT_CALLER,
    (r"\bcannot call \w+ with session credentials\b",): Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS,
}

# only our tests send a session policy; the AWS CLI does not
_OUR_POLICY = frozenset({"MalformedPolicyDocument", "PackedPolicyTooLarge"})

_PROVES_NOTHING = frozenset({Cause.THROTTLED, Cause.MFA_CODE_NEEDED, Cause.MFA_CODE_REJECTED})

# the AWS CLI does not call GetSessionToken: only these failures affect AssumeRole too
_AFFECTS_EVERY_CALL = frozenset(
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

_ACTIONS = {
    "sts:tagsession": Cause.TAG_SESSION_NOT_ALLOWED,
    "sts:setsourceidentity": Cause.SOURCE_IDENTITY_NOT_ALLOWED,
}

_ACTION = re.compile(r"not authorized to perform:?\s*['\"`]?([\w-]+:)\s?(\w+)", re.IGNORECASE)
_CALLER = re.compile(r"\bUser: [`'\"]?(arn:[^\s`'\"]+)")
_DENIED_BY = re.compile(r"\bexplicit(?:ly)? den(?:y|ied|ies)\b|\bbecause no\b", re.IGNORECASE)
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html has "a sessions
# policy", and "a VPC endpoint policy transitively through" the policy that must change
_THROUGH = "transitively through"
_POLICY_TYPE = re.compile(
    r"\b(?:(identity.?based|resource.?based|service control|resource control|session"
    r"|vpc endpoint|(?:role )?trust)s? polic(?:y|ies)|permissions? boundar(?:y|ies))",
    re.IGNORECASE,
)
_ANY_ARN = re.compile(r"\barn:[^\s,;()'\"`]+[^\s,;()'\"`.:]")


def failure_of_answer(
    operation: str,
    code: str,
    message: str,
    *,
    request_id: str | None = None,
    status: int | None = None,
) -> Failure:
    """Return the failure that an error from AWS means; never raise, whatever the texts are.

    The HTTP status counts where the code is not known.
    """
    text = one_line(" ".join(message.split()))[:LONGEST_MESSAGE]  # a no-break space is a gap, too
    bare = _bare(code)
    found, caller = _ACTION.search(text), _CALLER.search(text)
    action = found[1] + found[2] if found else None
    policy_type = policy_arn = None
    if bare in _ACCESS_DENIED or (bare in _NO_CODE and action is not None):
        cause, policy_type, policy_arn = _read_denial(text, action)
    else:
        cause = _cause_of(operation, bare, text)
    if cause is Cause.NOT_AUTHORIZED:
        cause = _cause_of_words(_SIGNATURES, text) or cause
    if cause is Cause.STS_ERROR and str(status) in _THROTTLED:
        cause = Cause.THROTTLED
    no_answer = _is_no_answer(bare) or (cause is Cause.STS_ERROR and _is_no_answer(str(status)))
    return Failure(
        cause=cause,
        proves=not no_answer and _proves(operation, bare, _parameters(text), cause),
        variant=Variant.NO_ANSWER if no_answer else None,
        message=mask_words(message, holds_code=operation == "GetSessionToken"),
        operation=operation,
        code=code,
        request_id=request_id,
        policy_type=policy_type,
        policy_arn=policy_arn,
        action=action,
        caller_arn=parse_arn(caller[1]) if caller else None,
    )


def _cause_of(operation: str, code: str, text: str) -> Cause:
    if code in _VALIDATION:
        return _cause_of_invalid(text)
    if code in _SIGNATURE:
        return _cause_of_words(_SIGNATURES, text) or Cause.SECRET_KEY_WRONG
    if operation in _SSO_OPERATIONS and code in _SSO_LOGIN_CODES:
        return Cause.SSO_LOGIN_NEEDED
    if code in _THROTTLED:
        return Cause.THROTTLED
    return _CAUSES.get(code, Cause.STS_ERROR)


def _proves(operation: str, code: str, parameters: list[str], cause: Cause) -> bool:
    """Return whether an answer proves that the AWS CLI fails too.

    `code` has no prefix or suffix; `parameters` are those that AWS calls invalid, in lower case.
    """
    if cause in _PROVES_NOTHING:
        return False
    if operation == "GetSessionToken":
        return cause in _AFFECTS_EVERY_CALL
    if operation == "GetCallerIdentity" and cause in DENIALS:
        return False  # a policy that denies it may still allow AssumeRole
    if cause is not Cause.STS_ERROR:
        return True
    is_our_policy = code in _OUR_POLICY or (bool(parameters) and parameters[0].startswith("policy"))
    return not is_our_policy and code not in _NO_CODE


def _is_no_answer(code: str) -> bool:
    return (code.isdecimal() and code.startswith("5")) or code in _NO_ANSWER


def _bare(code: str) -> str:
    """Return an error code without the prefixes and suffixes that protocols and SDKs add."""
    bare = code.strip().rpartition("#")[2].partition(":")[0].removeprefix("Client.")
    return bare.removesuffix("Exception") or bare


def _cause_of_words(rows: _Rows, text: str) -> Cause | None:
    """Return the cause of the first row all of whose words a text has, in any case.

    Each is searched on its own: a pattern of several takes minutes for a text that repeats one.
    """
    for words, cause in rows.items():
        if all(re.search(each, text, re.IGNORECASE) for each in words):
            return cause
    return None


def _cause_of_invalid(text: str) -> Cause:
    named = (_PARAMETERS[each] for each in _parameters(text) if each in _PARAMETERS)
    return next(named, None) or _cause_of_words(_INVALID, text) or Cause.STS_ERROR


def _parameters(text: str) -> list[str]:
    """Return the parameters that violate a constraint, in lower case."""
    return [parameter.lower() for parameter in _PARAMETER.findall(text)]


def _read_denial(text: str, action: str | None) -> tuple[Cause, str | None, str | None]:
    """Return the cause, the kind of policy and its ARN; None for what a message does not name.

    The cause is `NOT_AUTHORIZED` if it only says that the caller is not authorized.
    """
    cause, policy_type, policy_arn = _read_policy(text)
    if cause is not Cause.KEY_QUARANTINED:
        if action is not None:
            cause = _ACTIONS.get(action.lower(), cause)
        else:
            cause = _cause_of_words(_OTHER_WORDS, text) or cause
    return cause, policy_type, policy_arn


def _read_policy(text: str) -> tuple[Cause, str | None, str | None]:
    """Return the same as the end of the message alone says it."""
    reason = _DENIED_BY.search(text)
    if reason is None:
        return Cause.NOT_AUTHORIZED, None, None
    rest = text[reason.end() :].rpartition(_THROUGH)[2]
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
