"""What administrators can allow of a refused call, and the policies that do so.

Those are the role's trust policy, and the caller's own. They are checked first: the trust policy
allows the call, but not the same caller under another session name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sync_profiles.arn import Arn, is_role
from sync_profiles.causes import Cause
from sync_profiles.explain.cause_table import TABLE
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.requirements import OVERRIDES
from sync_profiles.explain.trust_policy_read import TrustPolicyRead
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.outcomes import ROLE_SIDE, Failure, Side
from sync_profiles.planning.decision import Decision, Verdict
from sync_profiles.planning.session_name import GENERATED_NAME, USER_NAME_VARIABLE
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Judgement, Naming, judge
from sync_profiles.trust_policy.writing import (
    ASSUME_ROLE,
    Json,
    Requirements,
    literal,
    one_or_all,
    policy_of,
    write_trust_policy,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededAccess:
    """A refused call that policies can allow, and the profile that needs it.

    `side` is the one that refuses the call, if that is known. `trust` is the trust policy to ask
    for, None if another policy is at fault, or if the role's own trusts the caller already.
    `needs_permission` means that the caller may need a policy, too; `also` is an action that the
    call needs besides `sts:AssumeRole`. `is_renamed` means that the profile may send another
    session name than the call's. `kept_name` is the one that the file has, if AWS refuses both and
    the policy was not read, or allows neither.
    """

    profile: str
    call: RefusedCall
    side: Side | None
    trust: Json | None
    unmet: tuple[str, ...]
    is_trusted: bool
    needs_permission: bool
    also: str | None
    is_renamed: bool = False
    kept_name: str | None = None

    @property
    def is_by_deny(self) -> bool:
        """Whether an explicit deny refuses the call, as AWS or the trust policy says."""
        failure = self.call.failure
        is_read = failure.policy_type is None and any(OVERRIDES in each for each in self.unmet)
        return failure.cause is Cause.EXPLICIT_DENY or is_read

    @property
    def accounts(self) -> Iterator[str]:
        """The account that refuses the call or, if that is not known, all that may."""
        if self.side is Side.ROLE or (self.side is None and self.trust is not None):
            yield self.call.role.account_id
        if self.side is Side.CALLER or (self.side is None and self.needs_permission):
            yield self.call.called_by.account_id

    @property
    def key(self) -> tuple[object, ...]:
        """What two refusals have in common for which the same is asked."""
        call = self.call
        names = call.session_name, self.kept_name
        return call.called_by, call.role, names, call.external_id, call.has_mfa


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
    failure = call.failure
    also = TABLE[failure.cause].also
    if not (failure.is_denial or also) or decision.verdict is not Verdict.REJECTED:
        return None
    if also is not None:
        read = None  # it says whether the role may be assumed, not whether it may be tagged
    if read is not None:  # of two names, it is about the one that the role may accept
        calls = {each.session_name: each for each in call.under_both_names}
        call = calls.get(read.call.session_name, call)
    trust = trust_policy_for(call, also=also)
    if trust is None:
        return None
    naming = read.naming if read is not None else None
    kept = call.profile.session_name if call.other is not None and naming is None else None
    kept = None if kept == call.session_name else kept
    side = _refusing_side(failure, read) or side
    return NeededAccess(
        profile=decision.profile.name,
        call=call,
        side=side,
        trust=trust if naming is None and side is not Side.CALLER else None,
        unmet=read.unmet if read is not None else (),
        is_trusted=naming is not None,
        needs_permission=side is Side.CALLER
        or call.needs_identity_policy(naming or naming_by(trust, call)),
        also=also,
        is_renamed=kept is not None or (read is not None and read.is_about_name),
        kept_name=kept,
    )


def _refusing_side(failure: Failure, read: TrustPolicyRead | None) -> Side | None:
    """Return the side of the policy that AWS names, or of the trust policy that was read."""
    if failure.policy_type is not None:
        return Side.ROLE if failure.policy_type in ROLE_SIDE else Side.CALLER
    if read is not None and read.refuses:
        return Side.ROLE
    return Side.CALLER if read is not None and read.naming is not None else None


def trust_policy_for(call: RefusedCall, *, also: str | None = None) -> Json | None:
    """Return a trust policy that allows exactly this call, or None if no policy can.

    `also` is an action that the call needs, too.
    """
    if not _can_be_assumed(call.role, call.called_by):
        return None
    named, conditions = _named(call)
    requirements = Requirements(
        name=_name_pattern(call),
        external_id=call.external_id,
        mfa=call.has_mfa,
        conditions=conditions,
    )
    policy = write_trust_policy([named], requirements, also=also)
    other = "other" if call.session_name != "other" else "another"
    others = _judge(policy, call.with_setting(SESSION_NAME_KEY, other))
    is_exact = not any(isinstance(judgement, Allow) for judgement in others)
    return policy if is_exact and naming_by(policy, call) is not None else None


def identity_policy_for(
    calls: Sequence[tuple[RefusedCall, str | None]], *, renamed: Sequence[RefusedCall] = ()
) -> Json:
    """Return the policy that lets a caller make these calls, as far as its own account decides.

    With each call comes the action that it needs besides `sts:AssumeRole`, None for none. A user,
    whose policy is its own, may use the calls' session names only, but any for the roles of the
    renamed ones.
    """
    roles: dict[tuple[str | None, str | None], dict[str, None]] = {}
    under_any_name = {call.role for call in renamed}
    for call, also in calls:
        is_named = call.user_name is not None and also is None and call.role not in under_any_name
        name = _name_pattern(call) if is_named else None
        roles.setdefault((also, name), {})[literal(str(call.role))] = None
    return policy_of(
        [
            {
                "Effect": "Allow",
                "Action": ASSUME_ROLE if also is None else [ASSUME_ROLE, also],
                "Resource": one_or_all(list(arns)),
                **({"Condition": Requirements(name=name).conditions_block()} if name else {}),
            }
            for (also, name), arns in roles.items()
        ]
    )


def _can_be_assumed(role: Arn, called_by: Arn) -> bool:
    """Return whether a policy can help; root and federated users cannot assume roles."""
    return (
        is_role(role)
        and called_by.kind in {"user", "assumed-role"}
        and called_by.partition == role.partition
    )


def _named(call: RefusedCall) -> tuple[str, Json]:
    """Return the principal for the statement, and the conditions that it needs.

    Users and Identity Center users are named individually. A session is named by its role or, if
    the role's path is not known, by its account and the role's name.
    """
    if call.parent is not None:
        return str(call.parent.role), {}
    if call.is_of_person:
        return str(call.caller.arn), {}
    conditions: Json = {"ArnLike": {"aws:PrincipalArn": call.called_by.roles_of_session()}}
    return call.called_by.in_iam("root"), conditions


def _name_pattern(call: RefusedCall) -> str:
    if call.session_name is None:
        return f"{GENERATED_NAME}*"
    is_user = call.session_name == call.user_name
    return USER_NAME_VARIABLE if is_user else call.session_name


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
    if call.principal_arn is not None:
        return [judge(policy, call.request)]
    request = call.request
    contexts = [
        request.context.with_keys({"aws:PrincipalArn": role})
        for role in call.called_by.roles_of_session(path="any/path")
    ]
    return [judge(policy, replace(request, context=context)) for context in contexts]
