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
from sync_profiles.sandbox import story as s
from sync_profiles.trust_policy.checking import check_policy
from sync_profiles.trust_policy.pasted import read_pasted
from sync_profiles.trust_policy.policy_findings import Code

USUAL: dict[str, Any] = {
    "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
    "Action": "sts:AssumeRole",
}
PASTED = [
    pytest.param(
        "\u201cVersion\u201d: 1", (1, 2), "left double quotation mark (U+201C)", id="smart quotes"
    ),
    pytest.param('"a": 1\n"b": 2', (2, 1), "a comma is missing", id="a missing comma"),
    pytest.param('"a": [1,],', (1, 9), "one too many", id="a trailing comma"),
    pytest.param('"a": 1 // c', (1, 9), "JSON has no comments", id="a comment"),
    pytest.param("'a': 1", (1, 2), "must be a plain quote", id="single quotes"),
    pytest.param("a = 1", (1, 2), "a key has no quotes", id="a key as Terraform has it"),
    pytest.param('"a":\u00a01', (1, 6), "a no-break space (U+00A0)", id="a blank from a web page"),
    pytest.param('"a": "\\${b}"', (1, 8), "is not an escape of JSON", id="an escape of a shell"),
    pytest.param('"a": 1, "a": 1', (1, 10), "`a` appears twice", id="a key twice"),
    pytest.param(',"a": 1', (1, 2), "one too many", id="a comma in front"),
    pytest.param('"a": [1}', (1, 9), "`}` must be `]`", id="another bracket"),
    pytest.param('"a": "b\u201d, "c": 1', (1, 9), "a right double", id="a smart quote at the end"),
    pytest.param('"a": 1 ```', (1, 9), "is not part of the policy", id="a fence of Markdown"),
    pytest.param('"a": {"b": 1}, "a": {"c": 2}', (1, 17), "appears twice", id="an object twice"),
    pytest.param('"a": True', (1, 7), "`True` has no quotes", id="a word of Python"),
    pytest.param('"a": {"b": 1', (2, 2), "`}` is missing at the end", id="text that is cut off"),
]


@pytest.mark.parametrize(("inner", "place", "words"), PASTED)
def test_a_fault_of_pasted_json_has_its_place(
    inner: str, place: tuple[int, int], words: str
) -> None:
    found = read_pasted(f"{{{inner}\n}}")
    fault = found.faults[0]
    assert (fault.line, fault.column) == (place[0], place[1])
    assert words in fault.message
    assert isinstance(found.value, dict)


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
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **USUAL}]})
    checked = check_policy(text.replace("}]", "},]"))
    assert checked.admits == ("this is not JSON: IAM does not take it",)
    assert checked.corrected is not None


ALLOW = '"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"'
UNCLEAR = [
    pytest.param(f'{{"Statement": {{{ALLOW}, "Effect": "Deny"}}}}', id="two effects"),
    pytest.param(f'{{"Statement": [{{{ALLOW}}}], "Statement": []}}', id="two lists of statements"),
    pytest.param(f'{{"Statement": {{{ALLOW}}}}}' * 2, id="two policies"),
    pytest.param(f'resource "aws_iam_role" "r" {{ p = {{"Statement": {{{ALLOW}}}}} }}', id="HCL"),
    pytest.param("Version: '2012-10-17'\nStatement: []\n", id="YAML"),
]


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_is_unclear_is_not_corrected(text: str) -> None:
    checked = check_policy(text)
    assert [(one.code, one.fixed) for one in checked.findings] == [(Code.NOT_JSON, None)]
    assert checked.corrected is None


def test_a_policy_as_iam_encodes_it_is_read() -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", **USUAL}})
    codes = [one.code for one in check_policy(f"{quote(policy)}\n").findings]
    assert codes == [Code.NOT_A_POLICY, Code.NO_SESSION_NAME_CONDITION]
    assert "Condition" in str(check_policy(quote(policy)).corrected)


@pytest.mark.parametrize(
    "around",
    [
        pytest.param("$ cat trust.json\n{}\n", id="the command that shows it"),
        pytest.param("My policy:\n\n```json\n{}\n```\nIt lets me in.", id="a page"),
        pytest.param("aws iam create-role --assume-role-policy-document '{}'", id="a command"),
        pytest.param('"AssumeRolePolicyDocument": {},', id="an element of a template"),
    ],
)
def test_a_policy_is_read_without_what_is_around_it(around: str) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", **USUAL}]}
    pasted = read_pasted(around.replace("{}", json.dumps(policy, indent=2)))
    assert pasted.value == policy
    assert pasted.faults[0].message == "this is not part of the policy"


@pytest.mark.parametrize(
    "before", ["assume_role_policy = <<EOF\n", "jsonencode(", "cat > trust.json <<EOF\n"]
)
def test_a_policy_in_a_template_is_not_corrected(before: str) -> None:
    """Its escapes are right there: following a correction would be wrong."""
    text = f'{before}{{"Version": "2012-10-17", "Statement": {{{ALLOW}}}}}\nEOF\n'
    pasted = read_pasted(text)
    assert pasted.value is None


NO_POLICIES = [
    *("[]", "3", '{"a": 1}', '{"a" 1}', '{"Version": "1"}', '{"Versoin": 1}'),
    *("[" * 102, "[" + "x," * 60, f'{{"Id": "{"x" * 8192}", "Statement": {{{ALLOW}}}}}'),
]


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
