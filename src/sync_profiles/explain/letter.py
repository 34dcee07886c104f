"""What only an administrator can mend, as a message to one: to paste into a mail or a ticket."""

from __future__ import annotations

import json
import textwrap
from datetime import UTC
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.causes import Cause
from sync_profiles.decisions import Verdict
from sync_profiles.explain.grant import naming_by, write_identity_policy, write_trust_policy
from sync_profiles.explain.wording import own_words
from sync_profiles.outcomes import Refused, ServiceFailure
from sync_profiles.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.grant import Json
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.policy.judge import Naming

WIDTH = 78
_LABEL_WIDTH = 14
#: the causes that policies decide, and the action that is refused beside the switch itself
_REFUSED_ACTIONS: Mapping[Cause, str | None] = MappingProxyType(
    {
        Cause.NOT_AUTHORIZED: None,
        Cause.IMPLICIT_DENY: None,
        Cause.EXPLICIT_DENY: None,
        Cause.TAG_SESSION_NOT_ALLOWED: "sts:TagSession",
        Cause.SOURCE_IDENTITY_NOT_ALLOWED: "sts:SetSourceIdentity",
    }
)


def write_letter(
    decision: Decision, call: RefusedCall, *, trusted: Naming | None = None
) -> str | None:
    """Return the message, or None where no policy could let the caller in, or none is the cause.

    `call` is what was refused. `trusted` is how the role's real trust policy names the caller that
    it lets in already, None where it does not, or nobody could read it. A line is at most 78 wide,
    but for what cannot be broken, such as an ARN.
    """
    outcome = decision.outcome
    if not isinstance(outcome, Refused) or outcome.cause not in _REFUSED_ACTIONS:
        return None
    failure = outcome.failure
    if not isinstance(failure, ServiceFailure) or failure.operation != "AssumeRole":
        return None
    if decision.verdict is not Verdict.REJECTED:
        return None
    also = _REFUSED_ACTIONS[outcome.cause]
    trust = write_trust_policy(call, also=also)
    if trust is None:
        return None
    role = parse_arn(call.role_arn)
    name, account = (role.name, role.account_id) if role is not None else ("", "")
    parts = [
        _filled(f"Please let me assume the role {name} in account {account}."),
        _facts(call, failure),
        *_deny(outcome),
    ]
    if trusted is None:
        parts += [
            _filled(
                f"In account {account}, this statement in the role's trust policy lets me in, "
                "under this session name only (the policy's Version must be the same):"
            ),
            _printed(trust),
        ]
    else:
        parts.append(_filled("The role's trust policy lets me in already."))
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


def _facts(call: RefusedCall, failure: ServiceFailure) -> str:
    moment = call.refused_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    name = call.session_name or "none set, so botocore-session-... and the time"
    words = own_words(failure)
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


def _deny(outcome: Refused) -> list[str]:
    if outcome.cause is not Cause.EXPLICIT_DENY:
        return []
    kind = f" ({outcome.policy_type} policy)" if outcome.policy_type else ""
    text = (
        f"An explicit deny{kind} stands in the way, and no allow goes before it: please except "
        "this call from it. What follows is needed as well."
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
