"""Find out from the other profiles' results whether it is the role or the caller that is at fault.

Who is refused by all roles of an account, or by all of one name, is refused for one reason.
"""

from __future__ import annotations

from collections.abc import Iterator

from sync_profiles.explain.findings import NOT_TRUSTED, Basis, Finding, Topic, ruled_out
from sync_profiles.explain.results import PeerGroup, Result, Tallies
from sync_profiles.explain.weights import Weight, doublings
from sync_profiles.model import Profile
from sync_profiles.text import quote

#: settings that one caller's profiles for one role may write in different ways
_ALIKE = frozenset({"mfa_process", "role_arn", "source_profile"})
#: settings that have a reason of their own
_COMPARED = frozenset({"external_id", "mfa_serial", "role_session_name"})
_CALL = "`sts:AssumeRole`"


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
            text = f"a difference from {here.name}, which works for the same role"
            yield Finding(Topic.DIFFERENCE, Weight.ANYTHING, text)
    elif anywhere is not None:
        other = f"{anywhere.name}, which calls {anywhere.calling.origin}"
        text = f"the role does not trust {result.calling.who} (it trusts {other})"
        yield Finding(Topic.TRUST, Weight.SAME_ROLE, text, Basis.FILES)


def compare_account(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with the account's other roles to see whether the role or the caller is at fault."""
    if seen.tally(PeerGroup.ROLE, result).accepted is not None:
        return
    who, origin = result.calling.who, result.calling.origin
    account = seen.tally(PeerGroup.ACCOUNT, result)
    here = seen.tally(PeerGroup.CALLER_AND_ACCOUNT, result)
    if seen.callers > 1:
        yield Finding(Topic.TRUST, Weight.SEVERAL_CALLERS)
    if here.accepted is None and account.accepted is not None:
        other = account.accepted
        calls = f"{other.name}, in the same account, calls {other.calling.origin}"
        text = f"the role does not trust {who} ({calls})"
        yield Finding(Topic.TRUST, 0, text, Basis.FILES)
    anywhere = seen.tally(PeerGroup.CALLER, result)
    if result.calling.above is not None and anywhere.accepted is not None:
        yield Finding(Topic.TRUST, Weight.SESSION_WORKS, NOT_TRUSTED)
    if here.accepted is not None:
        wanted = result.decision.wanted_name
        named = here.by_name.get(wanted) if wanted else None
        as_name = f" as {quote(wanted or '')}" if named is not None else ""
        works = f"{(named or here.accepted).name} works{as_name} in the account"
        text = f"a typo in the role name, or the role was deleted ({works})"
        yield Finding(Topic.ROLE_NAME, Weight.OTHER_ROLES_WORK, text, Basis.EVERY_ROLE)
        yield Finding(Topic.USER_NAME, Weight.OTHERS_WORK_FOR_IT)
        return
    is_nowhere = anywhere.accepted is None and anywhere.denied > here.denied
    if is_nowhere:
        weight = Weight.PER_NOWHERE * doublings(anywhere.denied)
        because = f" (none of the {anywhere.count} profiles tested {origin} works)"
        yield Finding(Topic.PERMISSION, weight, f"no policy of {who} allows {_CALL}{because}")
        if result.calling.is_user and not anywhere.sent["mfa_serial"]:
            yield Finding(Topic.MFA, weight)
    if here.denied > 1:
        there = f"account {quote(result.role.account_id)}"
        because = f" (none of the {here.count} profiles tested there {origin} works)"
        is_closed = anywhere.accepted is not None  # this account, not all of them
        trusts_none = f"{there} does not trust {who}" + ("" if is_closed else because)
        # what holds for all accounts is said in the same words of each, so that it is said once
        yield Finding(Topic.TRUST, Weight.NONE_WORKS, "" if is_nowhere else trusts_none)
        weight = Weight.NONE_WORKS
        weight += Weight.PER_CLOSED * doublings(here.denied - 1) if is_closed else 0
        text = f"no policy of {who} allows {_CALL} in {there}" + (because if is_closed else "")
        yield Finding(Topic.PERMISSION, weight, text)


def compare_name(result: Result, seen: Tallies) -> Iterator[Finding]:
    """Compare with the user's roles of this name in other accounts."""
    named = seen.tally(PeerGroup.CALLER_AND_NAME, result)
    works_elsewhere = seen.tally(PeerGroup.CALLER, result).accepted is not None
    is_closed = named.accepted is None and named.denied > 1 and works_elsewhere
    if is_closed and result.calling.is_user:  # a session may lack what a trust policy requires
        who, origin = result.calling.who, result.calling.origin
        text = f"no policy of {who} allows {_CALL} on roles called {quote(result.role.name)} "
        text += f"(none of the {named.count} profiles tested for them {origin} works)"
        weight = Weight.PER_CLOSED * doublings(named.denied - 1)
        yield Finding(Topic.PERMISSION, weight, text)
