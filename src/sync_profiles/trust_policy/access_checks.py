"""Find who gets in without a name of their own, and who does not get in, by asking the judge.

Each check takes a policy whose form is correct, as JSON has it and as parsed: their statements are
the same, in the same order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.policy.grammar import Effect
from sync_profiles.policy.judge import CannotTell, ExplicitDeny, covers_action, judge
from sync_profiles.text import quote
from sync_profiles.trust_policy import rewriting
from sync_profiles.trust_policy.access import (
    Access,
    is_about_name,
    is_optional,
)
from sync_profiles.trust_policy.callers import SESSION_NAME_KEY, STRANGER
from sync_profiles.trust_policy.name_checks import find_name_faults
from sync_profiles.trust_policy.name_values import has_wildcard
from sync_profiles.trust_policy.policy_findings import Code, PolicyFinding, statements_of
from sync_profiles.trust_policy.writing import (
    ASSUME_ROLE,
    ASSUMING,
    BY_PROVIDERS,
    NAMELESS_ACTIONS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sync_profiles.policy.conditions import Condition
    from sync_profiles.policy.grammar import Policy, Statement
    from sync_profiles.policy.judge import Request
    from sync_profiles.trust_policy.callers import TriedCaller

_OTHER_ACTIONS = frozenset(action.lower() for action in NAMELESS_ACTIONS)
#: where a stranger may call from, besides the stranger's own organization
_ADDRESSES: tuple[Mapping[str, str], ...] = (
    {"aws:SourceIp": "198.18.0.1"},
    {"aws:SourceIp": "2001:2::1"},
    {
        "aws:SourceVpc": "vpc-0",
        "aws:SourceVpcArn": f"arn:aws:ec2:us-east-1:{STRANGER}:vpc/vpc-0",
        "aws:SourceVpce": "vpce-0",
        "aws:VpcSourceIp": "198.18.0.1",
        "aws:VpceAccount": STRANGER,
        "aws:VpceOrgID": "o-stranger",
        "aws:VpceOrgPaths": "o-stranger/r-0/",
    },
)
_ORGANIZATIONS: tuple[Mapping[str, str], ...] = (
    {"aws:PrincipalOrgID": "o-stranger", "aws:PrincipalOrgPaths": "o-stranger/r-0/"},
    {},
)
_ROLE = {
    "aws:ResourceAccount": "000000000000",
    "aws:ResourceOrgID": "o-role",
    "aws:ResourceOrgPaths": "o-role/r-0/",
}
_NOWHERE = dict.fromkeys(key for place in (*_ADDRESSES, *_ORGANIZATIONS) for key in place)
#: what is known of a request of a stranger: no policy that limits whom it lets in names any of it
_ELSEWHERE: tuple[Mapping[str, str | None], ...] = tuple(
    {**_NOWHERE, **_ROLE, **address, **organization, "aws:userid": "AIDASTRANGERSTRANGER"}
    for address in _ADDRESSES
    for organization in _ORGANIZATIONS
)


def find_access_faults(
    value: object, policy: Policy, accesses: Sequence[Access]
) -> list[PolicyFinding]:
    """Return the findings about who gets in by a policy, whose accesses are given."""
    return [
        *(
            finding
            for access in accesses
            for found in (_other_actions(access, value), find_name_faults(access, value))
            for finding in found
        ),
        *(finding for access in accesses for finding in _never_enters(access)),
        *(finding for access in accesses for finding in _anyone(access, value)),
        *_nothing_allowed(accesses),
        *_denied_to_everyone(value, policy, accesses),
    ]


def _other_actions(access: Access, value: object) -> Iterator[PolicyFinding]:
    others = actions_never_allowed(access)
    if others:
        is_alone = len(others) == len(access.statement.actions.patterns)
        advice = "it must not require one" if is_alone else "it needs a statement of its own"
        yield PolicyFinding(
            code=Code.OTHER_ACTIONS_IN_STATEMENT,
            path=(*access.path, "Action"),
            message=f"{quote(others[0])} has no session name, so this statement never allows it: "
            + advice,
            fixed=rewriting.split_actions(value, access.path),
        )


def actions_never_allowed(access: Access) -> list[str]:
    """Return the actions without a session name that a statement lists and requires one of."""
    listed = access.statement.actions
    names = access.name_conditions
    is_on_key = any(each.key.lower() == SESSION_NAME_KEY for each in names)
    is_required = is_on_key or access.statement.named.aws
    if listed.negated or all(map(is_optional, names)) or not is_required:
        return []
    return [
        action
        for action in listed.patterns
        if action.lower() in _OTHER_ACTIONS and not _is_allowed_elsewhere(action, access)
    ]


def _is_allowed_elsewhere(action: str, access: Access) -> bool:
    """Return whether statements without a condition on the name allow the same ones an action."""
    allowed = {
        text
        for statement in access.policy.statements
        if statement.effect is Effect.ALLOW
        and covers_action(statement.actions, action)
        and all(is_optional(each) for each in statement.conditions if is_about_name(each))
        for text in statement.named.everyone
    }
    return "*" in allowed or allowed.issuperset(access.statement.named.everyone)


def _never_enters(access: Access) -> Iterator[PolicyFinding]:
    """Find principals that do not get in whatever they send."""
    named = access.statement.named
    if not any(map(access.allows_action, ASSUMING)):
        return
    path = (*access.path, "Principal")
    for text in named.aws:
        arn = parse_arn(text)
        if arn is None and text != "*" and not is_account_id(text):
            reason = "is the unique ID by which IAM shows a user or a role that was deleted"
        elif arn is not None and arn.kind == "federated-user":
            reason = "is a federated user, which assumes no roles"
        else:
            continue
        yield PolicyFinding(
            code=Code.PRINCIPAL_NEVER_ENTERS,
            path=path,
            message=f"{quote(text)} {reason}",
            fixed=rewriting.without_principal(access.fields, text),
        )
    for text in named.canonical_users:
        yield PolicyFinding(
            code=Code.PRINCIPAL_NEVER_ENTERS,
            path=path,
            message=f"{quote(text)} is a canonical user ID, by which S3 alone knows an account",
        )
    uses = {**access.assuming, **dict.fromkeys(named.aws, ASSUME_ROLE)}
    for text, action in uses.items():
        if text != "*" and not access.allows_action(action):
            yield PolicyFinding(
                code=Code.PRINCIPAL_NEVER_ENTERS,
                path=(*access.path, "NotAction" if access.statement.actions.negated else "Action"),
                message=f"{quote(text)} assumes roles by {quote(action)}, which is not here",
            )


def _anyone(access: Access, value: object) -> Iterator[PolicyFinding]:
    if "*" not in access.statement.named.aws:
        return
    policy = access.with_denies
    strangers = [(caller, name) for caller, name in access.calls if caller.account_id == STRANGER]
    entering = [(caller, name) for caller, name in strangers if caller.may_enter(policy, name)]
    if any(
        caller.may_enter(policy, name, place) for caller, name in entering for place in _ELSEWHERE
    ):
        optional = next(filter(_is_optional_organization, access.statement.conditions), None)
        if optional is not None:
            spelled = rewriting.spelling_of(access.fields, optional)
            name = optional.operator.name
            yield PolicyFinding(
                code=Code.ANYONE_ADMITTED,
                path=(*access.path, "Condition", *spelled),
                message="callers of every AWS account in no organization get in: "
                f"{quote(spelled[0])} also holds without one",
                fixed=rewriting.with_operator(access.fields, spelled, name),
            )
            return
        yield PolicyFinding(
            code=Code.ANYONE_ADMITTED,
            path=(*access.path, "Principal"),
            message="callers of every AWS account get in; the correction limits them to the "
            "organization of the role's account: name the accounts if there is none",
            fixed=rewriting.limit_to_organization(value, access.path),
        )
    elif not entering and any(map(access.allows_action, BY_PROVIDERS)):
        yield PolicyFinding(
            code=Code.ANYONE_ADMITTED,
            path=(*access.path, "Principal"),
            message="AWS does not document whether `*` names the identities of every SAML and web "
            "identity provider: name the provider under `Federated`",
        )


def _is_optional_organization(condition: Condition) -> bool:
    """Return whether a condition names organizations, and also holds for an account in none."""
    return (
        condition.key.lower() == "aws:principalorgid"
        and condition.operator.name in {"StringEquals", "StringLike"}
        and is_optional(condition)
        and not any(map(has_wildcard, condition.values))
    )


def _nothing_allowed(accesses: Sequence[Access]) -> Iterator[PolicyFinding]:
    if not any(access.allows_action(action) for access in accesses for action in ASSUMING):
        yield PolicyFinding(
            code=Code.DENIED_TO_EVERYONE,
            path=("Statement",),
            message=f"no statement allows {quote(ASSUME_ROLE)}: no one gets in",
        )


def _denied_to_everyone(
    value: object, policy: Policy, accesses: Sequence[Access]
) -> Iterator[PolicyFinding]:
    """Find a Deny that applies to everyone whom the Allows let in."""
    if all(statement.effect is Effect.ALLOW for statement in policy.statements):
        return
    entering = [
        (access, caller, caller.request(name))
        for access in accesses
        for caller, name in access.calls
        if caller.may_enter(access.itself, name)
    ]
    if not entering:
        return
    listed = statements_of(value)
    for number, statement in enumerate(policy.statements):
        denied = None if statement.effect is Effect.ALLOW else _denied(statement, entering)
        if denied is None:
            continue
        path, fields = listed[number]
        fixed = rewriting.turn_deny_around(fields)
        advice = "; limit or remove it, unless that is meant" if fixed is None else ""
        yield PolicyFinding(
            code=Code.DENIED_TO_EVERYONE,
            path=path,
            message=f"this Deny applies to {denied}" + advice,
            fixed=fixed,
        )


def _denied(deny: Statement, entering: Sequence[tuple[Access, TriedCaller, Request]]) -> str | None:
    """Return that a Deny applies to everyone whom the policy allows, or to all users; or None.

    Where AWS does not document how it compares a variable that roles do not have, it may.
    """
    is_certain = True
    for access, caller, request in entering:
        found = judge(access.with_deny(deny), request)
        if isinstance(found, ExplicitDeny):
            continue
        is_certain = False
        is_open = isinstance(found, CannotTell) and all(map(request.context.knows, found.keys))
        if caller.user_name is not None or not is_open:
            return None
    if is_certain:
        return "everyone whom the policy allows: no one gets in"
    has_users = any(caller.user_name is not None for _, caller, _ in entering)
    return "all users whom the policy allows: none of them gets in" if has_users else None
