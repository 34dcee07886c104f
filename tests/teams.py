"""Policies, users and roles of made-up teams, each from a few words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sync_profiles.sandbox import story as s
from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    CALLER_ACCOUNT,
    ROLE_ACCOUNT,
    AttachedPolicy,
    ManagedPolicy,
    MfaDevice,
    PolicyDocument,
    Role,
    RoleSession,
    User,
)

Json = dict[str, Any]

CODES = tuple(f"{number:06}" for number in range(100_000, 100_020))
#: the condition keys of a role's trust policy by the words for them
KEYS = {"id": "sts:ExternalId", "name": "sts:RoleSessionName", "mfa": "aws:MultiFactorAuthPresent"}
KEYS |= {"no-id": "sts:ExternalId"}
OPERATORS = {"mfa": "Bool", "no-id": "Null"}


def document(*statements: Json) -> PolicyDocument:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, on: str = "*") -> Json:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


ASSUMES = allow("sts:AssumeRole")
SIMULATES = allow("iam:SimulatePrincipalPolicy")
READS_ROLES = allow("iam:GetRole")
DENIES = {**ASSUMES, "Effect": "Deny"}


def denied_outside(network: str) -> Json:
    return {**DENIES, "Condition": {"NotIpAddress": {"aws:SourceIp": network}}}


KEY_QUARANTINE = ManagedPolicy(
    arn="arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
    document=document(DENIES | {"Action": ["sts:AssumeRole", "s3:*"]}),
)


def user(name: str, *policies: PolicyDocument | ManagedPolicy) -> User:
    """Return a user with an MFA device, who may assume roles unless its policies say otherwise."""
    device = MfaDevice(serial=f"arn:aws:iam::{CALLER_ACCOUNT}:mfa/{name}", codes=CODES)
    return User(name=name, policies=policies or (ALLOW_ASSUME_ROLE,), mfa_devices=(device,))


PHONE = MfaDevice(
    serial=f"arn:aws:iam::{CALLER_ACCOUNT}:mfa/phone", codes=("314159", "271828", "577215")
)
KEYRING = MfaDevice(serial=f"arn:aws:iam::{CALLER_ACCOUNT}:mfa/keyring", codes=("161803", "141421"))
#: has two devices
PERSON = replace(user("person"), mfa_devices=(PHONE, KEYRING))


def role(
    resource: str,
    account: str = ROLE_ACCOUNT,
    *,
    principal: object = None,
    **conditions: str | Json,
) -> Role:
    """Return a role that trusts the callers' account on conditions.

    They are `id`, `name`, `mfa` and `no-id` with a value, or an operator with keys and values.
    """
    path, _, name = f"/{resource}".rpartition("/")
    condition: Json = {}
    for word, value in conditions.items():
        if isinstance(value, str):
            operator = OPERATORS.get(word, "StringEquals")
            condition.setdefault(operator, {})[KEYS[word]] = value
        else:
            condition.setdefault(word, {}).update(value)
    trusted = f"arn:aws:iam::{CALLER_ACCOUNT}:root" if principal is None else principal
    return Role(
        name=name,
        path=f"{path}/",
        account_id=account,
        trust=s.trust(principal={"AWS": trusted}, condition=condition or None),
        policies=(document(ASSUMES),),
    )


#: its sessions may read other roles: `explain` reads trust policies with them
READER = replace(role("reader_role"), policies=(document(READS_ROLES),))
#: denies what is called without MFA
WITHOUT_MFA = {**DENIES, "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}
#: whose own policy does that, for all roles or for one
GUARDED = user("guarded", ALLOW_ASSUME_ROLE, document(WITHOUT_MFA))
SPARED = user(
    "mostly_free", document(ASSUMES, SIMULATES, {**WITHOUT_MFA, "Resource": "*:role/any_role"})
)


def identity_center_session(
    *,
    permission_set: str,
    user_name: str,
    account_id: str = CALLER_ACCOUNT,
    policies: Sequence[AttachedPolicy] = (ALLOW_ASSUME_ROLE,),
) -> RoleSession:
    """Return the session of `aws sso login`: `assumed-role/AWSReservedSSO_…/USER_NAME`."""
    suffix = hashlib.sha256(permission_set.encode()).hexdigest()[:16]
    role = Role(
        name=f"AWSReservedSSO_{permission_set}_{suffix}",
        path="/aws-reserved/sso.amazonaws.com/",
        account_id=account_id,
        policies=policies,
    )
    return RoleSession(role=role, session_name=user_name)
