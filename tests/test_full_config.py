from __future__ import annotations

from hypothesis import given

from ini_texts import CONFIG_HEADERS, CREDENTIALS_HEADERS, read_full_config, readable
from sync_profiles.aws.client import full_config
from sync_profiles.config.document import parse_document


@given(readable(CONFIG_HEADERS), readable(CREDENTIALS_HEADERS))
def test_botocore_reads_texts_in_memory_like_files(config: str, credentials: str) -> None:
    found = full_config(config=parse_document(config), credentials=parse_document(credentials))
    assert found == read_full_config(config, credentials)
