"""May this identity do this: all the policies that have a say, taken together as AWS does.

An explicit deny anywhere wins. In one account a trust policy that names the caller itself is
enough; one that names the account, and every trust policy of another account, needs the caller's
identity-based policies too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_profiles.policy.judge import Allow, ExplicitDeny, ImplicitDeny, Naming, Request, judge
from sync_profiles.policy.matching import Context
from sync_profiles.sandbox.wire import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sync_profiles.policy.grammar import Policy
    from sync_profiles.sandbox.identity import Identity, Key

_EXPLICIT = {
    "identity-based": "an identity-based policy",
    "permissions boundary": "a permissions boundary",
    "session": "a session policy",
    "service control": "a service control policy",
    "role trust": "the role trust policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A denial: the kind of policy that decided, and the ARN of the one that denies explicitly."""

    policy_type: str
    explicit: bool
    policy_arn: str | None = None

    def suffix(self, action: str) -> str:
        """Return what AWS adds to its message, where it says why."""
        if self.explicit:
            arn = f": {self.policy_arn}" if self.policy_arn else ""
            return f" with an explicit deny in {_EXPLICIT[self.policy_type]}{arn}"
        plain = "" if self.policy_type == "permissions boundary" else " policy"
        return f" because no {self.policy_type}{plain} allows the {action} action"


def request_context(key: Key, *, region: str, source_ip: str, now: datetime) -> Context:
    """Return the context keys that every request has, by who sends it and with which key."""
    identity = key.identity
    values: dict[str, str | Sequence[str]] = {
        "aws:PrincipalArn": identity.role_arn or identity.arn,
        "aws:PrincipalAccount": identity.account_id,
        "aws:PrincipalType": identity.type.value,
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "aws:userid": identity.user_id,
        "aws:SourceIp": source_ip,
        "aws:SecureTransport": "false",
        "aws:RequestedRegion": region,
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": str(int(now.timestamp())),
    }
    values |= {f"aws:PrincipalTag/{name}": value for name, value in identity.tags.items()}
    if identity.user is not None:
        values["aws:username"] = identity.user.name
    if identity.source_identity is not None:
        values["aws:SourceIdentity"] = identity.source_identity
    if key.mfa is not None:
        values["aws:MultiFactorAuthPresent"] = "true" if key.mfa else "false"
    if key.mfa and key.issued is not None:
        values["aws:MultiFactorAuthAge"] = str(int((now - key.issued).total_seconds()))
    if key.issued is not None:
        values["aws:TokenIssueTime"] = key.issued.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Context.of(values)


def authorize(
    identity: Identity,
    request: Request,
    *,
    service_control_policies: Sequence[Policy] = (),
    trust: Policy | None = None,
    same_account: bool = True,
) -> Denied | None:
    """Return why the request is denied, None where it is allowed.

    `trust` is the policy of the role that the request is about; without one only the identity's
    own policies count.
    """
    denial = _explicit_denial(identity, request, service_control_policies, trust)
    if denial is not None:
        return denial
    naming: Naming | None = None
    if trust is not None:
        judgement = judge(trust, request)
        if not isinstance(judgement, Allow):
            return Denied(policy_type="role trust", explicit=False)
        naming = judgement.naming if same_account else None
    for policy_type, policies in _layers(identity, service_control_policies, naming):
        if isinstance(judge(policies, request), ImplicitDeny):
            return Denied(policy_type=policy_type, explicit=False)
    return None


def _explicit_denial(
    identity: Identity,
    request: Request,
    service_control_policies: Sequence[Policy],
    trust: Policy | None,
) -> Denied | None:
    said: list[tuple[str, Policy, str | None]] = [
        *(("service control", policy, None) for policy in service_control_policies),
        *(("identity-based", attached.policy, attached.arn) for attached in identity.policies),
    ]
    if identity.boundary is not None:
        said.append(("permissions boundary", identity.boundary, None))
    if identity.session_policy is not None:
        said.append(("session", identity.session_policy, None))
    if trust is not None:
        said.append(("role trust", trust, None))
    for policy_type, policy, arn in said:
        if isinstance(judge(policy, request), ExplicitDeny):
            return Denied(policy_type=policy_type, explicit=True, policy_arn=arn)
    return None


def _layers(
    identity: Identity, service_control_policies: Sequence[Policy], naming: Naming | None
) -> Iterator[tuple[str, Sequence[Policy]]]:
    """Yield the layers that must each allow the request.

    A trust policy of the same account that names the user or the session itself stands for
    all of the identity's layers, one that names its role or everybody for its policies alone.
    """
    if service_control_policies:
        yield "service control", service_control_policies
    if naming is Naming.ITSELF:
        return
    if naming in (None, Naming.ACCOUNT):
        yield "identity-based", [attached.policy for attached in identity.policies]
    if identity.boundary is not None:
        yield "permissions boundary", [identity.boundary]
    if identity.session_policy is not None:
        yield "session", [identity.session_policy]


def access_denied(identity: Identity, action: str, resource: str, suffix: str = "") -> Refusal:
    """Return STS's denial: one text for every reason, but for a suffix."""
    return Refusal(
        "AccessDenied",
        f"User: {identity.arn} is not authorized to perform: {action} on resource: {resource}"
        f"{suffix}",
        status=403,
    )
