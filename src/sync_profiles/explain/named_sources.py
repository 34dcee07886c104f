"""The profiles whose roles a trust policy names: as the source, they may make the refused call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.explain.candidates import Candidate, Origin, Refusal, device_to_set, external_ids
from sync_profiles.explain.file_signs import hides_role, keys_place
from sync_profiles.explain.refused_call import ParentSession, RefusedCall, has_long_term_key
from sync_profiles.explain.required_change import required_change
from sync_profiles.explain.weights import Likelihood
from sync_profiles.model import SESSION_NAME_KEY, Profile, in_parentheses, own_place
from sync_profiles.outcomes import Caller
from sync_profiles.policy.grammar import Policy
from sync_profiles.policy.judge import Allow, CannotTell, judge, naming_of

_KEY = "source_profile"


def sources_named(refused: Refusal, trust_policy: Policy) -> Iterator[Candidate]:
    """Yield the profiles as sources whose roles a trust policy names, tried or not."""
    own, known = refused.profile.text(_KEY), refused.known
    for arn in dict.fromkeys(_roles_named(trust_policy)):
        other = known.by_role_arn.get(arn)
        chain = known.chains.get(other.name) if other is not None else None
        if other is None or chain is None or refused.profile.name in chain.hops:
            continue
        if hides_role(other):
            yield in_place_of_keys(other, refused)
        elif other.name != own:
            origin = Origin("whose role the trust policy names")
            yield Candidate(_KEY, other.name, Likelihood.NAMED_SOURCE, origin)


def sources_to_set(refused: Refusal, trust_policy: Policy) -> Iterator[Candidate]:
    """Yield the sources from which the policy may allow the call, each with what else to change.

    Users, and sessions that no profile opens, come last. The session name of a profile that has
    none, and whose caller is not known, is not known.
    """
    known = refused.known
    for found in sources_named(refused, trust_policy):
        hub = known.profiles[found.value or ""]
        source = known.chains[hub.name].source
        caller, name = known.callers.get(source), hub.session_name
        if name is None and source == refused.switch.source:
            name = refused.decision.wanted_name
        elif name is None and isinstance(caller, Caller):
            name = known.name_from(caller)
        if hub.role is None or name is None:
            yield found
            continue
        parent = ParentSession(profile=hub, role=hub.role, name=name)
        call = replace(refused.call, parent=parent, has_mfa=False, has_long_term_key=False)
        further = _change_besides(
            trust_policy, call, device=None, values=tuple(external_ids(refused))
        )
        if further is not None:
            origin = found.origin
            if origin.change is None:
                yield found._replace(origin=origin._replace(words=origin.words + further))
            else:
                yield found._replace(origin=origin._replace(change=origin.change + further))
    yield from _callers_to_set(refused, trust_policy)


def _callers_to_set(refused: Refusal, trust_policy: Policy) -> Iterator[Candidate]:
    """Yield other sources whose own caller a trust policy names in place of the one that calls.

    There are none for a call with MFA, as its device belongs to one user. The call has the name of
    the file, or the one that a sync writes for the other caller.
    """
    named, profile, known = tuple(_named(trust_policy)), refused.profile, refused.known
    if refused.call.has_mfa:
        return
    for source, caller in known.callers.items():
        owner = known.profiles.get(source.profile or "")
        if not isinstance(caller, Caller) or owner is None or owner.name == profile.text(_KEY):
            continue
        if not _is_named_instead(caller, refused, named):
            continue
        switch = replace(refused.switch, source=source, parent=None)
        call = replace(
            refused.call,
            switch=switch,
            caller=caller,
            parent=None,
            has_long_term_key=has_long_term_key(owner),
            other=None,
        )
        device = device_to_set(replace(refused, call=call, devices=None))
        kept = profile.session_name
        for name in dict.fromkeys([kept, known.name_from(caller) or kept]):
            named_so = call.with_setting(SESSION_NAME_KEY, name)
            values = tuple(external_ids(refused))
            further = _change_besides(trust_policy, named_so, device=device, values=values)
            if further is not None:
                origin = Origin("whose caller the trust policy names" + further)
                yield Candidate(_KEY, owner.name, Likelihood.NAMED_SOURCE, origin)
                break


def _change_besides(
    policy: Policy, call: RefusedCall, *, device: Candidate | None, values: Sequence[Candidate]
) -> str | None:
    """Return what to change besides the source, after a comma; None if nothing helps."""
    if isinstance(judge(policy, call.request), Allow | CannotTell):
        return ""
    change = required_change(policy, call, device=device, values=values)
    return None if change is None else ", and " + change.change


def in_place_of_keys(own: Profile, refused: Refusal) -> Candidate:
    """Return the profile's source by its role, not its keys: these stay, as others may use them."""
    change = f"copy the role's lines in {own.header} " + to_another_name(refused)
    words = f"whose role made the call in place of its keys {in_parentheses(keys_place(own))}"
    origin = Origin(words, own.name, change=change)
    return Candidate(_KEY, own.name, Likelihood.ROLE_OF_SOURCE, origin)


def to_another_name(refused: Refusal) -> str:
    """Return where to copy a section's lines to, so that the source is the copy, for a hint."""
    words = "to a section with another name, and write that name in `source_profile`"
    return words + own_place(refused.profile.place_of(_KEY))


def is_meant(caller: Caller, refused: Refusal) -> bool:
    """Return whether another caller may be the right one: a policy that was read names only it."""
    if refused.trust_policy is None:
        return True
    return _is_named_instead(caller, refused, tuple(_named(refused.trust_policy)))


def _is_named_instead(caller: Caller, refused: Refusal, named: Sequence[str]) -> bool:
    def is_named(arn: Arn) -> bool:
        return any(naming_of(text, arn) for text in named)

    return is_named(caller.arn) and not is_named(refused.call.called_by)


def _roles_named(trust_policy: Policy) -> Iterator[str]:
    """Yield the ARNs of the roles that a trust policy allows, or sessions of which."""
    for text in _named(trust_policy):
        arn = parse_arn(text)
        if arn is not None:
            role = arn.session_role
            yield text if role is None else arn.in_iam(f"role/{role}")


def _named(trust_policy: Policy) -> Iterator[str]:
    """Return whom of AWS a trust policy names to allow it the call."""
    return (text for statement in trust_policy.allows for text in statement.named.aws)
