"""Find and rank the reasons of a refusal for which AWS gives none.

`file_signs` finds what is written and not used, and `comparison` has found those in other profiles'
results; those in the profile's own settings and its caller are found here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from sync_profiles.arn import is_role
from sync_profiles.causes import Cause
from sync_profiles.explain.case import Case
from sync_profiles.explain.file_signs import may_have_mfa, problem_in_file, signs_in_files
from sync_profiles.explain.findings import Finding, Topic, Wording, ruled_out, who_may_require_mfa
from sync_profiles.explain.weights import Weight
from sync_profiles.lint.arn_checks import instead_of_role, listing_of_devices
from sync_profiles.model import SESSION_NAME_KEY, Problem
from sync_profiles.outcomes import TRUST_POLICY, Failure
from sync_profiles.planning.name_forms import NameOwner, likely_owner
from sync_profiles.planning.session_name import is_identity_center_user, is_session_name, user_name
from sync_profiles.text import quote, shell_word

#: a reason this many points behind the most likely one is not shown: it is 250 times less likely
_NEGLIGIBLE = 8
#: reasons that assume that the value of another profile, or of a line that is not read, is right
_FROM_FILES = frozenset(
    {
        Wording.ACCOUNT_OF_NAME,
        Wording.ACCOUNT_SLIP,
        Wording.ACCOUNT_TRUSTS_OTHER,
        Wording.COMMENTED,
        Wording.COMMENTED_ACCOUNT,
        Wording.EXTERNAL_ID_ELSEWHERE,
        Wording.HOP_NAME,
        Wording.KEYS_FOR_ROLE,
        Wording.MFA_ELSEWHERE,
        Wording.MISSPELLED_KEY,
        Wording.MISSPELLED_SOURCE,
        Wording.NOT_INHERITED,
        Wording.OTHER_EXTERNAL_ID,
        Wording.OTHER_SESSION_NAME,
        Wording.OTHER_PATH,
        Wording.OTHER_SPELLING,
        Wording.OTHER_STYLE,
        Wording.OVERRIDDEN,
        Wording.OWN_SESSION_NAME,
        Wording.NAME_KEPT,
        Wording.PROBLEM_IN_FILE,
        Wording.REGION_ELSEWHERE,
        Wording.REGION_NOT_ALLOWED,
        Wording.ROLE_TRUSTS_OTHER,
        Wording.SIMILAR_ROLE,
        Wording.SLIP_OF_PROFILE,
        Wording.SLIP_OF_WORD,
        Wording.SWALLOWED_KEY,
        Wording.USER_NAME,
    }
)
#: reasons that assume that the region is the profile's own
_OF_OWN_REGION = {Wording.REGION_ELSEWHERE, Wording.REGION_NOT_ALLOWED}
#: what is said of every role, or of every one of an account
_WITHOUT_A_SIGN = frozenset(
    {
        *(Wording.FIXED_NAME, Wording.MFA_OF_SESSION, Wording.NO_EXTERNAL_ID),
        *(Wording.NO_SUCH_NAME, Wording.NO_SUCH_ROLE, Wording.WRONG_EXTERNAL_ID),
    }
)


def rank_reasons(case: Case) -> tuple[Finding, ...]:
    """Return the likely reasons, the most likely first; none if AWS says what is wrong."""
    failure = case.failure
    if case.operation != "AssumeRole" or not failure.is_denial:
        return ()
    is_overridden = case.background.overrides.is_overridden("region")
    guess = ruled_out(Topic.MFA) if case.learned.tests_mfa else None
    findings = tuple(
        finding
        for finding in (*signs_in_files(case), *case.findings, *findings_of_profile(case))
        if finding.topic not in case.learned.tried or finding.wording not in _FROM_FILES
        if finding != guess
        if finding.wording not in _OF_OWN_REGION or not is_overridden
    )
    is_denied = failure.cause is Cause.EXPLICIT_DENY
    is_named = failure.is_by_trust_policy or failure.is_by_caller or is_denied
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
        if finding.wording is not None:
            shown.setdefault(finding.topic, finding)
    order = list(Topic)
    ranked = sorted(shown, key=lambda topic: (-weights[topic], order.index(topic)))
    most = max((weights[topic] for topic in ranked), default=0)
    least = max(most - _NEGLIGIBLE, Weight.RULED_OUT // 2)
    return tuple(shown[topic] for topic in ranked if weights[topic] > least)


def topics_left_by(failure: Failure) -> frozenset[Topic]:
    """Return what a setting of the files may be wrong about, as far as AWS leaves it open."""
    by_role = {Topic.MFA, Topic.EXTERNAL_ID, Topic.SESSION_NAME}
    if failure.is_by_caller:
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
    topics, weak = topics_left_by(failure), _WITHOUT_A_SIGN
    if failure.is_by_caller:
        topics, weak = topics - {Topic.REGION}, weak | {Wording.NO_MFA}
    topics -= {Topic.TRUST}  # another caller is tried, and no sign of it is enough
    if failure.policy_type in TRUST_POLICY:
        weak -= {Wording.WRONG_EXTERNAL_ID}
        yield Finding(Topic.EXTERNAL_ID, Weight.RARELY_DENIED)
    if failure.may_name_roles:
        yield Finding(Topic.ROLE_NAME, Weight.RARELY_DENIED)
    for finding in findings:
        is_meant = failure.is_by_caller and finding.wording is Wording.KEYS_FOR_ROLE
        is_sign = finding.topic in topics and finding.wording not in weak
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
    facts = {"setting": case.at("role_arn")}
    yield Finding(Topic.ROLE_NAME, Weight.ROLE_NAME, Wording.NO_SUCH_ROLE, facts)


def _trust(case: Case) -> Iterator[Finding]:
    principal = case.principal_arn
    if principal is not None and principal.kind == "federated-user":
        facts = {"setting": case.at("source_profile")}
        yield Finding(Topic.TRUST, Weight.CERTAIN, Wording.FEDERATED_USER, facts)
    hop = case.calling.above
    if hop is not None:
        is_open = Topic.TRUST not in case.learned.tried  # the source itself may have been refused
        only = f", but trusts {quote(str(case.source))}" if is_open else ""
        facts = {"hop": quote(hop), "only": only}
        yield Finding(Topic.TRUST, Weight.NOT_A_USER, Wording.SESSION_NOT_TRUSTED, facts)
    elif not case.failure.is_by_trust_policy:  # there, the hint ends with this step
        yield Finding(Topic.TRUST, Weight.TRUST_POLICY, Wording.NOT_TRUSTED)


def _need(case: Case) -> Iterator[Finding]:
    role, principal = case.role_arn, case.principal_arn
    if role is None or principal is None or principal.account_id != role.account_id:
        return
    if principal.session_role == role.name:
        yield Finding(Topic.NEED, Weight.NOT_A_USER, Wording.NOT_NEEDED, {"name": case.name})


def _user_name(case: Case) -> Iterator[Finding]:
    user = user_name(case.caller)
    if not case.calling.is_user:
        facts = {"who": _no_user(case)}
        yield Finding(Topic.USER_NAME, Weight.NO_USER_NAME, Wording.NO_USER_NAME, facts)
    elif user is not None and not is_session_name(user):
        facts = {"who": f"a user called {quote(user)}"}
        yield Finding(Topic.USER_NAME, Weight.NOT_A_USER, Wording.NO_USER_NAME, facts)


def _no_user(case: Case) -> str:
    """Return what calls in place of an IAM user."""
    if case.caller is not None and not case.is_chained and is_identity_center_user(case.caller):
        return "an Identity Center user"
    arn = case.principal_arn
    return "the root user" if arn is not None and arn.kind == "root" else "a role's session"


def _external_id(case: Case) -> Iterator[Finding]:
    role, principal = case.role_arn, case.principal_arn
    if case.setting("external_id") is not None:
        facts = {"setting": case.at("external_id")}
        yield Finding(Topic.EXTERNAL_ID, Weight.EXTERNAL_ID, Wording.WRONG_EXTERNAL_ID, facts)
    else:
        is_within = role and principal and role.account_id == principal.account_id
        weight = Weight.NO_EXTERNAL_ID_WITHIN if is_within else Weight.NO_EXTERNAL_ID
        yield Finding(Topic.EXTERNAL_ID, weight, Wording.NO_EXTERNAL_ID)


def _mfa(case: Case) -> Iterator[Finding]:
    facts = {"who": who_may_require_mfa(case.failure), "caller": _no_user(case)}
    is_user = case.calling.is_user
    if not is_user:
        yield Finding(Topic.MFA, Weight.NO_MFA, Wording.MFA_OF_SESSION, facts)
    elif not case.setting("mfa_serial") and may_have_mfa(case.source_profile, is_user=is_user):
        weight = Weight.NO_MFA_BY_TRUST if case.failure.is_by_trust_policy else Weight.NO_MFA
        yield Finding(Topic.MFA, weight, Wording.NO_MFA, facts | {"devices": _devices(case)})


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
    yield Finding(Topic.PERMISSION, Weight.PERMISSION, Wording.NO_PERMISSION)


def _session_name(case: Case) -> Iterator[Finding]:
    """Yield session names that the role may require: others than the one that was tried."""
    profile, wanted, caller = case.profile, case.wanted_name, case.principal_arn
    if wanted is None:
        if profile is None:
            return
        if profile.session_name is not None:
            facts = {"name": quote(profile.session_name)}
            yield Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, Wording.FIXED_NAME, facts)
            return
        if (
            caller is None
            or caller.kind != "assumed-role"
            or likely_owner(caller.name) is NameOwner.NOBODY  # every session gets a new name
        ):
            yield Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, Wording.FIXED_UNKNOWN_NAME)
            return
        facts = {"name": quote(caller.name), "name_word": shell_word(caller.name)}
        yield Finding(Topic.SESSION_NAME, Weight.OWN_NAME, Wording.OWN_SESSION_NAME, facts)
        return
    facts = {"name": quote(wanted)}
    if case.note is not None and profile is not None and wanted != profile.session_name:
        kept = facts | {"profile": case.name, "note": case.note}
        yield Finding(Topic.SESSION_NAME, Weight.NOT_A_USER, Wording.NAME_KEPT, kept)
    hop = case.calling.above
    user = user_name(case.caller) if hop is None else None
    used = {wanted, case.setting(SESSION_NAME_KEY)}
    if hop is not None and caller is not None and caller.name != wanted:
        facts |= {"hop": quote(hop), "used": quote(caller.name)}
        yield Finding(Topic.SESSION_NAME, Weight.NOT_A_USER, Wording.HOP_NAME, facts)
    elif user is not None and user not in used and is_session_name(user):
        facts["user"] = quote(user)
        yield Finding(Topic.SESSION_NAME, Weight.NOT_THE_USER_NAME, Wording.USER_NAME, facts)
    else:
        yield Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, Wording.FIXED_NAME, facts)


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
