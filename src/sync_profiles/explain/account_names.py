"""Find out from profiles' names and account IDs whether a profile has the account that is meant.

The work grows linearly with the number of profiles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from heapq import nlargest
from itertools import islice, pairwise, takewhile, zip_longest

from sync_profiles.arn import Arn
from sync_profiles.explain.spelling import (
    account_words,
    ends_of,
    environment_of,
    is_number,
    is_short_for,
    name_words,
    one_digit_off,
    without_environment,
)
from sync_profiles.model import Profile


class AccountNames:
    """The accounts of profiles' roles, and the words of the profiles' names.

    `counts` has the number of profiles by word and account. Profiles are named as examples in the
    order in which they were added.
    """

    def __init__(self) -> None:
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._first: dict[str, Profile] = {}
        self._numbers: Counter[str] = Counter()
        self._count = 0
        self._environments: defaultdict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        self._scope_words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._totals: Counter[str] = Counter()
        self._examples: defaultdict[str, dict[str, Profile]] = defaultdict(dict)
        self._works: set[str] = set()
        self._works_for: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._scopes: defaultdict[tuple[str, ...], dict[str, list[Profile]]] = defaultdict(dict)
        self._roles: defaultdict[tuple[str, ...], dict[str, Profile]] = defaultdict(dict)
        self._named_for: defaultdict[str, dict[str, None]] = defaultdict(dict)  # not for the role

    def add(self, profile: Profile, role: Arn, *, works: bool) -> None:
        """Count a profile."""
        account_id, of_role = role.account_id, name_words(role.name)
        self._first.setdefault(account_id, profile)
        self._numbers[account_id] += 1
        self._count += 1
        self._environments[account_id][environment_of(profile.name)] += 1
        scope = scope_of(profile, role)
        counted = [profile, profile] if works else [profile]
        self._scopes[scope].setdefault(account_id, []).extend(counted)
        self._scope_words[account_id].update(dict.fromkeys(scope, 1))
        if works:
            self._works.add(account_id)
            self._roles[without_environment(profile.name)].setdefault(role.name, profile)
        for word in dict.fromkeys(name_words(profile.name)):
            self.counts[word][account_id] += 1
            self._totals[word] += 1
            self._examples[word].setdefault(account_id, profile)
            if works:
                self._works_for[word][account_id] = None
                if word not in of_role:
                    self._named_for[word][account_id] = None

    @property
    def works_in_one(self) -> bool:
        """Whether profiles work in one account at most."""
        return len(self._works) <= 1

    def works_in(self, account_id: str) -> bool:
        """Return whether a profile works in an account."""
        return account_id in self._works

    def only_other_for(self, word: str, account_id: str) -> str | None:
        """Return the one other account that works with this word, if one does and others do not."""
        others = [each for each in islice(self._named_for[word], 3) if each != account_id]
        return others[0] if len(others) == 1 else None

    def _is_of_all(self, word: str) -> bool:
        """Return whether profiles with this word work in all of several accounts that work."""
        return 1 < len(self._works) == len(self._works_for[word])

    def all_others_are_in(self, account_id: str, word: str) -> bool:
        """Return whether the other profiles than one with this word are all in another account."""
        return self._totals[word] == self.counts[word][account_id] + 1 > 1

    def words_for_account(self, profile: Profile, role: Arn) -> list[str]:
        """Return the words of a profile's name that may mean an account.

        These are its first word, and those that are not in the role's name. A word with which
        profiles work in all accounts is left out: it is the company's. There are none if the name
        is one word, or if several profiles share a word, all in the profile's own account: then
        that account is meant.
        """
        first, *others = _without_numbered(name_words(profile.name)) or [""]
        _, after = _around_end(profile, role)
        of_role = {*name_words(role.name), *after}
        words = [first, *(each for each in others if each not in of_role)] if others else []
        own = role.account_id
        if any(1 < self.counts[each][own] == self._totals[each] for each in words):
            return []
        return [each for each in words if not self._is_of_all(each)]

    def named_alike(self, profile: Profile, role: Arn) -> Iterator[tuple[str, Profile]]:
        """Yield accounts that a profile's name suggests, each with a profile of the same word.

        A profile with that word works there, and most others with the word are for that account;
        all must be if the word is in the role's name, too. If nothing works in the profile's own
        account, and no word is used for that account alone, the only other account in which
        profiles with the word work counts, too: people move between accounts.
        """
        own, words = role.account_id, self.words_for_account(profile, role)
        is_named = own in self._works or any(self.counts[each].keys() == {own} for each in words)
        found: dict[str, Profile] = {}
        further = set(name_words(profile.name)).difference(words) if words else ()
        for word in (*words, *sorted(further)):
            others = self._totals[word] - 1
            least = others / 2 if word in words else others - 1
            for account_id, count in self._usual.get(word, ()):
                is_other = account_id != own and account_id in self._works_for[word]
                if is_other and 1 < count > least:
                    found.setdefault(account_id, self._examples[word][account_id])
            works = self.only_other_for(word, own) if word in words and not is_named else None
            if works is not None:
                found.setdefault(works, self._examples[word][works])
        for account_id, other in found.items():
            if not self.is_for_others(account_id, profile, role):
                yield account_id, other

    def of_same_scope(self, profile: Profile, role: Arn) -> tuple[str, Profile] | None:
        """Return the account of the other profiles with the same name but for the role's.

        `acme-dev-admin` and `acme-dev-reader` are such, for the roles `admin` and `reader`. Most of
        them must be in that account; one that works counts twice, and a single one that does not
        work is not enough.
        """
        scope, own = scope_of(profile, role), role.account_id
        counted = self._scopes.get(scope, {})
        usual = (each for each in self._usual_by_scope.get(scope, ()) if each[0] != own)
        account_id, most = next(usual, ("", []))
        others = self._counted_by_scope.get(scope, 0) - len(counted.get(own, ()))
        is_usual = len(most) > max(others / 2, 1)
        is_alone = len(counted.get(own, ())) == 1
        return (account_id, most[0]) if is_alone and is_usual else None

    def works_for_same_scope(self, profile: Profile, role: Arn) -> tuple[str, Profile] | None:
        """Return that account if profiles work in it: then it is this profile's, too."""
        found = self.of_same_scope(profile, role)
        return found if found is not None and found[0] in self._works else None

    def role_elsewhere(self, profile: Profile, role: Arn) -> tuple[str, Profile] | None:
        """Return the role's name that all profiles have which work in other environments.

        Their names differ from this one's in that alone, or in a number, and the role's does not
        name theirs, as `team1-admin` does. With it comes a profile of another account.
        """
        found = self._roles.get(without_environment(profile.name), {})
        (name, other), *more = found.items() or [("", profile)]
        is_other = other.role is not None and other.role.account != role.account
        of_both = set(name_words(name)).intersection(name_words(other.name))
        is_meant = is_other and name != role.name and of_both.issubset(name_words(profile.name))
        return (name, other) if is_meant and not more else None

    @cached_property
    def _counted_by_scope(self) -> dict[tuple[str, ...], int]:
        return {scope: sum(map(len, found.values())) for scope, found in self._scopes.items()}

    @cached_property
    def _usual_by_scope(self) -> dict[tuple[str, ...], list[tuple[str, list[Profile]]]]:
        """The two accounts of most profiles, by scope."""
        return {
            scope: nlargest(2, found.items(), key=lambda each: len(each[1]))
            for scope, found in self._scopes.items()
        }

    @cached_property
    def _usual(self) -> dict[str, list[tuple[str, int]]]:
        """The two accounts of most profiles, by word."""
        return {word: accounts.most_common(2) for word, accounts in self.counts.items()}

    def one_digit_off(self, profile: Profile, role: Arn) -> Iterator[tuple[str, Profile]]:
        """Yield the account that may be meant if its ID has a typo, with a profile that has it.

        There is none if profiles work in the account as it is, or if several IDs are that close:
        they are a series, as those of test accounts may be. Nor is one that is for others.
        """
        if role.account_id in self._works:
            return
        found = [other for other in one_digit_off(role.account_id) if other in self._first]
        if len(found) == 1 and not self.is_for_others(found[0], profile, role):
            yield found[0], self._first[found[0]]

    def is_for_others(self, account_id: str, profile: Profile, role: Arn) -> bool:
        """Return whether most profiles of an account are named for another environment or team.

        They are for another team than `acme-dev` if most are called `globex-…`, unless no other
        profile is called `acme`.
        """
        most, own = self._numbers[account_id] / 2, environment_of(profile.name)
        for environment, number in self._environments[account_id].most_common(1):
            if number > most and own and environment not in {own, ()}:
                return True
        words = self._scope_words[account_id]
        theirs = {each for each, number in words.items() if number > most}
        mine = set(scope_of(profile, role))
        return self.are_of_several(mine - theirs) and self.are_of_several(theirs - mine)

    def are_of_several(self, words: Iterable[str]) -> bool:
        """Return whether several profiles, but not all, have one of some words."""
        return any(1 < self._totals[word] < self._count for word in words)


def _without_numbered(words: list[str]) -> list[str]:
    """Return the words without a number in them: `team2` is another team than `team1`."""
    numbered = {each for pair in pairwise(words) if is_number(pair[1]) for each in pair}
    return [word for word in words if word not in numbered]


def scope_of(profile: Profile, role: Arn) -> tuple[str, ...]:
    """Return the words of a profile's name that are not its role's; its name if there are none.

    Words for an environment count, though the role may have them, too. So does a company's that
    both begin with: `acme-dev-admin` is of `acme-dev` for the role `acme-admin`, too.
    """
    (before, after), of_role = _around_end(profile, role), account_words(role.name)
    if not after:
        before, after = [each for each in before if each not in of_role], before
    of_both = [each for each in environment_of(profile.name) if each in after and each in of_role]
    words = before or [*takewhile(set(after).__contains__, of_role[:-1])]
    return tuple(dict.fromkeys([*words, *of_both])) or (profile.name,)


def _around_end(profile: Profile, role: Arn) -> tuple[list[str], list[str]]:
    """Return the words of a profile's name before those at its end that are the role's, and those.

    So are `readonly` for the role `ReadOnly`, `admin` of `acme-dev-admin` for `acme-admin`, and a
    word that is short for the role's.
    """
    words, of_role = account_words(profile.name), account_words(role.name)
    pairs = enumerate(zip_longest(words, of_role))
    both = next((n for n, (word, its) in pairs if word != its), 0)
    ends = ends_of(words)
    for its in (of_role, of_role[both:]):
        if (start := ends.get("".join(its))) is not None:
            return words[:start], words[start:]
    *before, last = words or [""]
    is_free = not environment_of(last) or environment_of("-".join(before))  # `prod-dev`: Developer
    return (before, [last]) if is_free and is_short_for(last, of_role) else (words, [])
