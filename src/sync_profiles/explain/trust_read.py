"""What the refused role's real trust policy tells: its demands, and whose step is the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.explain.access_denied import TRUST_POLICY
from sync_profiles.explain.demands import describe_demands
from sync_profiles.explain.grant import needs_identity_policy
from sync_profiles.explain.own_step import find_own_step
from sync_profiles.explain.refused_call import ASSUME_ROLE
from sync_profiles.explain.told import Told, lets_in
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Naming, judge
from sync_profiles.text import quote

if TYPE_CHECKING:
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.model import Profile
    from sync_profiles.outcomes import Refused

_DENIALS = frozenset({Cause.NOT_AUTHORIZED, Cause.IMPLICIT_DENY, Cause.EXPLICIT_DENY})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicyRead:
    """What the refused role's real trust policy demands, and the profile that could read it.

    `problem` says why nothing can be told of a policy that is not understood. `own_step` is what
    to change in the refused profile, where the policy lets it in then; `hint` is the next step
    that the policy tells, be it that one. `naming` is how the policy names the caller that it lets
    in as it is; None where it does not, or that cannot be told.
    """

    role_arn: str
    reader: str
    demands: tuple[str, ...] = ()
    problem: str | None = None
    own_step: str | None = None
    naming: Naming | None = None
    hint: str | None = None


def tell_trust_policy(
    text: str, *, reader: str, refused: Refused, call: RefusedCall, profile: Profile
) -> TrustPolicyRead:
    """Read a trust policy's JSON text for the call that was refused, and its profile."""
    try:
        policy = parse_policy(text, kind=PolicyKind.TRUST)
    except PolicyInvalid as error:
        return TrustPolicyRead(role_arn=call.role_arn, reader=reader, problem=str(error))
    is_denied = refused.cause in _DENIALS
    own_step = None
    if is_denied and refused.policy_type in {None, *TRUST_POLICY}:
        own_step = find_own_step(policy, call, profile)
    found = judge(policy, call.request)
    is_let_in = isinstance(found, Allow) and lets_in(policy, call) is Told.YES
    naming = found.naming if is_let_in and isinstance(found, Allow) else None
    hint = own_step
    if naming is not None and refused.cause is Cause.NOT_AUTHORIZED:
        hint = _permission(call, naming)
    return TrustPolicyRead(
        role_arn=call.role_arn,
        reader=reader,
        demands=describe_demands(policy, call),
        own_step=own_step,
        naming=naming,
        hint=hint,
    )


def _permission(call: RefusedCall, naming: Naming) -> str | None:
    """Return whom to ask where the trust policy lets in, and the caller's own may not."""
    if not needs_identity_policy(call, naming):
        return None
    return (
        f"ask an administrator of account {quote(call.principal.account_id)} to allow "
        f"{quote(ASSUME_ROLE)} on {quote(call.role_arn)} for {quote(call.principal.arn)}: "
        "the role's trust policy lets it in"
    )
