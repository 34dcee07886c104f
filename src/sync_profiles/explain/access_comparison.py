"""Find out from the other profiles' results whether it is the role or the caller that is at fault.

Who is refused by all roles of an account, or by all of one name, is refused for one reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from sync_profiles.explain.findings import Finding, Topic, Wording, ruled_out
from sync_profiles.explain.results import PeerGroup, Result, Tallies
from sync_profiles.explain.weights import Weight, doublings
from sync_profiles.model import Profile
from sync_profiles.text import quote

#: settings that one caller's profiles for one role may write in different ways
_ALIKE = frozenset({"mfa_process", "role_arn", "source_profile"})
#: settings that have a reason of their own
_COMPARED = frozenset({"external_id", "mfa_serial", "role_session_name"})


def _differ_further(one: Profile, other: Profile) -> bool:
    """Return whether more may differ than the settings that have a comparison of their own."""
    keys = one.settings.keys() | other.settings.keys()
    differing = {key for key in keys if one.text(key) != other.text(key)} - _ALIKE
    return not differing or not differing <= _COMPARED


def compare_role(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with other callers of the same role."""
    here = seen.tally(PeerGroup.CALLER_AND_ROLE, result).accepted
    anywhere = seen.tally(PeerGroup.ROLE, result).accepted
    if here is not None:
        yield from map(ruled_out, (Topic.TRUST, Topic.PERMISSION, Topic.USER_NAME))
        if _differ_further(result.profile, here.profile):
            facts = {"other": here.name}
            yield Finding(Topic.DIFFERENCE, Weight.ANYTHING, Wording.DIFFERENCE, facts)
    elif anywhere is not None:
        facts = {
            "who": result.calling.who,
            "other": anywhere.name,
            "origin": anywhere.calling.origin,
        }
        yield Finding(Topic.TRUST, Weight.SAME_ROLE, Wording.ROLE_TRUSTS_OTHER, facts)


def compare_account(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with the account's other roles to see whether the role or the caller is at fault."""
    if seen.tally(PeerGroup.ROLE, result).accepted is not None:
        return
    account = seen.tally(PeerGroup.ACCOUNT, result)
    here = seen.tally(PeerGroup.CALLER_AND_ACCOUNT, result)
    if seen.callers > 1:
        yield Finding(Topic.TRUST, Weight.SEVERAL_CALLERS)
    if here.accepted is None and account.accepted is not None:
        other = account.accepted
        facts = {
            "who": result.calling.who,
            "other": other.name,
            "origin": other.calling.origin,
        }
        yield Finding(Topic.TRUST, 0, Wording.ACCOUNT_TRUSTS_OTHER, facts)
    anywhere = seen.tally(PeerGroup.CALLER, result)
    if result.calling.above is not None and anywhere.accepted is not None:
        yield Finding(Topic.TRUST, Weight.SESSION_WORKS, Wording.NOT_TRUSTED)
    if here.accepted is not None:
        wanted = result.decision.wanted_name
        named = here.by_name.get(wanted) if wanted else None
        as_name = f" as {quote(wanted or '')}" if named is not None else ""
        facts = {"other": (named or here.accepted).name, "as_name": as_name}
        yield Finding(Topic.ROLE_NAME, Weight.OTHER_ROLES_WORK, Wording.NO_SUCH_NAME, facts)
        yield Finding(Topic.USER_NAME, Weight.OTHERS_WORK_FOR_IT)
        return
    facts = {"who": result.calling.who, "origin": result.calling.origin}
    is_nowhere = anywhere.accepted is None and anywhere.denied > here.denied
    if is_nowhere:
        weight = Weight.PER_NOWHERE * doublings(anywhere.denied)
        of_all = {**facts, "count": str(anywhere.count)}
        yield Finding(Topic.PERMISSION, weight, Wording.NO_PERMISSION_ANYWHERE, of_all)
        if result.calling.is_user and not anywhere.sent["mfa_serial"]:
            yield Finding(Topic.MFA, weight)
    if here.denied > 1:
        facts |= {"account": quote(result.role.account_id)}
        because = f" (none of the {here.count} profiles tested there {result.calling.origin} works)"
        is_closed = anywhere.accepted is not None  # this account, not all of them
        of_trust = {**facts, "because": "" if is_closed else because}
        # what holds for all accounts is said in the same words of each, so that it is said once
        trusts_none = None if is_nowhere else Wording.ACCOUNT_TRUSTS_NONE
        yield Finding(Topic.TRUST, Weight.NONE_WORKS, trusts_none, of_trust)
        of_caller = {**facts, "because": because if is_closed else ""}
        closed = Weight.PER_CLOSED * doublings(here.denied - 1) if is_closed else 0
        weight = Weight.NONE_WORKS + closed
        yield Finding(Topic.PERMISSION, weight, Wording.NO_PERMISSION_IN_ACCOUNT, of_caller)


def compare_name(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with the user's roles of this name in other accounts."""
    named = seen.tally(PeerGroup.CALLER_AND_NAME, result)
    works_elsewhere = seen.tally(PeerGroup.CALLER, result).accepted is not None
    is_closed = named.accepted is None and named.denied > 1 and works_elsewhere
    if is_closed and result.calling.is_user:  # a session may lack what a trust policy requires
        facts = {
            "who": result.calling.who,
            "name": quote(result.role.name),
            "count": str(named.count),
            "origin": result.calling.origin,
        }
        weight = Weight.PER_CLOSED * doublings(named.denied - 1)
        yield Finding(Topic.PERMISSION, weight, Wording.NO_PERMISSION_FOR_NAME, facts)
