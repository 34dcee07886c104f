"""Find and rank the reasons of a refusal for which AWS gives none.

`file_signs` finds what is written and not used, and `comparison` has found those in other profiles'
results; those in the profile's own settings and its caller are found here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from sync_profiles.arn import Arn, is_role
from sync_profiles.causes import Cause
from sync_profiles.explain.case import Case
from sync_profiles.explain.file_signs import may_have_mfa, problem_in_file, signs_in_files
from sync_profiles.explain.findings import (
    NOT_TRUSTED,
    Basis,
    Finding,
    Topic,
    ruled_out,
    who_may_require_mfa,
)
from sync_profiles.explain.weights import Weight
from sync_profiles.lint.arn_checks import instead_of_role, listing_of_devices
from sync_profiles.model import SESSION_NAME_KEY, Problem
from sync_profiles.outcomes import TRUST_POLICY, Failure
from sync_profiles.planning.session_name import (
    NameOwner,
    is_identity_center_user,
    is_session_name,
    likely_owner,
    user_name,
)
from sync_profiles.text import quote, shell_word

#: a reason this many points behind the most likely one is not shown: it is 250 times less likely
_NEGLIGIBLE = 8


def rank_reasons(case: Case) -> tuple[Finding, ...]:
    """Return the likely reasons, the most likely first; none if AWS says what is wrong."""
    failure = case.failure
    if case.operation != "AssumeRole" or not failure.is_denial:
        return ()
    is_overridden = case.background.overrides.is_overridden("region")
    known = tuple(
        each
        for each in case.findings
        if not (is_overridden and each.topic is Topic.REGION) or each.is_proved
        if not (case.learned.tests_mfa and each == ruled_out(Topic.MFA))
    )
    findings = tuple(
        each
        for each in (*signs_in_files(case), *known, *findings_of_profile(case))
        if each.topic not in case.learned.tried or not each.supposes_value
    )
    is_denied = failure.cause is Cause.EXPLICIT_DENY
    is_named = failure.is_by_trust_policy or failure.is_by_other_policy or is_denied
    return rank(findings_left_by(failure, findings) if is_named else findings)


def rank(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings to show: the first certain one alone, else all that may be, in order.

    The weights on one topic add up, and the first wording is the one shown. Topics of equal
    weight come in the order of `Topic`.
    """
    weights: defaultdict[Topic, float] = defaultdict(float)
    shown: dict[Topic, Finding] = {}
    for finding in findings:
        if finding.is_certain:
            return (finding,)
        weights[finding.topic] += finding.weight
        if finding.text:
            shown.setdefault(finding.topic, finding)
    order = list(Topic)
    ranked = sorted(shown, key=lambda topic: (-weights[topic], order.index(topic)))
    most = max((weights[topic] for topic in ranked), default=0)
    least = max(most - _NEGLIGIBLE, Weight.RULED_OUT // 2)
    return tuple(shown[topic] for topic in ranked if weights[topic] > least)


def topics_left_by(failure: Failure) -> frozenset[Topic]:
    """Return what a setting of the files may be wrong about, as far as AWS leaves it open."""
    by_role = {Topic.MFA, Topic.EXTERNAL_ID, Topic.SESSION_NAME}
    if failure.is_by_other_policy:
        return frozenset({Topic.ROLE_NAME, Topic.MFA, Topic.TRUST, Topic.REGION})
    if failure.cause is not Cause.EXPLICIT_DENY:
        return frozenset({*by_role, Topic.ROLE_NAME, Topic.TRUST, Topic.REGION})
    if failure.policy_type in TRUST_POLICY:
        return frozenset({*by_role, Topic.TRUST, Topic.REGION})
    left = {Topic.REGION}
    left |= {Topic.MFA} if failure.may_be_for_mfa else set()
    left |= {Topic.ROLE_NAME} if failure.may_name_roles else set()
    return frozenset(left)


def findings_left_by(failure: Failure, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings that remain if AWS says which kind of policy refuses the call.

    If a trust policy does not allow it, only the caller's own policies are not the reason. The
    role's name comes last: STS has most likely read the policy of a role that exists, though what
    it answers for other roles is not documented.

    Of other policies, only a sign counts. One of the caller that does not allow the call names
    roles, and may require MFA, or another caller was meant. Any may deny some regions, one of the
    caller roles that it does not name, one of the caller or the role calls without MFA, and a
    role's those without an external ID or a name, but few do, and the fewest for an ID; then one
    that is set is a sign.
    """
    if failure.is_by_trust_policy:
        yield from (finding for finding in findings if finding.topic is not Topic.PERMISSION)
        yield Finding(Topic.ROLE_NAME, Weight.POLICY_WAS_READ)
        return
    topics = topics_left_by(failure) - ({Topic.REGION} if failure.is_by_other_policy else set())
    topics -= {Topic.TRUST}  # another caller is tried, and no sign of it is enough
    if failure.policy_type in TRUST_POLICY:
        yield Finding(Topic.EXTERNAL_ID, Weight.RARELY_DENIED)
    if failure.may_name_roles:
        yield Finding(Topic.ROLE_NAME, Weight.RARELY_DENIED)
    for finding in findings:
        is_meant = finding.topic is Topic.TRUST and finding.basis is Basis.PROBLEM
        is_meant &= failure.is_by_other_policy
        is_sign = finding.topic in topics and finding.basis is not Basis.EVERY_ROLE
        if is_sign or is_meant or (finding.is_certain and Topic.MFA in topics):
            yield finding


def findings_of_profile(case: Case) -> Iterator[Finding]:
    """Yield findings from the profile's own settings and its caller, topic by topic."""
    for find in _FINDERS:
        yield from find(case)


def _role_name(case: Case) -> Iterator[Finding]:
    role = case.role_arn
    if role is not None and case.profile is not None and not is_role(role):
        message, hint = instead_of_role(case.profile.role_arn, role)  # as `check` says it
        problem = Problem(place=case.profile.place_of("role_arn"), message=message, hint=hint)
        yield problem_in_file(problem, "role_arn", Weight.CERTAIN)
    text = "the role does not exist: a typo or a wrong case in " + case.at("role_arn")
    text += ", or it was deleted"
    yield Finding(Topic.ROLE_NAME, Weight.ROLE_NAME, text, Basis.EVERY_ROLE)


def _trust(case: Case) -> Iterator[Finding]:
    principal = case.principal_arn
    if principal is not None and principal.kind == "federated-user":
        step = "use an IAM user or a role as the source in " + case.at("source_profile")
        step += ": a federated user cannot assume roles"
        yield Finding(Topic.TRUST, Weight.CERTAIN, step)
    hop = case.calling.above
    if hop is not None:
        is_open = Topic.TRUST not in case.learned.tried  # the source itself may have been refused
        only = f", but trusts {quote(str(case.source))}" if is_open else ""
        text = f"the role does not trust the session of {quote(hop)}{only}"
        yield Finding(Topic.TRUST, Weight.NOT_A_USER, text)
    elif not case.failure.is_by_trust_policy:  # there, the hint ends with this step
        yield Finding(Topic.TRUST, Weight.TRUST_POLICY, NOT_TRUSTED)


def _need(case: Case) -> Iterator[Finding]:
    role, principal = case.role_arn, case.principal_arn
    if role is None or principal is None or principal.account_id != role.account_id:
        return
    if principal.session_role == role.name:
        text = f"{case.name} is not needed (the caller has the role already)"
        yield Finding(Topic.NEED, Weight.NOT_A_USER, text)


def _user_name(case: Case) -> Iterator[Finding]:
    user, text = user_name(case.caller), "the role has a condition on `${aws:username}`, which "
    if not case.calling.is_user:
        text += f"{_no_user(case)} never meets"
        yield Finding(Topic.USER_NAME, Weight.NO_USER_NAME, text)
    elif user is not None and not is_session_name(user):
        text += f"a user called {quote(user)} never meets"
        yield Finding(Topic.USER_NAME, Weight.NOT_A_USER, text)


def _no_user(case: Case) -> str:
    """Return what calls in place of an IAM user."""
    if case.caller is not None and not case.is_chained and is_identity_center_user(case.caller):
        return "an Identity Center user"
    arn = case.principal_arn
    return "the root user" if arn is not None and arn.kind == "root" else "a role's session"


def _external_id(case: Case) -> Iterator[Finding]:
    role, principal = case.role_arn, case.principal_arn
    if case.setting("external_id") is not None:
        text = case.at("external_id") + " differs from the role's"
        is_named = case.failure.policy_type in TRUST_POLICY
        basis = Basis.EVIDENCE if is_named else Basis.EVERY_ROLE
        yield Finding(Topic.EXTERNAL_ID, Weight.EXTERNAL_ID, text, basis)
    else:
        is_within = role and principal and role.account_id == principal.account_id
        weight = Weight.NO_EXTERNAL_ID_WITHIN if is_within else Weight.NO_EXTERNAL_ID
        text = "the role requires an external ID (no `external_id` is set)"
        yield Finding(Topic.EXTERNAL_ID, weight, text, Basis.EVERY_ROLE)


def _mfa(case: Case) -> Iterator[Finding]:
    requires, is_user = f"{who_may_require_mfa(case.failure)} requires MFA", case.calling.is_user
    if not is_user:
        text = f"{requires}, which AWS never sees in a call of {_no_user(case)}"
        yield Finding(Topic.MFA, Weight.NO_MFA, text, Basis.EVERY_ROLE)
    elif not case.setting("mfa_serial") and may_have_mfa(case.source_profile, is_user=is_user):
        weight = Weight.NO_MFA_BY_TRUST if case.failure.is_by_trust_policy else Weight.NO_MFA
        basis = Basis.EVERY_ROLE if case.failure.is_by_other_policy else Basis.EVIDENCE
        text = f"{requires} (no `mfa_serial` is set; {_devices(case)})"
        yield Finding(Topic.MFA, weight, text, basis)


def _devices(case: Case) -> str:
    match case.learned.devices:
        case Failure(is_denial=True):
            return "you are not allowed to list your devices: an administrator can"
        case ():
            return "your user has no MFA device"
        case _:
            return f"{listing_of_devices(case.source.profile)} shows your devices"


def _permission(_: Case) -> Iterator[Finding]:
    # within one account, too, if the trust policy names the account
    text = "no policy of the caller allows `sts:AssumeRole` on the role"
    yield Finding(Topic.PERMISSION, Weight.PERMISSION, text)


def _session_name(case: Case) -> Iterator[Finding]:
    """Yield session names that the role may require: others than the one that was tried."""
    profile, wanted, caller = case.profile, case.wanted_name, case.principal_arn
    if wanted is None:
        yield from () if profile is None else _name_for_session(profile.session_name, caller)
        return
    if case.note is not None and profile is not None and wanted != profile.session_name:
        text = f"the role requires the session name {quote(wanted)}, which {case.name} does not use"
        text += f" ({case.note})"
        yield Finding(Topic.SESSION_NAME, Weight.NOT_A_USER, text, Basis.FILES)
    hop = case.calling.above
    user = user_name(case.caller) if hop is None else None
    used = {wanted, case.setting(SESSION_NAME_KEY)}
    if hop is not None and caller is not None and caller.name != wanted:
        text = f"the role trusts the session of {quote(hop)} only under your name {quote(wanted)}, "
        text += f"not as {quote(caller.name)}"
        yield Finding(Topic.SESSION_NAME, Weight.NOT_A_USER, text, Basis.FILES)
    elif user is not None and user not in used and is_session_name(user):
        text = f"the role requires your user name {quote(user)} as the session name, in place of "
        text += quote(wanted)
        yield Finding(Topic.SESSION_NAME, Weight.NOT_THE_USER_NAME, text, Basis.FILES)
    else:
        yield _fixed_name(wanted)


def _name_for_session(used: str | None, caller: Arn | None) -> Iterator[Finding]:
    """Yield the names that a role may require of a caller for which none is written."""
    if used is not None:
        yield _fixed_name(used)
    elif (
        caller is None
        or caller.kind != "assumed-role"
        or likely_owner(caller.name) is NameOwner.NOBODY  # every session gets a new name
    ):
        text = "the role requires a session name (`--session-name NAME` sets one)"
        yield Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, text)
    else:
        text = f"the role requires the session name {quote(caller.name)} of the caller "
        text += f"(`--session-name {shell_word(caller.name)}` sets it)"
        yield Finding(Topic.SESSION_NAME, Weight.OWN_NAME, text, Basis.FILES)


def _fixed_name(used: str) -> Finding:
    text = f"the role requires a fixed session name in place of {quote(used)}"
    return Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, text, Basis.EVERY_ROLE)


#: in order of preference among findings of equal strength
_FINDERS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    _role_name,
    _trust,
    _need,
    _user_name,
    _external_id,
    _mfa,
    _permission,
    _session_name,
)
