"""Write the policies that allow a refused call: the role's trust policy, and the caller's own.

They are checked first: the trust policy allows the call, but not the same caller under another
session name.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.arn import is_role, parse_arn
from sync_profiles.explain.refused_call import ASSUME_ROLE, GENERATED_NAME
from sync_profiles.planning.session_name import (
    USER_NAME_VARIABLE,
    is_identity_center_user,
    is_session_name,
)
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Naming, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sync_profiles.arn import Arn
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.policy.judge import Judgement

Json = dict[str, object]

_SPECIAL = re.compile(r"[$*?]")


def write_trust_policy(call: RefusedCall, *, also: str | None = None) -> Json | None:
    """Return a trust policy that allows exactly this call, or None if no policy can.

    `also` is an action that the call needs, too. It gets a separate statement, because a condition
    on the session name would refuse it.
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
    other = "other" if call.session_name != "other" else "another"
    if naming_by(policy, call) is None:
        return None
    others = _judge(policy, replace(call, session_name=other))
    return None if any(isinstance(judgement, Allow) for judgement in others) else policy


def write_identity_policy(roles: Mapping[str | None, Sequence[str]]) -> Json:
    """Return the policy that lets a caller assume roles, as far as its own account decides.

    The keys are the action that the calls need besides `sts:AssumeRole`, None for none.
    """
    return _policy(
        [
            {
                "Effect": "Allow",
                "Action": ASSUME_ROLE if also is None else [ASSUME_ROLE, also],
                "Resource": _one_or_all(map(_literal, arns)),
            }
            for also, arns in roles.items()
        ]
    )


def _one_or_all(texts: Iterable[str]) -> str | list[str]:
    found = list(texts)
    return found[0] if len(found) == 1 else found


def _can_be_assumed(role: Arn, called_by: Arn) -> bool:
    """Return whether a policy can help; root and federated users cannot assume roles."""
    return (
        called_by.kind in {"user", "assumed-role"}
        and called_by.partition == role.partition
        and is_role(role)
    )


def _named(call: RefusedCall, called_by: Arn) -> tuple[str, Json]:
    """Return the principal for the statement, and the conditions that it needs.

    Users and Identity Center users are named individually. A session is named by its role or, if
    the role's path is not known, by its account and the role's name.
    """
    if call.parent is not None:
        return str(call.parent.role), {}
    if call.user_name is not None or is_identity_center_user(call.caller):
        return call.caller.arn, {}
    account = f"arn:{called_by.partition}:iam::{called_by.account_id}:root"
    return account, {"ArnLike": {"aws:PrincipalArn": _roles_of(called_by, path="*")}}


def _name_pattern(call: RefusedCall) -> str:
    if call.session_name is None:
        return f"{GENERATED_NAME}*"
    is_user = call.session_name == call.user_name
    return USER_NAME_VARIABLE if is_user else call.session_name


def _literal(text: str) -> str:
    """Return text with a policy's special characters escaped."""
    return _SPECIAL.sub(lambda found: f"${{{found[0]}}}", text)


def _roles_of(session: Arn, *, path: str) -> list[str]:
    """Return the ARNs of a session's role without a path and with one; the session's has none."""
    name = session.resource.split("/")[1]
    account = f"arn:{session.partition}:iam::{session.account_id}"
    return [f"{account}:role/{name}", f"{account}:role/{path}/{name}"]


def _policy(statements: list[Json]) -> Json:
    return {"Version": "2012-10-17", "Statement": statements}


def naming_by(trust: Json, call: RefusedCall) -> Naming | None:
    """Return how a trust policy names the caller, or None if it may not allow the call."""
    found = _judge(trust, call)
    naming = [judgement.naming for judgement in found if isinstance(judgement, Allow)]
    return naming[0] if naming and len(naming) == len(found) else None


def _judge(trust: Json, call: RefusedCall) -> list[Judgement]:
    """Judge the call; if the path of a session's role is not known, with and without one."""
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
