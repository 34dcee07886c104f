"""The accounts that imported profiles would call, and that the user has no profile of.

A test shows the role's account who the user is, so a team's file must not choose that alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.model import Chain
from sync_profiles.outcomes import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sync_profiles.config.profiles import Profiles
    from sync_profiles.model import BrokenChain, Profile, Source
    from sync_profiles.outcomes import Failure
    from sync_profiles.team.risks import AsksConsent


def withhold_new_accounts(
    on_disk: Profiles,
    consent: AsksConsent,
    profiles: Profiles,
    chains: Mapping[str, Chain | BrokenChain],
    callers: Mapping[Source, Caller | Failure],
) -> frozenset[str]:
    """Return the profiles whose chains go through accounts that the user does not want to call.

    A new account is one that neither a caller nor a role of a profile on disk is in. The profiles
    on disk are the user's own and those that were imported before.
    """
    known = {account for profile in on_disk.by_name.values() for account in _accounts_of(profile)}
    known |= {caller.account_id for caller in callers.values() if isinstance(caller, Caller)}
    sources: dict[str, dict[str, None]] = {}
    withheld = set()
    for name, chain in chains.items():
        if not isinstance(chain, Chain) or not isinstance(callers.get(chain.source), Caller):
            continue  # nothing can be called
        roles = (profiles.by_name[hop].role for hop in chain.hops)
        for account in sorted({role.account_id for role in roles if role is not None} - known):
            sources.setdefault(account, {})[str(chain.source)] = None
            withheld.add(name)
    if not sources or consent.call({account: tuple(names) for account, names in sources.items()}):
        return frozenset()
    return frozenset(withheld)


def _accounts_of(profile: Profile) -> set[str]:
    role = None if profile.role is None else profile.role.account_id
    return {role or "", profile.text("sso_account_id") or ""}
