"""Makes the roles of random teams, and the profiles for them, each with one fault at most."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from sync_profiles.sandbox.world import (
    ALLOW_ASSUME_ROLE,
    ALLOW_EVERYTHING,
    CALLER_ACCOUNT,
    Role,
)
from truth.laptops import Fault, Habits, Person

ACCOUNTS = ("222222222222", "333333333333", "444444444444")
#: accounts with IDs in a series, as those of examples and of tests often are
SERIES = ("222222222221", "222222222222", "222222222223", "222222222224")
#: an account in which no profile belongs
ELSEWHERE = "999999999999"
COLLEAGUE = "a.colleague"


@dataclass(slots=True)
class RoleMaker:
    """Makes roles, and notes which of them the callers' policies leave out."""

    random: Random
    roles: list[Role] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    bounded: list[str] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    habits: dict[str, Habits] = field(default_factory=dict)

    def role(
        self, name: str, account: str, fault: Fault, person: Person
    ) -> tuple[Role, dict[str, str], str]:
        """Make a role, the settings of the profile for it, and the value that these should have."""
        habits = self.habits[account]
        # the account's root lets in the whole account
        principal = person.principal if self.chance(0.3) else f"arn:aws:iam::{CALLER_ACCOUNT}:root"
        if fault is Fault.NOT_TRUSTED:
            principal = f"arn:aws:iam::{ELSEWHERE}:root"
        elif fault is Fault.OTHER_SOURCE:
            principal = next(each.principal for each in self.people if each is not person)
        condition, demanded = self._condition(fault, person, habits)
        version = "2008-10-17" if fault is Fault.OLD_VERSION else "2012-10-17"
        allowing = {"Effect": "Allow", "Action": "sts:AssumeRole"}
        statements = [{**allowing, "Principal": {"AWS": principal}, "Condition": condition}]
        is_denied_by_role = fault is Fault.DENIED and self.chance(0.3)
        if is_denied_by_role:
            denied = {"AWS": person.principal}
            statements.append({**allowing, "Effect": "Deny", "Principal": denied})
        # AWS gives a session no more than an hour
        is_long = bool(person.serial) and fault is not Fault.DURATION and self.chance(0.1)
        role = Role(
            name=name,
            path=self.random.choice(("/", habits.path, habits.path)),
            account_id=account,
            partition="aws-us-gov" if fault is Fault.PARTITION else "aws",
            trust={"Version": version, "Statement": statements},
            policies=(ALLOW_EVERYTHING,) if self.chance(habits.readable) else (ALLOW_ASSUME_ROLE,),
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
                wrong = self.random.choice((f"{account[:5]}7{account[6:]}", *others))
                arn = arn.replace(account, wrong)
            case _:
                pass
        if fault is Fault.DURATION or is_long:
            demanded["duration_seconds"] = "7200"
        settings = {"role_arn": arn, "source_profile": person.source, "region": "us-east-1"}
        settings |= demanded
        if "role_session_name" not in settings:
            self.name(settings, person.name)
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
        self, fault: Fault, person: Person, habits: Habits
    ) -> tuple[dict[str, dict[str, object]], dict[str, str]]:
        """Return a trust policy's condition, and the settings that meet it, but for the fault."""
        condition: dict[str, dict[str, object]] = {}
        settings: dict[str, str] = {}
        if fault is Fault.FIXED_NAME:
            condition["StringEquals"] = {"sts:RoleSessionName": habits.fixed_name}
        elif fault is not Fault.OLD_VERSION and self.chance(habits.fixed):
            condition["StringEquals"] = {"sts:RoleSessionName": habits.fixed_name}
            settings["role_session_name"] = habits.fixed_name
        elif fault is Fault.OLD_VERSION or self.chance(habits.named):
            operator = self.random.choice(("StringEquals", "StringLike"))
            is_user = person.serial is not None or fault is Fault.OLD_VERSION
            condition[operator] = {
                "sts:RoleSessionName": "${aws:username}" if is_user else person.name
            }
        if fault is Fault.MFA or (person.serial is not None and self.chance(habits.mfa)):
            condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
            if fault is not Fault.MFA and person.serial is not None:
                settings["mfa_serial"] = person.serial
        if fault is Fault.ADDRESS:
            condition["IpAddress"] = {"aws:SourceIp": "203.0.113.0/24"}
        is_own = self.chance(habits.own_external_ids)
        if fault is Fault.EXTERNAL_ID or is_own or habits.external_id is not None:
            external_id = habits.external_id or self.external_id()
            condition.setdefault("StringEquals", {})["sts:ExternalId"] = external_id
            settings["external_id"] = external_id
        if fault is Fault.EXTERNAL_ID:
            others = [each.external_id for each in self.habits.values() if each.external_id]
            known = [each for each in others if each != settings["external_id"]]
            settings["external_id"] = self.random.choice(["id-000", *known])
            if self.chance(0.5):
                del settings["external_id"]
        return condition, settings

    def chance(self, share: float) -> bool:
        """Return whether something that is so in this share of the cases is so now."""
        return self.random.random() < share

    def name(self, settings: dict[str, str], right: str) -> None:
        """Give a profile the right session name, none, or a wrong one."""
        name = self.random.choice((right, None, COLLEAGUE, right.swapcase()))
        if name is not None:
            settings["role_session_name"] = name

    def external_id(self) -> str:
        """Return a new external ID."""
        return f"id-{self.random.randint(100, 999)}"
