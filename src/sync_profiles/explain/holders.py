"""The profiles that hold a value, by the account of their role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice

from sync_profiles.model import Profile

#: how many experiments one profile may have
MOST = 12
#: of each kind, how many values are of use: one that is left says that not all were tried
_MOST_OF_KIND = MOST + 1


class Holders:
    """Different values, in order, with profiles that have them, by the account of their role.

    No more of them are returned than can be of use.
    """

    def __init__(self, found: Iterable[tuple[str, Profile]]) -> None:
        self._holders: dict[str, dict[str, list[Profile]]] = {}
        self._by_account: defaultdict[str, dict[str, list[Profile]]] = defaultdict(dict)
        for value, profile in found:
            account = account_of(profile)
            own = self._by_account[account].setdefault(value, [])
            if len(own) < 2:  # noqa: PLR2004 - another one for a profile that has it itself
                own.append(profile)
            self._holders.setdefault(value, {})[account] = own
        self._elsewhere: dict[str, list[tuple[str, Profile]]] = {}

    def here(self, profile: Profile) -> list[tuple[str, Profile]]:
        """Return the values for roles of the same account that others have, each with the first."""
        return _some(
            (value, next((each for each in own if each.name != profile.name), None))
            for value, own in self._by_account.get(account_of(profile), {}).items()
        )

    def elsewhere(self, profile: Profile) -> list[tuple[str, Profile]]:
        """Return the values for roles of other accounts that others have, each with the first."""
        here = account_of(profile)
        if here not in self._elsewhere:  # once an account: it may come behind all of its own values
            self._elsewhere[here] = _some(
                (value, next((of[0] for account, of in found.items() if account != here), None))
                for value, found in self._holders.items()
            )
        return self._elsewhere[here]

    def only_one(self, value: str | None) -> Profile | None:
        """Return the first profile that has a value, if roles of one account alone get it."""
        found = self._holders.get(value or "", {})
        return next(iter(found.values()))[0] if len(found) == 1 else None

    def everywhere(self, profile: Profile) -> dict[str, Profile]:
        """Return what others have, those for the same account first."""
        here = dict(self.here(profile))
        return here | {v: each for v, each in self.elsewhere(profile) if v not in here}


def _some(found: Iterable[tuple[str, Profile | None]]) -> list[tuple[str, Profile]]:
    return list(islice(((value, own) for value, own in found if own is not None), _MOST_OF_KIND))


def account_of(profile: Profile) -> str:
    """Return the account of a profile's role; without one, the profile is alone in its own."""
    role = profile.role
    return role.account if role is not None else f"profile {profile.name}"


def holders_of(key: str, profiles: Iterable[Profile]) -> Holders:
    """Return the holders of a setting's values, but of those of several lines."""
    texts = ((each.text(key), each) for each in profiles)
    return Holders((text, each) for text, each in texts if text and "\n" not in text)
