"""Random teams: users, keys, MFA devices, policies, roles, and the profiles on one laptop.

Each profile is right but for at most one fault (and its session name, which a sync writes), so it
is known what is really wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING

from sync_profiles.sandbox.world import (
    ALLOW_EVERYTHING,
    CALLER_ACCOUNT,
    MfaDevice,
    PolicyDocument,
    Role,
    User,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNTS = ("222222222222", "333333333333", "444444444444")
ELSEWHERE = "999999999999"
COLLEAGUE = "a.colleague"
#: enough for each call of a run, and of the AWS CLI beside it: each works once
CODES = tuple(f"{number:06}" for number in range(100_000, 100_400))
_ROLE_NAMES = (
    *("admin", "audit", "backup", "billing", "build", "data-reader", "deploy", "developer"),
    *("incident", "network", "observer", "power-user", "reader", "release", "security", "support"),
)
#: what a profile may be called beside its role's name, in a team's files
_ALIASES = ("prod", "dev", "stage", "data", "web", "ops", "lab", "tools")
_FIXED_NAMES = ("deployment", "ci", "robot", "terraform")
_USERS = ("ann", "Bob.Miller", "carol+ops", "d_ng", "erin@example.com")


class Fault(StrEnum):
    """What is really wrong with a profile, apart from its session name."""

    NONE = "nothing"
    ROLE_NAME = "role ARN misspelled"
    EXTERNAL_ID = "external ID missing or wrong"
    MFA = "MFA required, no mfa_serial"
    FIXED_NAME = "another session name required"
    NOT_TRUSTED = "trust policy names others"
    OLD_VERSION = "trust policy without Version"
    PERMISSION = "caller has no permission"
    DENIED = "explicit deny"
    DURATION = "duration too long"
    PARTITION = "another partition"
    SOURCE = "source profile refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One profile of a made-up laptop: what the file says, and what is really wrong with it."""

    name: str
    settings: dict[str, str]
    fault: Fault


@dataclass(slots=True, kw_only=True)
class Laptop:
    """A made-up world, and the profiles of one person in it."""

    world: World
    users: list[User]
    sources: dict[str, dict[str, str]]
    cases: list[Case] = field(default_factory=list)

    @property
    def config(self) -> str:
        """The config file."""
        sections = self.sources | {case.name: case.settings for case in self.cases}
        return "".join(
            f"[profile {name}]\n"
            + "".join(f"{key} = {value}\n" for key, value in settings.items())
            + "\n"
            for name, settings in sections.items()
        )

    @property
    def credentials(self) -> str:
        """The credentials file."""
        return "\n".join(
            f"[{source}]\n"
            + "".join(f"{key} = {value}\n" for key, value in user.credentials.settings().items())
            for source, user in zip(self.sources, self.users, strict=True)
        )


def make_laptop(seed: int) -> Laptop:
    """Return the laptop of a seed, always the same."""
    return _Maker(Random(seed)).make()  # noqa: S311 - no secret


@dataclass(slots=True, kw_only=True)
class _Habits:
    """What the roles of one account, and the profiles for them, have in common."""

    mfa: float
    named: float
    external_id: str | None
    own_external_ids: float
    fixed_name: str
    fixed: float
    path: str
    spell: Callable[[str], str]
    alias: str | None


@dataclass(slots=True)
class _Maker:
    """Makes one laptop."""

    random: Random
    health: float = 0
    roles: list[Role] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    users: list[User] = field(default_factory=list)
    habits: dict[str, _Habits] = field(default_factory=dict)

    def make(self) -> Laptop:
        names = self.random.sample(_USERS, k=2 if self._chance(0.3) else 1)
        self.users = [self._user(name) for name in names]
        self.health = self.random.choice((0.1, 0.3, 0.6, 0.8))
        spell = self.random.choice((str, str, str, _camel_case))
        aliases = self.random.sample(_ALIASES, k=len(ACCOUNTS))
        has_aliases = self._chance(0.5)
        for account, alias in zip(ACCOUNTS, aliases, strict=True):
            self.habits[account] = self._habits(spell, alias if has_aliases else None)
        for role_name in self.random.sample(_ROLE_NAMES, k=self.random.randint(6, 12)):
            # the same role in several accounts, as teams have it
            accounts = self.random.sample(ACCOUNTS, k=2 if has_aliases and self._chance(0.3) else 1)
            for account in accounts:
                self._add(role_name, account)
        self.random.shuffle(self.cases)
        users = [replace(user, policies=self._policies()) for user in self.users]
        world = World(users=(*users, User(name=COLLEAGUE)), roles=tuple(self.roles))
        sources: dict[str, dict[str, str]] = {"keys": {}, "more-keys": {}}
        for source, user in zip(sources, users, strict=False):
            lacks_mfa = any(
                case.fault is Fault.MFA and case.settings["source_profile"] == source
                for case in self.cases
            )
            if self._chance(0.5 if lacks_mfa else 0.1):  # where other programs inherit it
                sources[source]["mfa_serial"] = user.mfa_devices[0].serial
        used = dict(list(sources.items())[: len(users)])
        return Laptop(world=world, users=users, sources=used, cases=self.cases)

    def _user(self, name: str) -> User:
        return User(
            name=name,
            path=self.random.choice(("/", "/people/", "/people/ops/")),
            mfa_devices=(
                MfaDevice(serial=f"arn:aws:iam::{CALLER_ACCOUNT}:mfa/{name}", codes=CODES),
            ),
        )

    def _habits(self, spell: Callable[[str], str], alias: str | None) -> _Habits:
        return _Habits(
            mfa=self.random.choice((0, 0.1, 0.2, 0.9)),
            named=self.random.choice((0.5, 0.7, 0.9)),
            external_id=self._external_id() if self._chance(0.3) else None,
            own_external_ids=self.random.choice((0, 0.1, 0.3)),
            fixed_name=self.random.choice(_FIXED_NAMES),
            fixed=self.random.choice((0, 0, 0.1, 0.3)),
            path=self.random.choice(("/", "/", "/team/")),
            spell=spell,
            alias=alias,
        )

    def _external_id(self) -> str:
        return f"id-{self.random.randint(100, 999)}"

    def _add(self, role_name: str, account: str) -> None:
        """Add a role and its profile; sometimes a role behind it, and that one's profile too."""
        habits = self.habits[account]
        own_faults = [each for each in Fault if each not in {Fault.NONE, Fault.SOURCE}]
        fault: Fault = Fault.NONE if self._chance(self.health) else self.random.choice(own_faults)
        number = self.random.randrange(len(self.users))
        name = role_name if habits.alias is None else f"{habits.alias}-{role_name}"
        if self._chance(0.15):  # a name of the person's own
            name = f"mine-{len(self.cases)}"
        role, settings = self._role(habits.spell(role_name), account, fault, number)
        self.cases.append(Case(name=name, settings=settings, fault=fault))
        if fault is Fault.PARTITION or self.random.random() > 0.2:
            return
        behind = Role(
            name=f"{name}-behind",
            account_id=self.random.choice(ACCOUNTS),
            trust=trust({"AWS": role.arn}),
            policies=(ALLOW_EVERYTHING,),
        )
        self.roles.append(behind)
        own = {"role_arn": behind.arn, "source_profile": name, "region": "us-east-1"}
        self._name(own, self.users[number].name)
        fault = Fault.NONE if fault is Fault.NONE else Fault.SOURCE
        self.cases.append(Case(name=f"{name}-behind", settings=own, fault=fault))

    def _role(
        self, name: str, account: str, fault: Fault, number: int
    ) -> tuple[Role, dict[str, str]]:
        """Make a role, and the settings of the profile that assumes it."""
        user, habits = self.users[number], self.habits[account]
        principal = user.arn if self._chance(0.3) else f"arn:aws:iam::{CALLER_ACCOUNT}:root"
        if fault is Fault.NOT_TRUSTED:
            principal = f"arn:aws:iam::{ELSEWHERE}:root"
        condition, demanded = self._condition(fault, user, habits)
        version = "2008-10-17" if fault is Fault.OLD_VERSION else "2012-10-17"
        role = Role(
            name=name,
            path=self.random.choice(("/", habits.path, habits.path)),
            account_id=account,
            partition="aws-us-gov" if fault is Fault.PARTITION else "aws",
            trust=trust({"AWS": principal}, condition, version=version),
            policies=(ALLOW_EVERYTHING,),
        )
        self.roles.append(role)
        arn = role.arn
        match fault:
            case Fault.DENIED:
                self.denied.append(arn)
            case Fault.PERMISSION:
                self.forbidden.append(arn)
            case Fault.DURATION:
                demanded["duration_seconds"] = "7200"
            case Fault.ROLE_NAME:
                arn = self._misspell(arn, name)
            case _:
                pass
        source = ("keys", "more-keys")[number]
        settings = {"role_arn": arn, "source_profile": source, "region": "us-east-1"} | demanded
        if "role_session_name" not in settings:
            self._name(settings, user.name)
        return role, settings

    def _misspell(self, arn: str, name: str) -> str:
        """Return an ARN with a letter more, less or swapped, another case, or another path."""
        start = arn.removesuffix(name)
        swapped = f"{name[0]}{name[2]}{name[1]}{name[3:]}"
        other_case = name.upper() if name.islower() else name.lower()
        path = start[:-1].rpartition("/")[0] if start.endswith("/team/") else f"{start}team"
        wrong = [f"{arn}s", arn[:-1], start + swapped, start + other_case, f"{path}/{name}"]
        return self.random.choice([each for each in wrong if each != arn])

    def _condition(
        self, fault: Fault, user: User, habits: _Habits
    ) -> tuple[dict[str, dict[str, object]], dict[str, str]]:
        """Return a trust policy's condition, and the settings that meet it, but for the fault."""
        condition: dict[str, dict[str, object]] = {}
        settings: dict[str, str] = {}
        if fault is Fault.FIXED_NAME:
            condition["StringEquals"] = {"sts:RoleSessionName": habits.fixed_name}
        elif fault is not Fault.OLD_VERSION and self._chance(habits.fixed):
            condition["StringEquals"] = {"sts:RoleSessionName": habits.fixed_name}
            settings["role_session_name"] = habits.fixed_name
        elif fault is Fault.OLD_VERSION or self._chance(habits.named):
            operator = self.random.choice(("StringEquals", "StringLike"))
            condition[operator] = {"sts:RoleSessionName": "${aws:username}"}
        if fault is Fault.MFA or self._chance(habits.mfa):
            condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
            settings["mfa_serial"] = user.mfa_devices[0].serial
        if fault is Fault.MFA:
            del settings["mfa_serial"]
        is_own = self._chance(habits.own_external_ids)
        if fault is Fault.EXTERNAL_ID or is_own or habits.external_id is not None:
            external_id = habits.external_id or self._external_id()
            condition.setdefault("StringEquals", {})["sts:ExternalId"] = external_id
            settings["external_id"] = external_id
        if fault is Fault.EXTERNAL_ID:
            others = [each.external_id for each in self.habits.values() if each.external_id]
            known = [each for each in others if each != settings["external_id"]]
            settings["external_id"] = self.random.choice(["id-000", *known])
            if self._chance(0.5):
                del settings["external_id"]
        return condition, settings

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    def _name(self, settings: dict[str, str], right: str) -> None:
        """Give a profile the right session name, none, or a wrong one."""
        name = self.random.choice((right, None, COLLEAGUE, right.swapcase()))
        if name is not None:
            settings["role_session_name"] = name

    def _policies(self) -> tuple[PolicyDocument, ...]:
        """Return the users' policies: all roles, but for those that are forbidden or denied."""
        allow: dict[str, object] = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        if self.forbidden:
            allow["Resource"] = [role.arn for role in self.roles if role.arn not in self.forbidden]
        else:
            allow["Resource"] = "*"
        statements: list[dict[str, object]] = [allow]
        if self.denied:
            statements.append(
                {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": self.denied}
            )
        return ({"Version": "2012-10-17", "Statement": statements},)


def _camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def trust(
    principal: object,
    condition: dict[str, dict[str, object]] | None = None,
    *,
    version: str = "2012-10-17",
) -> PolicyDocument:
    """Return a trust policy of one statement."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sts:AssumeRole",
    }
    if condition:
        statement["Condition"] = condition
    return {"Version": version, "Statement": [statement]}
