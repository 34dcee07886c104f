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
    ALLOW_ASSUME_ROLE,
    ALLOW_EVERYTHING,
    CALLER_ACCOUNT,
    MfaDevice,
    PolicyDocument,
    Role,
    RoleSession,
    User,
    World,
    identity_center_session,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNTS = ("222222222222", "333333333333", "444444444444")
#: an account in which no profile belongs, and one whose ID is misspelled
ELSEWHERE = "999999999999"
MISTYPED = {account: account[1:] + "5" for account in (*ACCOUNTS, CALLER_ACCOUNT)}
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
    ACCOUNT = "role ARN of another account"
    EXTERNAL_ID = "external ID missing or wrong"
    MFA = "MFA required, no mfa_serial"
    FIXED_NAME = "another session name required"
    NOT_TRUSTED = "trust policy names others"
    OLD_VERSION = "trust policy without Version"
    ADDRESS = "another address required"
    OTHER_SOURCE = "trusts the other source"
    PERMISSION = "caller has no permission"
    DENIED = "explicit deny"
    DURATION = "duration too long"
    CHAINED_DURATION = "duration too long for a chain"
    PARTITION = "another partition"
    SOURCE = "source profile refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One profile of a made-up laptop: what the file says, and what is really wrong with it.

    `right` is the value that it should have, where one of its settings is at fault.
    """

    name: str
    settings: dict[str, str]
    fault: Fault
    right: str = ""


@dataclass(slots=True, kw_only=True)
class Laptop:
    """A made-up world, and the profiles of one person in it."""

    world: World
    callers: list[User | RoleSession]
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
            + "".join(f"{key} = {value}\n" for key, value in caller.credentials.settings().items())
            for source, caller in zip(self.sources, self.callers, strict=True)
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
    readable: float
    spell: Callable[[str], str]
    alias: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """Who calls from a source: an IAM user with a device, or an Identity Center user's session."""

    name: str
    source: str
    path: str | None

    @property
    def serial(self) -> str | None:
        """The MFA device, which only an IAM user has."""
        return f"arn:aws:iam::{CALLER_ACCOUNT}:mfa/{self.name}" if self.path else None

    def caller(
        self, policies: tuple[PolicyDocument, ...] = (), boundary: PolicyDocument | None = None
    ) -> User | RoleSession:
        """Return the caller, with its policies."""
        if self.path is None or self.serial is None:
            session = identity_center_session(
                permission_set="Team", user_name=self.name, policies=policies
            )
            return replace(session, role=replace(session.role, permissions_boundary=boundary))
        return User(
            name=self.name,
            path=self.path,
            mfa_devices=(MfaDevice(serial=self.serial, codes=CODES),),
            policies=policies,
            permissions_boundary=boundary,
        )

    @property
    def principal(self) -> str:
        """What a trust policy names: the user, or the role of the session."""
        caller = self.caller()
        return caller.arn if isinstance(caller, User) else caller.role.arn


@dataclass(slots=True)
class _Maker:
    """Makes one laptop."""

    random: Random
    health: float = 0
    roles: list[Role] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    bounded: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    people: list[_Person] = field(default_factory=list)
    habits: dict[str, _Habits] = field(default_factory=dict)
    shares: dict[Fault, int] = field(default_factory=dict)

    def make(self) -> Laptop:
        names = self.random.sample(_USERS, k=2 if self._chance(0.4) else 1)
        sources = ("keys", "more-keys")
        self.people = [
            self._person(name, source) for name, source in zip(names, sources, strict=False)
        ]
        self.health = self.random.choice((0.1, 0.3, 0.6, 0.8))
        # what goes wrong often in one team goes wrong never in another
        self.shares = {fault: self.random.choice((0, 1, 1, 3)) for fault in _OWN_FAULTS}
        spell = self.random.choice((str, str, str, _camel_case))
        accounts = (*ACCOUNTS, CALLER_ACCOUNT) if self._chance(0.3) else ACCOUNTS
        aliases = self.random.sample(_ALIASES, k=len(accounts))
        has_aliases = self._chance(0.5)
        for account, alias in zip(accounts, aliases, strict=True):
            self.habits[account] = self._habits(spell, alias if has_aliases else None)
        for role_name in self.random.sample(_ROLE_NAMES, k=self.random.randint(6, 12)):
            # the same role in several accounts, as teams have it
            count = 2 if has_aliases and self._chance(0.3) else 1
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

    def _person(self, name: str, source: str) -> _Person:
        path = self.random.choice(("/", "/people/", "/people/ops/"))
        return _Person(name=name, source=source, path=None if self._chance(0.15) else path)

    def _source(self, person: _Person) -> dict[str, str]:
        lacks_mfa = any(
            case.fault is Fault.MFA and case.settings["source_profile"] == person.source
            for case in self.cases
        )
        # where other programs inherit it
        if person.serial and self._chance(0.5 if lacks_mfa else 0.1):
            return {"mfa_serial": person.serial}
        return {}

    def _habits(self, spell: Callable[[str], str], alias: str | None) -> _Habits:
        return _Habits(
            mfa=self.random.choice((0, 0.1, 0.2, 0.9)),
            named=self.random.choice((0.5, 0.7, 0.9)),
            external_id=self._external_id() if self._chance(0.3) else None,
            own_external_ids=self.random.choice((0, 0.1, 0.3)),
            fixed_name=self.random.choice(_FIXED_NAMES),
            fixed=self.random.choice((0, 0, 0.1, 0.3)),
            path=self.random.choice(("/", "/", "/team/")),
            readable=self.random.choice((0, 0.5, 1)),
            spell=spell,
            alias=alias,
        )

    def _external_id(self) -> str:
        return f"id-{self.random.randint(100, 999)}"

    def _fault(self, person: _Person) -> Fault:
        """Return what is wrong with one profile: nothing, or one of what may be."""
        shares = dict(self.shares)
        if person.serial is None:
            shares[Fault.MFA] = 0
        if len(self.people) == 1:
            shares[Fault.OTHER_SOURCE] = 0
        if self._chance(self.health) or not any(shares.values()):
            return Fault.NONE
        return self.random.choices(list(shares), weights=list(shares.values()))[0]

    def _add(self, role_name: str, account: str) -> None:
        """Add a role and its profile; sometimes a role behind it, and that one's profile too."""
        habits, person = self.habits[account], self.random.choice(self.people)
        fault = self._fault(person)
        name = role_name if habits.alias is None else f"{habits.alias}-{role_name}"
        if self._chance(0.15):  # a name of the person's own
            name = f"mine-{len(self.cases)}"
        is_far = fault is Fault.CHAINED_DURATION
        own_fault = Fault.NONE if is_far else fault
        role, settings, right = self._role(habits.spell(role_name), account, own_fault, person)
        self.cases.append(Case(name=name, settings=settings, fault=own_fault, right=right))
        if fault is Fault.PARTITION or not (is_far or self._chance(0.2)):
            return
        is_named = settings.get("role_session_name") in {None, person.name}
        by_session = is_named and self._chance(0.3)
        behind = Role(
            name=f"{name}-behind",
            account_id=self.random.choice(ACCOUNTS),
            trust=trust({"AWS": role.session_arn(person.name) if by_session else role.arn}),
            policies=(ALLOW_EVERYTHING,),
            max_session_duration=43200,
        )
        self.roles.append(behind)
        own = {"role_arn": behind.arn, "source_profile": name, "region": "us-east-1"}
        if is_far:
            own["duration_seconds"] = "7200"
        self._name(own, person.name)
        behind_fault = fault if is_far or fault is Fault.NONE else Fault.SOURCE
        self.cases.append(Case(name=f"{name}-behind", settings=own, fault=behind_fault))

    def _role(
        self, name: str, account: str, fault: Fault, person: _Person
    ) -> tuple[Role, dict[str, str], str]:
        """Make a role, the settings of the profile for it, and the value that these should have."""
        habits = self.habits[account]
        # the account's root lets in the whole account
        principal = person.principal if self._chance(0.3) else f"arn:aws:iam::{CALLER_ACCOUNT}:root"
        if fault is Fault.NOT_TRUSTED:
            principal = f"arn:aws:iam::{ELSEWHERE}:root"
        elif fault is Fault.OTHER_SOURCE:
            principal = next(each.principal for each in self.people if each is not person)
        condition, demanded = self._condition(fault, person, habits)
        version = "2008-10-17" if fault is Fault.OLD_VERSION else "2012-10-17"
        statements = [trust_statement({"AWS": principal}, condition)]
        is_denied_by_role = fault is Fault.DENIED and self._chance(0.3)
        if is_denied_by_role:
            statements.append(trust_statement({"AWS": person.principal}, effect="Deny"))
        # AWS gives a session no more than an hour
        is_long = bool(person.serial) and fault is not Fault.DURATION and self._chance(0.1)
        role = Role(
            name=name,
            path=self.random.choice(("/", habits.path, habits.path)),
            account_id=account,
            partition="aws-us-gov" if fault is Fault.PARTITION else "aws",
            trust={"Version": version, "Statement": statements},
            policies=(ALLOW_EVERYTHING,) if self._chance(habits.readable) else (ALLOW_ASSUME_ROLE,),
            max_session_duration=43200 if is_long else 3600,
        )
        self.roles.append(role)
        arn = role.arn
        match fault:
            case Fault.DENIED if not is_denied_by_role:
                self.random.choice((self.denied, self.bounded)).append(arn)
            case Fault.PERMISSION:
                self.forbidden.append(arn)
            case Fault.ROLE_NAME:
                arn = self._misspell(arn, name)
            case Fault.ACCOUNT:
                others = [each for each in self.habits if each != account]
                wrong = self.random.choice((MISTYPED[account], *others))
                arn = arn.replace(account, wrong)
            case _:
                pass
        if fault is Fault.DURATION or is_long:
            demanded["duration_seconds"] = "7200"
        settings = {"role_arn": arn, "source_profile": person.source, "region": "us-east-1"}
        settings |= demanded
        if "role_session_name" not in settings:
            self._name(settings, person.name)
        rights = {
            Fault.EXTERNAL_ID: condition.get("StringEquals", {}).get("sts:ExternalId"),
            Fault.FIXED_NAME: habits.fixed_name,
            Fault.MFA: person.serial,
        }
        return role, settings, str(rights.get(fault) or "")

    def _misspell(self, arn: str, name: str) -> str:
        """Return an ARN with a letter more, less or swapped, another case, or another path."""
        start = arn.removesuffix(name)
        swapped = f"{name[0]}{name[2]}{name[1]}{name[3:]}"
        other_case = name.upper() if name.islower() else name.lower()
        path = start[:-1].rpartition("/")[0] if start.endswith("/team/") else f"{start}team"
        wrong = [f"{arn}s", arn[:-1], start + swapped, start + other_case, f"{path}/{name}"]
        return self.random.choice([each for each in wrong if each != arn])

    def _condition(
        self, fault: Fault, person: _Person, habits: _Habits
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
            is_user = person.serial is not None or fault is Fault.OLD_VERSION
            condition[operator] = {
                "sts:RoleSessionName": "${aws:username}" if is_user else person.name
            }
        if fault is Fault.MFA or (person.serial is not None and self._chance(habits.mfa)):
            condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
            if fault is not Fault.MFA and person.serial is not None:
                settings["mfa_serial"] = person.serial
        if fault is Fault.ADDRESS:
            condition["IpAddress"] = {"aws:SourceIp": "203.0.113.0/24"}
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

    def _policies(self) -> tuple[tuple[PolicyDocument, ...], PolicyDocument | None]:
        """Return the callers' policies and boundary: all roles, but for the forbidden and denied.

        They may read all roles of their own account, or none.
        """
        allow: dict[str, object] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
        if self.forbidden:
            allow["Resource"] = [role.arn for role in self.roles if role.arn not in self.forbidden]
        statements = [allow]
        if self._chance(0.3):
            statements.append({"Effect": "Allow", "Action": "iam:GetRole", "Resource": "*"})
        deny = {"Effect": "Deny", "Action": "sts:AssumeRole"}
        if self.denied:
            statements.append({**deny, "Resource": self.denied})
        boundary = None
        if self.bounded:
            everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
            boundary = _document(everything, {**deny, "Resource": self.bounded})
        return (_document(*statements),), boundary


_OWN_FAULTS = [each for each in Fault if each not in {Fault.NONE, Fault.SOURCE}]


def _camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _document(*statements: Mapping[str, object]) -> PolicyDocument:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust_statement(
    principal: object,
    condition: dict[str, dict[str, object]] | None = None,
    *,
    effect: str = "Allow",
) -> dict[str, object]:
    """Return a statement of a trust policy."""
    statement: dict[str, object] = {
        "Effect": effect,
        "Principal": principal,
        "Action": "sts:AssumeRole",
    }
    if condition:
        statement["Condition"] = condition
    return statement


def trust(principal: object) -> PolicyDocument:
    """Return a trust policy of one statement, without a condition."""
    return _document(trust_statement(principal))
