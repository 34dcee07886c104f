"""Find likely reasons of a refusal without a reason in the profile's settings and its caller."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id
from sync_profiles.causes import Cause
from sync_profiles.explain.file_signs import is_session
from sync_profiles.explain.suspicions import Finding, Topic, Wording
from sync_profiles.explain.texts_setup import listing
from sync_profiles.explain.weights import Weight
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.outcomes import Failure
from sync_profiles.planning.session_name import (
    is_identity_center_user,
    is_session_name,
    user_name,
)
from sync_profiles.text import quote
from sync_profiles.trail.session_names import Says, what_it_says

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_profiles.arn import Arn
    from sync_profiles.explain.case import Case

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def findings_of_profile(case: Case) -> Iterator[Finding]:
    """Yield findings from the profile's own settings and its caller."""
    for find in _FINDERS:
        finding = find(case)
        if finding is not None:
            yield finding


def _not_a_role(case: Case) -> Finding | None:
    arn = case.role_arn
    if arn is None or (arn.service == "iam" and arn.kind == "role"):
        return None
    name, found = "NAME", "something else"
    if arn.kind == "assumed-role":
        name, found = _role_of(arn) or name, "a role's session"
    elif arn.service == "iam" and arn.kind == "user":
        found = "an IAM user"
    example = quote(f"arn:{arn.partition}:iam::{arn.account_id}:role/{name}")
    facts = {"setting": case.at("role_arn"), "found": found, "example": example}
    return Finding(Topic.ROLE_NAME, Weight.CERTAIN, Wording.NOT_A_ROLE, facts)


def _no_account(case: Case) -> Finding | None:
    arn = case.role_arn
    if arn is None or is_account_id(arn.account_id):
        return None
    facts = {"setting": case.at("role_arn"), "found": quote(arn.account_id)}
    return Finding(Topic.ROLE_NAME, Weight.CERTAIN, Wording.NO_ACCOUNT, facts)


def _no_role_name(case: Case) -> Finding | None:
    arn = case.role_arn
    if arn is None or _ROLE_NAME.fullmatch(arn.name) is not None:
        return None
    facts = {"setting": case.at("role_arn")}
    return Finding(Topic.ROLE_NAME, Weight.CERTAIN, Wording.NO_ROLE_NAME, facts)


def _federated_user(case: Case) -> Finding | None:
    principal = case.principal_arn
    if principal is None or principal.kind != "federated-user":
        return None
    facts = {"setting": case.at("source_profile")}
    return Finding(Topic.TRUST, Weight.CERTAIN, Wording.FEDERATED_USER, facts)


def _own_session(case: Case) -> Finding | None:
    role, principal = case.role_arn, case.principal_arn
    if role is None or principal is None or principal.kind != "assumed-role":
        return None
    if principal.account_id != role.account_id or _role_of(principal) != role.name:
        return None
    return Finding(Topic.NEED, Weight.NOT_A_USER, Wording.NOT_NEEDED, {"name": case.name})


def _name_kept(case: Case) -> Finding | None:
    profile = case.profile
    if case.note is None or profile is None or case.wanted_name in {None, profile.session_name}:
        return None
    facts = {"name": quote(case.wanted_name or ""), "profile": case.name, "note": case.note}
    return Finding(Topic.SESSION_NAME, Weight.NOT_A_USER, Wording.NAME_KEPT, facts)


def _no_user_name(case: Case) -> Finding | None:
    if case.calling.is_user:
        user = user_name(case.caller) if case.caller is not None else None
        if user is None or is_session_name(user):
            return None
        facts = {"who": f"a user called {quote(user)}"}
        return Finding(Topic.USER_NAME, Weight.NOT_A_USER, Wording.NO_USER_NAME, facts)
    who = "a role's session"
    if case.caller is not None and not case.is_chained and is_identity_center_user(case.caller):
        who = "an Identity Center user"
    elif case.principal_arn is not None and case.principal_arn.kind == "root":
        who = "the root user"
    return Finding(Topic.USER_NAME, Weight.NO_USER_NAME, Wording.NO_USER_NAME, {"who": who})


def _misspelled(case: Case) -> Finding:
    facts = {"setting": case.at("role_arn")}
    return Finding(Topic.ROLE_NAME, Weight.ROLE_NAME, Wording.TYPO_OR_CASE, facts)


def _external_id(case: Case) -> Finding | None:
    if case.setting("external_id") is not None:
        facts = {"setting": case.at("external_id")}
        return Finding(Topic.EXTERNAL_ID, Weight.EXTERNAL_ID, Wording.WRONG_EXTERNAL_ID, facts)
    if _is_same_account(case):
        return None
    return Finding(Topic.EXTERNAL_ID, Weight.NO_EXTERNAL_ID, Wording.NO_EXTERNAL_ID)


def _not_trusted(case: Case) -> Finding | None:
    if case.is_chained and case.chain is not None:
        facts = {"hop": quote(case.chain.hops[-2]), "source": quote(str(case.chain.source))}
        return Finding(Topic.TRUST, Weight.NOT_A_USER, Wording.SESSION_NOT_TRUSTED, facts)
    if case.is_by_trust_policy:  # the hint ends with this step
        return None
    return Finding(Topic.TRUST, Weight.TRUST_POLICY, Wording.NOT_TRUSTED)


def _no_mfa(case: Case) -> Finding | None:
    if case.setting("mfa_serial") or not case.calling.is_user or is_session(case):
        return None
    is_denied = case.failure.cause is Cause.EXPLICIT_DENY
    facts = {"who": "that policy" if is_denied else "the role", "devices": _devices(case)}
    return Finding(Topic.MFA, Weight.NO_MFA, Wording.NO_MFA, facts)


def _devices(case: Case) -> str:
    match case.learned.devices:
        case Failure(is_denial=True):
            return "you are not allowed to list your devices: an administrator can"
        case ():
            return "your user has no MFA device"
        case _:
            return listing(case)


def _fixed_name(case: Case) -> Finding | None:
    """Find a session name that the role may require: another than the one that was tried."""
    if case.wanted_name is not None:
        facts = {"name": quote(case.wanted_name)}
        hop, session = case.calling.hop, case.principal_arn
        if hop is not None and session is not None and session.name != case.wanted_name:
            facts |= {"hop": quote(hop), "used": quote(session.name)}
            return Finding(Topic.SESSION_NAME, Weight.NOT_A_USER, Wording.HOP_NAME, facts)
        user = user_name(case.caller) if case.caller is not None and not case.is_chained else None
        used = {case.wanted_name, case.setting(SESSION_NAME_KEY)}
        if user is not None and user not in used and is_session_name(user):
            facts["user"] = quote(user)
            weight = Weight.NOT_THE_USER_NAME
            return Finding(Topic.SESSION_NAME, weight, Wording.USER_NAME, facts)
        return Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, Wording.FIXED_NAME, facts)
    if case.profile is None or case.profile.session_name is not None:
        return None
    caller = case.principal_arn
    if (
        caller is None
        or caller.kind != "assumed-role"
        or what_it_says(caller.name) is Says.NOBODY  # each session has another one
    ):
        return Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, Wording.FIXED_UNKNOWN_NAME)
    facts = {"name": quote(caller.name), "name_word": shlex.quote(caller.name)}
    return Finding(Topic.SESSION_NAME, Weight.NOT_A_USER, Wording.OWN_SESSION_NAME, facts)


def _no_permission(_: Case) -> Finding:
    # within one account, too, if the trust policy names the account
    return Finding(Topic.PERMISSION, Weight.PERMISSION, Wording.NO_PERMISSION)


def _role_of(session: Arn) -> str:
    """Return the role's name from the ARN of a session, without path and session name."""
    return session.resource.partition("/")[2].partition("/")[0]


def _is_same_account(case: Case) -> bool:
    role, principal = case.role_arn, case.principal_arn
    return role is not None and principal is not None and role.account_id == principal.account_id


#: in order of preference among findings of equal strength
_FINDERS: tuple[Callable[[Case], Finding | None], ...] = (
    _not_a_role,
    _no_account,
    _no_role_name,
    _federated_user,
    _own_session,
    _name_kept,
    _no_user_name,
    _misspelled,
    _external_id,
    _not_trusted,
    _no_mfa,
    _no_permission,
    _fixed_name,
)
