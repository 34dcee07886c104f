"""Look up values and names among many profiles: by account, a typo away, or a word away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Self

from sync_profiles.explain.spelling import SHORTEST, START, name_words
from sync_profiles.model import Profile
from sync_profiles.text import is_one_slip

#: how many experiments one profile may have
MOST = 12
#: of each kind, how many values are of use: one that is left says that not all were tried
_MOST_OF_KIND = MOST + 1
#: names with the same start; to compare each with all of them would take too long
_MANY = 100


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


def is_one_word_off(left: str, right: str) -> bool:
    """Return whether one of two names has a word more at an end, or longer words.

    So have `ops-admin` and `admin`, `AppDeployRole` and `AppDeploy`, `developer` and `dev`. Numbers
    do not count: `deploy` and `deploy-2` are two roles.
    """
    short, long = sorted(
        (name_words(left), name_words(right)), key=lambda words: (len(words), words)
    )
    if not short:
        return False
    if len(long) == len(short) + 1:
        return (long[1:] == short and long[0].isalpha()) or (
            long[:-1] == short and long[-1].isalpha()
        )
    if len(long) != len(short):
        return False
    pairs = [sorted(pair) for pair in zip(short, long, strict=True) if pair[0] != pair[1]]
    return bool(pairs) and all(
        len(word) >= START and longer.startswith(word) and longer.isalpha()
        for word, longer in pairs
    )


def is_typo(left: str, right: str, *, shortest: int = SHORTEST) -> bool:
    """Return whether one letter of a name differs, though not one of a short part: `team-a-ops`.

    `shortest` is how long such a part must be.
    """
    if not is_one_slip(left, right):
        return False
    parts, others = name_words(left), name_words(right)
    pairs = zip(parts, others, strict=True) if len(parts) == len(others) > 1 else ()
    return all(len(max(pair, key=len)) >= shortest for pair in pairs if len(set(pair)) > 1)


@dataclass(slots=True)
class Spellings:
    """A set of words, none too short, in which the intended word for a typo can be looked up."""

    shortest: int = SHORTEST
    _by_remnant: dict[str, list[str]] = field(default_factory=dict)
    _words: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, words: Iterable[str], *, shortest: int = SHORTEST) -> Self:
        """Return the set of some words."""
        found = cls(shortest=shortest)
        for word in words:
            found.add(word)
        return found

    def add(self, word: str) -> None:
        """Add a word if it is not in the set yet."""
        if word not in self._words and len(word) >= self.shortest:
            self._words.add(word)
            for remnant in _remnants(word):
                self._by_remnant.setdefault(remnant, []).append(word)

    def near(self, word: str, *, is_near: Callable[[str, str], bool] = is_typo) -> Iterator[str]:
        """Yield the words that are one typo away."""
        if len(word) < self.shortest:
            return
        others = (self._by_remnant.get(remnant, ()) for remnant in _remnants(word))
        yield from (other for those in others for other in those if is_near(word, other))


@dataclass(slots=True)
class NameVariants:
    """A set of names, in which those can be looked up that have a word more or less.

    If a hundred names have the same start, none of them is more likely than another, and none is
    found.
    """

    _by_start: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _by_part: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """Return the set of some names, each given once."""
        found = cls()
        for name in names:
            found.add(name)
        return found

    def add(self, name: str) -> None:
        """Add a name that is not in the set yet."""
        own, *parts = _starts(name)
        self._by_start[own].append(name)
        for part in parts:
            self._by_part[part].append(name)

    def near(self, name: str) -> Iterator[str]:
        """Yield the names that are one word off."""
        own, *parts = _starts(name)
        found = [
            self._by_part.get(own, ()),
            *(self._by_start.get(each, ()) for each in (own, *parts)),
        ]
        few = (those for those in found if len(those) < _MANY)
        yield from (other for those in few for other in those if is_one_word_off(name, other))


def _starts(name: str) -> list[str]:
    """Return the starts of a name's words, then those of all but the first, and but the last."""
    starts = [word if word.isdigit() else word[:START] for word in name_words(name)]
    parts = (each for each in (starts[1:], starts[:-1]) if each)
    return ["-".join(starts), *map("-".join, parts)]


def _remnants(word: str) -> Iterator[str]:
    """Yield a word and its variants without one letter; words one typo apart share a variant.

    Digits are not removed, so that a thousand numbered words do not share variants.
    """
    yield word
    for place, character in enumerate(word):
        if not character.isdigit():
            yield word[:place] + word[place + 1 :]
