"""Random teams: users, keys, MFA devices, policies, roles, and the profiles on one laptop.

Each profile is right but for at most one fault (and its session name, which a sync writes), so it
is known what is really wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from string import ascii_lowercase

from sync_profiles.sandbox.story import trust
from sync_profiles.sandbox.world import (
    ALLOW_EVERYTHING,
    CALLER_ACCOUNT,
    PolicyDocument,
    Role,
    RoleSession,
    User,
    World,
)
from teams import document
from truth.laptops import Case, Fault, Habits, Laptop, Person
from truth.roles import ACCOUNTS, COLLEAGUE, SERIES, RoleMaker

_ROLE_NAMES = (
    *("admin", "audit", "backup", "billing", "build", "data-reader", "deploy", "developer"),
    *("incident", "network", "observer", "power-user", "reader", "release", "security", "support"),
)
#: what a profile may be called beside its role's name, in a team's files
_ALIASES = ("prod", "dev", "stage", "data", "web", "ops", "lab", "tools")
_FIXED_NAMES = ("deployment", "ci", "robot", "terraform")
_USERS = ("ann", "Bob.Miller", "carol+ops", "d_ng", "erin@example.com")


def make_laptop(seed: int) -> Laptop:
    """Return the laptop of a seed, always the same."""
    return _Maker(Random(seed)).make()  # noqa: S311 - no secret


@dataclass(slots=True)
class _Maker(RoleMaker):
    """Makes one laptop."""

    health: float = 0
    cases: list[Case] = field(default_factory=list)
    shares: dict[Fault, int] = field(default_factory=dict)

    def make(self) -> Laptop:
        names = self.random.sample(_USERS, k=2 if self.chance(0.4) else 1)
        sources = ("keys", "more-keys")
        self.people = [
            self._person(name, source) for name, source in zip(names, sources, strict=False)
        ]
        self.health = self.random.choice((0.1, 0.3, 0.6, 0.8))
        # what goes wrong often in one team goes wrong never in another
        self.shares = {fault: self.random.choice((0, 1, 1, 3)) for fault in _OWN_FAULTS}
        spell = self.random.choice((*(str,) * 4, _camel_case, _numbered, _lettered))
        accounts = SERIES if self.chance(0.3) else ACCOUNTS
        if self.chance(0.3):
            accounts = (*accounts, CALLER_ACCOUNT)
        aliases = self.random.sample(_ALIASES, k=len(accounts))
        has_aliases = self.chance(0.5)
        for account, alias in zip(accounts, aliases, strict=True):
            self.habits[account] = self._habits(spell, alias if has_aliases else None)
        for role_name in self.random.sample(_ROLE_NAMES, k=self.random.randint(6, 12)):
            # the same role in several accounts, as teams have it
            count = 2 if has_aliases and self.chance(0.3) else 1
            for account in self.random.sample(accounts, k=count):
                self._add(role_name, account)
        self.random.shuffle(self.cases)
        callers = [person.caller(*self._policies()) for person in self.people]
        world = World(
            users=(*(each for each in callers if isinstance(each, User)), User(name=COLLEAGUE)),
            sessions=tuple(each for each in callers if isinstance(each, RoleSession)),
            roles=tuple(self.roles),
        )
        return Laptop(
            world=world,
            callers=callers,
            sources={person.source: self._source(person) for person in self.people},
            cases=self.cases,
        )

    def _person(self, name: str, source: str) -> Person:
        path = self.random.choice(("/", "/people/", "/people/ops/"))
        return Person(name=name, source=source, path=None if self.chance(0.15) else path)

    def _source(self, person: Person) -> dict[str, str]:
        lacks_mfa = any(
            case.fault is Fault.MFA and case.settings["source_profile"] == person.source
            for case in self.cases
        )
        # where other programs inherit it
        if person.serial and self.chance(0.5 if lacks_mfa else 0.1):
            return {"mfa_serial": person.serial}
        return {}

    def _habits(self, spell: Callable[[str], str], alias: str | None) -> Habits:
        return Habits(
            mfa=self.random.choice((0, 0.1, 0.2, 0.9)),
            named=self.random.choice((0.5, 0.7, 0.9)),
            external_id=self.external_id() if self.chance(0.3) else None,
            own_external_ids=self.random.choice((0, 0.1, 0.3)),
            fixed_name=self.random.choice(_FIXED_NAMES),
            fixed=self.random.choice((0, 0, 0.1, 0.3)),
            path=self.random.choice(("/", "/", "/team/")),
            readable=self.random.choice((0, 0.5, 1)),
            spell=spell,
            alias=alias,
            # mostly, the person is in no group that may assume the account's roles
            closed=self.random.choice((*(Fault.PERMISSION,) * 2, Fault.NOT_TRUSTED, *(None,) * 15)),
        )

    def _fault(self, person: Person) -> Fault:
        """Return what is wrong with one profile: nothing, or one of what may be."""
        shares = dict(self.shares)
        if person.serial is None:
            shares[Fault.MFA] = 0
        if len(self.people) == 1:
            shares[Fault.OTHER_SOURCE] = 0
        if self.chance(self.health) or not any(shares.values()):
            return Fault.NONE
        return self.random.choices(list(shares), weights=list(shares.values()))[0]

    def _add(self, role_name: str, account: str) -> None:
        """Add a role and its profile; sometimes a role behind it, and that one's profile too."""
        habits, person = self.habits[account], self.random.choice(self.people)
        fault = habits.closed or self._fault(person)
        name = role_name if habits.alias is None else f"{habits.alias}-{role_name}"
        if self.chance(0.15):  # a name of the person's own
            name = f"mine-{len(self.cases)}"
        is_far = fault is Fault.CHAINED_DURATION
        own_fault = Fault.NONE if is_far else fault
        role, settings, right = self.role(habits.spell(role_name), account, own_fault, person)
        self.cases.append(Case(name=name, settings=settings, fault=own_fault, right=right))
        if fault is Fault.PARTITION or not (is_far or self.chance(0.2)):
            return
        is_named = settings.get("role_session_name") in {None, person.name}
        by_session = is_named and self.chance(0.3)
        behind = Role(
            name=f"{name}-behind",
            account_id=self.random.choice(list(self.habits)),
            trust=trust(
                principal={"AWS": role.session_arn(person.name) if by_session else role.arn}
            ),
            policies=(ALLOW_EVERYTHING,),
            max_session_duration=43200,
        )
        self.roles.append(behind)
        own = {"role_arn": behind.arn, "source_profile": name, "region": "us-east-1"}
        if is_far:
            own["duration_seconds"] = "7200"
        self.name(own, person.name)
        behind_fault = fault if is_far or fault is Fault.NONE else Fault.SOURCE
        self.cases.append(Case(name=f"{name}-behind", settings=own, fault=behind_fault))

    def _policies(self) -> tuple[tuple[PolicyDocument, ...], PolicyDocument | None]:
        """Return the callers' policies and boundary: all roles, but for the forbidden and denied.

        They may read all roles of their own account, or none.
        """
        allow: dict[str, object] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
        if self.forbidden:
            allow["Resource"] = [role.arn for role in self.roles if role.arn not in self.forbidden]
        statements = [allow]
        if self.chance(0.3):
            statements.append({"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"})
        deny = {"Effect": "Deny", "Action": "sts:AssumeRole"}
        if self.denied:
            statements.append({**deny, "Resource": self.denied})
        boundary = None
        if self.bounded:
            everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            boundary = document(everything, {**deny, "Resource": self.bounded})
        return (document(*statements),), boundary


_OWN_FAULTS = [each for each in Fault if each not in {Fault.NONE, Fault.SOURCE}]


def _camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _numbered(name: str) -> str:
    return f"role{1 + _ROLE_NAMES.index(name)}"


def _lettered(name: str) -> str:
    return f"team-{ascii_lowercase[_ROLE_NAMES.index(name)]}-admin"
