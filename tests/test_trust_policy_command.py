"""`trust-policy --check` of files that are not plain.

The others are in `data/screens/trust-policy-check.txt`.
"""

from __future__ import annotations

import json
from pathlib import Path

from e2e import Home
from sync_profiles.sandbox import story as s

RIGHT = json.dumps(s.trust(condition={"StringLike": s.OWN_NAME}))
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
    admits, _, policy = corrected.partition("\n\n")
    assert admits.endswith(" get in under their own user name only")
    assert json.loads(policy) == json.loads(RIGHT)
    report = empty_home.run("trust-policy", "--check", str(file), "--output", "json").report
    assert report.keys() >= {"version", "command", "admits", "refuses", "findings", "corrected"}
    (finding,) = report["findings"]
    assert (finding["code"], finding["path"], finding["line"]) == ("template-escape", place, 2)
    assert finding["fixed"] == json.loads(RIGHT)["Statement"][0]


def test_one_mistake_at_many_places_is_shown_once_and_first(
    empty_home: Home, tmp_path: Path
) -> None:
    file = tmp_path / "policy.json"
    file.write_text(
        RIGHT.replace("StringLike", "StringNotLike").replace('"', "'"), encoding="utf-8"
    )
    ended = empty_home.run("trust-policy", "--check", str(file))
    assert ended.stdout.count("must be a plain quote") == 1
    begin = "this is not JSON: IAM does not take it\n\nnot-json (line 1, column 2, and "
    assert ended.stdout.startswith(begin)
    report = empty_home.run("trust-policy", "--check", str(file), "--output", "json").report
    codes = [finding["code"] for finding in report["findings"]]
    assert codes[:2] == ["not-json", "not-json"]
    assert codes[-1] == "condition-optional"
    assert report["refuses"] == []


def test_ten_megabytes_are_no_policy(empty_home: Home, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(b"[" * 10_000_000)
    ended = empty_home.run("trust-policy", "--check", str(file))
    assert (ended.code, ended.stdout) == (3, "")
    assert "has more than 64 KiB" in ended.stderr
