"""Find who gets in without a name of their own, and who does not get in, by asking the judge.

Each check takes a statement of a policy whose form is correct, as JSON has it and as parsed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sync_profiles.arn import parse_arn
from sync_profiles.policy.conditions import Condition
from sync_profiles.policy.grammar import is_unique_id
from sync_profiles.policy.judge import covers_action
from sync_profiles.policy.matching import is_like
from sync_profiles.text import quote
from sync_profiles.trust_policy import rewriting
from sync_profiles.trust_policy.access import Access
from sync_profiles.trust_policy.callers import STRANGER, TriedCaller
from sync_profiles.trust_policy.condition_keys import AUDIENCE_KEYS, STRANGERS, tenant_key
from sync_profiles.trust_policy.deny_checks import find_denies_of_everyone
from sync_profiles.trust_policy.name_checks import find_name_faults
from sync_profiles.trust_policy.name_values import (
    SESSION_NAME_KEY,
    has_wildcard,
    is_about_name,
    is_optional,
)
from sync_profiles.trust_policy.policy_findings import Code, PolicyFinding, statements_of
from sync_profiles.trust_policy.writing import (
    ASSUME_ROLE,
    ASSUMING,
    BY_PROVIDERS,
    BY_WEB_IDENTITY,
    NAMELESS_ACTIONS,
)

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


def find_access_faults(accesses: Sequence[Access]) -> list[PolicyFinding]:
    """Return the findings about who gets in by a policy, by all of its accesses."""
    denied = list(find_denies_of_everyone(accesses))
    found = [*_of_accesses(accesses), *_nothing_allowed(accesses), *denied]
    if not denied:
        return found
    policy, value = accesses[0].policy, accesses[0].value
    places = {one.path for one in denied}
    left = tuple(
        statement
        for statement, (path, _) in zip(policy.statements, statements_of(value), strict=True)
        if path not in places or any(map(is_about_name, statement.conditions))
    )
    if len(left) < len(policy.statements):  # what a Deny hides that is not about names
        without = replace(policy, statements=left)
        allowing = [replace(one, policy=without) for one in accesses]
        found += [
            replace(one, is_hidden=True) for one in _of_accesses(allowing) if one not in found
        ]
    return found


def _of_accesses(accesses: Sequence[Access]) -> Iterator[PolicyFinding]:
    for checks in ((_other_actions, find_name_faults), (_never_enters,), (_anyone, _customers)):
        for access in accesses:
            for check in checks:
                for finding in check(access):
                    yield replace(finding, path=(*access.path, *finding.path))


def _other_actions(access: Access) -> Iterator[PolicyFinding]:
    others = actions_never_allowed(access)
    if others:
        is_alone = len(others) == len(access.statement.actions.patterns)
        advice = "it must not require one" if is_alone else "it needs a statement of its own"
        yield PolicyFinding(
            code=Code.OTHER_ACTIONS_IN_STATEMENT,
            path=("Action",),
            message=f"{quote(others[0])} has no session name, so this statement never allows it: "
            + advice,
            fixed=rewriting.split_actions(access),
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
        for statement in access.policy.allows
        if covers_action(statement.actions, action)
        and all(is_optional(each) for each in statement.conditions if is_about_name(each))
        for text in statement.named.everyone
    }
    return "*" in allowed or allowed.issuperset(access.statement.named.everyone)


def _never_enters(access: Access) -> Iterator[PolicyFinding]:
    """Find principals that do not get in whatever they send."""
    named = access.statement.named
    for text in named.aws:
        arn = parse_arn(text)
        if is_unique_id(text):
            reason = "is the unique ID by which IAM shows a user or a role that was deleted"
        elif arn is not None and arn.kind == "federated-user":
            reason = "is a federated user, which assumes no roles"
        else:
            continue
        yield PolicyFinding(
            code=Code.PRINCIPAL_NEVER_ENTERS,
            path=("Principal",),
            message=f"{quote(text)} {reason}",
            fixed=rewriting.without_principal(access.fields, text),
        )
    for text in named.canonical_users:
        yield PolicyFinding(
            code=Code.PRINCIPAL_NEVER_ENTERS,
            path=("Principal",),
            message=f"{quote(text)} is a canonical user ID, which names an account in S3 only",
        )
    if not any(map(access.allows_action, ASSUMING)):
        return
    uses = {**access.assuming, **dict.fromkeys(named.aws, ASSUME_ROLE)}
    for text, action in uses.items():
        if text != "*" and not access.allows_action(action):
            yield PolicyFinding(
                code=Code.PRINCIPAL_NEVER_ENTERS,
                path=("NotAction" if access.statement.actions.negated else "Action",),
                message=f"{quote(text)} assumes roles by {quote(action)}, which is not here",
            )


def admits_anyone(access: Access) -> bool:
    """Return whether callers of every account get in."""
    return any(
        caller.may_enter(access.with_denies, name, place)
        for caller, name in _entering_strangers(access)
        for place in _ELSEWHERE
    )


def _entering_strangers(access: Access) -> Iterator[tuple[TriedCaller, str]]:
    """Yield the calls of another account that may be accepted, if everyone is named."""
    if "*" in access.statement.named.aws:
        strangers = (call for call in access.calls if call[0].called_by.account_id == STRANGER)
        yield from (call for call in strangers if access.lets_in(*call))


def _anyone(access: Access) -> Iterator[PolicyFinding]:
    if "*" not in access.statement.named.aws:
        return
    if admits_anyone(access):
        optional = next(filter(_is_optional_organization, access.statement.conditions), None)
        if optional is not None:
            yield PolicyFinding(
                code=Code.ANYONE_ADMITTED,
                path=optional.path,
                message="callers of every AWS account in no organization get in: "
                f"{quote(optional.operator.written)} also holds without one",
                fixed=rewriting.with_operator(access.fields, optional, optional.operator.name),
            )
            return
        yield PolicyFinding(
            code=Code.ANYONE_ADMITTED,
            path=("Principal",),
            message="callers of every AWS account get in; the correction limits them to the "
            "organization of the role's account; if that is in none, name the accounts",
            fixed=rewriting.limit_to_organization(access),
        )
    elif any(map(access.allows_action, BY_PROVIDERS)) and not any(_entering_strangers(access)):
        yield PolicyFinding(
            code=Code.ANYONE_ADMITTED,
            path=("Principal",),
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


def _customers(access: Access) -> Iterator[PolicyFinding]:
    """Find providers all of whose customers get in, unless something else may limit them."""
    is_denied = any(covers_action(one.actions, BY_WEB_IDENTITY) for one in access.policy.denies)
    if is_denied or not access.allows_action(BY_WEB_IDENTITY):
        return
    for provider in access.statement.named.federated:
        key = tenant_key(provider)
        if key is None or any(_limits(one, key) for one in access.statement.conditions):
            continue
        yield PolicyFinding(
            code=Code.ANYONE_ADMITTED,
            path=("Condition",),
            message=f"all customers of {quote(key.rpartition(':')[0])} get in, as they share this "
            f"provider: require your own value of {quote(key)}",
        )


def _limits(condition: Condition, tenant: str) -> bool:
    """Return whether a condition may keep customers of a provider out, other than one's own.

    Every token has the keys of its provider, so an operator that also holds without them may, too.
    """
    key, operator = condition.key.lower(), condition.operator
    says_nothing = key == SESSION_NAME_KEY or key.endswith((*AUDIENCE_KEYS, ":amr"))
    if operator.negated or operator.name == "Null" or (says_nothing and key != tenant):
        return False
    strangers = STRANGERS.get(key, ("stranger",))
    return not operator.name.endswith("Like") or not any(
        is_like(stranger, value) for stranger in strangers for value in condition.values
    )


def _nothing_allowed(accesses: Sequence[Access]) -> Iterator[PolicyFinding]:
    if not any(access.allows_action(action) for access in accesses for action in ASSUMING):
        yield PolicyFinding(
            code=Code.DENIED_TO_EVERYONE,
            path=("Statement",),
            message=f"no statement allows {quote(ASSUME_ROLE)}: no one gets in",
        )
