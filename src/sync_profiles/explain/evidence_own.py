"""What the profile's own settings and its caller tell about a refusal that names none of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id
from sync_profiles.causes import Cause
from sync_profiles.explain.evidence import Proof, Strength, Suspicion, Topic
from sync_profiles.planning.session_name import is_identity_center_user
from sync_profiles.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_profiles.arn import Arn
    from sync_profiles.explain.case import Case
    from sync_profiles.explain.evidence import Evidence

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def own_evidence(case: Case) -> tuple[Evidence, ...]:
    """Return what the profile's own settings and its caller tell."""
    return tuple(piece for witness in _WITNESSES if (piece := witness(case)) is not None)


def _not_a_role(case: Case) -> Evidence | None:
    arn = case.role_arn
    if arn is None or (arn.service == "iam" and arn.kind == "role"):
        return None
    role = f"arn:{arn.partition}:iam::{arn.account_id}:role/NAME"
    if arn.kind == "assumed-role":
        role = f"arn:{arn.partition}:iam::{arn.account_id}:role/{_role_of(arn) or 'NAME'}"
        what = "names a role's session"
    elif arn.service == "iam" and arn.kind == "user":
        what = "names an IAM user"
    else:
        what = "names no role"
    return Proof(step=f"correct {case.at('role_arn')}: it {what}, not a role such as {quote(role)}")


def _no_account(case: Case) -> Evidence | None:
    arn = case.role_arn
    if arn is None or is_account_id(arn.account_id):
        return None
    return Proof(
        step=f"correct {case.at('role_arn')}: {quote(arn.account_id)} is no account ID of 12 digits"
    )


def _no_name(case: Case) -> Evidence | None:
    """Look for what is no name of a role, such as one with a comment behind it."""
    arn = case.role_arn
    if arn is None or _ROLE_NAME.fullmatch(arn.name) is not None:
        return None
    return Proof(
        step=f"correct {case.at('role_arn')}: it ends in no role's name, which is 1 to 64 of "
        "`A-Z a-z 0-9 _+=,.@-`"
    )


def _other_partition(case: Case) -> Evidence | None:
    role, principal = case.role_arn, case.principal_arn
    if role is None or principal is None or role.partition == principal.partition:
        return None
    return Proof(
        step=f"use a source of partition {quote(role.partition)} in {case.at('source_profile')}: "
        f"the caller is of {quote(principal.partition)}, and no role trusts across partitions"
    )


def _federated_user(case: Case) -> Evidence | None:
    principal = case.principal_arn
    if principal is None or principal.kind != "federated-user":
        return None
    return Proof(
        step=f"use a source of an IAM user or of a role in {case.at('source_profile')}: a "
        "federated user's keys assume no role"
    )


def _own_session(case: Case) -> Evidence | None:
    role, principal = case.role_arn, case.principal_arn
    if role is None or principal is None or principal.kind != "assumed-role":
        return None
    if principal.account_id != role.account_id or _role_of(principal) != role.name:
        return None
    return Suspicion(
        topic=Topic.NEED,
        strength=Strength.STRONG,
        check=f"whether {case.name} is needed, as the caller has the role already",
    )


def _name_kept(case: Case) -> Evidence | None:
    profile = case.profile
    if case.note is None or profile is None or case.wanted_name in {None, profile.session_name}:
        return None
    return Suspicion(
        topic=Topic.SESSION_NAME,
        strength=Strength.STRONG,
        check=f"whether the role demands the session name {quote(case.wanted_name or '')}, "
        f"which {case.name} lacks: {case.note}",
    )


def _no_user_name(case: Case) -> Evidence | None:
    if case.calls_as_user:
        return None
    if case.caller is not None and not case.is_chained and is_identity_center_user(case.caller):
        who = "an Identity Center user"
    elif case.principal_arn is not None and case.principal_arn.kind == "root":
        who = "the root user"
    else:
        who = "a role's session"
    return Suspicion(
        topic=Topic.USER_NAME,
        strength=Strength.STRONG,
        check=f"whether the role has a condition on `${{aws:username}}`, which {who} never meets",
    )


def _misspelt(case: Case) -> Evidence:
    return Suspicion(
        topic=Topic.ROLE_NAME,
        strength=Strength.LIKELY,
        check=f"whether {case.at('role_arn')} is spelt right, case included",
    )


def _not_trusted(case: Case) -> Evidence | None:
    if case.is_chained and case.chain is not None:
        hop, source = case.chain.hops[-2], str(case.chain.source)
        return Suspicion(
            topic=Topic.TRUST,
            strength=Strength.STRONG,
            check=f"whether the role trusts the session of {quote(hop)}, not {quote(source)} alone",
        )
    if case.is_by_trust_policy:  # it would be the very step that the hint ends in
        return None
    return Suspicion(
        topic=Topic.TRUST,
        strength=Strength.LIKELY,
        check="whether the role's trust policy names the caller",
    )


def _no_mfa(case: Case) -> Evidence | None:
    if case.setting("mfa_serial") or not case.calls_as_user:
        return None
    source = case.source_profile
    if source is not None and source.text("aws_session_token"):
        return None  # a session cannot present a code
    is_denied = case.found is not None and case.found.cause is Cause.EXPLICIT_DENY
    return Suspicion(
        topic=Topic.MFA,
        strength=Strength.LIKELY,
        check=f"whether {'that policy' if is_denied else 'the role'} demands MFA (no `mfa_serial` "
        "is set)",
    )


def _external_id(case: Case) -> Evidence | None:
    if case.setting("external_id") is not None:
        return Suspicion(
            topic=Topic.EXTERNAL_ID,
            strength=Strength.LIKELY,
            check=f"{case.at('external_id')} against the role's",
        )
    if _same_account(case):
        return None
    return Suspicion(
        topic=Topic.EXTERNAL_ID,
        strength=Strength.POSSIBLE,
        check="whether the role demands an external ID (no `external_id` is set)",
    )


def _no_permission(case: Case) -> Evidence | None:
    if _same_account(case):
        return None
    return Suspicion(
        topic=Topic.PERMISSION,
        strength=Strength.POSSIBLE,
        check="whether a policy of the caller allows `sts:AssumeRole` on the role",
    )


def _role_of(session: Arn) -> str:
    """Return the role's name in the ARN of a role's session: no path, no session name."""
    return session.resource.partition("/")[2].partition("/")[0]


def _same_account(case: Case) -> bool:
    role, principal = case.role_arn, case.principal_arn
    return role is not None and principal is not None and role.account_id == principal.account_id


_WITNESSES: tuple[Callable[[Case], Evidence | None], ...] = (
    _not_a_role,
    _no_account,
    _no_name,
    _other_partition,
    _federated_user,
    _own_session,
    _name_kept,
    _no_user_name,
    _misspelt,
    _external_id,
    _not_trusted,
    _no_mfa,
    _no_permission,
)
