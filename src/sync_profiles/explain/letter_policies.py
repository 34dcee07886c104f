"""Write the policies that allow a refused call: the role's trust policy, and the caller's own.

They are checked first: the trust policy allows the call, but not the same caller under another
session name.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sync_profiles.arn import is_role, parse_arn
from sync_profiles.explain.refused_call import GENERATED_NAME
from sync_profiles.planning.session_name import (
    USER_NAME_VARIABLE,
    is_identity_center_user,
)
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Naming, judge
from sync_profiles.trust_policy import writing
from sync_profiles.trust_policy.writing import (
    ASSUME_ROLE,
    Requirements,
    literal,
    one_or_all,
    policy_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sync_profiles.arn import Arn
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.policy.judge import Judgement
    from sync_profiles.trust_policy.writing import Json


def write_trust_policy(call: RefusedCall, *, also: str | None = None) -> Json | None:
    """Return a trust policy that allows exactly this call, or None if no policy can.

    `also` is an action that the call needs, too.
    """
    role, called_by = parse_arn(call.role_arn), parse_arn(call.principal.arn)
    if role is None or called_by is None or not _can_be_assumed(role, called_by):
        return None
    named, conditions = _named(call, called_by)
    requirements = Requirements(
        name=_name_pattern(call),
        external_id=call.external_id,
        mfa=call.has_mfa,
        conditions=conditions,
    )
    policy = writing.write_trust_policy([named], requirements, also=also)
    other = "other" if call.session_name != "other" else "another"
    others = _judge(policy, replace(call, session_name=other))
    is_exact = not any(isinstance(judgement, Allow) for judgement in others)
    return policy if is_exact and naming_by(policy, call) is not None else None


def write_identity_policy(roles: Mapping[str | None, Sequence[str]]) -> Json:
    """Return the policy that lets a caller assume roles, as far as its own account decides.

    The keys are the action that the calls need besides `sts:AssumeRole`, None for none.
    """
    return policy_of(
        [
            {
                "Effect": "Allow",
                "Action": ASSUME_ROLE if also is None else [ASSUME_ROLE, also],
                "Resource": one_or_all([literal(arn) for arn in arns]),
            }
            for also, arns in roles.items()
        ]
    )


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


def _roles_of(session: Arn, *, path: str) -> list[str]:
    """Return the ARNs of a session's role without a path and with one; the session's has none."""
    name = session.resource.split("/")[1]
    account = f"arn:{session.partition}:iam::{session.account_id}"
    return [f"{account}:role/{name}", f"{account}:role/{path}/{name}"]


def naming_by(trust: Json, call: RefusedCall) -> Naming | None:
    """Return how a trust policy names the caller, or None if it may not allow the call."""
    found = _judge(trust, call)
    naming = [judgement.naming for judgement in found if isinstance(judgement, Allow)]
    return naming[0] if naming and len(naming) == len(found) else None


def _judge(trust: Json, call: RefusedCall) -> list[Judgement]:
    """Judge the call; if the path of a session's role is not known, with and without one."""
    try:
        policy = parse_policy(trust, kind=PolicyKind.TRUST)
    except PolicyInvalid:  # pragma: no cover - AWS has taken the ARNs that it names
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
