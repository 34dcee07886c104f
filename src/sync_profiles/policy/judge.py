"""Evaluate requests against IAM policies: what is allowed, and which statement decides.

Where the decision depends on what only AWS knows, the judge cannot tell. No I/O.

`grammar.parse_policy` parses a policy, `judge` applies it to a `Request`. For a role's trust
policy, the role is the resource; an identity-based policy has no principals and applies to the
identity that it is attached to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, IntEnum, auto
from typing import Self

from sync_profiles.arn import Arn, parse_arn
from sync_profiles.policy.answer import Answer, any_of
from sync_profiles.policy.conditions import Condition
from sync_profiles.policy.exclusion import decide_all, excluding, holds
from sync_profiles.policy.grammar import Effect, Patterns, Policy, Statement
from sync_profiles.policy.matching import Context, is_like, matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, such as `sts:AssumeRole` on a role's ARN, with its caller and context keys.

    The caller is a user, an assumed-role session, a federated user or an account's root user, as
    GetCallerIdentity returns it.
    """

    action: str
    resource: str
    caller: Arn
    context: Context

    def under(self, policy: Policy) -> Self:
        """Return the request as a policy of its version reads it, with variables or without."""
        return replace(self, context=self.context.of_version(policy.version))


class Naming(IntEnum):
    """How a statement's `Principal` names the caller, from what grants the least to the most.

    Within one account, `ACCOUNT` leaves the decision to the caller's own policies; the others grant
    access: `ROLE` within the limits of its boundary and session, `ITSELF`, also by `*`, without.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
    """

    ACCOUNT = 1
    ROLE = 2
    ITSELF = 3


class Element(Enum):
    """The parts of a statement that must match, in the order in which they are checked."""

    PRINCIPAL = auto()
    ACTION = auto()
    RESOURCE = auto()
    CONDITION = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Why a statement does not apply; `conditions` are those that are not met."""

    statement: Statement
    element: Element
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """A statement allows the request; `naming` is None if the policies have no principals.

    It or one of `others` does, if there are any: which one, only AWS knows.
    """

    statement: Statement
    naming: Naming | None
    others: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplicitDeny:
    """A Deny statement applies; no Allow can override it.

    With `others`, no single Deny need apply to every call, but whenever an Allow among them
    applies, a Deny does.
    """

    statement: Statement
    others: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplicitDeny:
    """No statement allows the request; `misses` has one entry for every Allow statement."""

    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CannotTell:
    """The statement decides, but whether it applies depends on what only AWS knows about `keys`.

    `naming` is as in `Allow`; None also if the statement is a Deny. `conditions` are those that
    decide, if nothing else does.
    """

    statement: Statement
    keys: tuple[str, ...]
    naming: Naming | None
    conditions: tuple[Condition, ...] = ()


Judgement = Allow | ExplicitDeny | ImplicitDeny | CannotTell
#: how a statement applies, of either effect: as if it allowed the request, perhaps, or not
Applied = Allow | CannotTell | Miss


def judge(policies: Policy | Iterable[Policy], request: Request) -> Judgement:
    """Return how the policies together decide the request, and because of which statement.

    A Deny overrides every Allow; of several Allows the one that names the caller most specifically
    counts. What may be allowed is not denied, and not allowed either: `CannotTell`.
    """
    found: list[Applied] = []
    for policy in (policies,) if isinstance(policies, Policy) else policies:
        asked = request.under(policy)
        found += (apply(statement, asked) for statement in policy.statements)
    denies = [one for one in found if one.statement.effect is Effect.DENY]
    rest = [one for one in found if one.statement.effect is Effect.ALLOW]
    for deny in denies:
        if isinstance(deny, Allow):
            return ExplicitDeny(statement=deny.statement)
    allows = [one for one in rest if isinstance(one, Allow)]
    possible = [one for one in rest if isinstance(one, CannotTell)]
    if not allows and not possible:
        return ImplicitDeny(misses=tuple(one for one in rest if isinstance(one, Miss)))
    uncertain = [one for one in denies if isinstance(one, CannotTell)]
    in_play: list[Allow | CannotTell] = [*uncertain, *allows, *possible]
    others = tuple(one.statement for one in in_play[1:])
    match _decide(in_play, request.context):
        case Answer.NO:
            return ExplicitDeny(statement=in_play[0].statement, others=others)
        case Answer.YES if not allows:
            least = min((one.naming for one in possible), key=lambda naming: naming or 0)
            return Allow(statement=possible[0].statement, naming=least, others=others)
        case Answer.UNKNOWN if uncertain:
            return replace(uncertain[0], naming=None)
        case _:
            best: Sequence[Allow | CannotTell] = allows or possible
            return max(best, key=lambda one: one.naming or 0)


def _decide(in_play: Sequence[Allow | CannotTell], context: Context) -> Answer:
    """Return whether several statements that apply, or may apply, together allow a request.

    A single one is left to `judge`: UNKNOWN.
    """
    unknown = [one for one in in_play if isinstance(one, CannotTell)]
    if len(in_play) == 1 or not all(one.conditions for one in unknown):
        return Answer.UNKNOWN
    known = [one for one in in_play if isinstance(one, Allow)]
    statements = [(one.statement.effect, one.conditions) for one in unknown]
    return decide_all([*statements, *((one.statement.effect, ()) for one in known)], context)


def apply(statement: Statement, request: Request) -> Applied:
    """Return how a statement applies, or the first element that keeps it from applying.

    The request is one under the statement's policy.
    """
    naming, context = None, request.context
    if statement.principals is not None:
        named = (naming_of(text, request.caller) for text in statement.principals.aws)
        naming = max(filter(None, named), default=None)
        if naming is None:
            return Miss(statement=statement, element=Element.PRINCIPAL)
    if not covers_action(statement.actions, request.action):
        return Miss(statement=statement, element=Element.ACTION)
    covered = _covers_resource(statement.resources, request.resource, context)
    if covered is Answer.NO:
        return Miss(statement=statement, element=Element.RESOURCE)
    answers = [(condition, holds(condition, context)) for condition in statement.conditions]
    unmet = tuple(condition for condition, answer in answers if answer is Answer.NO)
    unknown = [condition for condition, answer in answers if answer is Answer.UNKNOWN]
    open_keys = (one for one in unknown if not context.knows(one.key))
    unmet = unmet or excluding(open_keys, context)
    if unmet:
        return Miss(statement=statement, element=Element.CONDITION, conditions=unmet)
    if not unknown and covered is Answer.YES:
        return Allow(statement=statement, naming=naming)
    keys = [key for condition in unknown for key in _unknown_keys(condition, context)]
    if covered is Answer.UNKNOWN:
        keys, unknown = [*keys, "Resource"], []
    return CannotTell(
        statement=statement,
        keys=tuple(dict.fromkeys(keys)),
        naming=naming,
        conditions=tuple(unknown),
    )


def _unknown_keys(condition: Condition, context: Context) -> tuple[str, ...]:
    """Return the keys on which an UNKNOWN condition depends, in its own spelling first.

    They are those whose values only AWS knows or, if none are, the condition's own.
    """
    named = condition.keys[1:] if context.has_variables else ()
    found = dict.fromkeys(key for key in named if not context.knows(key))
    is_own = not found or not context.knows(condition.key)
    return (condition.key,) if is_own else tuple(found)


def covers_action(actions: Patterns, action: str) -> bool:
    """Return whether an action is covered; actions ignore case and have no variables."""
    covered = any(is_like(action.lower(), text.lower()) for text in actions.patterns)
    return covered is not actions.negated


def _covers_resource(resources: Patterns | None, resource: str, context: Context) -> Answer:
    """Return whether a resource is covered; `NotResource` without a variable's value covers none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if resources is None:
        return Answer.YES
    found = [matches(text, resource, context) for text in resources.patterns]
    if resources.negated and None in found:
        return Answer.NO
    covered = any_of(answer for answer in found if answer is not None)
    return ~covered if resources.negated else covered


def naming_of(text: str, caller: Arn) -> Naming | None:
    """Return how a text under `AWS` names the caller, or None if it does not."""
    arn = parse_arn(text)
    if text == "*" or arn == caller:
        return Naming.ITSELF
    if arn is not None and _is_role_of(arn, caller):
        return Naming.ROLE
    is_account = arn is None or (
        (arn.service, arn.resource) == ("iam", "root") and arn.partition == caller.partition
    )
    if not is_account or caller.account_id != (text if arn is None else arn.account_id):
        return None
    return Naming.ITSELF if caller.resource == "root" else Naming.ACCOUNT


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
