"""`trust-policy --check` of what is pasted: JSON with faults, text or a file that is no policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from e2e import Home
from examples import answered_examples, answers_of, unescape
from sync_profiles.sandbox import story as s
from sync_profiles.trust_policy.checking import check_policy
from sync_profiles.trust_policy.pasted import read_pasted
from sync_profiles.trust_policy.policy_findings import Code

USUAL: dict[str, Any] = {
    "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
    "Action": "sts:AssumeRole",
}
ALLOW = '"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"'


def found(example: str) -> list[str]:
    """Return the faults of a text, the policy that is meant, and whether it is offered."""
    text, _, _ = example.partition("\n- ")
    text = unescape(f"{text.rstrip()}\n")
    pasted, checked = read_pasted(text), check_policy(text)
    assert checked.findings
    faults = [f"line {line}, column {column}: {says}" for line, column, says in pasted.faults]
    meant = [f"meant: {json.dumps(pasted.value)}"] if pasted.value is not None else []
    return [*faults, *meant, *(["it is offered"] if checked.corrected is not None else [])]


@pytest.mark.parametrize("text", answered_examples("pasted_policies.txt", found))
def test_what_is_pasted_is_read_as_it_was_meant(text: str) -> None:
    assert found(text) == answers_of(text)


@example(value={"\u00bb": "\u201d,"}, indent=None, is_ascii=False)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    indent=st.sampled_from([None, 0, 2]),
    is_ascii=st.booleans(),
)
def test_json_without_faults_is_read_as_python_reads_it(
    *, value: object, indent: int | None, is_ascii: bool
) -> None:
    found = read_pasted(json.dumps(value, indent=indent, ensure_ascii=is_ascii))
    assert (found.value, found.faults, found.is_whole) == (value, (), True)


@example("{a:")  # cut off where a value begins
@example(f'{{"Statement": {"9" * 5_000}}}')  # Python reads no integer of so many digits
@given(st.text(alphabet="{}[]:,\"\\ \n/#*ab1\u201c'`=-") | st.text())
def test_any_text_has_a_result(text: str) -> None:
    checked = check_policy(text)
    assert checked.findings or checked.is_sound
    assert checked.corrected is None or "Statement" in str(checked.corrected)


def test_what_is_not_json_is_not_said_to_admit_anyone() -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **USUAL}]})
    checked = check_policy(policy.replace("}]", "},]"))
    assert checked.admits == ("this is not JSON: IAM does not take it",)


def test_a_policy_as_iam_encodes_it_is_read() -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **USUAL}})
    codes = [one.code for one in check_policy(f"{quote(policy)}\n").findings]
    assert codes == [Code.NOT_A_POLICY, Code.NO_SESSION_NAME_CONDITION]
    assert "Condition" in str(check_policy(quote(policy)).corrected)


NO_POLICIES = ["[" * 102, "[" + "x," * 60, f'{{"Id": "{"x" * 8192}", "Statement": {{{ALLOW}}}}}']


@pytest.mark.parametrize("text", NO_POLICIES)
def test_what_is_no_policy_has_no_correction(text: str) -> None:
    checked = check_policy(text)
    assert checked.findings
    assert checked.corrected is None


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
