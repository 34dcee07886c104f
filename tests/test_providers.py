"""Failures of credential providers and of creating a client are reported with their cause."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.loaders import Loader

from sync_profiles.aws import client
from sync_profiles.aws.calls import Sts
from sync_profiles.aws.credentials import Credentials
from sync_profiles.causes import Cause
from sync_profiles.config.profiles import parse_texts
from sync_profiles.disk.files import ConfigFiles
from sync_profiles.model import FileKind, Source
from sync_profiles.outcomes import Failure

KEYS = Credentials(access_key_id="a", secret_access_key="b", session_token=None)


def sts_of(text: str, folder: Path) -> Sts:
    config = folder / "config"
    config.write_text(text, encoding="utf-8")
    files = ConfigFiles(
        paths={FileKind.CONFIG: config, FileKind.CREDENTIALS: folder / "credentials"}
    )
    return Sts(parse_texts(files.read()), environ={}, connections=1)


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
    assert sts.finds_region(client="p")


def test_a_value_that_is_not_a_number_is_reported_by_its_setting(tmp_path: Path) -> None:
    sts = sts_of("[profile p]\nmetadata_service_timeout = x\n", tmp_path)
    failure = sts.credentials(Source(credential_source="Ec2InstanceMetadata"), client="p")

    assert isinstance(failure, Failure)
    assert (failure.cause, failure.setting) == (Cause.SETTING_INVALID, "metadata_service_timeout")
