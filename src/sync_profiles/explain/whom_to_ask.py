"""Whom to ask about a refused call, where no setting of the profile helps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sync_profiles.causes import Cause
from sync_profiles.config.section_names import header_at
from sync_profiles.explain.candidates import Candidate
from sync_profiles.explain.file_signs import remove, without_other_source
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.required_change import RequiredChange
from sync_profiles.explain.requirements import (
    MET,
    NOT_KNOWN,
    OVERRIDES,
    describe_requirements,
    describe_undecided,
)
from sync_profiles.model import SESSION_NAME_KEY, own_place
from sync_profiles.policy.grammar import Policy, Statement
from sync_profiles.policy.judge import CannotTell, Element, ExplicitDeny, Miss, apply, judge
from sync_profiles.policy.key_values import is_of_mfa
from sync_profiles.text import Phrase, join, quote
from sync_profiles.trust_policy.wording import list_principals
from sync_profiles.trust_policy.writing import ASSUME_ROLE

#: how the keys begin that depend on the network of the caller
_OF_NETWORK = ("aws:sourceip", "aws:sourcevpc", "aws:vpcsourceip")
#: how those begin that administrators give users and roles
_OF_PRINCIPAL = "aws:principaltag/"


def ask_about(policy: Policy, call: RefusedCall, values: Iterable[Candidate]) -> str:
    """Return whom to ask, as no setting of the profile can meet what the policy requires.

    If the policy does not name the caller, but the role of a profile in `values`, the step to that
    source comes first.
    """
    to_name = ask_to_name(policy, call, values)
    if to_name is not None:
        return to_name
    unmet = [each for each in describe_requirements(policy, call) if not each.endswith(MET)]
    if any(OVERRIDES in each for each in unmet):  # whatever only AWS can check
        unmet = [each for each in unmet if not each.endswith(NOT_KNOWN)]
    return _ask_role(call) + "; ".join(unmet)


def _ask_role(call: RefusedCall) -> str:
    """Return whom to ask about the role's trust policy, as the start of a sentence."""
    account = quote(call.role.account_id)
    return f"ask an administrator of account {account} about the role's trust policy: "


def ask_caller(call: RefusedCall) -> str:
    """Return whom to ask if it is the caller's policies that do not allow the call."""
    who = f"ask an administrator of account {quote(call.called_by.account_id)} to allow "
    role = Phrase(quote(str(call.role)), "the role")
    return who + f"{quote(ASSUME_ROLE)} on " + role + f" for {quote(str(call.called_by))}"


def ask_to_name(policy: Policy, call: RefusedCall, values: Iterable[Candidate]) -> str | None:
    """Return whom to ask if no statement of the trust policy names the caller, and none denies it.

    The role exists, but with a wrong account or name in the file it may be the role of others; so
    may the role of the hop.
    """
    is_denied = isinstance(judge(policy, call.request), ExplicitDeny)
    if is_denied or any(_names_caller(statement, policy, call) for statement in policy.allows):
        return None
    named = " and ".join(dict.fromkeys(map(list_principals, policy.allows))) or "no principal"
    caller = str(call.called_by if call.parent is None else call.parent.role)
    step = f"ask an administrator of account {quote(call.role.account_id)} to name {quote(caller)}"
    step += f" in the role's trust policy, which names {named}; if you mean another role, correct "
    step += call.profile.at("role_arn")
    if call.parent is not None:
        hop, place = call.parent.profile, call.parent.profile.place_of("role_arn")
        step += f" or that of {header_at(hop, place)}{own_place(place)}"
    hub = next((each for each in values if each.key == "source_profile"), None)
    if hub is None:
        return step
    # the session of a role can present no code
    rest = ", and " + remove("mfa_serial", call.profile) if call.has_mfa else ""
    rest += without_other_source(hub.key, call.profile)
    if hub.origin.change is not None:
        keys = f"the keys of {quote(hub.value or '')}"
        return f"{hub.origin.change}{rest}: {keys} hide the role that the policy names; or {step}"
    origin = f"{quote(hub.value or '')}, {hub.origin.words}"
    return "set " + call.profile.at(hub.key) + f" to {origin}{rest}; or " + step


def _names_caller(statement: Statement, policy: Policy, call: RefusedCall) -> bool:
    found = apply(statement, call.request.under(policy))
    return not (isinstance(found, Miss) and found.element is Element.PRINCIPAL)


def ask_about_undecided(policy: Policy, call: RefusedCall, judgement: CannotTell) -> str:
    """Return who can meet the conditions or change them; `judgement` is that of the call."""
    found = tuple(_undecided(policy, call)) or (judgement,)
    ways = {_way_to_meet(key.lower(), call): None for each in found for key in each.keys}
    known = [way for way in ways if way is not None]
    meet = join(" and ", known) + ", or " if len(known) == len(ways) else ""
    return meet + _ask_role(call) + _describe(policy, call, found)


def _undecided(policy: Policy, call: RefusedCall) -> Iterator[CannotTell]:
    """Yield what may refuse the call; AWS may have said whether it is a Deny."""
    denies = () if call.failure.is_by_trust_policy else policy.denies
    applied = (apply(each, call.request.under(policy)) for each in denies)
    yield from (each for each in applied if isinstance(each, CannotTell))
    judgement = judge(replace(policy, statements=policy.allows), call.request)
    if isinstance(judgement, CannotTell) and call.failure.cause is not Cause.EXPLICIT_DENY:
        yield judgement


def _way_to_meet(key: str, call: RefusedCall) -> str | None:
    """Return how the caller can meet conditions on a key; None if only the role's side can."""
    if key.startswith(_OF_NETWORK):
        return "call from an allowed network"
    if key.startswith(_OF_PRINCIPAL) and call.principal_arn is not None:
        account = quote(call.called_by.account_id)
        tags = f"the tags of {quote(call.principal_arn)}"
        return f"ask an administrator of account {account} about {tags}"
    if is_of_mfa(key) and call.user_name is not None:
        by_session = "the keys of a session that was started with MFA"
        return f"call with MFA (`mfa_serial` with a long-term key, or {by_session})"
    return None


def _describe(policy: Policy, call: RefusedCall, found: tuple[CannotTell, ...]) -> str:
    return "; ".join(describe_undecided(policy, call, each) for each in found)


def name_to_find(policy: Policy, call: RefusedCall, judgement: CannotTell) -> RequiredChange | None:
    """Return who knows the name to set if the policy requires one from a tag, say.

    The session of a hop has the tags of its role, which are not those of a person.
    """
    if call.parent is not None:
        return None
    context = call.request.context
    found = tuple(_undecided(policy, call)) or (judgement,)
    keys = dict.fromkeys(key for each in found for key in each.keys)
    compared = {one.key.lower() for each in found for one in each.conditions}
    if compared != {"sts:rolesessionname"} or all(map(context.knows, keys)):
        return None
    step = f"ask an administrator of account {quote(call.called_by.account_id)} for the value of "
    step += join(" and ", [*map(quote, keys)])
    step += f" of {quote(call.principal_arn or str(call.called_by))}, and set "
    step += call.profile.at(SESSION_NAME_KEY) + " as required"
    why, sets = _describe(policy, call, found), frozenset({SESSION_NAME_KEY})
    return RequiredChange(step, why, sets, is_certain=False, call=call)
