"""What the profiles of the files hold for a setting, grouped once for all refusals of a run.

A refusal is compared with the groups, not with every other profile, so the work grows linearly with
the number of profiles. Accepted profiles come before the others, else the order is the files'.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain as one_after_another

from sync_profiles.arn import Arn, is_role
from sync_profiles.explain.account_names import AccountNames
from sync_profiles.explain.background import Background
from sync_profiles.explain.file_signs import unread_lines
from sync_profiles.explain.lookups import Holders, NameVariants, Spellings, account_of, holders_of
from sync_profiles.explain.refused_call import has_keys_alone
from sync_profiles.explain.spelling import (
    common_to_most,
    form_of,
    is_of_hub,
    name_words,
    version_of,
)
from sync_profiles.known_keys import CLIENT_SETTINGS, SOURCE_KEYS
from sync_profiles.model import Chain, Profile, Source
from sync_profiles.outcomes import Caller, Failure, Switch
from sync_profiles.planning.session_name import wanted_name


@dataclass(frozen=True, kw_only=True)  # without slots: each group is made when it is needed
class KnownValues:
    """The profiles of the files, the chains that are whole, and the profiles that AWS accepts.

    `accepted` has the accepted calls, by profile, with the names that a sync writes. `callers` are
    those of all sources that were asked, also later than those in the `background`; `session_name`
    is the name that the command line sets for the run, if it does. `imported` are the profiles that
    a team's file has brought.
    """

    background: Background
    chains: Mapping[str, Chain]
    accepted: Mapping[str, Switch]
    callers: Mapping[Source, Caller | Failure] = field(default_factory=dict)
    session_name: str | None = None
    imported: frozenset[str] = frozenset()

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """The profiles of the files."""
        return self.background.profiles

    def name_from(self, caller: Caller) -> str | None:
        """Return the session name that a sync writes for the calls of a caller, None for none."""
        name = wanted_name(caller, override=self.session_name)
        return name if isinstance(name, str) else None

    @cached_property
    def _accepted(self) -> tuple[Profile, ...]:
        return tuple(each for each in self.profiles.values() if each.name in self.accepted)

    @cached_property
    def _not_accepted(self) -> tuple[Profile, ...]:
        found = (each for each in self.profiles.values() if each.is_assume_role)
        return tuple(each for each in found if each.name not in self.accepted)

    @cached_property
    def _accepted_by_account(self) -> Mapping[str, list[Profile]]:
        found = defaultdict(list)
        for each in self._accepted:
            found[account_of(each)].append(each)
        return found

    @property
    def _all(self) -> Iterator[Profile]:
        return one_after_another(self._accepted, self._not_accepted)

    @cached_property
    def names_that_work(self) -> frozenset[str | None]:
        """The session names of accepted calls."""
        return frozenset(switch.session_name for switch in self.accepted.values())

    @cached_property
    def accepted_values(self) -> Mapping[str, Holders]:
        """The external IDs and session names that AWS accepts, by setting."""
        names = ((self.accepted[each.name].session_name, each) for each in self._accepted)
        return {
            "external_id": holders_of("external_id", self._accepted),
            "role_session_name": Holders((name, each) for name, each in names if name),
        }

    @cached_property
    def works_without_id(self) -> Mapping[str, Profile]:
        """The first accepted profile without an external ID, by account."""
        return {account_of(x): x for x in reversed(self._accepted) if not x.text("external_id")}

    @cached_property
    def other_values(self) -> Mapping[str, Holders]:
        """Those of the other profiles; of one with a role, also those under a misspelled key."""
        others = list(self._not_accepted)  # people expect the settings of the rest to be inherited
        others += (each for each in self.profiles.values() if not each.is_assume_role)
        found: dict[str, list[tuple[str, Profile]]] = defaultdict(list)
        for each in others:
            for key in ("external_id", "role_session_name"):
                found[key].append((each.text(key) or "", each))
            for line in unread_lines(each) if each.is_assume_role else ():
                found[line.key].append((line.value, each))
        return {
            key: Holders((value, each) for value, each in found[key] if value and "\n" not in value)
            for key in ("external_id", "role_session_name")
        }

    @cached_property
    def devices(self) -> Mapping[Source, Holders]:
        """The MFA devices of profiles whose role a source itself assumes, by that source."""
        found = defaultdict(list)
        for each in self._all:
            chain = self.chains.get(each.name)
            if chain is not None and len(chain.hops) == 1:
                found[chain.source].append(each)
        return {source: holders_of("mfa_serial", those) for source, those in found.items()}

    @cached_property
    def unused_devices(self) -> Holders:
        """The MFA devices of profiles without keys that send none: without a role or a source."""
        found = (each for each in self.profiles.values() if each.name not in self.chains)
        those = (each for each in found if not each.has_static_credentials)
        return holders_of("mfa_serial", those)

    @cached_property
    def sources(self) -> Mapping[str, Holders]:
        """The sources that profiles name, by setting."""
        return {key: holders_of(key, self._all) for key in SOURCE_KEYS}

    @cached_property
    def usual_sources(self) -> Mapping[str, tuple[str, str | None] | None]:
        """The source of most accepted profiles by the first word of their names, and of all: ""."""
        found: defaultdict[str, Counter[tuple[str, str | None]]] = defaultdict(Counter)
        for each in self._accepted:
            for word in ("", *name_words(each.name)[:1]):
                found[word].update((key, each.text(key)) for key in SOURCE_KEYS if each.text(key))
        return {word: common_to_most(sources) for word, sources in found.items()}

    @cached_property
    def sources_by_role(self) -> Mapping[str, Mapping[str | None, Holders]]:
        """The sources that accepted profiles name, by setting and `role_arn`."""
        found = defaultdict(list)
        for each in self._accepted:
            found[each.role_arn].append(each)
        return {key: {arn: holders_of(key, of) for arn, of in found.items()} for key in SOURCE_KEYS}

    @cached_property
    def sources_with_keys(self) -> tuple[Source, ...]:
        """The sources of chains that are profiles with keys of their own alone."""
        found = dict.fromkeys(
            self.chains[each.name].source for each in self._all if each.name in self.chains
        )
        profiles = ((source, self.profiles.get(source.profile or "")) for source in found)
        return tuple(source for source, own in profiles if own and has_keys_alone(own))

    @cached_property
    def unused_keys(self) -> tuple[Profile, ...]:
        """The profiles with keys of their own alone that no chain starts from."""
        used = {chain.source.profile for chain in self.chains.values()}
        own = (each for each in self.profiles.values() if has_keys_alone(each))
        return tuple(each for each in own if each.name not in used)

    @cached_property
    def regions(self) -> Mapping[tuple[Source, frozenset[object]], Mapping[str | None, Profile]]:
        """The first accepted profile in each region, by its source and its other connection."""
        found: dict[tuple[Source, frozenset[object]], dict[str | None, Profile]] = {}
        for each in self._accepted:
            like = (self.accepted[each.name].source, connection_beside_region(each))
            found.setdefault(like, {}).setdefault(each.text("region"), each)
        return found

    @cached_property
    def hubs_that_work(self) -> tuple[Profile, ...]:
        """The accepted profiles that are named like hubs, or whose roles are."""
        names = ((f"{arn.name}/{each.name}", each) for arn, each in self._roles)
        return tuple(each for name, each in names if each.name in self.accepted and is_of_hub(name))

    @cached_property
    def counts_of_ids(self) -> Counter[str | None]:
        """How many profiles have each external ID."""
        return Counter(each.text("external_id") for each in self.profiles.values())

    @cached_property
    def ids_are_distinct(self) -> bool:
        """Whether several accepted profiles have an external ID, and each a different one."""
        found = Counter(filter(None, (each.text("external_id") for each in self._accepted)))
        return found.total() == len(found) > 1

    def roles_that_work(self, account: str) -> Iterator[Profile]:
        """Yield the accepted profiles, those with a role of an account first."""
        yield from self._accepted_by_account.get(account, ())
        yield from (each for each in self._accepted if account_of(each) != account)

    @cached_property
    def versions(self) -> Mapping[str, tuple[str, Profile]]:
        """What all accepted roles of an account end in, such as `-v2`, by account: they moved."""
        found = {}
        for account, those in self._accepted_by_account.items():
            end, *others = {version_of(each.role_arn): each for each in reversed(those)}.items()
            if not others:
                found[account] = end
        return found

    @cached_property
    def users_of_hop(self) -> Counter[str]:
        """How many profiles' calls are made from the session of a hop, by the hop's profile."""
        return Counter(hop for chain in self.chains.values() for hop in chain.hops[:-1])

    @cached_property
    def users_of_source(self) -> Counter[str | None]:
        """How many profiles name a source profile, usable or not."""
        return Counter(each.text("source_profile") for each in self._all)

    @cached_property
    def _roles(self) -> tuple[tuple[Arn, Profile], ...]:
        pairs = ((each.role, each) for each in self._all)
        return tuple((arn, each) for arn, each in pairs if is_role(arn))

    @cached_property
    def _accounts_in_use(self) -> frozenset[str | None]:
        """The accounts of callers, and those that profiles name in settings."""
        callers = (each.arn.account_id for each in self.background.known_callers)
        logins = (each.text("sso_account_id") for each in self.profiles.values())
        roles = (arn.account_id for arn, _ in self._roles)
        return frozenset((*callers, *logins, *roles))

    def may_call(self, account_id: str, profile: Profile) -> bool:
        """Return whether a role of an account may be tried for a profile.

        A call shows who the user is: no comment or name of a team's file chooses a new account.
        """
        return profile.name not in self.imported or account_id in self._accounts_in_use

    @cached_property
    def are_named_as_roles(self) -> bool:
        """Whether several profiles are accepted, and each has the name of its role."""
        works = [each.role and each.role.name == each.name for each in self._accepted]
        return len(works) > 1 and all(works)

    @cached_property
    def by_role_arn(self) -> Mapping[str, Profile]:
        """The first profile for each role."""
        return {each.role_arn: each for _, each in reversed(self._roles)}

    @cached_property
    def accounts(self) -> AccountNames:
        """The accounts of the roles."""
        names = AccountNames()
        for arn, each in self._roles:
            names.add(each, arn, works=each.name in self.accepted)
        return names

    @cached_property
    def resources(self) -> Mapping[str, Holders]:
        """Resources such as `role/team/admin`, by the form of the role's name."""
        found = defaultdict(list)
        for arn, each in self._roles:
            found[form_of(arn.name)].append((arn.resource, each))
        return {form: Holders(those) for form, those in found.items()}

    @cached_property
    def role_names(self) -> Spellings:
        """The roles' names."""
        return Spellings.of(arn.name for arn, _ in self._roles)

    @cached_property
    def role_name_variants(self) -> NameVariants:
        """The roles' names, to be compared word by word."""
        return NameVariants.of(dict.fromkeys(arn.name for arn, _ in self._roles))

    @cached_property
    def role_names_that_work(self) -> Spellings:
        """The names of accepted profiles' roles, short ones too."""
        names = (arn.name for arn, each in self._roles if each.name in self.accepted)
        return Spellings.of(names, shortest=2)

    @cached_property
    def paths(self) -> Holders:
        """What comes before the roles' names, such as `role/team/`."""
        return Holders((arn.resource.removesuffix(arn.name), each) for arn, each in self._roles)

    @cached_property
    def in_lower_case(self) -> Counter[bool]:
        """How many roles' names are in lower case, and how many are not."""
        return Counter(arn.name.islower() for arn, _ in self._roles)


def connection_beside_region(profile: Profile) -> frozenset[object]:
    """Return the settings that a profile's client has beside its region."""
    keys = CLIENT_SETTINGS & profile.settings.keys() - {"region"}
    return frozenset((key, profile.settings[key].value) for key in keys)
