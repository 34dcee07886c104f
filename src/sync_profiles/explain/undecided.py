"""What to do about a condition of the role's trust policy that cannot be checked from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sync_profiles.causes import Cause
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.required_change import RequiredChange
from sync_profiles.explain.requirements import ask_role, describe_undecided
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.policy.grammar import Effect, Policy
from sync_profiles.policy.judge import CannotTell, judge
from sync_profiles.text import join, quote

#: how the keys begin that depend on the network of the caller
_OF_NETWORK = ("aws:sourceip", "aws:sourcevpc", "aws:vpcsourceip")
#: how those begin that administrators give users and roles
_OF_PRINCIPAL = "aws:principaltag/"
_OF_MFA = "aws:multifactorauth"


def ask_about_undecided(policy: Policy, call: RefusedCall, judgement: CannotTell) -> str:
    """Return who can meet the conditions or change them; `judgement` is that of the call."""
    found = tuple(_undecided(policy, call)) or (judgement,)
    ways = {_way_to_meet(key.lower(), call): None for each in found for key in each.keys}
    known = [way for way in ways if way is not None]
    meet = join(" and ", known) + ", or " if len(known) == len(ways) else ""
    return meet + ask_role(call) + _describe(policy, call, found)


def _undecided(policy: Policy, call: RefusedCall) -> Iterator[CannotTell]:
    """Yield what may refuse the call; AWS may have said that it is a Deny, or that it is none."""
    allows = tuple(each for each in policy.statements if each.effect is Effect.ALLOW)
    for each in policy.statements:
        as_allow = replace(policy, statements=(replace(each, effect=Effect.ALLOW),))
        found = judge(as_allow, call.request)
        is_open = each not in allows and not call.failure.is_by_trust_policy
        if is_open and isinstance(found, CannotTell):
            yield replace(found, statement=each)
    found = judge(replace(policy, statements=allows), call.request)
    if isinstance(found, CannotTell) and call.failure.cause is not Cause.EXPLICIT_DENY:
        yield found


def _way_to_meet(key: str, call: RefusedCall) -> str | None:
    """Return how the caller can meet conditions on a key; None if only the role's side can."""
    if key.startswith(_OF_NETWORK):
        return "call from an allowed network"
    if key.startswith(_OF_PRINCIPAL) and call.principal_arn is not None:
        account = quote(call.called_by.account_id)
        tags = f"the tags of {quote(call.principal_arn)}"
        return f"ask an administrator of account {account} about {tags}"
    if key.startswith(_OF_MFA) and call.user_name is not None:
        by_session = "the keys of a session that was started with MFA"
        return f"call with MFA (`mfa_serial` with a long-term key, or {by_session})"
    return None


def _describe(policy: Policy, call: RefusedCall, found: tuple[CannotTell, ...]) -> str:
    return "; ".join(describe_undecided(policy, call, each) for each in found)


def name_to_find(policy: Policy, call: RefusedCall, judgement: CannotTell) -> RequiredChange | None:
    """Return who knows the name to set, if the policy requires one that depends on a tag, say.

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
