"""What IAM's answer about a refused role says: its trust policy, or that it has another ARN."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from sync_profiles.explain.candidates import (
    Candidate,
    Refusal,
    device_to_set,
    external_ids,
    session_names,
)
from sync_profiles.explain.findings import Topic, proved
from sync_profiles.explain.named_sources import sources_to_set
from sync_profiles.explain.other_callers import regions_that_work
from sync_profiles.explain.refused_call import RefusedCall
from sync_profiles.explain.trust_policy_read import TrustPolicyRead, read_trust_policy, role_of
from sync_profiles.model import Profile
from sync_profiles.outcomes import FoundRole
from sync_profiles.policy.grammar import PolicyInvalid, PolicyKind, parse_policy
from sync_profiles.text import quote


class RoleRead(NamedTuple):
    """A role as IAM has it, or None if it does not exist; and who read it."""

    reader: str
    role: FoundRole | None


def judge_role(role: RoleRead, refused: Refusal) -> TrustPolicyRead:
    """Return what IAM's answer says about a refused call."""
    call = refused.call
    if role.role is None:
        return _missing_role(reader=role.reader, call=call)
    there = replace(call, role=role.role.arn)
    try:
        policy = parse_policy(role.role.trust_policy, kind=PolicyKind.TRUST)
    except PolicyInvalid as error:
        read = TrustPolicyRead(call=there, reader=role.reader, problem=str(error))
    else:
        read = read_trust_policy(
            policy,
            reader=role.reader,
            call=there,
            device=device_to_set(refused),
            values=(
                *_ids_and_names(refused),
                *(region for region, _ in regions_that_work(refused)),
                *sources_to_set(refused, policy),
            ),
        )
    if role.role.arn != call.role:
        known, is_of_other = refused.known, read.role_arn in refused.known.by_role_arn
        alike = known.accounts.works_for_same_scope(refused.profile, call.role)
        read = _misspelled_role(read, call=call, alike=alike if is_of_other else None)
    if call.parent is not None:  # in a chain, an hour is the most
        return read
    return read.with_duration(role.role.max_session_duration, call)


def _ids_and_names(refused: Refusal) -> Iterator[Candidate]:
    """Yield external IDs, and names other than the wanted one that the profile has or that work."""
    yield from external_ids(refused)
    works = {None, refused.profile.name, *refused.known.accepted}
    for each in session_names(refused):
        if each.origin.profile in works and each.value != refused.decision.wanted_name:
            yield each


def _missing_role(*, reader: str, call: RefusedCall) -> TrustPolicyRead:
    """Return that IAM does not know the role that was refused: nothing else needs to be guessed."""
    missing = f": account {quote(call.role.account_id)} has no role {quote(call.role.name)}"
    step = "correct " + call.profile.at("role_arn") + missing
    step += "; if that name is right, ask an administrator there what happened to the role"
    return TrustPolicyRead(
        call=call,
        reader=reader,
        problem="the role does not exist",
        is_missing=True,
        is_own=True,
        fact=role_of(call) + " does not exist",
        finding=proved(Topic.ROLE_NAME, step),
    )


def _misspelled_role(
    there: TrustPolicyRead, *, call: RefusedCall, alike: tuple[str, Profile] | None
) -> TrustPolicyRead:
    """Return that IAM, which is asked for a role's name alone, has it under another ARN.

    The ARN of a call must be right in its path and its case, too. `there` is what the role's policy
    says of the call with the right one: if no setting of the profile makes it allow that, another
    role may be meant. That is so if another profile has that one. `alike` is the account of the
    profiles that are named as this one is, with one of them.
    """
    arn, step = quote(there.role_arn), "correct " + call.profile.at("role_arn")
    allows = not there.refuses or there.is_own or there.not_checked is not None
    is_meant, doubt = allows and alike is None, "would refuse this call, too"
    if alike is not None:
        doubt = f"{quote(alike[1].name)}, named alike, has account {quote(alike[0])}"
    elsewhere = f" to the role that you mean: {arn} exists, but {doubt}"
    step += f" to {arn}" if is_meant else elsewhere
    # if AWS names another policy, it says nothing about the role's
    if is_meant and there.finding and there.naming is None:
        step += " and " + there.finding.text
    return TrustPolicyRead(
        call=call,
        reader=there.reader,
        problem="the role has another ARN",
        is_own=True,
        sets=there.sets,
        fact=role_of(call) + f" does not exist, but {arn} does",
        finding=proved(Topic.ROLE_NAME, step),
        is_missing=not is_meant,
        needs_name=there.needs_name,
    )
