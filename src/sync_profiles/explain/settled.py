"""Does a failure prove that the AWS CLI fails too? Only then is a switch called refused."""

from __future__ import annotations

from sync_profiles.causes import Cause

#: what stands for an error code where there is none
NO_CODE = frozenset({"", "Unknown", "None"})

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

# the session policy of a test switch is ours: the AWS CLI sends none
_OUR_POLICY = frozenset({"MalformedPolicyDocument", "PackedPolicyTooLarge"})

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


def is_settled(operation: str, code: str, fields: list[str], cause: Cause) -> bool:
    """Say whether an answer of AWS's proves that the AWS CLI fails too.

    `code` is bare, `fields` are the parameters that AWS calls invalid, in lower case.
    """
    if cause in _NOT_SETTLED:
        return False
    if operation == "GetSessionToken":
        return cause in _MEETS_EVERY_CALL
    if operation == "GetCallerIdentity" and cause in _BY_POLICY:
        return False
    if cause is not Cause.STS_ERROR:
        return True
    if code in _OUR_POLICY or (fields and fields[0].startswith("policy")):
        return False
    return not (is_no_answer(code) or code in NO_CODE)


def is_no_answer(code: str) -> bool:
    """Say whether a bare code tells that STS could not answer."""
    return (code.isdecimal() and code.startswith("5")) or code in _NO_ANSWER
