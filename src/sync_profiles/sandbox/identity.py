"""Who a key belongs to, and what binds its owner; the keyring of a running sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING

from sync_profiles.policy.grammar import Policy, PolicyKind, parse_policy
from sync_profiles.policy.judge import Principal
from sync_profiles.sandbox.world import (
    ALLOW_EVERYTHING,
    AttachedPolicy,
    Credentials,
    FederatedUser,
    ManagedPolicy,
    PolicyDocument,
    Role,
    RoleSession,
    RootUser,
    User,
    World,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime


class PrincipalType(StrEnum):
    """The values of `aws:PrincipalType`."""

    ROOT = "Account"
    USER = "User"
    SESSION = "AssumedRole"
    FEDERATED = "FederatedUser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A policy as it binds an identity; `arn` is set for managed ones."""

    policy: Policy
    arn: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A principal with all that is known of it.

    `user` is set for an IAM user only, `role_arn` for a role's session.
    """

    type: PrincipalType
    principal: Principal
    user_id: str
    policies: tuple[Attached, ...]
    role_arn: str | None = None
    boundary: Policy | None = None
    session_policy: Policy | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tags: Mapping[str, str] = field(default_factory=dict)
    source_identity: str | None = None
    user: User | None = None

    @property
    def arn(self) -> str:
        """The ARN that GetCallerIdentity answers."""
        return self.principal.arn

    @property
    def account_id(self) -> str:
        """The account that the identity lives in."""
        return self.principal.account_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Credentials and whose they are.

    `mfa` is None for long-term keys: their requests do not say whether a device was used.
    """

    credentials: Credentials
    identity: Identity
    partition: str
    mfa: bool | None = None
    issued: datetime | None = None
    expires: datetime | None = None


class Keyring:
    """The keys of a sandbox, safe for threads; sessions add theirs while it runs."""

    def __init__(self, world: World, *, now: datetime) -> None:
        self._lock = Lock()
        self._keys = {key.credentials.access_key_id: key for key in _keys_of(world, now)}

    def find(self, access_key_id: str) -> Key | None:
        """Return a key, None where it was never issued."""
        with self._lock:
            return self._keys.get(access_key_id)

    def add(self, key: Key) -> None:
        """Let a key work from now on."""
        with self._lock:
            self._keys[key.credentials.access_key_id] = key

    def __len__(self) -> int:
        with self._lock:
            return len(self._keys)


def session_identity(
    role: Role,
    session_name: str,
    *,
    session_policy: Policy | None = None,
    tags: Mapping[str, str] | None = None,
    transitive_tags: Mapping[str, str] | None = None,
    source_identity: str | None = None,
) -> Identity:
    """Return the identity of a role's session; session tags go before the role's own."""
    return Identity(
        type=PrincipalType.SESSION,
        principal=Principal(arn=role.session_arn(session_name), account_id=role.account_id),
        role_arn=role.arn,
        user_id=f"{role.role_id}:{session_name}",
        policies=_attached(role.policies),
        boundary=_boundary(role.permissions_boundary),
        session_policy=session_policy,
        tags={**role.tags, **(tags or {}), **(transitive_tags or {})},
        transitive_tags=transitive_tags or {},
        source_identity=source_identity,
    )


def _keys_of(world: World, now: datetime) -> Iterator[Key]:
    for user in world.users:
        yield Key(
            credentials=user.credentials, identity=_user_identity(user), partition=user.partition
        )
    for root in world.root_users:
        yield Key(
            credentials=root.credentials, identity=_root_identity(root), partition=root.partition
        )
    for session in world.sessions:
        yield Key(
            credentials=session.credentials,
            identity=_session_identity(session),
            partition=session.role.partition,
            mfa=False,
            issued=min(now, now + session.lifetime),
            expires=now + session.lifetime,
        )
    for federated in world.federated_users:
        yield Key(
            credentials=federated.credentials,
            identity=_federated_identity(federated),
            partition=federated.partition,
            mfa=False,
            issued=now,
        )


def _user_identity(user: User) -> Identity:
    return Identity(
        type=PrincipalType.USER,
        principal=Principal(arn=user.arn, account_id=user.account_id),
        user_id=user.user_id,
        policies=_attached(user.policies),
        boundary=_boundary(user.permissions_boundary),
        tags=user.tags,
        user=user,
    )


def _root_identity(root: RootUser) -> Identity:
    return Identity(
        type=PrincipalType.ROOT,
        principal=Principal(arn=root.arn, account_id=root.account_id),
        user_id=root.account_id,
        policies=_attached((ALLOW_EVERYTHING,)),
    )


def _session_identity(session: RoleSession) -> Identity:
    return session_identity(
        session.role,
        session.session_name,
        transitive_tags=session.transitive_tags,
        source_identity=session.source_identity,
    )


def _federated_identity(user: FederatedUser) -> Identity:
    return Identity(
        type=PrincipalType.FEDERATED,
        principal=Principal(arn=user.arn, account_id=user.account_id),
        user_id=f"{user.account_id}:{user.name}",
        policies=_attached(user.policies),
    )


def _attached(policies: Sequence[AttachedPolicy]) -> tuple[Attached, ...]:
    return tuple(
        Attached(policy=_identity_policy(policy.document), arn=policy.arn)
        if isinstance(policy, ManagedPolicy)
        else Attached(policy=_identity_policy(policy))
        for policy in policies
    )


def _boundary(document: PolicyDocument | None) -> Policy | None:
    return None if document is None else _identity_policy(document)


def _identity_policy(document: PolicyDocument) -> Policy:
    return parse_policy(document, kind=PolicyKind.IDENTITY)
