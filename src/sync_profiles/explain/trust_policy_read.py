"""Read the refused role's trust policy: what follows from it is the answer, and no guess."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sync_profiles.causes import Cause
from sync_profiles.explain.candidates import Candidate
from sync_profiles.explain.findings import Finding, Topic, proved
from sync_profiles.explain.learned import denied_to_caller, may_be_limited
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.required_change import (
    RequiredChange,
    change_beside_name,
    is_new_mfa_younger,
    required_change,
)
from sync_profiles.explain.requirements import MET, NOT_KNOWN, describe_requirements
from sync_profiles.explain.texts_setup import lower_duration
from sync_profiles.explain.whom_to_ask import (
    ask_about,
    ask_about_undecided,
    ask_caller,
    ask_to_name,
    name_to_find,
)
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.outcomes import SERVICE_CONTROL, TRUST_POLICY, Failure, Side, Simulation
from sync_profiles.policy.grammar import Policy
from sync_profiles.policy.judge import (
    Allow,
    CannotTell,
    ExplicitDeny,
    ImplicitDeny,
    Naming,
    judge,
)
from sync_profiles.policy.key_values import is_of_mfa
from sync_profiles.text import Phrase, join, quote
from sync_profiles.trust_policy.callers import keys_of_providers, unknown_to_aws
from sync_profiles.trust_policy.condition_keys import slips_among

_FindChange = Callable[[Policy, RefusedCall], RequiredChange | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicyRead:
    """What the refused role's real trust policy requires, and the profile that could read it.

    Of two calls that were refused, it is about `call`; `policy` is None if it was not understood.
    `problem` says why a policy could not be parsed. `finding` is the next step, which follows from
    the policy; with `is_own`, it is a change in the refused profile that makes the policy allow the
    call. `not_checked` is the part of it about the trust policy where AWS alone can check whether
    that allows the call, `sets` are the settings that it gives, `is_open` is whether the caller's
    own policies may refuse it as well, `is_about_mfa` whether it depends on MFA that AWS alone can
    see. `refuses` is whether the policy certainly refuses the call, and `naming` how it names the
    caller if it certainly allows it. `fact` is what was found out about the role, where that is
    more than the refusal says. `is_missing` means that no role has this ARN, and which one is meant
    is not known; `needs_name` that what it says is about another session name than that of the
    file, which a sync writes; `asks_access` that a statement is asked for which lets the caller in
    under that name.
    """

    call: RefusedCall
    reader: str
    policy: Policy | None = None
    requirements: tuple[str, ...] = ()
    problem: str | None = None
    is_own: bool = False
    not_checked: str | None = None
    sets: frozenset[str] = frozenset()
    is_open: bool = False
    is_about_mfa: bool = False
    refuses: bool = False
    naming: Naming | None = None
    fact: str | None = None
    finding: Finding | None = None
    is_missing: bool = False
    needs_name: bool = False
    asks_access: bool = False

    @property
    def role_arn(self) -> str:
        """The ARN of the role."""
        return str(self.call.role)

    @property
    def unmet(self) -> tuple[str, ...]:
        """The requirements without those that are met."""
        return tuple(each for each in self.requirements if not each.endswith(MET))

    @property
    def leaves_others(self) -> bool:
        """Whether another policy refuses the call."""
        return self.finding is None or self.naming is not None

    @property
    def open_topics(self) -> frozenset[Topic]:
        """What experiments may be about, as far as this leaves it open."""
        if self.leaves_others:  # the role exists
            closed = {Topic.ROLE_NAME} if self.naming is None else {Topic.ROLE_NAME, Topic.TRUST}
            return frozenset(Topic) - closed
        if self.is_missing:  # it has another ARN
            return frozenset({Topic.ROLE_NAME})
        if self.is_own and self.not_checked is None:
            return frozenset()
        # it may trust another source, or the calling session under another name or with MFA
        about = {Topic.SESSION_NAME: self.is_about_name, Topic.MFA: self.is_about_mfa}
        return frozenset({Topic.TRUST, *(topic for topic, is_open in about.items() if is_open)})

    @property
    def is_about_name(self) -> bool:
        """Whether the step in the profile sets another session name."""
        return self.is_own and SESSION_NAME_KEY in self.sets

    @property
    def needs_device(self) -> bool:
        """Whether the step adds an MFA device."""
        return "mfa_serial" in self.sets

    def with_duration(self, longest: int, call: RefusedCall) -> TrustPolicyRead:
        """Add how long a session of the role may be, if the profile asks for a longer one."""
        text = call.profile.text("duration_seconds") or ""
        if not text.isdecimal() or int(text) <= longest or self.is_missing:
            return self
        step = lower_duration(longest, setting=call.profile.at("duration_seconds"))
        if call.failure.cause is Cause.DURATION_TOO_LONG:
            finding = proved(Topic.DURATION, step)
            fact = f"`duration_seconds` {quote(text)} is longer than " + role_of(call) + " allows"
            return replace(self, is_own=True, fact=fact, finding=finding, is_open=False)
        return self.followed_by("also " + step)

    def followed_by(self, step: str) -> TrustPolicyRead:
        """Return this with a further step after the next one, if there is one."""
        if self.finding is None:
            return self
        finding = proved(self.finding.topic, self.finding.text + f"; {step}")
        return replace(self, finding=finding)

    def narrowed(
        self, policies: Simulation | Failure | None, side: Side | None, call: RefusedCall
    ) -> TrustPolicyRead:
        """Return the step that is left if the caller's own policies show which side refuses."""
        is_of_caller = side is Side.CALLER and self.naming is not None and self.finding is not None
        if is_of_caller and isinstance(policies, Simulation):
            return replace(self, finding=denied_to_caller(policies, call))
        if self.naming is not None and isinstance(policies, Simulation) and side is None:
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
            is_itself = self.naming is Naming.ITSELF and not call.needs_identity_policy(self.naming)
            is_limited = SERVICE_CONTROL in policies.limits or (policies.limits and not is_itself)
            return self.followed_by(may_be_limited(policies).text) if is_limited else self
        if side is None or self.not_checked is None or self.refuses:
            return self
        if side is Side.CALLER:
            step = ask_caller(call) + ": no policy of the caller does"
            finding = proved(Topic.PERMISSION, step)
            return replace(self, is_own=False, finding=finding, is_open=False)
        step = self.not_checked
        if not self.is_own:
            step += "; it is the role that refuses: the caller's own policies allow the call"
        return replace(self, finding=proved(Topic.TRUST, step), is_open=False)


def role_of(call: RefusedCall) -> Phrase:
    """Return the role, as the subject of a sentence."""
    return Phrase(f"the role {quote(str(call.role))}", "the role")


def read_trust_policy(
    policy: Policy,
    *,
    reader: str,
    call: RefusedCall,
    device: Candidate | None,
    values: Sequence[Candidate] = (),
) -> TrustPolicyRead:
    """Apply a trust policy to the refused call.

    `device` is an MFA device of the caller that the files have, `values` are their other values.
    """
    absent = frozenset(slips_among(unknown_to_aws(policy)))
    if call.user_name is not None:
        absent |= keys_of_providers(policy)
    is_mfa_new = call.has_mfa and is_new_mfa_younger(policy)
    calls = [replace(each, absent=absent, is_mfa_new=is_mfa_new) for each in call.under_both_names]
    call = min(calls, key=lambda each: _distance(policy, each))
    judgement = judge(policy, call.request)
    find_change = partial(required_change, device=device, values=values)
    is_about_trust = call.failure.is_denial and call.failure.policy_type in {None, *TRUST_POLICY}
    read = TrustPolicyRead(
        call=call,
        reader=reader,
        policy=policy,
        refuses=isinstance(judgement, ExplicitDeny | ImplicitDeny),
        naming=judgement.naming if isinstance(judgement, Allow) else None,
    )
    match judgement:
        case Allow() if call.failure.cause is Cause.NOT_AUTHORIZED:
            read = _if_allowed(read)
        case CannotTell() if is_about_trust:
            read = _if_undecided(read, policy, judgement, find_change)
        case ExplicitDeny() | ImplicitDeny() if is_about_trust:
            read = _if_refused(read, policy, calls, values, find_change)
        case ImplicitDeny() if call.failure.cause is Cause.SETTING_INVALID:
            found = _if_refused(read, policy, calls, values, find_change)
            read = found if "external_id" in found.sets else read
        case _:
            pass
    call = read.call
    return replace(
        read,
        requirements=describe_requirements(policy, call),
        asks_access=call.user_name is not None
        if isinstance(judgement, Allow)
        else ask_to_name(policy, call, ()) is not None,
        needs_name=not read.is_about_name
        and call.session_name not in {None, call.profile.session_name},
    )


def _distance(policy: Policy, call: RefusedCall) -> tuple[int, ...]:
    """Return how far a call is from being allowed: of two names, the nearer one counts."""
    match judge(policy, call.request):
        case Allow():
            return (0,)
        case CannotTell():
            return (1,)
        case ImplicitDeny(misses=misses):
            return 2, min((len(each.conditions) for each in misses if each.conditions), default=0)
        case ExplicitDeny():
            return 3, *_distance(replace(policy, statements=policy.allows), call)


def _if_allowed(read: TrustPolicyRead) -> TrustPolicyRead:
    """Return that other policies refuse the call."""
    step = ask_caller(read.call)
    if not read.call.needs_identity_policy(read.naming):
        limits = "" if read.naming is Naming.ITSELF else "a permissions boundary or "
        step += f" in the policies that limit it, such as {limits}a service control policy"
    step += ": the role's trust policy already allows it"
    return replace(read, finding=proved(Topic.PERMISSION, step))


def _if_undecided(
    read: TrustPolicyRead, policy: Policy, judgement: CannotTell, find_change: _FindChange
) -> TrustPolicyRead:
    """Return what to change, or whom to ask, where AWS alone can check what the policy requires."""
    call = read.call
    change = find_change(policy, call) or name_to_find(policy, call, judgement)
    is_open = call.needs_identity_policy(judgement.naming) and call.failure.policy_type is None
    if change is None:
        read = replace(read, is_about_mfa=any(map(is_of_mfa, judgement.keys)))
        not_checked = ask_about_undecided(policy, call, judgement)
        step, otherwise = f"{not_checked}, which {NOT_KNOWN}", "if that is not the reason"
    else:
        step = not_checked = change.step
        otherwise, read = "if AWS still refuses it", _with_change(read, change)
    step += f"; {otherwise}, " + ask_caller(call) if is_open else ""
    finding = proved(Topic.TRUST, step)
    return replace(read, not_checked=not_checked, is_open=is_open, finding=finding)


def _if_refused(
    read: TrustPolicyRead,
    policy: Policy,
    calls: Sequence[RefusedCall],
    values: Sequence[Candidate],
    find_change: _FindChange,
) -> TrustPolicyRead:
    """Return what to change, or whom to ask; under either name, and the fewest changes count."""
    changes = [(each, found) for each in calls if (found := find_change(policy, each)) is not None]
    if not changes:
        step = _ask_with_own_part(policy, read.call, values, find_change)
        return replace(read, finding=proved(Topic.TRUST, step))
    call, change = max(changes, key=lambda pair: (pair[1].is_certain, -len(pair[1].keys)))
    read = replace(read, call=call, finding=proved(Topic.TRUST, change.step))
    if change.is_certain:
        return _with_change(read, change)
    return replace(read, sets=change.keys, not_checked=change.step)


def _with_change(read: TrustPolicyRead, change: RequiredChange) -> TrustPolicyRead:
    return replace(read, is_own=True, sets=change.keys)


def _ask_with_own_part(
    policy: Policy,
    call: RefusedCall,
    values: Sequence[Candidate],
    find: _FindChange,
) -> str:
    """Return whom to ask, after what to change in the profile besides."""
    own = change_beside_name(policy, call, find)
    if own is None:
        return ask_about(policy, call, values)
    return join("", [own.change, "; and ", ask_about(policy, own.call, values)])
