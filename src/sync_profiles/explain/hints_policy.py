"""Messages and hints for what a policy refuses, and for the refusal that names no policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.causes import Cause
from sync_profiles.explain.explanation import Explanation
from sync_profiles.explain.profile_findings import own_settings, unread_lines
from sync_profiles.explain.suspicions import describe, if_by_deny, if_by_trust_policy, rank
from sync_profiles.outcomes import MAY_DEMAND_MFA, TRUST_POLICY
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_profiles.explain.case import Case
    from sync_profiles.explain.suspicions import Finding


def not_authorized(case: Case) -> Explanation:
    """Explain the refusal that names no reason: rank the reasons."""
    if case.operation != "AssumeRole":
        return Explanation(
            message=case.saying(f"AWS refuses {case.action}"),
            hint=f"ask an administrator of {case.principal_account} to allow {case.action} "
            f"for {case.principal}",
        )
    message = f"AWS refused to let {case.principal} assume {case.role} and gave no reason"
    if case.words and "not authorized" not in case.words.lower():
        message = f"{message}: {case.words}"
    return Explanation(message=message, hint=describe(rank(_findings(case))))


def implicit_deny(case: Case) -> Explanation:
    """Explain that no policy of a kind allows the call; where it is the role's, rank why."""
    kind = case.failure.policy_type if case.failure is not None else None
    hint: str | None = _ask(case, kind, f"to allow {case.action} on {case.role}")
    if case.is_by_trust_policy:
        hint = describe(rank(if_by_trust_policy(_findings(case))), otherwise=hint)
    return Explanation(
        message=f"no {_policy(kind)} allows {case.action} on {case.role} for {case.principal}"
        f"{_arn(case)}",
        hint=hint,
    )


def explicit_deny(case: Case) -> Explanation:
    """Explain that a policy of a kind denies the call, and what it may be denied for want of."""
    kind = case.failure.policy_type if case.failure is not None else None
    ask = _ask(case, kind, f"to except {case.action} on {case.role} from the deny")
    if kind == "role trust" and not case.calls_as_user:
        ask += "; a condition on `${aws:username}` can never hold for this caller"
    about: Iterable[Finding] = ()
    if kind in MAY_DEMAND_MFA:
        about = if_by_deny(_findings(case), is_by_role=kind in TRUST_POLICY)
    return Explanation(
        message=f"{_article(_policy(kind))} denies {case.action} on {case.role} "
        f"for {case.principal}{_arn(case)}",
        hint=describe(rank(about), otherwise=ask),
    )


def tag_session(case: Case) -> Explanation:
    """Explain that session tags may not be passed."""
    return Explanation(
        message=f"{case.principal} passes session tags and may not call {case.action} "
        f"on {case.role}",
        hint=_own_statement(case),
    )


def source_identity(case: Case) -> Explanation:
    """Explain that the caller's source identity may not be passed on."""
    return Explanation(
        message=f"{case.principal} carries a source identity and may not call {case.action} "
        f"on {case.role}",
        hint=_own_statement(case),
    )


def _findings(case: Case) -> tuple[Finding, ...]:
    return (*unread_lines(case), *case.findings, *own_settings(case))


_WHERE = {
    "identity-based": "in a policy of {caller}",
    "permissions boundary": "in the permissions boundary of {caller}",
    "session": "in the session policy that {source} is given",
    "service control": "in a service control policy",
    "resource control": "in a resource control policy",
    "VPC endpoint": "in the policy of the VPC endpoint for STS",
    "resource-based": "in the trust policy of the role",
    "role trust": "in the trust policy of the role",
}
_ORGANIZATION = frozenset({"service control", "resource control"})
_ROLE_SIDE = frozenset({"resource-based", "resource control", "role trust"})


def _ask(case: Case, kind: str | None, what: str) -> str:
    """Return whom to ask for which change in which policy."""
    account = case.role_account if kind in _ROLE_SIDE or kind is None else case.principal_account
    who = f"an administrator of {account}"
    if kind in _ORGANIZATION:
        who = f"an administrator of the organization of {account}"
    where = _WHERE.get(kind or "", "").format(caller=case.principal, source=case.source_words)
    return f"ask {who} {what}" + (f" {where}" if where else "")


def _own_statement(case: Case) -> str:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
    # the key exists for AssumeRole alone: in one statement with the others it refuses them
    return (
        f"ask an administrator of {case.role_account} to allow {case.action} in the trust policy, "
        "in a statement without a condition on `sts:RoleSessionName`"
    )


def _policy(kind: str | None) -> str:
    if kind is None:
        return "policy"
    return kind if kind == "permissions boundary" else f"{kind} policy"


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def _arn(case: Case) -> str:
    arn = case.failure.policy_arn if case.failure is not None else None
    return f" ({quote(arn)})" if arn else ""


WRITERS = {
    Cause.NOT_AUTHORIZED: not_authorized,
    Cause.IMPLICIT_DENY: implicit_deny,
    Cause.EXPLICIT_DENY: explicit_deny,
    Cause.TAG_SESSION_NOT_ALLOWED: tag_session,
    Cause.SOURCE_IDENTITY_NOT_ALLOWED: source_identity,
}
