"""Find out from profiles' names and account IDs whether a profile has the account that is meant.

Accounts that work are added before the others where that matters; the work grows linearly with the
number of profiles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from sync_profiles.arn import Arn
from sync_profiles.explain.holders import MOST
from sync_profiles.explain.spelling import name_words, one_digit_off
from sync_profiles.model import Profile


class AccountNames:
    """The accounts of profiles' roles, and the words of the profiles' names.

    `counts` are the profiles by word and account.
    """

    def __init__(self) -> None:
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._first: dict[str, Profile] = {}
        self._totals: Counter[str] = Counter()
        self._examples: defaultdict[str, dict[str, Profile]] = defaultdict(dict)
        self._works: set[str] = set()
        self._works_for: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._named_for: defaultdict[str, dict[str, None]] = defaultdict(dict)  # not for the role

    def add(self, profile: Profile, role: Arn, *, works: bool) -> None:
        """Count a profile."""
        account_id, of_role = role.account_id, name_words(role.name)
        self._first.setdefault(account_id, profile)
        if works:
            self._works.add(account_id)
        for word in dict.fromkeys(name_words(profile.name)):
            self.counts[word][account_id] += 1
            self._totals[word] += 1
            self._examples[word].setdefault(account_id, profile)
            if works:
                self._works_for[word][account_id] = None
                if word not in of_role:
                    self._named_for[word][account_id] = None

    def only_other_for(self, word: str, account_id: str) -> str | None:
        """Return the one other account that works with this word, if one does and others do not."""
        others = [each for each in islice(self._named_for[word], 3) if each != account_id]
        return others[0] if len(others) == 1 < len(self._works) else None

    def is_of_all(self, word: str) -> bool:
        """Return whether profiles with this word work in all of several accounts that work."""
        return 1 < len(self._works) == len(self._works_for[word])

    def all_others_are_in(self, account_id: str, word: str) -> bool:
        """Return whether the other profiles than one with this word are all in another account."""
        return self._totals[word] == self.counts[word][account_id] + 1 > 1

    def words_for_account(self, profile: Profile, role: Arn) -> list[str]:
        """Return the words of a name that may stand for the account: the first, and the role's not.

        None do if the name is one word, or if one is of the own account alone, in several profiles:
        then that account is meant.
        """
        first, *others = name_words(profile.name) or [""]
        of_role = name_words(role.name)
        words = [first, *(each for each in others if each not in of_role)] if others else []
        own = role.account_id
        if any(1 < self.counts[each][own] == self._totals[each] for each in words):
            return []
        return words

    def named_alike(self, profile: Profile, role: Arn) -> Iterator[tuple[str, Profile]]:
        """Yield accounts that a profile may mean, each with another whose name has the same word.

        That is the account of most others with this word, if not all accounts have it as a
        company's name, and, if nothing works in the own one, those in which a profile works: people
        move from account to account.
        """
        own = role.account_id
        found: dict[str, Profile] = {}
        for word in self.words_for_account(profile, role):
            for account_id, count in self._usual.get(word, ()):
                if account_id != own and 1 < count > (self._totals[word] - 1) / 2:
                    found.setdefault(account_id, self._examples[word][account_id])
            for account_id in islice(self._works_for[word], MOST) if own not in self._works else ():
                found.setdefault(account_id, self._examples[word][account_id])
        yield from found.items()

    @cached_property
    def _usual(self) -> dict[str, list[tuple[str, int]]]:
        """The two accounts of most profiles by word, but for words that all accounts have."""
        words = (each for each in self.counts if not self.is_of_all(each))
        return {word: self.counts[word].most_common(2) for word in words}

    def one_digit_off(self, account_id: str) -> Iterator[tuple[str, Profile]]:
        """Yield accounts that one in which nothing works may be a typo of, each with a profile.

        None if the IDs of some that work are that alike: those that AWS makes never are.
        """
        if account_id not in self._works and not self._works_in_alike:
            for other in filter(self._first.__contains__, one_digit_off(account_id)):
                yield other, self._first[other]

    @cached_property
    def _works_in_alike(self) -> bool:
        seen: set[tuple[int, str]] = set()
        for each in self._works:
            rest = {(at, each[:at] + each[at + 1 :]) for at in range(len(each))}
            if not seen.isdisjoint(rest):
                return True
            seen |= rest
        return False
