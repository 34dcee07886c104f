"""The policies that would let one refused switch in.

They are tried before they are handed out: the trust policy lets in the switch that was refused,
and not the same caller under another session name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.explain.refused_call import ASSUME_ROLE, MADE_UP
from sync_profiles.planning.session_name import (
    USER_NAME_VARIABLE,
    is_identity_center_user,
    is_session_name,
)
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Naming, judge

if TYPE_CHECKING:
    from sync_profiles.arn import Arn
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.policy.judge import Judgement

Json = dict[str, object]

_ROLE = re.compile(r"role/[\x21-\x7e]+")
_SPECIAL = re.compile(r"[$*?]")


def write_trust_policy(call: RefusedCall, *, also: str | None = None) -> Json | None:
    """Return a trust policy that lets exactly this switch in, None where none can.

    `also` is an action that goes with the call. It gets a statement of its own, for a condition on
    the session name would refuse it.
    """
    role, called_by = parse_arn(call.role_arn), parse_arn(call.principal.arn)
    if role is None or called_by is None or not _can_be_assumed(role, called_by):
        return None
    if call.session_name is not None and not is_session_name(call.session_name):
        return None
    named, conditions = _named(call, called_by)
    conditions["StringLike"] = {"sts:RoleSessionName": _name_pattern(call)}
    if call.external_id is not None:
        conditions["StringEquals"] = {"sts:ExternalId": _literal(call.external_id)}
    if call.has_mfa:
        conditions["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    allow: Json = {"Effect": "Allow", "Principal": {"AWS": named}}
    statements: list[Json] = [{**allow, "Action": ASSUME_ROLE, "Condition": conditions}]
    if also is not None:
        statements.append({**allow, "Action": also})
    policy = _policy(statements)
    other = "somebody" if call.session_name != "somebody" else "somebody-else"
    if naming_by(policy, call) is None:
        return None
    others = _judge(policy, replace(call, session_name=other))
    return None if any(isinstance(judgement, Allow) for judgement in others) else policy


def write_identity_policy(
    call: RefusedCall, naming: Naming | None, *, also: str | None = None
) -> Json | None:
    """Return the policy that the caller needs beside a trust policy, None where it needs none.

    `naming` is how the trust policy names the caller.
    """
    if not needs_identity_policy(call, naming):
        return None
    actions = ASSUME_ROLE if also is None else [ASSUME_ROLE, also]
    return _policy([{"Effect": "Allow", "Action": actions, "Resource": _literal(call.role_arn)}])


def needs_identity_policy(call: RefusedCall, naming: Naming | None) -> bool:
    """Say whether a policy of the caller must allow the switch, too.

    It must for a role of another account; so it must for a role of the same account, where its
    trust policy names the account and not the caller.
    """
    role = parse_arn(call.role_arn)
    is_same = role is not None and role.account_id == call.principal.account_id
    return not is_same or naming is Naming.ACCOUNT


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


def _named(call: RefusedCall, called_by: Arn) -> tuple[str, Json]:
    """Return whom the statement names, and the conditions that go with it.

    A user and an Identity Center user are named alone. A session is named by its role; where the
    role's path is not known, by its account and the role's name.
    """
    if call.parent is not None:
        return str(call.parent.role), {}
    if call.user_name is not None or is_identity_center_user(call.caller):
        return call.caller.arn, {}
    account = f"arn:{called_by.partition}:iam::{called_by.account_id}:root"
    return account, {"ArnLike": {"aws:PrincipalArn": _roles_of(called_by, path="*")}}


def _name_pattern(call: RefusedCall) -> str:
    if call.session_name is None:
        return f"{MADE_UP}*"
    is_user = call.session_name == call.user_name
    return USER_NAME_VARIABLE if is_user else call.session_name


def _literal(text: str) -> str:
    """Return text as policies take it literally."""
    return _SPECIAL.sub(lambda found: f"${{{found[0]}}}", text)


def _roles_of(session: Arn, *, path: str) -> list[str]:
    """Return a session's role, without a path and with one: the session's ARN tells none."""
    name = session.resource.split("/")[1]
    account = f"arn:{session.partition}:iam::{session.account_id}"
    return [f"{account}:role/{name}", f"{account}:role/{path}/{name}"]


def _policy(statements: list[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": statements}


def naming_by(trust: Json, call: RefusedCall) -> Naming | None:
    """Return how a trust policy names the caller that it lets in, None where it may not."""
    found = _judge(trust, call)
    naming = [judgement.naming for judgement in found if isinstance(judgement, Allow)]
    return naming[0] if naming and len(naming) == len(found) else None


def _judge(trust: Json, call: RefusedCall) -> list[Judgement]:
    """Judge the call; that of a session whose role's path is not known, with and without one."""
    try:
        policy = parse_policy(trust, kind=PolicyKind.TRUST)
    except PolicyInvalid:
        return []
    session = parse_arn(call.principal.arn)
    if call.principal_arn is not None or session is None:
        return [judge(policy, call.request)]
    request = call.request
    contexts = [
        request.context.with_values({"aws:PrincipalArn": role})
        for role in _roles_of(session, path="any/path")
    ]
    return [judge(policy, replace(request, context=context)) for context in contexts]
