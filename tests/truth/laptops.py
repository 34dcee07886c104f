"""A made-up laptop: its profiles, what is really wrong with each, who calls, and their habits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from e2e import keys, section
from sync_profiles.sandbox.world import (
    CALLER_ACCOUNT,
    MfaDevice,
    PolicyDocument,
    RoleSession,
    User,
    World,
)
from teams import identity_center_session

#: enough for each call of a run, and of the AWS CLI beside it: each works once
CODES = tuple(f"{number:06}" for number in range(100_000, 100_400))


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
        sections = self.sources | {case.name: case.settings for case in self.cases}
        return "".join(section(f"profile {name}", sections[name]) for name in sections)

    @property
    def credentials(self) -> str:
        callers = zip(self.sources, self.callers, strict=True)
        return "".join(keys(source, caller.credentials) for source, caller in callers)


@dataclass(slots=True, kw_only=True)
class Habits:
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
    closed: Fault | None
    """Why no profile of the account works: its roles are not for this person, or not yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
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
