"""The contents of a simulated AWS: accounts, users, roles, sessions and instances; frozen values.

Every key is derived from its owner's ARN, so the same world always has the same keys. They are
well-formed and clearly fake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from sync_profiles.sandbox import fake_keys

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
class ManagedPolicy:
    """A policy with an ARN, which AWS names if the policy denies a request."""

    arn: str
    document: PolicyDocument


KEY_QUARANTINE = ManagedPolicy(
    arn="arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
    document=_policy(Effect="Deny", Action=["sts:AssumeRole", "s3:*"], Resource="*"),
)

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
        return fake_keys.fake_id("AIDA", self.arn, 21)

    @property
    def credentials(self) -> fake_keys.FakeCredentials:
        """The user's access key."""
        return fake_keys.long_term_credentials(self.arn)


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
    def credentials(self) -> fake_keys.FakeCredentials:
        """The root user's access key."""
        return fake_keys.long_term_credentials(self.arn)


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
    def credentials(self) -> fake_keys.FakeCredentials:
        """The federated user's credentials."""
        return fake_keys.temporary_credentials(self.arn)


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
        return fake_keys.fake_id("AROA", self.arn, 21)

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
    def credentials(self) -> fake_keys.FakeCredentials:
        """The session's credentials."""
        return fake_keys.temporary_credentials(self.arn)


#: everything that can sign a request
Sender = User | RootUser | FederatedUser | RoleSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Policies for everyone in an account; accounts without any need no entry."""

    account_id: str
    service_control_policies: Sequence[PolicyDocument] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A running EC2 instance with a Name tag."""

    name: str
    account_id: str = ROLE_ACCOUNT
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The initial contents of a sandbox.

    With `names_policy_type`, an implicit denial names the kind of policy that does not allow the
    call.
    """

    users: Sequence[User] = ()
    roles: Sequence[Role] = ()
    root_users: Sequence[RootUser] = ()
    sessions: Sequence[RoleSession] = ()
    federated_users: Sequence[FederatedUser] = ()
    accounts: Sequence[Account] = ()
    instances: Sequence[Instance] = ()
    names_policy_type: bool = False


def identity_center_session(
    *,
    permission_set: str,
    user_name: str,
    account_id: str = CALLER_ACCOUNT,
    policies: Sequence[AttachedPolicy] = (ALLOW_ASSUME_ROLE,),
) -> RoleSession:
    """Return the session of `aws sso login`: `assumed-role/AWSReservedSSO_…/USER_NAME`."""
    suffix = hashlib.sha256(permission_set.encode()).hexdigest()[:16]
    role = Role(
        name=f"AWSReservedSSO_{permission_set}_{suffix}",
        path="/aws-reserved/sso.amazonaws.com/",
        account_id=account_id,
        policies=policies,
    )
    return RoleSession(role=role, session_name=user_name)
