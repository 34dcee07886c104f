from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_profiles.answers import failure_of_answer
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Failure

# messages as they were seen in public, each with its source
SEEN: list[dict[str, str]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "sts_refusals.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
DENIED = (
    "User: arn:aws:iam::111111111111:user/work_api is not authorized to perform: "
    "sts:AssumeRole on resource: arn:aws:iam::222222222222:role/admin_role"
)
POLICY_TYPES = (
    "identity-based",
    "resource-based",
    "service control",
    "resource control",
    "permissions boundary",
    "session",
    "VPC endpoint",
    "role trust",
)


def answer(code: str, message: str = "", operation: str = "AssumeRole") -> Failure:
    return failure_of_answer(operation, code, message)


def seen(entry: dict[str, str]) -> Failure:
    return answer(entry["code"], entry["message"], entry["operation"])


def meaning(failure: Failure) -> tuple[object, ...]:
    """Return what does not depend on the wording around it."""
    return (
        failure.cause,
        failure.proves,
        failure.policy_type,
        failure.policy_arn,
        failure.action,
        failure.caller_arn,
    )


@pytest.mark.parametrize("entry", SEEN, ids=lambda entry: f"{entry['cause']}: {entry['source']}")
def test_a_message_as_it_was_seen_has_its_cause(entry: dict[str, str]) -> None:
    found = seen(entry)

    assert (found.cause, found.policy_type) == (entry["cause"], entry.get("policy_type"))


@given(
    entry=st.sampled_from(SEEN),
    gap=st.sampled_from([" ", "\n", "\r\n   ", "\t", "\u00a0 "]),
    suffix=st.sampled_from(["", "\n", " (Service: Sts, Status Code: 403, Request ID: 8d6b)"]),
    prefix=st.sampled_from(["", "An error occurred when calling the AssumeRole operation: ", "\n"]),
)
def test_wraps_prefixes_and_suffixes_do_not_change_the_cause(
    entry: dict[str, str], gap: str, suffix: str, prefix: str
) -> None:
    wrapped = prefix + gap.join(entry["message"].split()) + suffix

    found = answer(entry["code"], wrapped, entry["operation"])
    assert meaning(found) == meaning(seen(entry))


@given(code=st.text(), message=st.text(), operation=st.text())
def test_an_answer_of_any_text_is_classified(code: str, message: str, operation: str) -> None:
    assert isinstance(answer(code, message, operation), Failure)


@given(
    code=st.sampled_from(["AccessDenied", "ValidationError", "SignatureDoesNotMatch"]),
    words=st.lists(st.sampled_from(" ".join(entry["message"] for entry in SEEN).split())),
)
def test_an_answer_of_shuffled_words_is_classified(code: str, words: list[str]) -> None:
    assert isinstance(answer(code, " ".join(words)), Failure)


@pytest.mark.parametrize("policy_type", POLICY_TYPES)
@pytest.mark.parametrize("arn", [None, "arn:aws:organizations::1:policy/o-x/scp/p-1"])
def test_every_policy_type_is_found_in_both_kinds_of_deny(
    policy_type: str, arn: str | None
) -> None:
    noun = policy_type if policy_type == "permissions boundary" else f"{policy_type} policy"
    end = f": {arn}." if arn else ""

    implicit = answer(
        "AccessDenied", f"{DENIED} because no {noun} allows the sts:AssumeRole action{end}"
    )
    explicit = answer("AccessDenied", f"{DENIED} with an explicit deny in a {noun}{end}")

    assert meaning(implicit)[:4] == (Cause.IMPLICIT_DENY, True, policy_type, arn)
    assert meaning(explicit)[:4] == (Cause.EXPLICIT_DENY, True, policy_type, arn)


@pytest.mark.parametrize(
    ("end", "policy_type"),
    [
        pytest.param(" in a moonlight policy", None, id="an unknown policy type"),
        pytest.param("", None, id="no policy type"),
        pytest.param(" in service control policies", "service control", id="in the plural"),
        pytest.param(" IN A VPC ENDPOINT POLICY", "VPC endpoint", id="in capitals"),
    ],
)
def test_an_explicit_deny_is_recognized_for_any_kind_of_policy(
    end: str, policy_type: str | None
) -> None:
    deny = "with an explicit deny"
    found = answer("AccessDenied", f"{DENIED} {deny.upper() if end.isupper() else deny}{end}")

    assert (found.cause, found.policy_type) == (Cause.EXPLICIT_DENY, policy_type)


def test_a_missing_suffix_is_never_read_as_the_trust_policy() -> None:
    assert meaning(answer("AccessDenied", DENIED)) == (
        Cause.NOT_AUTHORIZED,
        True,
        None,
        None,
        "sts:AssumeRole",
        "arn:aws:iam::111111111111:user/work_api",
    )


def test_a_role_named_like_the_quarantine_is_not_the_quarantine() -> None:
    message = DENIED.replace("admin_role", "AWSCompromisedKeyQuarantineV3")

    assert answer("AccessDenied", message).cause is Cause.NOT_AUTHORIZED


def test_the_action_takes_precedence_over_the_policy_type() -> None:
    message = DENIED.replace("AssumeRole", "TagSession")
    found = answer("AccessDenied", f"{message} with an explicit deny in a service control policy")

    assert found.cause is Cause.TAG_SESSION_NOT_ALLOWED
    assert found.policy_type == "service control"
    assert found.action == "sts:TagSession"


def invalid(parameter: str) -> str:
    return f"Value 'x y' at '{parameter}' failed to satisfy constraint: …"


MFA_FAILED = "MultiFactorAuthentication failed"
#: by what they mean, and whether they prove that the AWS CLI fails too
BY_CODE: dict[tuple[Cause, bool], list[tuple[str, str]]] = {
    (Cause.NOT_AUTHORIZED, True): [
        ("AccessDenied", ""),
        ("AccessDenied", "None"),
        ("AccessDeniedException", "Access denied"),
        ("", DENIED),
    ],
    (Cause.MFA_CODE_NEEDED, False): [
        ("AccessDenied", f"{MFA_FAILED}, must provide both MFA serial number and code.")
    ],
    (Cause.MFA_CODE_REJECTED, False): [
        ("AccessDenied", f"{MFA_FAILED} with invalid MFA one time pass code. ")
    ],
    (Cause.ROLE_ARN_INVALID, True): [("ValidationError", "Request ARN is invalid")],
    (Cause.SESSION_NAME_INVALID, True): [
        ("ValidationError", f"2 … {invalid('roleSessionName')}; {invalid('durationSeconds')}")
    ],
    (Cause.MFA_DEVICE_NOT_YOURS, True): [("ValidationError", invalid("serialNumber"))],
    (Cause.SETTING_INVALID, True): [("ValidationError", invalid("externalId"))],
    (Cause.SECRET_KEY_WRONG, True): [("SignatureDoesNotMatch", "")],
    (Cause.CREDENTIALS_MALFORMED, True): [
        ("IncompleteSignature", "None"),
        ("IncompleteSignatureException", ""),
    ],
    (Cause.CREDENTIALS_EXPIRED, True): [("ExpiredTokenException", "")],
    (Cause.CREDENTIALS_INVALID, True): [("UnrecognizedClientException", "")],
    (Cause.NO_CREDENTIALS, True): [("MissingAuthenticationToken", "")],
    (Cause.REGION_DISABLED, True): [("com.amazon.sts#RegionDisabledException", "")],
    (Cause.THROTTLED, False): [
        ("ThrottlingException", ""),
        ("TooManyRequestsException", ""),
        ("429", "Too Many Requests"),
    ],
    (Cause.STS_ERROR, True): [
        ("ValidationError", ""),
        ("403", "Forbidden"),
        ("TeapotRefused", "The teapot is not authorised"),
    ],
    (Cause.STS_ERROR, False): [
        # the session policy of a test is not the AWS CLI's
        ("ValidationError", invalid("policy")),
        ("PackedPolicyTooLarge", "Packed size is 101%"),
        ("MalformedPolicyDocument", ""),
        ("InternalFailure", ""),
        ("ServiceUnavailable", ""),
        ("500", ""),
        ("503", "Service Unavailable"),
        ("407", "Proxy Authentication Required"),
        ("Unknown", "Unknown"),
        ("", ""),
    ],
}


@pytest.mark.parametrize(
    ("code", "message", "cause", "proves"),
    [(*answer, *meaning) for meaning, answers in BY_CODE.items() for answer in answers],
)
def test_an_answer_is_known_by_its_code(
    code: str, message: str, cause: Cause, *, proves: bool
) -> None:
    assert meaning(answer(code, message))[:4] == (cause, proves, None, None)


@pytest.mark.parametrize(
    ("operation", "code", "message", "cause", "proves"),
    [
        # the AWS CLI makes no GetSessionToken: only what meets every call is proved by it
        ("GetSessionToken", "InvalidClientTokenId", "", Cause.CREDENTIALS_INVALID, True),
        ("GetSessionToken", "AccessDenied", DENIED, Cause.NOT_AUTHORIZED, False),
        (
            "GetSessionToken",
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
            Cause.SESSION_CREDENTIALS_CANNOT_DO_THIS,
            False,
        ),
        ("GetCallerIdentity", "AccessDenied", DENIED, Cause.NOT_AUTHORIZED, False),
        ("GetCallerIdentity", "ExpiredToken", "", Cause.CREDENTIALS_EXPIRED, True),
        ("GetRoleCredentials", "UnauthorizedException", "", Cause.SSO_LOGIN_NEEDED, True),
        ("GetRoleCredentials", "ForbiddenException", "No access", Cause.STS_ERROR, True),
        ("CreateToken", "InvalidGrantException", "", Cause.SSO_LOGIN_NEEDED, True),
        ("AssumeRole", "UnauthorizedException", "", Cause.STS_ERROR, True),
    ],
)
def test_an_answer_is_read_by_the_call_it_answers(
    operation: str, code: str, message: str, cause: Cause, *, proves: bool
) -> None:
    assert meaning(answer(code, message, operation))[:4] == (cause, proves, None, None)
