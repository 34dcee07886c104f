"""Failures of credential providers and of creating a client are reported with their cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.loaders import Loader
from botocore.parsers import ResponseParserError
from dateutil.parser import ParserError  # type: ignore[import-untyped] # no stubs

from disk_files import texts_of
from sync_profiles.aws import client
from sync_profiles.aws.calls import AwsCalls
from sync_profiles.aws.credentials import Credentials, ProviderFailed
from sync_profiles.aws.failures import failure_of_source
from sync_profiles.aws.renewals import SourceAnswers
from sync_profiles.causes import Cause
from sync_profiles.model import Source
from sync_profiles.outcomes import Failure, Variant

KEYS = Credentials(access_key_id="a", secret_access_key="b", session_token=None)


def sts_of(config: str, folder: Path) -> AwsCalls:
    return AwsCalls(texts_of(config, folder), environ={}, connections=1, answers=SourceAnswers())


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(
            OSError(24, "Too many open files"),
            "OSError: [Errno 24] Too many open files",
            id="no setting's fault",
        ),
        pytest.param(
            FileNotFoundError(2, "No such file"),
            "FileNotFoundError: [Errno 2] No such file",
            id="nor a credential_process's",
        ),
    ],
)
def test_a_missing_dependency_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, message: str
) -> None:
    class Broken(Loader):
        def load_service_model(self, *_: object, **__: object) -> object:
            raise error

    monkeypatch.setattr(client, "_Loader", Broken)
    sts = sts_of("[profile p]\n", tmp_path)

    assert sts.identify(Source(profile="p"), KEYS, client="p") == Failure(
        cause=Cause.STS_ERROR, proves=False, message=message
    )
    assert sts.clients.finds_region("p")


def test_a_value_that_is_not_a_number_is_reported_by_its_setting(tmp_path: Path) -> None:
    sts = sts_of("[profile p]\nmetadata_service_timeout = x\n", tmp_path)
    failure = sts.credentials(Source(credential_source="Ec2InstanceMetadata"), client="p")

    assert isinstance(failure, Failure)
    assert (failure.cause, failure.setting) == (Cause.SETTING_INVALID, "metadata_service_timeout")


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
    ("assume-role-with-web-identity", NOT_READ, Cause.WEB_IDENTITY_TOKEN_FAILED, True),
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
        assert (failure.variant is Variant.EXPIRATION) == (error in NOT_A_TIME)
