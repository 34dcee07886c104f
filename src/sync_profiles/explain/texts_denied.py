"""Messages and hints about policies, and about a refusal without a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sync_profiles.explain.case import Case
from sync_profiles.explain.findings import Finding, Topic, correct_if_typo, ruled_out
from sync_profiles.outcomes import OF_ORGANIZATION, ROLE_SIDE, TRUST_POLICY, WITH_WEB_IDENTITY
from sync_profiles.text import join

#: how many likely reasons a hint describes; it only names the others
_DESCRIBED = 2
#: what a hint calls the topic of a less likely reason
_NAMES: Mapping[Topic, str] = {
    Topic.NEED: "a session that has the role already",
    Topic.USER_NAME: "a condition on `${aws:username}`",
    Topic.TRUST: "the trust policy",
    Topic.MFA: "MFA",
    Topic.ROLE_NAME: "a role that does not exist",
    Topic.PERMISSION: "the caller's own policies",
    Topic.EXTERNAL_ID: "the external ID",
    Topic.SESSION_NAME: "a fixed session name",
    Topic.REGION: "the region",
    Topic.DIFFERENCE: "a difference from a profile that works for the same role",
}
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


def ask_to_allow_too(action: str) -> Callable[[Case], str]:
    """Return who can allow an action that goes with AssumeRole: both sides have to.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
    """

    def ask(case: Case) -> str:
        kind = case.failure.policy_type
        if kind is not None and kind not in TRUST_POLICY:
            is_denied = "explicit deny" in case.failure_message.lower()
            step = "exclude {} from the deny" if is_denied else "allow {}"
            return _ask(case, "to " + step.format(f"`{action}` on {{role}}"))
        # the key only exists for AssumeRole: in the same statement it would refuse the other ones
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
        step = (
            f"ask an administrator of {{role_account}} to allow `{action}` in the trust policy, in "
            "a statement without a condition on `sts:RoleSessionName`"
        )
        own = "; also ask one of {principal_account} to allow it in a policy of {principal}"
        return case.fill(step + own if kind is None else step)

    return ask


def not_authorized(case: Case) -> str | None:
    """Return the message that AWS gave no reason."""
    if case.operation == WITH_WEB_IDENTITY:
        return case.fill("AWS refused to let the token of {source_words} assume {role}{said}")
    if case.operation != "AssumeRole":
        return case.fill("AWS refused {action}{said}")
    message = "AWS refused to let {principal} assume {role} and gave no reason"
    is_unusual = case.failure_message and "not authorized" not in case.failure_message.lower()
    return case.fill(message + "{said}" if is_unusual else message)


def name_likely_reasons(case: Case) -> str | None:
    """Return the hint: the likely reasons, as AWS gave none."""
    if case.operation == WITH_WEB_IDENTITY:
        return case.fill(
            "ask an administrator of {role_account} which tokens the trust policy of {role} lets "
            "in: it names their provider, and mostly their audience and subject"
        )
    if case.operation != "AssumeRole":
        return case.fill(
            "ask an administrator of {principal_account} to allow {action} for {principal}"
        )
    return _describe(case)


def ask_to_allow(case: Case) -> str | None:
    """Return the hint: whom to ask; for the role's trust policy, first what it may require."""
    ask = _ask(case, "to allow {call}")
    return _describe(
        case, otherwise=_if_typo(case) + ask if case.failure.is_by_other_policy else ask
    )


def denied(case: Case) -> str | None:
    """Return the message that a policy of a kind denies the call."""
    article = "an" if case.policy[0] in "aeio" else "a"
    return case.fill(article + " {policy} denies {call} for {principal}{policy_arn}")


def ask_to_exclude(case: Case) -> str | None:
    """Return the hint: whom to ask; first the settings that may lift the deny."""
    ask = _ask(case, "to exclude {call} from the deny")
    if case.failure.policy_type == "role trust":
        ask += case.never_as_user
    elif case.failure.may_name_roles and not case.reasons:
        ask = _if_typo(case) + ask
    return _describe(case, otherwise=ask)


def _if_typo(case: Case) -> str:
    """Return the step before the next one, unless the role exists or is in doubt already."""
    is_there = any(each == ruled_out(Topic.ROLE_NAME) for each in case.learned.findings)
    is_doubted = any(each.topic is Topic.ROLE_NAME for each in case.reasons)
    return "" if is_there or is_doubted else correct_if_typo(case.at("role_arn"))


def _describe(case: Case, *, otherwise: str | None = None) -> str | None:
    note = case.learned.note
    hint = describe(case.reasons, otherwise=otherwise)
    if hint is None or note is None or (case.reasons and case.reasons[0].is_certain):
        return hint
    return hint + "; " + note


def describe(ranked: Sequence[Finding], *, otherwise: str | None = None) -> str | None:
    """Return ranked findings as a hint: the certain one, or else the likely reasons in order.

    `otherwise` is the step that remains if none of the reasons applies.
    """
    if not ranked:
        return otherwise
    texts = [finding.text for finding in ranked[:_DESCRIBED]]
    if ranked[0].is_certain:
        return texts[0]
    if len(texts) == 1:
        hint = "likely reason: " + texts[0]
    else:
        numbered = [f"({number}) " + text for number, text in enumerate(texts, 1)]
        hint = "likely reasons: " + join("; ", numbered)
    if further := further_reasons(ranked):
        hint += f"; also possible: {', '.join(further)}"
    return hint if otherwise is None else hint + "; otherwise " + otherwise


def further_reasons(ranked: Sequence[Finding]) -> list[str]:
    """Return the names of the reasons that a hint names without describing them."""
    return [_NAMES[finding.topic] for finding in ranked[_DESCRIBED:]]


def _ask(case: Case, what: str) -> str:
    """Return whom to ask for which change in which policy."""
    kind = case.failure.policy_type
    account = "{role_account}" if kind in ROLE_SIDE or kind is None else "{principal_account}"
    organization = "the organization of " if kind in OF_ORGANIZATION else ""
    where = _WHERE.get(kind or "", "")
    return case.fill(f"ask an administrator of {organization}{account} {what}{where}")
