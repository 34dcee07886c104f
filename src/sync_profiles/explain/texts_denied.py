"""Messages and hints about policies, and about a refusal without a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.explain.learned import FROM_FILES
from sync_profiles.explain.profile_findings import own_settings, own_signs
from sync_profiles.explain.suspicions import (
    NEGLIGIBLE,
    Finding,
    Topic,
    Wording,
    describe,
    rank,
)
from sync_profiles.outcomes import MAY_REQUIRE_MFA, TRUST_POLICY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_profiles.explain.case import Case

_WHERE = {
    "identity-based": " in a policy of {principal}",
    "permissions boundary": " in the permissions boundary of {principal}",
    "session": " in the session policy that {source_words} is given",
    "service control": " in a service control policy",
    "resource control": " in a resource control policy",
    "VPC endpoint": " in the policy of the VPC endpoint for STS",
    "resource-based": " in the trust policy of the role",
    "role trust": " in the trust policy of the role",
}
_ORGANIZATION = frozenset({"service control", "resource control"})
_ROLE_SIDE = frozenset({"resource-based", "resource control", "role trust"})


def in_own_statement(action: str) -> str:
    """Return the hint to allow an action that goes with AssumeRole, without loosening that."""
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    # the key only exists for AssumeRole: in the same statement it would refuse the other actions
    return (
        f"ask an administrator of {{role_account}} to allow `{action}` in the trust policy, in a "
        "statement without a condition on `sts:RoleSessionName`"
    )


def not_authorized(case: Case) -> str | None:
    """Say that AWS gave no reason."""
    if case.operation != "AssumeRole":
        return case.fill("AWS refused {action}{said}")
    message = "AWS refused to let {principal} assume {role} and gave no reason"
    is_unusual = case.words and "not authorized" not in case.words.lower()
    return case.fill(message + "{said}" if is_unusual else message)


def likely_reasons(case: Case) -> str | None:
    """Rank the reasons that AWS did not give."""
    if case.operation != "AssumeRole":
        return case.fill(
            "ask an administrator of {principal_account} to allow {action} for {principal}"
        )
    return _describe(case)


def not_allowed(case: Case) -> str | None:
    """Say that no policy of a kind allows the call."""
    return case.fill(
        f"no {_policy(case)} allows {{action}} on {{role}} for {{principal}}{{policy_arn}}"
    )


def ask_to_allow(case: Case) -> str | None:
    """Say whom to ask; for the role's trust policy, list first what it may require."""
    ask = _ask(case, "to allow {action} on {role}")
    return _describe(case, otherwise=ask)


def denied(case: Case) -> str | None:
    """Say that a policy of a kind denies the call."""
    policy = _policy(case)
    article = "an" if policy[0] in "aeio" else "a"
    return case.fill(
        f"{article} {policy} denies {{action}} on {{role}} for {{principal}}{{policy_arn}}"
    )


def ask_to_exclude(case: Case) -> str | None:
    """Say whom to ask; list settings that may lift the deny first."""
    ask = _ask(case, "to exclude {action} on {role} from the deny")
    if case.policy_type == "role trust" and not case.calls_as_user:
        ask += "; a condition on `${aws:username}` can never be met by this caller"
    return _describe(case, otherwise=ask)


def _describe(case: Case, *, otherwise: str | None = None) -> str | None:
    """Return the likely reasons as a hint, and what was tried and is none."""
    ranked, note = reasons(case), case.learned.note
    hint = describe(ranked, otherwise=otherwise)
    if hint is None or note is None or (ranked and ranked[0].is_certain):
        return hint
    return hint + "; " + note


def reasons(case: Case) -> tuple[Finding, ...]:
    """Return the likely reasons that AWS does not give, the most likely first.

    There are none if AWS says what is wrong.
    """
    if case.operation != "AssumeRole":
        return ()
    if case.cause is not Cause.NOT_AUTHORIZED and not (
        case.is_by_trust_policy
        or (case.cause is Cause.EXPLICIT_DENY and case.policy_type in MAY_REQUIRE_MFA)
    ):
        return ()
    findings = tuple(
        finding
        for finding in (*own_signs(case), *case.findings, *own_settings(case))
        if finding.topic not in case.learned.tried or finding.wording not in FROM_FILES
    )
    if case.is_by_trust_policy:
        findings = if_by_trust_policy(findings)
    elif case.cause is Cause.EXPLICIT_DENY:
        findings = if_by_deny(findings, is_by_role=case.policy_type in TRUST_POLICY)
    return rank(findings)


def if_by_trust_policy(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that remain if STS says that the trust policy does not allow the call.

    The caller's own policies are not the reason. The role's name comes last: STS has most likely
    read the policy of a role that exists, though it is not documented that it answers otherwise for
    one that does not. All other findings remain: a trust policy may require MFA, an external ID, a
    session name or a user name, or trust another caller.
    """
    left = tuple(finding for finding in findings if finding.topic is not Topic.PERMISSION)
    return (*left, Finding(Topic.ROLE_NAME, -NEGLIGIBLE))


def if_by_deny(findings: Iterable[Finding], *, is_by_role: bool) -> tuple[Finding, ...]:
    """Return the findings that remain if STS says that a policy of the caller or the role denies.

    Either may require MFA; the role's trust policy may require an external ID or a name as well,
    though few deny what comes without: there must be some sign of it.
    """
    topics = {Topic.MFA}
    if is_by_role:
        topics |= {Topic.EXTERNAL_ID, Topic.SESSION_NAME}
    return tuple(
        finding
        for finding in findings
        if finding.is_certain
        or (
            finding.topic in topics
            and finding.wording not in {Wording.FIXED_NAME, Wording.NO_EXTERNAL_ID}
        )
    )


def _ask(case: Case, what: str) -> str:
    """Return whom to ask for which change in which policy."""
    kind = case.policy_type
    account = "{role_account}" if kind in _ROLE_SIDE or kind is None else "{principal_account}"
    organization = "the organization of " if kind in _ORGANIZATION else ""
    where = _WHERE.get(kind or "", "")
    return case.fill(f"ask an administrator of {organization}{account} {what}{where}")


def _policy(case: Case) -> str:
    kind = case.policy_type
    if kind is None:
        return "policy"
    return kind if kind == "permissions boundary" else f"{kind} policy"
