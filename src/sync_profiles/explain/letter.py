"""Write messages to administrators, for a mail or a ticket, with the policies to add.

There is one letter for each account whose policies may have to change: a role's trust policy is in
the role's account, and the policies of its caller are in the caller's.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TypeVar

from sync_profiles.explain.needed_access import NeededAccess, identity_policy_for
from sync_profiles.lint.arn_checks import permission_set_of
from sync_profiles.outcomes import OF_ORGANIZATION, TRUST_POLICY, Side
from sync_profiles.planning.session_name import GENERATED_NAME, USER_NAME_VARIABLE, is_session_name
from sync_profiles.text import listed, one_line, quote
from sync_profiles.trust_policy.writing import ASSUME_ROLE, Json

Key = TypeVar("Key")

WIDTH = 78
_LABEL_WIDTH = 14
_MOST_UNMET = 4
#: where a caller needs an allow, by the type of the policy that AWS finds it missing in
_PLACES: Mapping[str | None, str] = {
    "permissions boundary": "its permissions boundary",
    "service control": "the organization's service control policies",
    "session": "the policy of its session",
    "VPC endpoint": "the policy of the VPC endpoint, with a Principal",
}
_EVERY_OTHER = "Permissions boundaries and service control policies, if there are any,"
_SAME_VERSION = "the policy must have this Version"  # a variable is plain text in the old one


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message to an administrator of an account, about the roles of these profiles.

    Lines have at most 78 characters, except for unbreakable text such as an ARN.
    """

    account_id: str
    profiles: tuple[str, ...]
    text: str


def write_letters(refusals: Iterable[NeededAccess | None]) -> tuple[Letter, ...]:
    """Return one letter for each account, first the one about the most refusals.

    A caller that all accounts refuse may lack a right in its own.
    """
    about: dict[str, list[NeededAccess]] = {}
    for refusal in filter(None, refusals):
        for account in dict.fromkeys(refusal.accounts):
            about.setdefault(account, []).append(refusal)
    return tuple(
        Letter(
            account_id=account,
            profiles=tuple(dict.fromkeys(refusal.profile for refusal in members)),
            text=_text(account, members),
        )
        for account, members in sorted(about.items(), key=lambda item: -len(item[1]))
    )


def _text(account: str, about: Sequence[NeededAccess]) -> str:
    refusals = list({refusal.key: refusal for refusal in about}.values())
    parts = [
        f"To an administrator of account {account}:",
        _filled(f"Please let me assume {_roles(refusals)}."),
        *_facts(account, refusals),
        *_denies(refusals),
        *_trust(account, refusals),
        *_permissions(account, refusals),
    ]
    return "\n\n".join(parts) + "\n"


def _roles(refusals: Sequence[NeededAccess]) -> str:
    roles = {refusal.call.role: refusal for refusal in refusals}
    if len(roles) > 1:
        return f"these {len(roles)} roles"
    refusal = refusals[0]
    return f"the role {refusal.call.role.name} in account {refusal.call.role.account_id}"


def _facts(account: str, refusals: Sequence[NeededAccess]) -> Iterator[str]:
    """Yield the facts of each refusal; what several have in common comes first, once."""
    each = [_facts_of(refusal, account, is_alone=len(refusals) == 1) for refusal in refusals]
    shared: dict[str, str] = {}
    if len(each) > 1:
        shared = dict(set.intersection(*(set(facts.items()) for facts in each)))
        shared.pop("Role", None)
        yield _listed({label: fact for label, fact in each[0].items() if label in shared})
    for facts in each:
        yield _listed({label: fact for label, fact in facts.items() if label not in shared})


def _facts_of(refusal: NeededAccess, account: str, *, is_alone: bool) -> dict[str, str]:
    call, failure = refusal.call, refusal.call.failure
    moment = call.refused_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = failure.message if is_alone else failure.message.replace(str(call.role), "the role")
    facts = {
        "I am": str(call.caller.arn),
        "Through": str(call.parent.role) if call.parent is not None else None,
        "Role": str(call.role),
        "Session name": _name(refusal),
        "MFA": "yes" if call.has_mfa else None,
        "Trust policy": _requirements(refusal) if account == call.role.account_id else None,
        "Refused at": f"{moment} (UTC)",
        "AWS says": f"{failure.code}: {words}" if words else failure.code,
        "Request id": failure.request_id,
    }
    return {label: fact for label, fact in facts.items() if fact}


def _name(refusal: NeededAccess) -> str:
    name = refusal.call.session_name or f"none set, so {GENERATED_NAME}... and the time"
    kept = refusal.kept_name
    is_used = kept is not None and is_session_name(kept)
    return f"{name} ({kept}, the name in the profile, is refused, too)" if is_used else name


def _requirements(refusal: NeededAccess) -> str:
    """Return what the trust policy requires; in a long one, most statements are about others."""
    call = refusal.call
    about_me = _about_caller(refusal)
    unmet = [*about_me, *(each for each in refusal.unmet if each not in about_me)]
    texts = [each.replace("`", "") for each in unmet[:_MOST_UNMET]]
    if call.parent is None:
        texts = [each.replace(f": not the caller {call.caller.arn}", ": not me") for each in texts]
    more = len(unmet) - _MOST_UNMET
    return "; ".join(texts) + (f"; and {more} more" if more > 0 else "")


def _about_caller(refusal: NeededAccess) -> list[str]:
    """Return the unmet requirements without those of statements that name others."""
    others = f": not the caller {quote(str(refusal.call.called_by))}"
    statements = tuple(
        each.partition("names ")[0] for each in refusal.unmet if each.endswith(others)
    )
    return [each for each in refusal.unmet if not each.startswith(statements)]


def _listed(facts: Mapping[str, str]) -> str:
    """Return the facts behind their labels; one too long for a line stays beside its label."""
    indent = _LABEL_WIDTH + 1
    return "\n".join(
        f"{label + ':':{indent}}" + _filled(one_line(fact), indent=indent)[indent:]
        for label, fact in facts.items()
    )


def _denies(refusals: Sequence[NeededAccess]) -> Iterator[str]:
    """Yield what to ask for where an explicit deny refuses a call."""
    for kind, members in _grouped(refusals, lambda each: each.call.failure.policy_type).items():
        denied = [each for each in members if each.is_by_deny]
        if denied:
            whose = " of the organization" if kind in OF_ORGANIZATION else ""
            policy = f" ({kind} policy{whose})" if kind else ""
            arns = listed(dict.fromkeys(str(refusal.call.role) for refusal in denied))
            which = "" if len(denied) == len(refusals) else f" for {arns}"
            calls = "this call" if len(denied) == 1 else "these calls"
            yield _filled(
                f"An explicit deny{policy} overrides every allow{which}. If it requires something "
                f"of me, such as MFA, please tell me what; if not, exclude {calls} from it."
            )


def _trust(account: str, refusals: Sequence[NeededAccess]) -> Iterator[str]:
    needed = [
        each for each in refusals if each.trust is not None and each.call.role.account_id == account
    ]
    for printed, members in _grouped(needed, lambda refusal: _printed(refusal.trust)).items():
        roles = list(dict.fromkeys(refusal.call.role.name for refusal in members))
        is_all = len(members) == len(refusals)
        whose = "the role" if is_all and len(roles) == 1 else f"role {roles[0]}"
        if len(roles) > 1:
            whose = "each of these roles" if is_all else f"each of the roles {listed(roles)}"
        first = members[0]
        whom = "me" if first.call.is_of_person else _who(first)
        ask = (
            "this statement, which allows"
            if first.also is None
            else "these statements, which allow"
        )
        if _is_known(Side.ROLE, members) and not any(map(_may_be_conditional, members)):
            opening = f"The trust policy of {whose} needs {ask}"
        elif all(each.unmet for each in members):  # it was read
            opening = (
                f"Please tell me how to meet what the trust policy of {whose} requires: see above. "
                f"If I need not meet that, the policy needs {ask}"
            )
        else:  # it may let me in on a condition that a new statement would drop
            calls = f"{ASSUME_ROLE} and, without a condition on the session name, {first.also} "
            allowed = f"allows me {calls if first.also else ''}already"
            is_there = any(each.call.failure.policy_type in TRUST_POLICY for each in members)
            missing = (
                "" if is_there else " (or, if there is no such role, tell me which one I need)"
            )
            opening = (
                f"Please look at the trust policy of {whose}{missing}. If it {allowed}, tell me "
                "what it requires, such as MFA, an external ID or another session name. If not, "
                f"the policy needs {ask}"
            )
        yield _filled(f"{opening} {whom} under this session name only; {_SAME_VERSION}:")
        yield printed


def _permissions(account: str, refusals: Sequence[NeededAccess]) -> Iterator[str]:
    needed = [
        each
        for each in refusals
        if each.needs_permission and each.call.called_by.account_id == account
    ]
    if all(refusal.is_trusted for refusal in refusals):
        is_one = len(refusals) == 1
        policies = "The role's trust policy allows" if is_one else "The roles' trust policies allow"
        yield f"{policies} me already."
    for who, members in _grouped(needed, _who).items():
        is_known = _is_known(Side.CALLER, members)
        kinds = {refusal.call.failure.policy_type for refusal in members if is_known}
        kind = kinds.pop() if len(kinds) == 1 else None
        asked = f"{who[0].upper()}{who[1:]} needs this in {_PLACES.get(kind, 'a policy')}"
        if not is_known:
            asked += (
                ", unless one allows it already; if that one requires MFA or more, please tell me"
            )
        if kind is None:  # AWS names the one that lacks an allow, or none
            asked += f". {_EVERY_OTHER} must allow it as well"
        policy = _printed(
            identity_policy_for(
                [(refusal.call, refusal.also) for refusal in members],
                renamed=[refusal.call for refusal in members if refusal.is_renamed],
            )
        )
        if USER_NAME_VARIABLE in policy:
            asked += f"; {_SAME_VERSION}"
        yield _filled(f"{asked}:")
        yield policy


def _may_be_conditional(refusal: NeededAccess) -> bool:
    """Return whether the trust policy may let the caller in on a condition."""
    return not refusal.unmet or any(" requires that " in each for each in _about_caller(refusal))


def _is_known(side: Side, refusals: Iterable[NeededAccess]) -> bool:
    """Return whether all refusals are because this side does not allow the call."""
    return all(refusal.side is side and not refusal.is_by_deny for refusal in refusals)


def _who(refusal: NeededAccess) -> str:
    arn = refusal.call.called_by
    role = arn.session_role
    if role is None:
        return f"the {arn.kind} {arn.name}"
    permission_set = permission_set_of(role)  # its role cannot be changed by itself
    return f"the permission set {permission_set}" if permission_set else f"the role {role}"


def _grouped(
    refusals: Iterable[NeededAccess], key: Callable[[NeededAccess], Key]
) -> dict[Key, list[NeededAccess]]:
    found: dict[Key, list[NeededAccess]] = {}
    for refusal in refusals:
        found.setdefault(key(refusal), []).append(refusal)
    return found


def _filled(text: str, *, indent: int = 0) -> str:
    return textwrap.fill(
        text,
        width=WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _printed(policy: Json | None) -> str:
    return json.dumps(policy, indent=2)
