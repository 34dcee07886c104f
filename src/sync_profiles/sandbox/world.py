"""The contents of a simulated AWS: accounts, users, roles, sessions and instances; frozen values.

Every key is derived from its owner's ARN, so the same world always has the same keys. They are
well-formed and clearly fake.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

CALLER_ACCOUNT = "111111111111"
ROLE_ACCOUNT = "222222222222"

PolicyDocument = str | Mapping[str, object]


def _policy(**statement: object) -> PolicyDocument:
    return {"Version": "2012-10-17", "Statement": [statement]}


ALLOW_EVERYTHING = _policy(Effect="Allow", Action="*", Resource="*")
ALLOW_ASSUME_ROLE = _policy(Effect="Allow", Action="sts:AssumeRole", Resource="*")
ALLOW_LOOKUP_EVENTS = _policy(Effect="Allow", Action="cloudtrail:LookupEvents", Resource="*")
TRUST_EC2 = _policy(
    Effect="Allow", Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeCredentials:
    """An access key; temporary ones have a session token."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    def settings(self) -> dict[str, str]:
        """Return the credentials as the settings of a profile."""
        settings = {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
        }
        if self.session_token is not None:
            settings["aws_session_token"] = self.session_token
        return settings


def fake_id(prefix: str, seed: str, length: int = 20) -> str:
    """Return a well-formed identifier such as `AKIAFAKE…`, always the same for the same seed."""
    digest = base64.b32encode(hashlib.sha256(f"{prefix}:{seed}".encode()).digest()).decode()
    return f"{prefix}FAKE{digest}"[:length]


def long_term_credentials(seed: str) -> FakeCredentials:
    """Return an access key of a user or a root user."""
    return FakeCredentials(access_key_id=fake_id("AKIA", seed), secret_access_key=_secret(seed))


def temporary_credentials(seed: str) -> FakeCredentials:
    """Return an access key with a session token."""
    token = hashlib.sha512(f"token:{seed}".encode()).digest()
    return FakeCredentials(
        access_key_id=fake_id("ASIA", seed),
        secret_access_key=_secret(seed),
        session_token=f"FAKE/token/{base64.b64encode(token).decode()}",
    )


def _secret(seed: str) -> str:
    digest = hashlib.sha256(f"secret:{seed}".encode()).digest()
    return f"fake/secret/{base64.b64encode(digest).decode()}"[:40]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A policy with an ARN, which AWS names if the policy denies a request."""

    arn: str
    document: PolicyDocument


AttachedPolicy = PolicyDocument | ManagedPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaDevice:
    """An MFA device; each of its codes works once."""

    serial: str
    codes: tuple[str, ...] = ("000001", "000002", "000003", "000004")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Base class of users, root users, federated users and roles.

    Without policies, an identity has no permissions. `principal_type` is `aws:PrincipalType`.
    """

    principal_type: ClassVar[str]

    account_id: str = CALLER_ACCOUNT
    partition: str = "aws"
    policies: Sequence[AttachedPolicy] = ()
    permissions_boundary: PolicyDocument | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}::{self.account_id}:{resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Identity):
    """An IAM user with one access key."""

    principal_type = "User"

    name: str
    path: str = "/"
    mfa_devices: Sequence[MfaDevice] = ()

    @property
    def arn(self) -> str:
        """The user's ARN, with its path."""
        return self._arn("iam", f"user{self.path}{self.name}")

    @property
    def user_id(self) -> str:
        """The unique ID, as CloudTrail shows it to other accounts."""
        return fake_id("AIDA", self.arn, 21)

    @property
    def credentials(self) -> FakeCredentials:
        """The user's access key."""
        return long_term_credentials(self.arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class RootUser(Identity):
    """An account's root user with an access key."""

    principal_type = "Account"

    policies: Sequence[AttachedPolicy] = (ALLOW_EVERYTHING,)

    @property
    def arn(self) -> str:
        """The root user's ARN."""
        return self._arn("iam", "root")

    @property
    def user_id(self) -> str:
        """The account ID."""
        return self.account_id

    @property
    def credentials(self) -> FakeCredentials:
        """The root user's access key."""
        return long_term_credentials(self.arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedUser(Identity):
    """A federated user's temporary credentials, as GetFederationToken issues them."""

    principal_type = "FederatedUser"

    name: str

    @property
    def arn(self) -> str:
        """The federated user's ARN."""
        return self._arn("sts", f"federated-user/{self.name}")

    @property
    def user_id(self) -> str:
        """The account ID and the name."""
        return f"{self.account_id}:{self.name}"

    @property
    def credentials(self) -> FakeCredentials:
        """The federated user's credentials."""
        return temporary_credentials(self.arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role(Identity):
    """An IAM role: `trust` says who may assume it, `policies` what its sessions may do.

    `shown_trust` is the text that GetRole returns, if it should differ from `trust`.
    """

    account_id: str = ROLE_ACCOUNT
    name: str
    path: str = "/"
    trust: PolicyDocument = field(default_factory=lambda: TRUST_EC2)
    max_session_duration: int = 3600
    shown_trust: str | None = None

    @property
    def arn(self) -> str:
        """The role's ARN, with its path."""
        return self._arn("iam", f"role{self.path}{self.name}")

    @property
    def role_id(self) -> str:
        """The unique ID, the first half of a session's user ID."""
        return fake_id("AROA", self.arn, 21)

    def session_arn(self, session_name: str) -> str:
        """Return the ARN of a session, which has no path."""
        return self._arn("sts", f"assumed-role/{self.name}/{session_name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSession:
    """A session of a role: of a machine, of Identity Center, or started by AssumeRole.

    The role need not be part of the world. With a negative lifetime, the session has expired.
    Transitive tags and a source identity are passed on to every role that the session assumes.
    """

    principal_type: ClassVar[str] = "AssumedRole"

    role: Role
    session_name: str
    lifetime: timedelta = timedelta(hours=1)
    policy: PolicyDocument | None = None
    session_tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str | None = None

    @property
    def arn(self) -> str:
        """The session's ARN."""
        return self.role.session_arn(self.session_name)

    @property
    def user_id(self) -> str:
        """The role's unique ID and the session name."""
        return f"{self.role.role_id}:{self.session_name}"

    @property
    def account_id(self) -> str:
        """The role's account."""
        return self.role.account_id

    @property
    def partition(self) -> str:
        """The role's partition."""
        return self.role.partition

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of the role and the session; the session's override the role's."""
        return {**self.role.tags, **self.session_tags, **self.transitive_tags}

    @property
    def credentials(self) -> FakeCredentials:
        """The session's credentials."""
        return temporary_credentials(self.arn)


#: everything that can sign a request
Sender = User | RootUser | FederatedUser | RoleSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A running EC2 instance with a Name tag."""

    name: str
    account_id: str = ROLE_ACCOUNT
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The initial contents of a sandbox; service control policies are those of an account, by ID.

    With `names_policy_type`, an implicit denial names the kind of policy that does not allow the
    call.
    """

    users: Sequence[User] = ()
    roles: Sequence[Role] = ()
    root_users: Sequence[RootUser] = ()
    sessions: Sequence[RoleSession] = ()
    federated_users: Sequence[FederatedUser] = ()
    service_control_policies: Mapping[str, Sequence[PolicyDocument]] = field(default_factory=dict)
    instances: Sequence[Instance] = ()
    names_policy_type: bool = False
