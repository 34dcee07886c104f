"""Failures of credential providers and of creating a client are reported with their cause."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.loaders import Loader

from disk_files import texts_of
from examples import table
from hint_cases import exception_of
from sync_profiles.aws import client
from sync_profiles.aws.calls import AwsCalls
from sync_profiles.aws.credentials import Credentials, ProviderFailed
from sync_profiles.aws.failures import failure_of_source
from sync_profiles.aws.renewals import SourceAnswers
from sync_profiles.causes import Cause
from sync_profiles.model import Source
from sync_profiles.outcomes import Failure

KEYS = Credentials(access_key_id="a", secret_access_key="b", session_token=None)


def sts_of(config: str, folder: Path) -> AwsCalls:
    return AwsCalls(texts_of(config, folder), environ={}, connections=1, answers=SourceAnswers())


def test_a_loader_that_fails_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Loader):
        def load_service_model(self, *_: object, **__: object) -> object:
            raise FileNotFoundError(2, "No such file")

    monkeypatch.setattr(client, "_Loader", Broken)
    sts = sts_of("[profile p]\n", tmp_path)

    assert sts.identify(Source(profile="p"), KEYS, client="p") == Failure(
        cause=Cause.STS_ERROR, proves=False, message="FileNotFoundError: [Errno 2] No such file"
    )
    assert sts.clients.finds_region("p")


def test_a_value_that_is_not_a_number_is_reported_by_its_setting(tmp_path: Path) -> None:
    sts = sts_of("[profile p]\nmetadata_service_timeout = x\n", tmp_path)
    failure = sts.credentials(Source(credential_source="Ec2InstanceMetadata"), client="p")

    assert isinstance(failure, Failure)
    assert (failure.cause, failure.setting) == (Cause.SETTING_INVALID, "metadata_service_timeout")


@pytest.mark.parametrize("row", table("provider_failures.txt"))
def test_an_error_of_python_itself_means_what_its_provider_reads(row: str) -> None:
    proved, cause, variant, provider, text = row.split(" | ")
    failed = ProviderFailed(provider)
    failed.__cause__ = exception_of(text)
    failure = failure_of_source(failed)
    assert (failure.proves, failure.cause) == (proved == "proved", cause)
    assert (failure.variant.name if failure.variant is not None else "-") == variant
