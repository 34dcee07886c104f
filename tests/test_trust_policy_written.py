"""`trust-policy` writes policies that tools read as the same policy, and reads those of a file."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from e2e import Home
from examples import params
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import PolicyDocument

Json = dict[str, Any]


def policy(home: Home, *arguments: str) -> Json:
    ended = home.run("trust-policy", *arguments)
    assert (ended.code, ended.stderr) == (0, "")
    found: Json = json.loads(ended.stdout)
    return found


def trust(principal: object, condition: Json) -> PolicyDocument:
    return s.trust(principal={"AWS": principal}, condition=condition)


@pytest.mark.parametrize(("options", "policy_text"), params("trust_policies_written.txt"))
def test_every_tool_reads_the_policy_that_was_written(
    options: str, policy_text: str, empty_home: Home
) -> None:
    arguments, expected = shlex.split(options), json.loads(policy_text)
    assert policy(empty_home, *arguments) == expected
    kind = PolicyKind.IDENTITY if "--identity" in arguments else PolicyKind.TRUST
    parse_policy(expected, kind=kind)
    found = json.loads(empty_home.run("trust-policy", *arguments, "--output", "json").stdout)
    assert (found["version"], found["policy"]) == (1, expected)
    for format_, read in READERS.items():
        text = empty_home.run("trust-policy", *arguments, "--format", format_).stdout
        assert read(text) == expected, format_


def read_terraform(text: str) -> object:
    """Return the policy that Terraform gives AWS."""
    import hcl2

    (resource,) = hcl2.loads(text)["resource"]
    (kind,) = resource
    ((name, settings),) = resource[kind].items()
    argument = "policy" if kind == '"aws_iam_policy"' else "assume_role_policy"
    assert re.fullmatch(r'"[a-z_]\w*"', name)
    expression = re.fullmatch(r"\$\{jsonencode\((.*)\)\}", settings[argument], re.DOTALL)
    assert expression is not None
    return terraform_value(hcl2.loads(f"value = {expression[1]}\n")["value"])


def terraform_value(value: object) -> object:
    """Return the value of an expression that python-hcl2 leaves as it is spelled."""
    match value:
        case dict():
            named = value.items()
            return {re.sub('^"|"$', "", name): terraform_value(item) for name, item in named}
        case list():
            return [terraform_value(item) for item in value]
        case _:
            text = json.loads(str(value))
            assert re.search(r"(?<!\$)\$\{|(?<!%)%\{", text) is None, "it begins a template"
            return re.sub(r"([$%])\1\{", r"\1{", text)


def read_cloudformation(text: str) -> object:
    """Return the policy that CloudFormation gives AWS; cfn-lint finds no error in its template."""
    from cfnlint.api import lint_all
    from cfnlint.decode import decode_str

    assert [str(match) for match in lint_all(text) if not match.rule.id.startswith("I")] == []
    template, _ = decode_str(text)
    ((logical_id, resource),) = template["Resources"].items()
    assert logical_id.isalnum()
    properties = resource["Properties"]
    found = properties.get("AssumeRolePolicyDocument") or properties["PolicyDocument"]
    return json.loads(json.dumps(found))


def read_cdk(text: str) -> object:
    """Return the policy that the CDK makes; a text in double quotes is no template."""
    assert "`" not in text
    if "fromJson(" in text:
        return json.loads(text.partition("fromJson(")[2].rpartition("),\n});")[0])
    condition = json.loads(text.partition("const conditions = ")[2].partition(";\n")[0])
    named = re.findall(r'new iam\.ArnPrincipal\("(.*?)"\)', text)
    assert "assumedBy: new iam.PrincipalWithConditions(callers, conditions)," in text
    assert ("new iam.CompositePrincipal(" in text) is (len(named) > 1)
    return trust(named if len(named) > 1 else named[0], condition)


READERS = {"terraform": read_terraform, "cloudformation": read_cloudformation, "cdk": read_cdk}
