"""The policies that would let one refused switch in.

They are tried before they are handed out: the trust policy lets in the switch that was refused,
and not the same caller under another session name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.planning.session_name import (
    USER_NAME_VARIABLE,
    is_identity_center_user,
    is_session_name,
    user_name,
)
from sync_profiles.policy.judge import (
    Allow,
    Context,
    Naming,
    PolicyInvalid,
    PolicyKind,
    Principal,
    Request,
    judge,
    parse_policy,
)

if TYPE_CHECKING:
    from sync_profiles.arn import Arn
    from sync_profiles.model import Caller

Json = dict[str, object]

ASSUME_ROLE = "sts:AssumeRole"
_MADE_UP = "botocore-session-"  # botocore appends the time
_ROLE = re.compile(r"role/[\x21-\x7e]+")
_SPECIAL = re.compile(r"[$*?]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One refused switch, with what a policy can ask about it.

    `parent_role_arn` is the role whose session calls, None where `caller` itself does.
    `session_name` is None where botocore makes one up.
    """

    caller: Caller
    role_arn: str
    session_name: str | None
    parent_role_arn: str | None = None
    external_id: str | None = None
    has_mfa: bool = False

    @property
    def user_name(self) -> str | None:
        """The IAM user who calls, None where no user does."""
        return user_name(self.caller) if self.parent_role_arn is None else None

    @property
    def principal(self) -> Principal:
        """Who calls; a session in a chain is taken to carry the same session name."""
        parent = parse_arn(self.parent_role_arn or "")
        if parent is not None:
            session = f"assumed-role/{parent.name}/{self.session_name or _MADE_UP}"
            return Principal(
                arn=f"arn:{parent.partition}:sts::{parent.account_id}:{session}",
                account_id=parent.account_id,
                role_arn=str(parent),
            )
        arn = parse_arn(self.caller.arn)
        is_session = arn is not None and arn.kind == "assumed-role"
        return Principal(
            arn=self.caller.arn,
            account_id=self.caller.account_id,
            role_arn=_role_arn_of(arn) if arn is not None and is_session else None,
        )

    @property
    def request(self) -> Request:
        """The switch as policies see it, as far as that can be told from here."""
        principal = self.principal
        keys = {
            "aws:PrincipalArn": principal.role_arn or principal.arn,
            "aws:PrincipalAccount": principal.account_id,
            "sts:RoleSessionName": self.session_name or _MADE_UP,
        }
        if self.user_name is not None:
            keys["aws:username"] = self.user_name
        if self.external_id is not None:
            keys["sts:ExternalId"] = self.external_id
        if self.has_mfa:
            keys["aws:MultiFactorAuthPresent"] = "true"
        return Request(
            action=ASSUME_ROLE,
            resource=self.role_arn,
            principal=principal,
            context=Context.of(keys),
        )


def write_trust_policy(refusal: Refusal, *, also: str | None = None) -> Json | None:
    """Return a trust policy that lets exactly this switch in, None where none can.

    `also` is an action that goes with the call. It gets a statement of its own, for a condition on
    the session name would refuse it.
    """
    role, called_by = parse_arn(refusal.role_arn), parse_arn(refusal.principal.arn)
    if role is None or called_by is None or not _can_be_assumed(role, called_by):
        return None
    if refusal.session_name is not None and not is_session_name(refusal.session_name):
        return None
    named, conditions = _named(refusal, called_by)
    conditions["StringLike"] = {"sts:RoleSessionName": _name_pattern(refusal)}
    if refusal.external_id is not None:
        conditions["StringEquals"] = {"sts:ExternalId": _literal(refusal.external_id)}
    if refusal.has_mfa:
        conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    allow: Json = {"Effect": "Allow", "Principal": {"AWS": named}}
    statements: list[Json] = [{**allow, "Action": ASSUME_ROLE, "Condition": conditions}]
    if also is not None:
        statements.append({**allow, "Action": also})
    policy = _policy(statements)
    other = "somebody" if refusal.session_name != "somebody" else "somebody-else"
    if _allowing(policy, refusal) is None:
        return None
    if _allowing(policy, replace(refusal, session_name=other)) is not None:
        return None
    return policy


def write_identity_policy(refusal: Refusal, trust: Json, *, also: str | None = None) -> Json | None:
    """Return the policy that the caller needs beside a trust policy, None where it needs none.

    A role of another account needs one; so does a role of the same account, where it names the
    account and not the caller.
    """
    role = parse_arn(refusal.role_arn)
    is_same = role is not None and role.account_id == refusal.principal.account_id
    if is_same and _allowing(trust, refusal) is not Naming.ACCOUNT:
        return None
    actions = ASSUME_ROLE if also is None else [ASSUME_ROLE, also]
    return _policy([{"Effect": "Allow", "Action": actions, "Resource": _literal(refusal.role_arn)}])


def _can_be_assumed(role: Arn, called_by: Arn) -> bool:
    """Say whether a policy can help: root and federated users assume nothing."""
    return (
        called_by.kind in {"user", "assumed-role"}
        and called_by.partition == role.partition
        and role.service == "iam"
        and not role.region
        and is_account_id(role.account_id)
        and _ROLE.fullmatch(role.resource) is not None
    )


def _named(refusal: Refusal, called_by: Arn) -> tuple[str, Json]:
    """Return whom the statement names, and the conditions that go with it.

    A user and an Identity Center user are named alone. A session is named by its role; where the
    role's path is not known, by its account and the role's name.
    """
    if refusal.parent_role_arn is not None:
        return refusal.parent_role_arn, {}
    if refusal.user_name is not None or is_identity_center_user(refusal.caller):
        return refusal.caller.arn, {}
    account = f"arn:{called_by.partition}:iam::{called_by.account_id}"
    role = _role_of(called_by)
    roles = [f"{account}:role/{role}", f"{account}:role/*/{role}"]
    return f"{account}:root", {"ArnLike": {"aws:PrincipalArn": roles}}


def _name_pattern(refusal: Refusal) -> str:
    if refusal.session_name is None:
        return f"{_MADE_UP}*"
    is_user = refusal.session_name == refusal.user_name
    return USER_NAME_VARIABLE if is_user else refusal.session_name


def _literal(text: str) -> str:
    """Return text as policies take it literally."""
    return _SPECIAL.sub(lambda found: f"${{{found[0]}}}", text)


def _role_of(session: Arn) -> str:
    return session.resource.partition("/")[2].partition("/")[0]


def _role_arn_of(session: Arn) -> str:
    """Return a session's role, without the path that its ARN does not tell."""
    return f"arn:{session.partition}:iam::{session.account_id}:role/{_role_of(session)}"


def _policy(statements: list[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": statements}


def _allowing(trust: Json, refusal: Refusal) -> Naming | None:
    """Return how a trust policy names the caller that it lets in, None where it does not."""
    try:
        judgement = judge(parse_policy(trust, kind=PolicyKind.TRUST), refusal.request)
    except PolicyInvalid:
        return None
    return judgement.naming if isinstance(judgement, Allow) else None
