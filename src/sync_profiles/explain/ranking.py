"""Find and rank the reasons of a refusal for which AWS gives none.

`file_signs` and `profile_findings` find those in the profile's own settings, `comparison` has found
those in other profiles' results.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sync_profiles.causes import Cause
from sync_profiles.explain.case import Case
from sync_profiles.explain.file_signs import signs_in_files
from sync_profiles.explain.findings import Finding, Topic, Wording, ruled_out
from sync_profiles.explain.profile_findings import findings_of_profile
from sync_profiles.explain.weights import Weight
from sync_profiles.outcomes import TRUST_POLICY, Failure

#: a reason this many points behind the most likely one is not shown: it is 250 times less likely
_NEGLIGIBLE = 8
#: reasons that assume that the value of another profile, or of a line that is not read, is right
_FROM_FILES = frozenset(
    {
        Wording.ACCOUNT_SLIP,
        Wording.ACCOUNT_TRUSTS_OTHER,
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
        Wording.REGION_NOT_ALLOWED,
        Wording.ROLE_TRUSTS_OTHER,
        Wording.SIMILAR_ROLE,
        Wording.SLIP_OF_PROFILE,
        Wording.SLIP_OF_WORD,
        Wording.SWALLOWED_KEY,
        Wording.USER_NAME,
    }
)
#: what is said of every role, or of every one of an account
_WITHOUT_A_SIGN = frozenset(
    {
        *(Wording.FIXED_NAME, Wording.MFA_OF_SESSION, Wording.NO_EXTERNAL_ID),
        *(Wording.NO_SUCH_NAME, Wording.NO_SUCH_ROLE, Wording.WRONG_EXTERNAL_ID),
    }
)


def rank_reasons(case: Case) -> tuple[Finding, ...]:
    """Return the likely reasons that AWS does not give, the most likely first.

    There are none if AWS says what is wrong.
    """
    failure = case.failure
    if case.operation != "AssumeRole" or not failure.is_denial:
        return ()
    guess = ruled_out(Topic.MFA) if case.learned.tests_mfa else None
    findings = tuple(
        finding
        for finding in (*signs_in_files(case), *case.findings, *findings_of_profile(case))
        if finding.topic not in case.learned.tried or finding.wording not in _FROM_FILES
        if finding != guess
        if finding.topic is not Topic.REGION or not case.overrides.is_overridden("region")
    )
    is_denied = failure.cause is Cause.EXPLICIT_DENY
    is_named = failure.is_by_trust_policy or failure.is_by_caller or is_denied
    return rank(left_by(failure, findings) if is_named else findings)


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
    if not ranked:
        return ()
    least = max(weights[ranked[0]] - _NEGLIGIBLE, Weight.RULED_OUT // 2)
    return tuple(shown[topic] for topic in ranked if weights[topic] > least)


def topics_left_by(failure: Failure) -> frozenset[Topic]:
    """Return what a setting of the files may be wrong about, as far as AWS leaves it open."""
    by_role = {Topic.MFA, Topic.EXTERNAL_ID, Topic.SESSION_NAME}
    if failure.is_by_caller:
        return frozenset({Topic.ROLE_NAME, Topic.MFA, Topic.TRUST, Topic.REGION})
    if failure.cause is not Cause.EXPLICIT_DENY:
        return frozenset({*by_role, Topic.ROLE_NAME, Topic.TRUST, Topic.REGION})
    if failure.policy_type in TRUST_POLICY:
        return frozenset({*by_role, Topic.REGION})
    return frozenset({Topic.MFA, Topic.REGION} if failure.may_be_for_mfa else {Topic.REGION})


def left_by(failure: Failure, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield the findings that remain if AWS says which kind of policy refuses the call.

    If a trust policy does not allow it, only the caller's own policies are not the reason. The
    role's name comes last: STS has most likely read the policy of a role that exists, though what
    it answers for other roles is not documented.

    Of other policies, only a sign counts. One of the caller that does not allow the call names
    roles, and may require MFA, or another caller was meant. Any may deny some regions, one of the
    caller or the role calls without MFA, and a role's those without an external ID or a name, but
    few do, and the fewest for an ID.
    """
    if failure.is_by_trust_policy:
        yield from (finding for finding in findings if finding.topic is not Topic.PERMISSION)
        yield Finding(Topic.ROLE_NAME, Weight.POLICY_WAS_READ)
        return
    topics, weak = topics_left_by(failure), _WITHOUT_A_SIGN
    if failure.is_by_caller:
        topics, weak = topics - {Topic.TRUST, Topic.REGION}, weak | {Wording.NO_MFA}
    if failure.policy_type in TRUST_POLICY:
        yield Finding(Topic.EXTERNAL_ID, Weight.RARELY_DENIED)
    for finding in findings:
        is_meant = failure.is_by_caller and finding.wording is Wording.KEYS_FOR_ROLE
        is_sign = finding.topic in topics and finding.wording not in weak
        if is_sign or is_meant or (finding.is_certain and Topic.MFA in topics):
            yield finding
