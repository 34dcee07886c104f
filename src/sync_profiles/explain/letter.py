"""Write a message to an administrator, for a mail or a ticket, with the policies to add.

The policies are checked first: the trust policy allows the refused call, but not the same caller
under another session name.
"""

from __future__ import annotations

import json
import re
import textwrap
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from sync_profiles.arn import is_role, parse_arn
from sync_profiles.causes import Cause
from sync_profiles.decisions import Verdict
from sync_profiles.explain.cause_table import TABLE
from sync_profiles.explain.refused_call import ASSUME_ROLE, GENERATED_NAME
from sync_profiles.outcomes import Failure
from sync_profiles.planning.session_name import (
    USER_NAME_VARIABLE,
    is_identity_center_user,
    is_session_name,
)
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Naming, judge
from sync_profiles.text import one_line

if TYPE_CHECKING:
    from sync_profiles.arn import Arn
    from sync_profiles.decisions import Decision
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.policy.judge import Judgement

Json = dict[str, object]

WIDTH = 78
_LABEL_WIDTH = 14
_SPECIAL = re.compile(r"[$*?]")


def write_letter(
    decision: Decision, call: RefusedCall, *, trusted: Naming | None = None
) -> str | None:
    """Return the message, or None if no policy is the cause or could allow the call.

    `call` is the refused call. `trusted` is how the role's real trust policy names the caller if it
    allows the call already; None if it does not or could not be read. Lines have at most 78
    characters, except for unbreakable text such as an ARN.
    """
    outcome = decision.outcome
    if not isinstance(outcome, Failure) or not outcome.is_of_switch:
        return None
    actions = TABLE[outcome.cause].asks_for
    if not actions or decision.verdict is not Verdict.REJECTED:
        return None
    also = actions[1] if len(actions) > 1 else None
    trust = write_trust_policy(call, also=also)
    if trust is None:
        return None
    role = parse_arn(call.role_arn)
    name, account = (role.name, role.account_id) if role is not None else ("", "")
    parts = [
        _filled(f"Please let me assume the role {name} in account {account}."),
        _facts(call, outcome),
        *_deny(outcome),
    ]
    if trusted is None:
        parts += [
            _filled(
                f"In account {account}, this statement in the role's trust policy allows me, "
                "under this session name only (the policy's Version must be the same):"
            ),
            _printed(trust),
        ]
    else:
        parts.append(_filled("The role's trust policy allows me already."))
    identity = write_identity_policy(call, trusted or naming_by(trust, call), also=also)
    if identity is not None:
        principal = call.principal
        parts += [
            _filled(
                f"In account {principal.account_id}, {_who(call)} needs this in a policy, "
                "unless one allows it already:"
            ),
            _printed(identity),
        ]
    return "\n\n".join(parts) + "\n"


def _facts(call: RefusedCall, failure: Failure) -> str:
    moment = call.refused_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = call.session_name or f"none set, so {GENERATED_NAME}... and the time"
    words = failure.message
    facts = {
        "I am": call.caller.arn,
        "Through": str(call.parent.role) if call.parent is not None else None,
        "Role": call.role_arn,
        "Session name": name,
        "MFA": "yes" if call.has_mfa else None,
        "Refused at": f"{moment} (UTC)",
        "AWS says": f"{failure.code}: {words}" if words else failure.code,
        "Request id": failure.request_id,
    }
    return "\n".join(
        _filled(f"{label + ':':{_LABEL_WIDTH}} {one_line(fact)}", indent=_LABEL_WIDTH + 1)
        for label, fact in facts.items()
        if fact
    )


def _deny(outcome: Failure) -> list[str]:
    if outcome.cause is not Cause.EXPLICIT_DENY:
        return []
    kind = f" ({outcome.policy_type} policy)" if outcome.policy_type else ""
    text = (
        f"An explicit deny{kind} overrides every allow: please exclude this call from it. "
        "What follows is needed as well."
    )
    return [_filled(text)]


def _who(call: RefusedCall) -> str:
    arn = parse_arn(call.principal.arn)
    if arn is None:
        return "the caller"
    if arn.kind == "assumed-role":
        return f"the role {arn.resource.split('/')[1]}"
    return f"the {arn.kind} {arn.name}"


def _filled(text: str, *, indent: int = 0) -> str:
    return textwrap.fill(
        text,
        width=WIDTH,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _printed(policy: Json) -> str:
    return json.dumps(policy, indent=2)


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


def write_identity_policy(
    call: RefusedCall, naming: Naming | None, *, also: str | None = None
) -> Json | None:
    """Return the policy that the caller needs in addition to a trust policy, or None if none.

    `naming` is how the trust policy names the caller.
    """
    if not call.needs_identity_policy(naming):
        return None
    actions = ASSUME_ROLE if also is None else [ASSUME_ROLE, also]
    return _policy([{"Effect": "Allow", "Action": actions, "Resource": _literal(call.role_arn)}])


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
