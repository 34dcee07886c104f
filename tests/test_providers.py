from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.aws import providers
from sync_profiles.aws.sts import Sts
from sync_profiles.config.texts import parse_texts
from sync_profiles.disk.config_file import FilePaths
from sync_profiles.disk.files import ConfigFiles
from sync_profiles.model import LocalFailure, Source

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_credential_process_that_never_ends_is_ended_and_its_command_not_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "PROCESS_TIMEOUT", 0.2)
    config = tmp_path / "config"
    config.write_text("[profile slow]\ncredential_process = /bin/sleep 3600\n", encoding="utf-8")
    files = ConfigFiles(
        paths=FilePaths(config_file=config, credentials_file=tmp_path / "credentials")
    )
    sts = Sts(parse_texts(files.read(), files.paths), environ={}, connections=1)
    assert sts.credentials(Source(profile="slow"), client="slow") == LocalFailure(
        kind="CredentialProcessSilent", text="it gave nothing within 0 seconds"
    )
