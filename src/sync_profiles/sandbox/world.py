"""What a sandbox holds: accounts, users, roles, sessions and instances, as frozen values.

Every key is derived from its owner's ARN: the same world always has the same keys, well-formed
and plainly made up.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

CALLER_ACCOUNT = "111111111111"
ROLE_ACCOUNT = "222222222222"

PolicyDocument = str | Mapping[str, object]


def _policy(**statement: object) -> PolicyDocument:
    return {"Version": "2012-10-17", "Statement": [statement]}


ALLOW_EVERYTHING = _policy(Effect="Allow", Action="*", Resource="*")
ALLOW_ASSUME_ROLE = _policy(Effect="Allow", Action="sts:AssumeRole", Resource="*")
TRUST_EC2 = _policy(
    Effect="Allow", Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A policy with an ARN of its own, which AWS names when the policy denies."""

    arn: str
    document: PolicyDocument


KEY_QUARANTINE = ManagedPolicy(
    arn="arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3",
    document=_policy(Effect="Deny", Action=["sts:AssumeRole", "s3:*"], Resource="*"),
)

AttachedPolicy = PolicyDocument | ManagedPolicy


class DenialText(Enum):
    """Whether an implicit denial names the kind of policy that is missing."""

    PLAIN = "plain"
    NAMES_POLICY_TYPE = "names the policy type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
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
    """Return a well-formed identifier such as `AKIAFAKE…`, always the same for one seed."""
    digest = base64.b32encode(hashlib.sha256(f"{prefix}:{seed}".encode()).digest()).decode()
    return f"{prefix}FAKE{digest}"[:length]


def long_term_credentials(seed: str) -> Credentials:
    """Return an access key of a user or a root user."""
    return Credentials(access_key_id=fake_id("AKIA", seed), secret_access_key=_secret(seed))


def temporary_credentials(seed: str) -> Credentials:
    """Return an access key with a session token."""
    token = hashlib.sha512(f"token:{seed}".encode()).digest()
    return Credentials(
        access_key_id=fake_id("ASIA", seed),
        secret_access_key=_secret(seed),
        session_token=f"FAKE/token/{base64.b64encode(token).decode()}",
    )


def _secret(seed: str) -> str:
    digest = hashlib.sha256(f"secret:{seed}".encode()).digest()
    return f"fake/secret/{base64.b64encode(digest).decode()}"[:40]


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaDevice:
    """A device; each of its codes works once."""

    serial: str
    codes: tuple[str, ...] = ("000001", "000002", "000003", "000004")


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """An IAM user with one access key; without policies it may do nothing."""

    name: str
    account_id: str = CALLER_ACCOUNT
    partition: str = "aws"
    path: str = "/"
    policies: Sequence[AttachedPolicy] = ()
    permissions_boundary: PolicyDocument | None = None
    mfa_devices: Sequence[MfaDevice] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The user's ARN, with its path."""
        return f"arn:{self.partition}:iam::{self.account_id}:user{self.path}{self.name}"

    @property
    def user_id(self) -> str:
        """The unique id, as CloudTrail shows it to other accounts."""
        return fake_id("AIDA", self.arn, 21)

    @property
    def credentials(self) -> Credentials:
        """The user's access key."""
        return long_term_credentials(self.arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """An IAM role; its policies bind its sessions, `trust` whom it lets in.

    `shown_trust` is what GetRole answers, where that is to be another text.
    """

    name: str
    account_id: str = ROLE_ACCOUNT
    partition: str = "aws"
    path: str = "/"
    trust: PolicyDocument = field(default_factory=lambda: TRUST_EC2)
    policies: Sequence[AttachedPolicy] = ()
    permissions_boundary: PolicyDocument | None = None
    max_session_duration: int = 3600
    shown_trust: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The role's ARN, with its path."""
        return f"arn:{self.partition}:iam::{self.account_id}:role{self.path}{self.name}"

    @property
    def role_id(self) -> str:
        """The unique id, the first half of a session's user id."""
        return fake_id("AROA", self.arn, 21)

    def session_arn(self, session_name: str) -> str:
        """Return the ARN of a session: it has no path."""
        return (
            f"arn:{self.partition}:sts::{self.account_id}:assumed-role/{self.name}/{session_name}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RootUser:
    """An account's root user with an access key."""

    account_id: str = CALLER_ACCOUNT
    partition: str = "aws"

    @property
    def arn(self) -> str:
        """The root user's ARN."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    @property
    def credentials(self) -> Credentials:
        """The root user's access key."""
        return long_term_credentials(self.arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSession:
    """Temporary credentials that are there from the start: a machine's, or Identity Center's.

    The role need not be one of the world's. A lifetime below zero makes them expired. Transitive
    tags and a source identity follow the session into every role that it assumes.
    """

    role: Role
    session_name: str
    lifetime: timedelta = timedelta(hours=1)
    source_identity: str | None = None
    transitive_tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The session's ARN."""
        return self.role.session_arn(self.session_name)

    @property
    def credentials(self) -> Credentials:
        """The session's credentials."""
        return temporary_credentials(self.arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedUser:
    """A federated user's temporary credentials, as GetFederationToken gives them."""

    name: str
    account_id: str = CALLER_ACCOUNT
    partition: str = "aws"
    policies: Sequence[AttachedPolicy] = ()

    @property
    def arn(self) -> str:
        """The federated user's ARN."""
        return f"arn:{self.partition}:sts::{self.account_id}:federated-user/{self.name}"

    @property
    def credentials(self) -> Credentials:
        """The federated user's credentials."""
        return temporary_credentials(self.arn)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What holds for everybody in an account; accounts without such rules need no entry."""

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
    """All that a sandbox knows when it starts."""

    users: Sequence[User] = ()
    roles: Sequence[Role] = ()
    root_users: Sequence[RootUser] = ()
    sessions: Sequence[RoleSession] = ()
    federated_users: Sequence[FederatedUser] = ()
    accounts: Sequence[Account] = ()
    instances: Sequence[Instance] = ()
    denial_text: DenialText = DenialText.PLAIN


def identity_center_session(
    *,
    permission_set: str,
    user_name: str,
    account_id: str = CALLER_ACCOUNT,
    policies: Sequence[AttachedPolicy] = (ALLOW_ASSUME_ROLE,),
) -> RoleSession:
    """Return what `aws sso login` yields: `assumed-role/AWSReservedSSO_…/USER_NAME`."""
    suffix = hashlib.sha256(permission_set.encode()).hexdigest()[:16]
    role = Role(
        name=f"AWSReservedSSO_{permission_set}_{suffix}",
        path="/aws-reserved/sso.amazonaws.com/",
        account_id=account_id,
        policies=policies,
    )
    return RoleSession(role=role, session_name=user_name)
