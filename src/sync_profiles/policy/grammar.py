"""IAM policy documents as types, and their parser. No I/O.

`parse_policy` accepts what IAM accepts and raises `PolicyInvalid`, which names the place, for
anything else. IAM does not allow `NotPrincipal` in either kind of policy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.policy.conditions import Condition, parse_operator
from sync_profiles.policy.elements import (
    PolicyInvalid,
    check_elements,
    load_json,
    read_object,
    read_texts,
    refuse,
)
from sync_profiles.policy.matching import VARIABLES_VERSION
from sync_profiles.text import quote

__all__ = ["PolicyInvalid", "parse_policy"]

OLD_VERSION = "2008-10-17"

_PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_STATEMENT_ELEMENTS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
}
_NAME = r"[\w+=,.@-]+"  # of users, roles and sessions
_PRINCIPAL_RESOURCES = {
    "iam": re.compile(rf"root|(?:user|role)/(?:[^*?]*/)?{_NAME}", re.ASCII),
    "sts": re.compile(rf"assumed-role/{_NAME}/{_NAME}|federated-user/{_NAME}", re.ASCII),
}
_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)
_PROVIDER = re.compile(r"(?:saml|oidc)-provider/[^*?]+")
_UNIQUE_ID = re.compile(r"A(?:ID|RO)A[A-Z0-9]{12,124}", re.ASCII)


class Effect(StrEnum):
    """What a statement does when it applies."""

    ALLOW = "Allow"
    DENY = "Deny"


class PolicyKind(StrEnum):
    """The kind of a policy, which decides which elements its statements must and must not have.

    Session policies, permissions boundaries and service control policies also are `IDENTITY`.
    """

    IDENTITY = "identity-based"
    TRUST = "role trust"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """`Action` or `Resource`; with `negated`, `NotAction` or `NotResource`."""

    patterns: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPrincipals:
    """`Principal`; `*` is an entry of `aws`."""

    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical_users: tuple[str, ...] = ()

    @property
    def everyone(self) -> tuple[str, ...]:
        """All whom it names."""
        return (*self.aws, *self.services, *self.federated, *self.canonical_users)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement; it applies if all its elements match the request. The first has number 1."""

    number: int = field(compare=False)
    sid: str | None
    effect: Effect
    principals: NamedPrincipals | None
    actions: Patterns
    resources: Patterns | None
    conditions: tuple[Condition, ...]

    @property
    def name(self) -> str:
        """What a text calls it."""
        return f"statement {quote(self.sid) if self.sid else self.number}"

    @property
    def named(self) -> NamedPrincipals:
        """The principals that a statement of a role trust policy has."""
        assert self.principals is not None  # noqa: S101 - `PolicyKind.TRUST` requires them
        return self.principals


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy document; `version` decides whether `${…}` is a variable or plain text."""

    version: str
    statements: tuple[Statement, ...]

    @property
    def allows(self) -> tuple[Statement, ...]:
        """The statements that allow."""
        return tuple(one for one in self.statements if one.effect is Effect.ALLOW)

    @property
    def denies(self) -> tuple[Statement, ...]:
        """The statements that deny."""
        return tuple(one for one in self.statements if one.effect is Effect.DENY)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of all statements."""
        return tuple(one for statement in self.statements for one in statement.conditions)


def parse_policy(document: str | Mapping[str, object], *, kind: PolicyKind) -> Policy:
    """Parse a policy document, given as JSON text or as a mapping.

    Raises only `PolicyInvalid`, for anything that is not a policy of this kind.
    """
    fields = read_object(
        load_json(document) if isinstance(document, str) else document, "the policy"
    )
    check_elements(fields, {"Version", "Id", "Statement"}, "the policy")
    version = fields.get("Version", OLD_VERSION)
    if version not in (VARIABLES_VERSION, OLD_VERSION):
        refuse(f"`Version` must be `{VARIABLES_VERSION}` or `{OLD_VERSION}`")
    if not isinstance(fields.get("Id", ""), str):
        refuse("`Id` must be text")
    listed = fields.get("Statement")
    listed = listed if isinstance(listed, list | tuple) else [listed]
    if not listed or listed == [None]:
        refuse("the policy has no `Statement`")
    statements = tuple(
        _parse_statement(read_object(item, f"statement {number}"), number, kind)
        for number, item in enumerate(listed, start=1)
    )
    sids = [statement.sid for statement in statements if statement.sid]
    if len(sids) != len(set(sids)):
        refuse("two statements have the same `Sid`")
    return Policy(version=str(version), statements=statements)


def _parse_statement(fields: Mapping[str, object], number: int, kind: PolicyKind) -> Statement:
    where = f"statement {number}"
    check_elements(fields, _STATEMENT_ELEMENTS, where)
    if "NotPrincipal" in fields:
        refuse(
            f"{where} has a `NotPrincipal`, which {' and '.join(PolicyKind)} policies must not have"
        )
    sid, effect = fields.get("Sid"), fields.get("Effect")
    if not isinstance(sid, str | None):
        refuse(f"`Sid` of {where} must be text")
    if not isinstance(effect, str) or effect not in set(Effect):
        refuse(f"`Effect` of {where} must be `Allow` or `Deny`")
    actions = _parse_patterns(fields, "Action", where)
    if actions is None:
        refuse(f"{where} has no `Action`")
    for action in actions.patterns:
        if action != "*" and not all(action.partition(":")):
            refuse(f"action `{action}` of {where} must be prefaced by a service, as in `sts:…`")
    statement = Statement(
        number=number,
        sid=sid,
        effect=Effect(effect),
        principals=_parse_principals(fields, where),
        actions=actions,
        resources=_parse_patterns(fields, "Resource", where),
        conditions=_parse_conditions(fields.get("Condition", {}), where),
    )
    _check_kind(statement, kind, where)
    return statement


def _check_kind(statement: Statement, kind: PolicyKind, where: str) -> None:
    present = {
        "Principal": statement.principals is not None,
        "Resource": statement.resources is not None,
    }
    needed, prohibited = (
        ("Principal", "Resource") if kind is PolicyKind.TRUST else ("Resource", "Principal")
    )
    if not present[needed]:
        refuse(f"{where} has no `{needed}`, which {kind} policies need")
    if present[prohibited]:
        refuse(f"{where} has a `{prohibited}`, which {kind} policies must not have")
    if kind is PolicyKind.TRUST:
        for action in statement.actions.patterns:
            if action != "*" and not action.lower().startswith("sts:"):
                refuse(f"action `{action}` of {where}: a role trust policy allows STS actions only")


def _parse_patterns(fields: Mapping[str, object], name: str, where: str) -> Patterns | None:
    present = [key for key in (name, f"Not{name}") if key in fields]
    if len(present) > 1:
        refuse(f"{where} has both `{present[0]}` and `{present[1]}`")
    if not present:
        return None
    key = present[0]
    patterns = read_texts(fields[key], f"`{key}` of {where}")
    if not patterns:
        refuse(f"`{key}` of {where} is empty")
    return Patterns(patterns=patterns, negated=key != name)


def _parse_principals(fields: Mapping[str, object], where: str) -> NamedPrincipals | None:
    if "Principal" not in fields:
        return None
    place, value = f"`Principal` of {where}", fields["Principal"]
    if isinstance(value, str):
        if value != "*":
            refuse(f'{place} must be `*` or an object such as `{{"AWS": …}}`')
        return NamedPrincipals(aws=("*",))
    named = read_object(value, place)
    check_elements(named, set(_PRINCIPAL_KINDS), place)
    aws, services, federated, canonical_users = (
        read_texts(named.get(kind, ()), f"`{kind}` in {place}") for kind in _PRINCIPAL_KINDS
    )
    if not (aws or services or federated or canonical_users):
        refuse(f"{place} names no one")
    for names, is_valid, what in (
        (aws, is_principal, "an account, a user, a role or a session"),
        (services, _SERVICE.fullmatch, "a service, such as `ec2.amazonaws.com`"),
        (federated, _is_provider, "an identity provider"),
    ):
        for name in names:
            if not is_valid(name):
                refuse(f"`{name}` in {place} is not {what}")
    return NamedPrincipals(
        aws=aws, services=services, federated=federated, canonical_users=canonical_users
    )


def is_unique_id(text: str) -> bool:
    """Return whether text is an ID by which IAM shows a principal that was deleted."""
    return _UNIQUE_ID.fullmatch(text) is not None


def is_principal(text: str) -> bool:
    """Return whether text is valid under `AWS`; a wildcard must be the whole text."""
    if text == "*" or is_account_id(text) or is_unique_id(text):
        return True
    arn = parse_arn(text)
    if arn is None or arn.region or not is_account_id(arn.account_id):
        return False
    resource = _PRINCIPAL_RESOURCES.get(arn.service)
    return resource is not None and resource.fullmatch(arn.resource) is not None


def _is_provider(text: str) -> bool:
    """Return whether text is an identity provider: a host name, or the ARN of one in IAM."""
    arn = parse_arn(text)
    if arn is None or arn.service != "iam" or not is_account_id(arn.account_id):
        return _SERVICE.fullmatch(text) is not None
    return _PROVIDER.fullmatch(arn.resource) is not None


def _parse_conditions(value: object, where: str) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for name, block in read_object(value, f"`Condition` of {where}").items():
        operator = parse_operator(name)
        if operator is None:
            refuse(f"`{name}` of {where} is not a condition operator")
        for key, wanted in read_object(block, f"`{name}` of {where}").items():
            values = read_texts(wanted, f"`{key}` under `{name}` of {where}")
            conditions.append(Condition(operator=operator, key=key, values=values))
    return tuple(conditions)
