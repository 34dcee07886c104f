"""Evaluate requests against IAM policies: what is allowed, and which statement decides.

No I/O. `grammar.parse_policy` parses a policy, `judge` applies it to a `Request`. For a role's
trust policy, the role is the resource; an identity-based policy has no principals and applies to
the identity that it is attached to.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import TYPE_CHECKING

from sync_profiles.arn import parse_arn
from sync_profiles.policy.conditions import Condition, holds
from sync_profiles.policy.grammar import (
    Effect,
    NamedPrincipals,
    Patterns,
    Policy,
    Statement,
)
from sync_profiles.policy.matching import Context, Scope, glob, matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sync_profiles.arn import Arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller: a user, an assumed-role session, a federated user or an account's root user.

    `arn` is what GetCallerIdentity returns.
    """

    arn: str
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, such as `sts:AssumeRole` on a role's ARN, with its caller and context keys."""

    action: str
    resource: str
    principal: Principal
    context: Context


class Naming(IntEnum):
    """How a statement's `Principal` names the caller, from the least to the most specific.

    Within one account, `ACCOUNT` leaves the decision to the caller's own policies; the others grant
    access.
    """

    ACCOUNT = 1
    ANYONE = 2
    ROLE = 3
    ITSELF = 4


class Element(Enum):
    """The parts of a statement that must match, in the order in which they are checked."""

    PRINCIPAL = auto()
    ACTION = auto()
    RESOURCE = auto()
    CONDITION = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Why an Allow statement does not apply; `conditions` are those that are not met."""

    statement: Statement
    element: Element
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """A statement allows the request; `naming` is None if the policies have no principals."""

    statement: Statement
    naming: Naming | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicitDeny:
    """A Deny statement applies; no Allow can override it."""

    statement: Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplicitDeny:
    """No statement applies; `misses` has one entry for every Allow statement."""

    misses: tuple[Miss, ...]


Judgement = Allow | ExplicitDeny | ImplicitDeny


def judge(policies: Policy | Iterable[Policy], request: Request) -> Judgement:
    """Return how the policies together decide the request, and because of which statement.

    A Deny overrides every Allow; of several Allows the one that names the caller most specifically
    counts.
    """
    allows: list[Allow] = []
    misses: list[Miss] = []
    for policy in (policies,) if isinstance(policies, Policy) else policies:
        scope = Scope(context=request.context, version=policy.version)
        for statement in policy.statements:
            miss = _first_miss(statement, request, scope)
            if statement.effect is Effect.DENY:
                if miss is None:
                    return ExplicitDeny(statement=statement)
            elif miss is None:
                naming = _naming(statement.principals, request.principal)
                allows.append(Allow(statement=statement, naming=naming))
            else:
                misses.append(miss)
    if allows:
        return max(allows, key=lambda allow: allow.naming or 0)
    return ImplicitDeny(misses=tuple(misses))


def _first_miss(statement: Statement, request: Request, scope: Scope) -> Miss | None:
    """Return the first element that keeps the statement from applying, or None if it applies."""
    named = statement.principals
    if named is not None and _naming(named, request.principal) is None:
        return Miss(statement=statement, element=Element.PRINCIPAL)
    if not _covers_action(statement.actions, request.action):
        return Miss(statement=statement, element=Element.ACTION)
    if statement.resources is not None and not _covers_resource(
        statement.resources, request.resource, scope
    ):
        return Miss(statement=statement, element=Element.RESOURCE)
    unmet = tuple(condition for condition in statement.conditions if not holds(condition, scope))
    if unmet:
        return Miss(statement=statement, element=Element.CONDITION, conditions=unmet)
    return None


def _covers_action(actions: Patterns, action: str) -> bool:
    """Return whether an action is covered; actions ignore case and have no variables."""
    covered = any(
        pattern is not None and pattern.fullmatch(action.lower())
        for pattern in (glob(text.lower()) for text in actions.patterns)
    )
    return covered is not actions.negated


def _covers_resource(resources: Patterns, resource: str, scope: Scope) -> bool:
    covered = any(matches(text, resource, scope) for text in resources.patterns)
    return covered is not resources.negated


def _naming(named: NamedPrincipals | None, caller: Principal) -> Naming | None:
    """Return the most specific way in which the element names the caller, or None."""
    if named is None:
        return None
    return max(
        (found for text in named.aws if (found := _names(text, caller)) is not None), default=None
    )


def _names(text: str, caller: Principal) -> Naming | None:
    if text == "*":
        return Naming.ANYONE
    if text == caller.arn:
        return Naming.ITSELF
    arn, called_by = parse_arn(text), parse_arn(caller.arn)
    if arn is not None and called_by is not None and _is_role_of(arn, called_by):
        return Naming.ROLE
    is_account = arn is None or (arn.service == "iam" and arn.resource == "root")
    if not is_account or caller.account_id != (text if arn is None else arn.account_id):
        return None
    is_root = called_by is not None and called_by.resource == "root"
    return Naming.ITSELF if is_root else Naming.ACCOUNT


def _is_role_of(role: Arn, session: Arn) -> bool:
    """Return whether a role is that of a session, whose ARN does not contain the role's path.

    Within one account, role names are unique even with different paths:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    return (
        (role.service, role.kind, session.kind) == ("iam", "role", "assumed-role")
        and (role.partition, role.account_id) == (session.partition, session.account_id)
        and session.resource.split("/")[1:2] == [role.name]
    )
