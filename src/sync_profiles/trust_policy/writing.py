"""Write trust policies that require a session name, and identity policies for the callers.

`explain` writes the policies of its letters with the same functions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sync_profiles.arn import is_account_id, is_partition, parse_arn
from sync_profiles.planning.session_name import USER_NAME_VARIABLE, is_session_name
from sync_profiles.policy.grammar import is_principal
from sync_profiles.policy.matching import VARIABLES_VERSION

Json = dict[str, object]

ASSUME_ROLE = "sts:AssumeRole"
BY_SAML, BY_WEB_IDENTITY = "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"
BY_PROVIDERS = (BY_SAML, BY_WEB_IDENTITY)
ASSUMING = (ASSUME_ROLE, *BY_PROVIDERS)
#: the actions whose requests have no session name
NAMELESS_ACTIONS = ("sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext")
#: characters of a trust policy without its white space, and the highest quota that AWS grants
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LONGEST_TRUST_POLICY, HIGHEST_QUOTA = 2048, 8192
_T = TypeVar("_T")
_SPECIAL = re.compile(r"[$*?]")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAPrincipal:
    """Why a text names no one who could get in under a user name."""

    reason: str


def principal_of(text: str, *, partition: str = "aws") -> str | NotAPrincipal:
    """Return the principal that an account ID, or the ARN of a user or an account, names."""
    if is_account_id(text):
        return f"arn:{partition}:iam::{text}:root"
    arn = parse_arn(text)
    if arn is None or not is_partition(arn.partition) or not is_account_id(arn.account_id):
        return NotAPrincipal(reason="is not an account ID, nor the ARN of a user or an account")
    is_valid = arn.kind in {"root", "user"} and is_principal(text)
    match arn.service, arn.kind:
        case "iam", "user" if is_valid and not is_session_name(arn.name):
            reason = "has a user name that cannot be a session name: STS accepts 2 to 64 characters"
        case "iam", _ if is_valid:
            return text
        case "iam", "user" if {"*", "?"} & set(text):
            reason = "has a wildcard, which a principal cannot have"
        case ("iam", "role") | ("sts", "assumed-role"):
            reason = "is a role: its sessions have no user name to require"
        case "sts", "federated-user":
            reason = "is a federated user, which cannot assume roles"
        case _:
            reason = "is not a user or an account"
    return NotAPrincipal(reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirements:
    """What a caller must send: by default a session name that is the user name.

    `name` is a policy's text, in which `${…}` is a variable; `operator` compares it. `conditions`
    are any others, by operator and key.
    """

    name: str = USER_NAME_VARIABLE
    operator: str = "StringLike"
    external_id: str | None = None
    mfa: bool = False
    conditions: Json = field(default_factory=dict)

    def conditions_block(self) -> Json:
        """Return the `Condition` of a statement."""
        wanted = [(self.operator, "sts:RoleSessionName", self.name)]
        if self.external_id is not None:
            wanted.append(("StringEquals", "sts:ExternalId", literal(self.external_id)))
        if self.mfa:
            wanted.append(("Bool", "aws:MultiFactorAuthPresent", "true"))
        block: dict[str, Json] = {}
        for operator, key, value in wanted:
            block.setdefault(operator, {})[key] = value
        return {**self.conditions, **block}


def write_trust_policy(
    principals: Sequence[str], requirements: Requirements, *, also: str | None = None
) -> Json:
    """Return a trust policy that lets principals of `AWS` in under the requirements.

    `also` is an action that they need, too. It gets a separate statement, because a condition on
    the session name would refuse it; those on who calls are in both.
    """
    allow: Json = {"Effect": "Allow", "Principal": {"AWS": one_or_all(principals)}}
    conditions = requirements.conditions_block()
    statements: list[Json] = [{**allow, "Action": ASSUME_ROLE, "Condition": conditions}]
    if also is not None:
        same = {"Condition": requirements.conditions} if requirements.conditions else {}
        statements.append({**allow, "Action": also, **same})
    return policy_of(statements)


def write_identity_policy(resources: Sequence[str], requirements: Requirements) -> Json:
    """Return a policy that lets users assume roles, and only under the required name.

    The second statement holds also where another policy of the user allows more.
    """
    target: Json = {"Action": ASSUME_ROLE, "Resource": one_or_all(resources)}
    negated = requirements.operator.replace("String", "StringNot", 1)
    other_name = {negated: {"sts:RoleSessionName": requirements.name}}
    return policy_of(
        [
            {"Effect": "Allow", **target, "Condition": requirements.conditions_block()},
            {"Effect": "Deny", **target, "Condition": other_name},
        ]
    )


def length_of(policy: object) -> int:
    """Return how many characters of a policy IAM counts."""
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False))


def policy_of(statements: Sequence[Json]) -> Json:
    """Return a policy of statements, in which `${…}` is a variable."""
    return {"Version": VARIABLES_VERSION, "Statement": list(statements)}


def literal(text: str) -> str:
    """Return text with a policy's special characters escaped."""
    return _SPECIAL.sub(lambda found: f"${{{found[0]}}}", text)


def one_or_all(values: Sequence[_T]) -> _T | list[_T]:
    """Return values as policies have them: a list, unless there is one."""
    return values[0] if len(values) == 1 else list(values)
