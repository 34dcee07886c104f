"""What SimulatePrincipalPolicy says about an identity's own policies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sync_profiles.policy.grammar import Effect, Policy
from sync_profiles.policy.judge import (
    Allow,
    ExplicitDeny,
    ImplicitDeny,
    Principal,
    Request,
    judge,
)
from sync_profiles.policy.matching import Context, variables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sync_profiles.sandbox.authorization import Authorizer
    from sync_profiles.sandbox.world import Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What an identity's own policies say about a request.

    `decision` is AWS's word. `policies` are the numbers of the identity-based policies that decide,
    counted from 1, each with its ARN if it is a managed policy. `missing` are the context keys
    without a value that its policies refer to. The last two are None without such policies.
    """

    decision: str
    policies: tuple[tuple[int, str | None], ...]
    missing: tuple[str, ...]
    by_boundary: bool | None
    by_organization: bool | None


def simulate(
    authorizer: Authorizer, identity: User | Role, action: str, resource: str, context: Context
) -> Simulated:
    """Return what an identity's policies say about a request with these context keys only.

    No trust policy counts, and no session policy.
    """
    request = Request(
        action=action,
        resource=resource,
        principal=Principal(arn=identity.arn, account_id=identity.account_id),
        context=context,
    )
    layers = dict(authorizer.layers(identity))
    found = {
        policy_type: judge([policy for policy, _ in policies], request)
        for policy_type, policies in layers.items()
    }
    decision = "implicitDeny"
    deciding: tuple[type, ...] = ()
    if any(isinstance(judgement, ExplicitDeny) for judgement in found.values()):
        decision, deciding = "explicitDeny", (ExplicitDeny,)
    elif all(isinstance(judgement, Allow) for judgement in found.values()):
        decision, deciding = "allowed", (Allow,)

    def allowed_by(policy_type: str) -> bool | None:
        return isinstance(found[policy_type], Allow) if policy_type in found else None

    return Simulated(
        decision=decision,
        policies=tuple(
            (number, arn)
            for number, (policy, arn) in enumerate(layers["identity-based"], start=1)
            if isinstance(judge(policy, request), deciding)
        ),
        missing=tuple(
            dict.fromkeys(
                key
                for policies in layers.values()
                for policy, _ in policies
                for key in _keys_of(policy, request)
                if context.values(key) is None
            )
        ),
        by_boundary=allowed_by("permissions boundary"),
        by_organization=allowed_by("service control"),
    )


def _keys_of(policy: Policy, request: Request) -> Iterator[str]:
    """Yield the context keys that the statements about the request's action refer to."""
    for statement in policy.statements:
        bare = replace(statement, effect=Effect.ALLOW, resources=None, conditions=())
        if isinstance(judge(replace(policy, statements=(bare,)), request), ImplicitDeny):
            continue
        texts = [*(statement.resources.patterns if statement.resources is not None else ())]
        for condition in statement.conditions:
            yield condition.key
            texts += condition.values
        yield from (variable.key for text in texts for variable in variables_of(text))
