"""Read the refused role's trust policy: what follows from it is the answer, and no guess."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.causes import Cause
from sync_profiles.explain.cause_table import DENIALS
from sync_profiles.explain.requirements import MET, describe_requirements
from sync_profiles.explain.suspicions import Topic
from sync_profiles.explain.trust import required_change
from sync_profiles.model import place_of
from sync_profiles.outcomes import TRUST_POLICY
from sync_profiles.policy.grammar import Effect, Policy, PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, Element, ExplicitDeny, ImplicitDeny, Naming, judge
from sync_profiles.text import quote
from sync_profiles.trust_policy.wording import list_principals
from sync_profiles.trust_policy.writing import ASSUME_ROLE

if TYPE_CHECKING:
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.model import Profile
    from sync_profiles.outcomes import Failure
    from sync_profiles.policy.grammar import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicyRead:
    """What the refused role's real trust policy requires, and the profile that could read it.

    `problem` says why a policy could not be parsed. `own_step` is the change in the refused profile
    that makes the policy allow it, if any; `hint` is the next step that follows from the policy.
    `refuses` is whether the policy certainly refuses the call, and `naming` how it names the caller
    if it certainly allows it. `fact` is what was found out about the role, where that is more than
    the refusal says, and `topic` what `hint` is about. `is_missing` means that no role of the
    account has this name.
    """

    role_arn: str
    reader: str
    requirements: tuple[str, ...] = ()
    problem: str | None = None
    own_step: str | None = None
    refuses: bool = False
    naming: Naming | None = None
    fact: str | None = None
    hint: str | None = None
    topic: Topic = Topic.TRUST
    is_missing: bool = False

    @property
    def unmet(self) -> tuple[str, ...]:
        """The requirements without those that are met."""
        return tuple(each for each in self.requirements if not each.endswith(MET))


def missing_role(*, reader: str, call: RefusedCall, profile: Profile) -> TrustPolicyRead:
    """Return that IAM does not know the role that was refused: nothing else needs to be guessed."""
    role = profile.role
    account, name = (role.account_id, role.name) if role is not None else ("", call.role_arn)
    place = place_of(profile.place_of("role_arn"))
    step = f"correct `role_arn` {place}: account {quote(account)} has no role {quote(name)}"
    return TrustPolicyRead(
        role_arn=call.role_arn,
        reader=reader,
        problem="the role does not exist",
        is_missing=True,
        own_step=step,
        fact=f"the role {quote(call.role_arn)} does not exist",
        hint=step,
        topic=Topic.ROLE_NAME,
    )


def misspelled_role(
    arn: str, *, reader: str, call: RefusedCall, profile: Profile
) -> TrustPolicyRead:
    """Return that IAM, which is asked for a role's name alone, has it under another ARN.

    The ARN of a call must be right in its path and its case, too.
    """
    step = f"correct `role_arn` {place_of(profile.place_of('role_arn'))} to {quote(arn)}"
    return TrustPolicyRead(
        role_arn=call.role_arn,
        reader=reader,
        problem="the role has another ARN",
        own_step=step,
        fact=f"the role {quote(call.role_arn)} does not exist, but {quote(arn)} does",
        hint=step,
        topic=Topic.ROLE_NAME,
    )


def read_trust_policy(
    text: str, *, reader: str, refused: Failure, call: RefusedCall, profile: Profile
) -> TrustPolicyRead:
    """Apply a trust policy's JSON text to the refused call and its profile."""
    try:
        policy = parse_policy(text, kind=PolicyKind.TRUST)
    except PolicyInvalid as error:
        return TrustPolicyRead(role_arn=call.role_arn, reader=reader, problem=str(error))
    own_step = hint = None
    topic = Topic.TRUST
    # the name in the file was refused, as the wanted one was: what the policy says of either counts
    names = dict.fromkeys((call.session_name, profile.session_name or call.session_name))
    tried = {
        each: judge(policy, each.request)
        for each in (replace(call, session_name=name) for name in names)
    }
    call = next((each for each, found in tried.items() if isinstance(found, Allow)), call)
    refuses = all(isinstance(found, ExplicitDeny | ImplicitDeny) for found in tried.values())
    if refused.cause in DENIALS and refused.policy_type in {None, *TRUST_POLICY}:
        steps = ((each, required_change(policy, each, profile)) for each in tried if refuses)
        call, own_step = next((pair for pair in steps if pair[1] is not None), (call, None))
        hint = own_step or _trust_needed(policy, call)
        if hint is None and refuses:
            hint = _unmet_needed(policy, call)
    judgement = judge(policy, call.request)
    naming = judgement.naming if isinstance(judgement, Allow) else None
    if naming is not None and refused.cause is Cause.NOT_AUTHORIZED:
        hint, topic = _permission_needed(call, naming), Topic.PERMISSION
    return TrustPolicyRead(
        role_arn=call.role_arn,
        reader=reader,
        requirements=describe_requirements(policy, call),
        own_step=own_step,
        refuses=refuses,
        naming=naming,
        hint=hint,
        topic=topic,
    )


def _trust_needed(policy: Policy, call: RefusedCall) -> str | None:
    """Return whom to ask if no statement of the trust policy names the caller."""
    allows = [each for each in policy.statements if each.effect is Effect.ALLOW]
    role = parse_arn(call.role_arn)
    if role is None or any(_names_caller(statement, policy, call) for statement in allows):
        return None
    named = (
        " and ".join(dict.fromkeys(list_principals(statement) for statement in allows))
        or "no principal"
    )
    return (
        f"ask an administrator of account {quote(role.account_id)} to name "
        f"{quote(call.principal.arn)} in the role's trust policy: it names {named}"
    )


def _unmet_needed(policy: Policy, call: RefusedCall) -> str | None:
    """Return whom to ask about what no setting of the profile may or can meet."""
    role = parse_arn(call.role_arn)
    if role is None:
        return None
    unmet = [each for each in describe_requirements(policy, call) if not each.endswith(MET)]
    return (
        f"ask an administrator of account {quote(role.account_id)} about the role's trust policy: "
        f"{'; '.join(unmet)}"
    )


def _names_caller(statement: Statement, policy: Policy, call: RefusedCall) -> bool:
    found = judge(Policy(version=policy.version, statements=(statement,)), call.request)
    return not isinstance(found, ImplicitDeny) or all(
        miss.element is not Element.PRINCIPAL for miss in found.misses
    )


def _permission_needed(call: RefusedCall, naming: Naming) -> str | None:
    """Return whom to ask if the trust policy allows the call, but the caller's policies may not."""
    if not call.needs_identity_policy(naming):
        return None
    return (
        f"ask an administrator of account {quote(call.principal.account_id)} to allow "
        f"{quote(ASSUME_ROLE)} on {quote(call.role_arn)} for {quote(call.principal.arn)}: "
        "the role's trust policy already allows it"
    )
