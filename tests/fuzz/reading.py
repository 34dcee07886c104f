"""Two files of any bytes are read as in botocore, or their problems are reported by line."""

from __future__ import annotations

import os
import tempfile
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

from ini_texts import read_raw_file
from sync_profiles.config.chains import resolve_chain
from sync_profiles.config.document import parse_document
from sync_profiles.config.profiles import read_profiles
from sync_profiles.disk.config_file import read_file
from sync_profiles.errors import ConfigUnreadable
from sync_profiles.model import BrokenChain, FileKind
from test_document import check_lines, ordered, raw_of
from test_lint import check as check_problems
from test_profiles import botocore_profiles, merged

BETWEEN = b"\n## credentials ##\n"
WORDS = (
    *("[profile ", "[default]", "[DEFAULT]", "role_arn", "source_profile", "credential_source"),
    *("role_session_name", "aws_access_key_id", "aws_secret_access_key", "Environment", " = "),
    *("# sync-profiles: keep", "\r\n", "\ufeff", "web_identity_token_file", "\x1c"),
    *("sso_session", "mfa_serial", "duration_seconds", "s3 =\n  a = b", "\n## credentials ##"),
)


def check(data: bytes) -> None:
    """Raise if we read something else than botocore."""
    parts = data.split(BETWEEN, 1)
    texts = [_read(part, kind) for part, kind in zip(parts, FileKind, strict=False)]
    if None in texts:
        return
    config, credentials = (*(text or "" for text in texts), "")[:2]
    check_problems(config, credentials)
    files = parse_document(config), parse_document(credentials, FileKind.CREDENTIALS)
    if any(file.problems for file in files):
        return
    profiles = read_profiles(config=files[0], credentials=files[1])
    assert merged(profiles.by_name) == botocore_profiles(config, credentials)
    for profile in profiles.by_name.values():
        if profile.is_assume_role:
            chain = resolve_chain(profiles.by_name, profile.name)
            hops = chain.via if isinstance(chain, BrokenChain) else chain.hops
            assert hops[-1] == profile.name
            assert len(set(hops)) == len(hops)


def _read(data: bytes, kind: FileKind) -> str | None:
    """Return a file's text, or None if it cannot be decoded."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config")
        file.write_bytes(data)
        os.utime(file, (1, 1))  # we would wait for a new file, which may still be being written
        witness = read_raw_file(file)
        try:
            found = read_file(file, kind=kind)
        except ConfigUnreadable as error:
            assert "line" in error.message or data.startswith((BOM_UTF16_BE, BOM_UTF16_LE))
            assert witness is None
            return None
    assert found is not None
    assert found.with_text(found.text).data == data
    parsed = parse_document(found.text)
    check_lines(parsed, found.text)
    if parsed.problems:
        assert witness is None
    else:
        assert ordered(raw_of(parsed)) == ordered(witness)
    return found.text
