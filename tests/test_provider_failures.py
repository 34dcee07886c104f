"""What an error of Python itself means in one of botocore's providers of credentials."""

from __future__ import annotations

import json

import pytest
from botocore.parsers import ResponseParserError
from dateutil.parser import ParserError  # type: ignore[import-untyped] # no stubs

from sync_profiles.aws.credentials import ProviderFailed
from sync_profiles.aws.failures import failure_of_source
from sync_profiles.causes import Cause
from sync_profiles.outcomes import Reason

NOT_READ: list[Exception] = [
    FileNotFoundError(2, "No such file"),
    PermissionError(13, "Permission denied"),
]
NOT_A_TIME: list[Exception] = [
    ParserError("Unknown string format: garbage"),
    TypeError("Parser must be a string or character stream, not int"),
    TypeError("can't subtract offset-naive and offset-aware datetimes"),
]
#: Python's own errors, which botocore's providers let through, and what each means there
BY_PROVIDER: list[tuple[str, list[Exception], Cause, bool]] = [
    (
        "custom-process",
        [
            *NOT_READ,
            *NOT_A_TIME,
            ValueError("No closing quotation"),
            json.JSONDecodeError("Expecting value", "", 0),
            OSError(8, "Exec format error: './x'"),
            AttributeError("'list' object has no attribute 'get'"),
            IndexError("list index out of range"),
            UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        ],
        Cause.CREDENTIAL_PROCESS_FAILED,
        True,
    ),
    ("assume-role-with-web-identity", NOT_READ, Cause.CREDENTIAL_PROCESS_FAILED, True),
    (
        "container-role",
        [*NOT_READ, *NOT_A_TIME, KeyError("AccessKeyId"), ValueError("Unsupported host 'x'.")],
        Cause.NO_CREDENTIALS,
        True,
    ),
    ("env", NOT_A_TIME, Cause.SETTING_INVALID, True),
    (
        "sso",
        [*NOT_A_TIME, KeyError("ee0b"), PermissionError(13, "")],
        Cause.SSO_LOGIN_NEEDED,
        False,
    ),
    ("sso", [AttributeError("'str' object has no attribute 'get'")], Cause.SETTING_INVALID, True),
    ("login", [KeyError("ee0b"), PermissionError(13, "")], Cause.LOGIN_NEEDED, False),
    ("sso", [ResponseParserError("…"), OSError(24, "Too many")], Cause.STS_ERROR, False),
    ("env", [RuntimeError("credentials are still expired.")], Cause.CREDENTIALS_EXPIRED, True),
    ("custom-process", [OSError(24, "Too many open files")], Cause.STS_ERROR, False),
]


@pytest.mark.parametrize(("provider", "errors", "cause", "proves"), BY_PROVIDER)
def test_an_error_of_python_itself_means_what_its_provider_reads(
    provider: str,
    errors: list[Exception],
    cause: Cause,
    proves: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    for error in errors:
        failed = ProviderFailed(provider)
        failed.__cause__ = error
        failure = failure_of_source(failed)
        assert (failure.cause, failure.proves) == (cause, proves)
        assert (failure.reason is Reason.EXPIRATION) == (error in NOT_A_TIME)
