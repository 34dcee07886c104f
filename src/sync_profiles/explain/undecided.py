"""What to do about a condition of the role's trust policy that cannot be checked from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.explain.required_change import RequiredChange
from sync_profiles.explain.requirements import ask_role, describe_undecided
from sync_profiles.model import SESSION_NAME_KEY
from sync_profiles.text import join, quote

if TYPE_CHECKING:
    from sync_profiles.explain.refused_call import RefusedCall
    from sync_profiles.policy.grammar import Policy
    from sync_profiles.policy.judge import CannotTell

#: how the keys begin that depend on the network of the caller
_OF_NETWORK = ("aws:sourceip", "aws:sourcevpc", "aws:vpcsourceip")
#: how those begin that administrators give users and roles
_OF_PRINCIPAL = "aws:principaltag/"


def ask_about_undecided(policy: Policy, call: RefusedCall, judgement: CannotTell) -> str:
    """Return who can meet the condition or change it; `judgement` is that of the call."""
    keys = [key.lower() for key in judgement.keys]
    step = ask_role(call)
    if all(key.startswith(_OF_NETWORK) for key in keys):
        step = f"call from a network that this allows, or {step}"
    elif call.principal_arn is not None and all(key.startswith(_OF_PRINCIPAL) for key in keys):
        account = quote(call.called_by.account_id)
        step = f"ask an administrator of account {account} about the tags of "
        step += f"{quote(call.principal_arn)}, or {ask_role(call)}"
    return step + describe_undecided(policy, call, judgement)


def name_to_find(policy: Policy, call: RefusedCall, judgement: CannotTell) -> RequiredChange | None:
    """Return who knows the name to set, if the policy requires one that depends on a tag, say."""
    context = call.request.context
    is_on_name = {each.key.lower() for each in judgement.conditions} == {"sts:rolesessionname"}
    if not is_on_name or all(map(context.knows, judgement.keys)):
        return None
    step = f"ask an administrator of account {quote(call.called_by.account_id)} for the value of "
    step += join(" and ", [*map(quote, judgement.keys)])
    step += f" of {quote(call.principal_arn or str(call.called_by))}, and set "
    step += call.profile.at(SESSION_NAME_KEY) + " as required: "
    step += describe_undecided(policy, call, judgement)
    return RequiredChange(step, frozenset({SESSION_NAME_KEY}), is_certain=False)
