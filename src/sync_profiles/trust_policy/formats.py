"""Print a policy in the language of a tool, with the escapes that it needs; no I/O.

In Terraform `${` begins a template, so it is written `$${`. CloudFormation and TypeScript take it
as it is: CloudFormation outside `Fn::Sub`, TypeScript in double quotes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sync_profiles.arn import Arn
from sync_profiles.trust_policy.writing import Json

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_TEMPLATE = re.compile(r"[$%](?=\{)")
_NOT_IN_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]+", re.ASCII)
IDENTITY_POLICY_NAME = "assume-roles-under-own-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What a policy belongs to: a role, whose trust policy it is, or an identity policy's name."""

    name: str
    path: str = "/"
    is_role: bool = True

    @property
    def identifier(self) -> str:
        """The name as an identifier of Terraform."""
        text = _NOT_IN_IDENTIFIER.sub("_", self.name)
        return text if _IDENTIFIER.fullmatch(text) else f"_{text}"

    @property
    def logical_id(self) -> str:
        """The name in letters and digits, for CloudFormation and the CDK."""
        words = re.split(r"[^A-Za-z0-9]+", self.name)
        return "".join(word[:1].upper() + word[1:] for word in words) or "Role"


def resource_of(role: Arn | None, *, is_identity: bool) -> Resource:
    """Return what a policy for a role belongs to; without a role, one called `example`."""
    if is_identity:
        return Resource(name=IDENTITY_POLICY_NAME, is_role=False)
    if role is None:
        return Resource(name="example")
    path = role.resource.removeprefix("role").removesuffix(role.name)
    return Resource(name=role.name, path=path)


def _json(policy: Json, _: Resource) -> str:
    return json.dumps(policy, indent=2) + "\n"


def _terraform(policy: Json, resource: Resource) -> str:
    kind, argument = (
        ("aws_iam_role", "assume_role_policy") if resource.is_role else ("aws_iam_policy", "policy")
    )
    settings = [("name", _hcl_text(resource.name))]
    if resource.path != "/":
        settings.append(("path", _hcl_text(resource.path)))
    lines = [f"  {name} = {value}\n" for name, value in settings]
    return (
        f'resource "{kind}" "{resource.identifier}" {{\n{"".join(lines)}\n'
        f"  {argument} = jsonencode({_hcl(policy, 1)})\n}}\n"
    )


def _hcl(value: object, depth: int) -> str:
    inner, outer = "  " * (depth + 1), "  " * depth
    match value:
        case dict():
            lines = (
                f"{inner}{key if _IDENTIFIER.fullmatch(key) else _hcl_text(key)} = "
                f"{_hcl(item, depth + 1)}\n"
                for key, item in value.items()
            )
            return f"{{\n{''.join(lines)}{outer}}}"
        case list():
            lines = (f"{inner}{_hcl(item, depth + 1)},\n" for item in value)
            return f"[\n{''.join(lines)}{outer}]"
        case _:
            return _hcl_text(str(value))


def _hcl_text(text: str) -> str:
    """Return a quoted text; its doubled `$` and `%` begin no template.

    https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    return _TEMPLATE.sub(lambda found: found[0] * 2, json.dumps(text))


def _cloudformation(policy: Json, resource: Resource) -> str:
    kind, name, argument = (
        ("AWS::IAM::Role", "RoleName", "AssumeRolePolicyDocument")
        if resource.is_role
        else ("AWS::IAM::ManagedPolicy", "ManagedPolicyName", "PolicyDocument")
    )
    properties: Json = {name: resource.name}
    if resource.path != "/":
        properties["Path"] = resource.path
    body = _yaml({"Type": kind, "Properties": {**properties, argument: policy}}, 2)
    return (
        f"# inside Fn::Sub, write ${{!aws:username}}\nResources:\n  {resource.logical_id}:\n{body}"
    )


def _yaml(value: object, depth: int) -> str:
    """Return the lines of an object or a list; every text is quoted."""
    indent = "  " * depth
    lines = []
    items = value.items() if isinstance(value, dict) else [(None, each) for each in value]  # type: ignore[attr-defined] # it is one of both
    for key, item in items:
        before = "- " if key is None else f"{_yaml_key(key)}:"
        if isinstance(item, dict | list):
            block = _yaml(item, depth + 1)
            if key is None:
                lines.append(f"{indent}- {block[len(indent) + 2 :]}")
            else:
                lines.append(f"{indent}{before}\n{block}")
        else:
            gap = "" if key is None else " "
            lines.append(f"{indent}{before}{gap}{json.dumps(item)}\n")
    return "".join(lines)


def _yaml_key(key: str) -> str:
    return key if _IDENTIFIER.fullmatch(key) else json.dumps(key)


def _cdk(policy: Json, resource: Resource) -> str:
    head = 'import * as iam from "aws-cdk-lib/aws-iam";\n\n'
    if not resource.is_role:
        return (
            f'{head}new iam.ManagedPolicy(this, "{resource.logical_id}", {{\n'
            f"  managedPolicyName: {json.dumps(resource.name)},\n"
            f"  document: iam.PolicyDocument.fromJson({_typescript(policy, 1)}),\n}});\n"
        )
    match policy:
        case {"Statement": [{"Principal": {"AWS": named}, "Condition": conditions}]}:
            pass
        case _:  # pragma: no cover - `write_trust_policy` makes no other without `also`
            raise ValueError(policy)
    arns = [
        f"new iam.ArnPrincipal({json.dumps(arn)})"
        for arn in (named if isinstance(named, list) else [named])
    ]
    lines = "".join(f"  {arn},\n" for arn in arns)
    callers = arns[0] if len(arns) == 1 else f"new iam.CompositePrincipal(\n{lines})"
    path = f"  path: {json.dumps(resource.path)},\n" if resource.path != "/" else ""
    return (
        f"{head}const callers = {callers};\nconst conditions = {_typescript(conditions, 0)};\n\n"
        f'new iam.Role(this, "{resource.logical_id}", {{\n'
        f"  roleName: {json.dumps(resource.name)},\n{path}"
        "  assumedBy: new iam.PrincipalWithConditions(callers, conditions),\n});\n"
    )


def _typescript(value: object, depth: int) -> str:
    """Return JSON, which TypeScript is a superset of, indented below its first line."""
    return json.dumps(value, indent=2).replace("\n", "\n" + "  " * depth)


#: what prints a policy, as text that ends with a newline, by the language
PRINTERS: Mapping[str, Callable[[Json, Resource], str]] = {
    "json": _json,
    "terraform": _terraform,
    "cloudformation": _cloudformation,
    "cdk": _cdk,
}
