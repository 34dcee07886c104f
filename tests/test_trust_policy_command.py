"""`trust-policy --check` of files that are not plain.

What is printed is in `data/screens/trust-policy-check.txt`.
"""

from __future__ import annotations

import json
from pathlib import Path

from e2e import Home
from sync_profiles.sandbox import story as s


def test_a_policy_in_another_encoding_is_read(empty_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(s.trust(condition={"StringLike": s.OWN_NAME})), encoding="utf-16")
    assert empty_home.run("trust-policy", "--check", str(file)).code == 0


def test_ten_megabytes_are_no_policy(empty_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"[" * 10_000_000)
    ended = empty_home.run("trust-policy", "--check", str(file))
    assert (ended.code, ended.stdout) == (3, "")
    assert "has more than 64 KiB" in ended.stderr
