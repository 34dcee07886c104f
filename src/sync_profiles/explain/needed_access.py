"""What administrators can allow, of a refused call: those of the role and of the caller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.causes import Cause
from sync_profiles.decisions import Verdict
from sync_profiles.explain.cause_table import TABLE
from sync_profiles.explain.learned import Side
from sync_profiles.explain.letter_policies import naming_by, write_trust_policy
from sync_profiles.outcomes import TRUST_POLICY, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.decisions import Decision
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.explain.trust_policy_read import TrustPolicyRead
    from sync_profiles.trust_policy.writing import Json

#: the types of policies that are in the role's account; all others are in the caller's
_OF_THE_ROLE = TRUST_POLICY | {"resource control"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededAccess:
    """A refused call that policies can allow, and the profile that needs it.

    `side` is the one that refuses the call, if that is known. `trust` is the trust policy to ask
    for, None if another policy is at fault, or if the role's own trusts the caller already.
    `needs_permission` means that the caller may need a policy, too; `also` is an action that the
    call needs besides `sts:AssumeRole`.
    """

    profile: str
    call: RefusedCall
    failure: Failure
    side: Side | None
    trust: Json | None
    is_trusted: bool
    needs_permission: bool
    also: str | None

    @property
    def is_by_deny(self) -> bool:
        """Whether an explicit deny refuses the call."""
        return self.failure.cause is Cause.EXPLICIT_DENY

    @property
    def role_name(self) -> str:
        """The role's name, without its path."""
        role = parse_arn(self.call.role_arn)
        return role.name if role is not None else self.call.role_arn

    @property
    def role_account(self) -> str:
        """The account with the role and its trust policy."""
        role = parse_arn(self.call.role_arn)
        return role.account_id if role is not None else ""

    @property
    def caller_account(self) -> str:
        """The account with the caller and its policies."""
        return self.call.principal.account_id

    @property
    def accounts(self) -> Iterator[str]:
        """The account that refuses the call or, if that is not known, all that may."""
        if self.side is Side.ROLE or (self.side is None and self.trust is not None):
            yield self.role_account
        if self.side is Side.CALLER or (self.side is None and self.needs_permission):
            yield self.caller_account

    @property
    def key(self) -> tuple[object, ...]:
        """What two refusals have in common for which the same is asked."""
        call = self.call
        return call.principal, call.role_arn, call.session_name, call.external_id, call.has_mfa


def needed_access_of(
    decision: Decision,
    call: RefusedCall,
    *,
    read: TrustPolicyRead | None = None,
    side: Side | None = None,
) -> NeededAccess | None:
    """Return what administrators can allow, or None if no policy is the cause or could help.

    `call` is the refused call, `read` the role's real trust policy, if it could be read, `side` the
    one whose policies are known to refuse it.
    """
    failure = decision.outcome
    if not isinstance(failure, Failure) or not failure.is_of_assume_role:
        return None
    actions = TABLE[failure.cause].asks_for
    if not actions or decision.verdict is not Verdict.REJECTED:
        return None
    also = actions[1] if len(actions) > 1 else None
    trust = write_trust_policy(call, also=also)
    if trust is None:
        return None
    if also is not None:
        read = None  # it says whether the role may be assumed, not whether it may be tagged
    naming = read.naming if read is not None else None
    side = _refusing_side(failure, read) or side
    return NeededAccess(
        profile=decision.profile.name,
        call=call,
        failure=failure,
        side=side,
        trust=trust if naming is None and side is not Side.CALLER else None,
        is_trusted=naming is not None,
        needs_permission=side is Side.CALLER
        or call.needs_identity_policy(naming or naming_by(trust, call)),
        also=also,
    )


def _refusing_side(failure: Failure, read: TrustPolicyRead | None) -> Side | None:
    """Return the side of the policy that AWS names, or of the trust policy that was read."""
    if failure.policy_type is not None:
        return Side.ROLE if failure.policy_type in _OF_THE_ROLE else Side.CALLER
    if read is not None and read.refuses:
        return Side.ROLE
    return Side.CALLER if read is not None and read.naming is not None else None
