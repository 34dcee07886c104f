"""`trust-policy --check` of files that are not plain.

The others are in `data/screens/trust-policy-check.txt`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e import Home
from sync_profiles.sandbox import story as s

RIGHT = json.dumps(s.trust(condition={"StringLike": {"sts:RoleSessionName": "${aws:username}"}}))
WRONG = RIGHT.replace("${", "$${").replace('"Principal"', '\n"Principal"')


def test_a_wrong_policy_comes_with_the_place_and_the_corrected_policy(
    empty_home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(WRONG, encoding="utf-16")
    wide = empty_home.with_environment(COLUMNS="200")
    ended = wide.run("trust-policy", "--check", str(file))
    assert ended.code == 1
    place = '$.Statement[0].Condition.StringLike["sts:RoleSessionName"]'
    head, _, corrected = ended.stdout.partition("\nthe corrected policy\n")
    assert head.startswith(f"no one gets in\n\ntemplate-escape (line 2) at {place}\n   `$${{` is")
    assert json.loads(corrected) == json.loads(RIGHT)
    report = empty_home.run("trust-policy", "--check", str(file), "--output", "json").report
    assert report.keys() >= {"version", "command", "admits", "refuses", "findings", "corrected"}
    (finding,) = report["findings"]
    assert (finding["code"], finding["path"], finding["line"]) == ("template-escape", place, 2)
    assert finding["fixed"] == json.loads(RIGHT)["Statement"][0]


def test_ten_megabytes_are_no_policy(empty_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"[" * 10_000_000)
    ended = empty_home.run("trust-policy", "--check", str(file))
    assert (ended.code, ended.stdout) == (3, "")
    assert "has more than 64 KiB" in ended.stderr


@pytest.mark.parametrize("text", ["", "hello", "{}", "[[", "null", '{"Statement": 1}', "\udcff\0"])
def test_what_is_no_policy_is_a_finding(text: str, empty_home: Home) -> None:
    data = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    ended = empty_home.run("trust-policy", "--check", "-", "--output", "json", input_text=data)
    assert ended.code == 1
    assert {one["code"] for one in ended.report["findings"]} <= {"not-json", "not-a-policy"}
    assert ended.report["findings"]
