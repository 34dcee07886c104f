"""Find likely reasons of a refusal without a reason in the profile's settings and its caller.

`check` lists a key that is misspelled, or part of the value above it, as a problem of the file; if
the profile is refused, that is the most likely reason.
"""

from __future__ import annotations

import re
import shlex
from types import MappingProxyType
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id
from sync_profiles.causes import Cause
from sync_profiles.config.values import meant_value
from sync_profiles.explain.suspicions import Finding, Topic, Wording
from sync_profiles.explain.weights import Weight
from sync_profiles.lint.arn_checks import listing_of_devices
from sync_profiles.lint.misreading import meant_key, settings_below
from sync_profiles.lint.written_setting import SETTING_WAITS
from sync_profiles.model import SESSION_NAME_KEY, in_parentheses, own_place
from sync_profiles.planning.session_name import is_identity_center_user
from sync_profiles.text import Phrase, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sync_profiles.arn import Arn
    from sync_profiles.explain.case import Case
    from sync_profiles.model import Problem

# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
#: the settings that a refusal by a policy may be about; a duration has its own error message
_TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        "role_arn": Topic.ROLE_NAME,
        "external_id": Topic.EXTERNAL_ID,
        "mfa_serial": Topic.MFA,
        "role_session_name": Topic.SESSION_NAME,
        "source_profile": Topic.TRUST,
        "credential_source": Topic.TRUST,
    }
)
#: the AWS CLI stops if a profile has both: a refused one has only the other setting
_OTHER_SOURCE = {
    "source_profile": "credential_source",
    "credential_source": "source_profile",
}


def unread_lines(case: Case) -> Iterator[Finding]:
    """Yield the lines that look like a setting the role may require, but are not read as one."""
    settings = case.profile.settings if case.profile is not None else {}
    for key, setting in settings.items():
        words = case.at(key)
        meant = meant_key(key, present=settings)
        if meant is not None and _may_matter(case, meant, setting.value):
            facts = {"key": words, "meant": quote(meant)}
            wording, other = Wording.MISSPELLED_KEY, _OTHER_SOURCE.get(meant)
            if other is not None:
                wording, facts["other"] = Wording.MISSPELLED_SOURCE, quote(other)
            yield Finding(_TOPICS[meant], Weight.SETTING_IGNORED, wording, facts)
        for below, value in settings_below(setting.value.split("\n")).items():
            if below not in settings and _may_matter(case, below, value):
                facts = {"key": quote(below), "setting": words}
                yield Finding(_TOPICS[below], Weight.SETTING_IGNORED, Wording.SWALLOWED_KEY, facts)


def signs_in_files(case: Case) -> Iterator[Finding]:
    """Yield what the files show by themselves, before anything is compared."""
    yield from unread_lines(case)
    yield from _problems(case)
    yield from _waiting(case)
    yield from _not_inherited(case)


def _problems(case: Case) -> Iterator[Finding]:
    """Yield what `check` says is wrong with a value that the role may compare."""
    for key in ("role_arn", "external_id", "mfa_serial", SESSION_NAME_KEY):
        value = case.setting(key)
        problem = case.problem_with(key) if value is not None else None
        meant = meant_value(value or "")
        is_tried = key == SESSION_NAME_KEY and meant in {value, case.wanted_name}
        if problem is not None and not is_tried:
            weight = Weight.CERTAIN if key == "role_arn" else Weight.SETTING_IGNORED
            yield _in_file(problem, key, weight)


def _waiting(case: Case) -> Iterator[Finding]:
    """Yield what an import has not written yet, without which the profile is not complete."""
    for problem in case.problems:
        (key,) = problem.unread if problem.code == SETTING_WAITS else ("",)
        if key in _TOPICS and key != SESSION_NAME_KEY:
            yield _in_file(problem, key, Weight.CERTAIN)


def _in_file(problem: Problem, key: str, weight: float) -> Finding:
    facts = {
        "message": problem.message,
        "place": own_place(problem.place),
        "hint": problem.hint,
    }
    return Finding(_TOPICS[key], weight, Wording.PROBLEM_IN_FILE, facts)


def _may_matter(case: Case, key: str, value: str) -> bool:
    """Return whether this setting would have changed the refused call."""
    match key:
        case "mfa_serial":  # no session can present a code
            return bool(value) and case.calls_as_user and not _is_session(case)
        case "role_session_name":  # the wanted name was refused as well
            return bool(value) and (value != case.wanted_name or case.note is not None)
        case _:
            return bool(value) and key in _TOPICS


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
    """Find an invalid role name, such as one followed by a comment."""
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
    if case.calls_as_user:
        return None
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
    if case.setting("mfa_serial") or not case.calls_as_user or _is_session(case):
        return None
    is_denied = case.failure is not None and case.failure.cause is Cause.EXPLICIT_DENY
    listing = Phrase(listing_of_devices(case.source.profile), listing_of_devices(None))
    facts = {
        "who": "that policy" if is_denied else "the role",
        "listing": listing,
    }
    return Finding(Topic.MFA, Weight.NO_MFA, Wording.NO_MFA, facts)


def _not_inherited(case: Case) -> Iterator[Finding]:
    """Yield what is set in the source profile only: other programs inherit it, the AWS CLI not.

    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html#cli-configure-role-mfa
    """
    source, profile = case.source_profile, case.profile
    if source is None or profile is None or case.is_chained or source.name == profile.name:
        return
    for key in ("mfa_serial", "external_id"):
        value = source.text(key)
        if value and profile.text(key) is None and _may_matter(case, key, value):
            facts = {
                "key": quote(key),
                "owner": f"{source.header} {in_parentheses(source.place_of(key))}",
                "section": case.header,
            }
            yield Finding(_TOPICS[key], Weight.NOT_INHERITED, Wording.NOT_INHERITED, facts)


def _fixed_name(case: Case) -> Finding | None:
    """Find a session name that the role may require: another than the one that was tried."""
    if case.wanted_name is not None:
        facts = {"name": quote(case.wanted_name)}
        return Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, Wording.FIXED_NAME, facts)
    if case.profile is None or case.profile.session_name is not None:
        return None
    caller = case.principal_arn
    if caller is None or caller.kind != "assumed-role":
        return Finding(Topic.SESSION_NAME, Weight.FIXED_NAME, Wording.FIXED_UNKNOWN_NAME)
    facts = {"name": quote(caller.name), "name_word": shlex.quote(caller.name)}
    return Finding(Topic.SESSION_NAME, Weight.NOT_A_USER, Wording.OWN_SESSION_NAME, facts)


def _no_permission(case: Case) -> Finding | None:
    if _is_same_account(case):
        return None
    return Finding(Topic.PERMISSION, Weight.PERMISSION, Wording.NO_PERMISSION)


def _role_of(session: Arn) -> str:
    """Return the role's name from the ARN of a session, without path and session name."""
    return session.resource.partition("/")[2].partition("/")[0]


def _is_session(case: Case) -> bool:
    """Return whether a session calls for sure, which cannot present a code."""
    source = case.source_profile
    return source is not None and source.sent_token is not None


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
