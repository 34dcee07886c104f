"""Determine who sends a request and whether all policies together allow it, as AWS does.

An explicit deny in any policy wins. Within one account, a trust policy that names the caller itself
is enough; if it names the account, or belongs to another account, the caller's identity-based
policies must allow the call too. A request whose decision AWS does not document, as for an ARN that
is compared with `*`, is denied: what works here works there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

from sync_profiles.arn import parse_arn
from sync_profiles.policy.grammar import Policy, PolicyKind, parse_policy
from sync_profiles.policy.judge import Allow, ExplicitDeny, Naming, Request, judge
from sync_profiles.policy.key_values import TIME_FORMAT, time_keys
from sync_profiles.policy.matching import Context
from sync_profiles.sandbox.world import (
    AttachedPolicy,
    FakeCredentials,
    ManagedPolicy,
    Role,
    RoleSession,
    Sender,
    User,
    World,
)

_EXPLICIT = {
    "identity-based": "an identity-based policy",
    "permissions boundary": "a permissions boundary",
    "session": "a session policy",
    "service control": "a service control policy",
    "role trust": "the role trust policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Credentials and their owner.

    `mfa` is None for long-term keys, whose requests do not say whether a device was used.
    """

    credentials: FakeCredentials
    owner: Sender
    mfa: bool | None = None
    issued: datetime | None = None
    expires: datetime | None = None

    @property
    def as_answer(self) -> Mapping[str, str]:
        """The key as STS answers it, if it is that of a session."""
        given = self.credentials
        assert self.expires is not None  # noqa: S101 - STS sets it
        return {
            "AccessKeyId": given.access_key_id,
            "SecretAccessKey": given.secret_access_key,
            "SessionToken": given.session_token or "",
            "Expiration": self.expires.strftime(TIME_FORMAT),
        }


class Keys:
    """The keys of a sandbox, including those of new sessions; thread-safe."""

    def __init__(self, world: World, *, now: datetime) -> None:
        self._lock = Lock()
        self._keys: dict[str, Key] = {}
        owners: tuple[Sender, ...] = (
            *world.users,
            *world.root_users,
            *world.federated_users,
            *world.sessions,
        )
        for owner in owners:
            key = Key(credentials=owner.credentials, owner=owner)
            if key.credentials.session_token is not None:
                key = replace(key, mfa=False, issued=now)
            if isinstance(owner, RoleSession):
                expires = now + owner.lifetime
                key = replace(key, issued=min(now, expires), expires=expires)
            self.add(key)

    def find(self, access_key_id: str) -> Key | None:
        """Return a key, or None if it was never issued."""
        with self._lock:
            return self._keys.get(access_key_id)

    def add(self, key: Key) -> None:
        """Add a key."""
        with self._lock:
            self._keys[key.credentials.access_key_id] = key

    def expire_sessions(self, now: datetime) -> None:
        """End the time of all temporary keys."""
        with self._lock:
            for name, key in self._keys.items():
                if key.expires is not None:
                    self._keys[name] = replace(key, expires=min(key.expires, now))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request with a valid signature: which key signed it, where it was sent, and when."""

    service: str
    action: str
    parameters: Mapping[str, str]
    key: Key
    region: str
    source_ip: str
    user_agent: str
    now: datetime

    @property
    def sender(self) -> Sender:
        """The owner of the key."""
        return self.key.owner

    def context(self) -> Context:
        """Return the context keys that do not depend on the action."""
        sender, key = self.sender, self.key
        values: dict[str, str | Sequence[str]] = {
            "aws:PrincipalArn": sender.role.arn if isinstance(sender, RoleSession) else sender.arn,
            "aws:PrincipalAccount": sender.account_id,
            "aws:PrincipalType": sender.principal_type,
            "aws:PrincipalIsAWSService": "false",
            "aws:ViaAWSService": "false",
            "aws:userid": sender.user_id,
            "aws:SourceIp": self.source_ip,
            "aws:SecureTransport": "true",  # as it is at the address that this one plays
            "aws:RequestedRegion": self.region,
            "aws:UserAgent": self.user_agent,
            **time_keys(self.now),
        }
        role = parse_arn(self.parameters.get("RoleArn", ""))
        if role is not None:
            values["aws:ResourceAccount"] = role.account_id
        values |= {f"aws:PrincipalTag/{name}": value for name, value in sender.tags.items()}
        if isinstance(sender, User):
            values["aws:username"] = sender.name
        if isinstance(sender, RoleSession) and sender.source_identity is not None:
            values["aws:SourceIdentity"] = sender.source_identity
        if key.mfa is not None:
            values["aws:MultiFactorAuthPresent"] = "true" if key.mfa else "false"
        if key.mfa and key.issued is not None:
            values["aws:MultiFactorAuthAge"] = str(int((self.now - key.issued).total_seconds()))
        if key.issued is not None:
            values["aws:TokenIssueTime"] = key.issued.strftime(TIME_FORMAT)
        return Context.of(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A denial: the kind of policy that decided, and the ARN of a policy that denies explicitly."""

    policy_type: str
    explicit: bool
    policy_arn: str | None = None

    def suffix(self, action: str) -> str:
        """Return what AWS adds to its message if it gives the reason."""
        if self.explicit:
            arn = f": {self.policy_arn}" if self.policy_arn else ""
            return f" with an explicit deny in {_EXPLICIT[self.policy_type]}{arn}"
        plain = "" if self.policy_type == "permissions boundary" else " policy"
        return f" because no {self.policy_type}{plain} allows the {action} action"


def request_of(sender: Sender | Role, action: str, resource: str, context: Context) -> Request:
    """Return a request as the judge takes it."""
    caller = parse_arn(sender.arn)
    assert caller is not None  # noqa: S101 - everyone in a world has an ARN
    return Request(action=action, resource=resource, caller=caller, context=context)


#: the policies of one kind, each with its ARN if it is a managed policy
_Layer = list[tuple[Policy, str | None]]


class Authorizer:
    """Decides what the identities of a world may do."""

    def __init__(self, world: World) -> None:
        self._trust = {
            role.arn: parse_policy(role.trust, kind=PolicyKind.TRUST) for role in world.roles
        }
        self._service_control = {
            account_id: _parse(policies)
            for account_id, policies in world.service_control_policies.items()
        }

    def authorize(
        self,
        sender: Sender,
        action: str,
        resource: str,
        context: Context,
        *,
        role: Role | None = None,
    ) -> Denied | None:
        """Return why a request is denied, or None if it is allowed.

        `role` is the role that the request is to assume; without one, only the sender's own
        policies count.
        """
        request = request_of(sender, action, resource, context)
        layers = dict(self.layers(sender))
        trust = None if role is None else self._trust[role.arn]
        role_trust: dict[str, _Layer] = {} if trust is None else {"role trust": [(trust, None)]}
        for policy_type, policies in {**layers, **role_trust}.items():
            for policy, arn in policies:
                if isinstance(judge(policy, request), ExplicitDeny):
                    return Denied(policy_type=policy_type, explicit=True, policy_arn=arn)
        granted: set[str] = set()
        if role is not None and trust is not None:
            judgement = judge(trust, request)
            if not isinstance(judgement, Allow):
                return Denied(policy_type="role trust", explicit=False)
            if role.account_id == sender.account_id:
                granted = _granted_by_trust(judgement.naming)
        for policy_type, policies in layers.items():
            granting = [trust] if trust is not None and policy_type in granted else []
            found = judge([*granting, *(policy for policy, _ in policies)], request)
            if not isinstance(found, Allow):
                return Denied(policy_type=policy_type, explicit=False)
        return None

    def layers(self, sender: Sender | Role) -> Iterator[tuple[str, _Layer]]:
        """Yield the layers of policies that must each allow the sender's request, in order."""
        if service_control := self._service_control.get(sender.account_id):
            yield "service control", service_control
        identity = sender.role if isinstance(sender, RoleSession) else sender
        yield "identity-based", _parse(identity.policies)
        if identity.permissions_boundary is not None:
            yield "permissions boundary", _parse([identity.permissions_boundary])
        if isinstance(sender, RoleSession) and sender.policy is not None:
            yield "session", _parse([sender.policy])


def _granted_by_trust(naming: Naming | None) -> set[str]:
    """Return the layers that need not allow a request, as a trust policy of the account does.

    If the trust policy names the user or the session itself, or everyone, it replaces all of the
    caller's layers; if it names the session's role, only the caller's identity-based policies.
    """
    match naming:
        case Naming.ITSELF:
            return {"identity-based", "permissions boundary", "session"}
        case Naming.ROLE:
            return {"identity-based"}
        case _:
            return set()


def _parse(policies: Sequence[AttachedPolicy]) -> _Layer:
    documents = (
        (policy.document, policy.arn) if isinstance(policy, ManagedPolicy) else (policy, None)
        for policy in policies
    )
    return [(parse_policy(text, kind=PolicyKind.IDENTITY), arn) for text, arn in documents]
