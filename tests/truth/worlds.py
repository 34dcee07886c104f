"""Made-up teams: people, keys, MFA devices, policies, roles, and the profiles on one laptop.

Each profile is right but for at most one fault (and its session name, which a sync writes), so it
is known what is really wrong with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from random import Random

from sync_profiles.sandbox.world import (
    ALLOW_EVERYTHING,
    CALLER_ACCOUNT,
    MfaDevice,
    PolicyDocument,
    Role,
    User,
    World,
)

ACCOUNTS = ("222222222222", "333333333333", "444444444444")
ELSEWHERE = "999999999999"
COLLEAGUE = "a.colleague"
#: enough for each call of a run, and of the AWS CLI beside it: each works once
CODES = tuple(f"{number:06}" for number in range(100_000, 100_400))
_ROLE_NAMES = (
    *("admin", "audit", "backup", "billing", "build", "data-reader", "deploy", "developer"),
    *("incident", "network", "observer", "power-user", "reader", "release", "security", "support"),
)
_USERS = ("ann", "Bob.Miller", "carol+ops", "d_ng", "erin@example.com")


class Fault(StrEnum):
    """What is really wrong with a profile, beside its session name."""

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
    user: User
    cases: list[Case] = field(default_factory=list)

    @property
    def config(self) -> str:
        """The config file."""
        return "".join(
            f"[profile {case.name}]\n"
            + "".join(f"{key} = {value}\n" for key, value in case.settings.items())
            + "\n"
            for case in self.cases
        )

    @property
    def credentials(self) -> str:
        """The credentials file."""
        settings = self.user.credentials.settings().items()
        return "[keys]\n" + "".join(f"{key} = {value}\n" for key, value in settings)


def make_laptop(seed: int) -> Laptop:
    """Return the laptop of a seed, always the same."""
    return _Maker(Random(seed)).make()  # noqa: S311 - no secret


@dataclass(slots=True)
class _Maker:
    """Makes one laptop."""

    random: Random
    roles: list[Role] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    user: User = field(init=False)

    def make(self) -> Laptop:
        name = self.random.choice(_USERS)
        self.user = User(
            name=name,
            path=self.random.choice(("/", "/people/", "/people/ops/")),
            mfa_devices=(
                MfaDevice(serial=f"arn:aws:iam::{CALLER_ACCOUNT}:mfa/{name}", codes=CODES),
            ),
        )
        names = self.random.sample(_ROLE_NAMES, k=self.random.randint(6, 12))
        cases = []
        for role_name in names:
            cases += self._cases(role_name)
        user = replace(self.user, policies=self._policies())
        world = World(users=(user, User(name=COLLEAGUE)), roles=tuple(self.roles))
        return Laptop(world=world, user=user, cases=cases)

    def _cases(self, role_name: str) -> list[Case]:
        """Make a role and its profile; sometimes a role behind it, and that one's profile too."""
        own_faults = [each for each in Fault if each is not Fault.SOURCE]
        fault: Fault = self.random.choice([Fault.NONE, *own_faults])
        role, settings = self._role(role_name, fault)
        first = Case(name=role_name, settings=settings, fault=fault)
        if fault is Fault.PARTITION or self.random.random() > 0.25:
            return [first]
        behind = Role(
            name=f"{role_name}-behind",
            account_id=self.random.choice(ACCOUNTS),
            trust=trust({"AWS": role.arn}),
            policies=(ALLOW_EVERYTHING,),
        )
        self.roles.append(behind)
        own = {"role_arn": behind.arn, "source_profile": role_name, "region": "us-east-1"}
        self._name(own, self.user.name)
        fault = Fault.NONE if first.fault is Fault.NONE else Fault.SOURCE
        return [first, Case(name=behind.name, settings=own, fault=fault)]

    def _role(self, name: str, fault: Fault) -> tuple[Role, dict[str, str]]:
        """Make a role, and the settings of the profile that assumes it."""
        principal = self.user.arn if self._chance(0.3) else f"arn:aws:iam::{CALLER_ACCOUNT}:root"
        if fault is Fault.NOT_TRUSTED:
            principal = f"arn:aws:iam::{ELSEWHERE}:root"
        condition, demanded = self._condition(fault)
        version = "2008-10-17" if fault is Fault.OLD_VERSION else "2012-10-17"
        role = Role(
            name=name,
            path=self.random.choice(("/", "/", "/team/")),
            account_id=self.random.choice(ACCOUNTS),
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
                arn = self.random.choice((f"{arn}s", arn[:-1], arn.replace(name, name.upper())))
            case _:
                pass
        settings = {"role_arn": arn, "source_profile": "keys", "region": "us-east-1"} | demanded
        self._name(settings, self.user.name)
        return role, settings

    def _condition(self, fault: Fault) -> tuple[dict[str, dict[str, object]], dict[str, str]]:
        """Return a trust policy's condition, and the settings that meet it, but for the fault."""
        condition: dict[str, dict[str, object]] = {}
        settings: dict[str, str] = {}
        if fault is Fault.FIXED_NAME:
            condition["StringEquals"] = {"sts:RoleSessionName": "deployment"}
        elif fault is Fault.OLD_VERSION or self._chance(0.7):
            operator = self.random.choice(("StringEquals", "StringLike"))
            condition[operator] = {"sts:RoleSessionName": "${aws:username}"}
        if fault is Fault.MFA or self._chance(0.2):
            condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
            settings["mfa_serial"] = self.user.mfa_devices[0].serial
        if fault is Fault.MFA:
            del settings["mfa_serial"]
        if fault is Fault.EXTERNAL_ID or self._chance(0.2):
            external_id = f"id-{self.random.randint(100, 999)}"
            condition.setdefault("StringEquals", {})["sts:ExternalId"] = external_id
            settings["external_id"] = external_id
        if fault is Fault.EXTERNAL_ID:
            settings["external_id"] = "id-000"
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
        """Return the user's policies: all roles, but for those that are forbidden or denied."""
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
