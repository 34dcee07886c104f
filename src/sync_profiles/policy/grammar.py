"""IAM policy documents as types, and their parser. No I/O.

`parse_policy` accepts what IAM accepts and raises `PolicyInvalid`, which names the place, for
anything else. IAM does not allow `NotPrincipal` in any of these kinds of policies:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.policy.conditions import Condition, parse_operator
from sync_profiles.policy.matching import VARIABLES_VERSION

OLD_VERSION = "2008-10-17"

_NO_SUCH_NUMBER = 2**63  # IAM's numbers are integers and doubles of a reasonable size

_PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_STATEMENT_ELEMENTS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
    *("Resource", "NotResource", "Condition"),
}
_PRINCIPAL_RESOURCES = {
    "iam": re.compile(r"root|(?:user|role)/(?:[^*?]*/)?[^*?/]+"),
    "sts": re.compile(r"assumed-role/[^*?/]+/[^*?/]+|federated-user/[^*?/]+"),
}
_UNIQUE_ID = re.compile(r"A(?:ID|RO)A[A-Z0-9]{12,124}", re.ASCII)


class PolicyInvalid(ValueError):
    """The input is not a policy document; the message says where and why."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement; it applies if all its elements match the request."""

    sid: str | None
    effect: Effect
    principals: NamedPrincipals | None
    actions: Patterns
    resources: Patterns | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy document; `version` decides whether `${…}` is a variable or plain text."""

    version: str
    statements: tuple[Statement, ...]


def parse_policy(document: str | Mapping[str, object], *, kind: PolicyKind | None = None) -> Policy:
    """Parse a policy document, given as JSON text or as a mapping.

    With a kind, also check what that kind requires of each statement. Raises only `PolicyInvalid`,
    for anything that is not a policy.
    """
    fields = _object(_load(document) if isinstance(document, str) else document, "the policy")
    _only(fields, {"Version", "Id", "Statement"}, "the policy")
    version = fields.get("Version", OLD_VERSION)
    if version not in (VARIABLES_VERSION, OLD_VERSION):
        _refuse(f"`Version` must be `{VARIABLES_VERSION}` or `{OLD_VERSION}`")
    if not isinstance(fields.get("Id", ""), str):
        _refuse("`Id` must be text")
    listed = fields.get("Statement")
    listed = listed if isinstance(listed, list | tuple) else [listed]
    if not listed or listed == [None]:
        _refuse("the policy has no `Statement`")
    statements = tuple(
        _parse_statement(_object(item, f"statement {number}"), f"statement {number}", kind)
        for number, item in enumerate(listed, start=1)
    )
    sids = [statement.sid for statement in statements if statement.sid]
    if len(sids) != len(set(sids)):
        _refuse("two statements have the same `Sid`")
    return Policy(version=str(version), statements=statements)


def _parse_statement(
    fields: Mapping[str, object], where: str, kind: PolicyKind | None
) -> Statement:
    _only(fields, _STATEMENT_ELEMENTS, where)
    sid, effect = fields.get("Sid"), fields.get("Effect")
    if not isinstance(sid, str | None):
        _refuse(f"`Sid` of {where} must be text")
    if not isinstance(effect, str) or effect not in set(Effect):
        _refuse(f"`Effect` of {where} must be `Allow` or `Deny`")
    actions = _parse_patterns(fields, "Action", where)
    if actions is None:
        _refuse(f"{where} has no `Action`")
    for action in actions.patterns:
        if action != "*" and not all(action.partition(":")):
            _refuse(f"action `{action}` of {where} must be prefaced by a service, as in `sts:…`")
    statement = Statement(
        sid=sid,
        effect=Effect(effect),
        principals=_parse_principals(fields, where),
        actions=actions,
        resources=_parse_patterns(fields, "Resource", where),
        conditions=_parse_conditions(fields.get("Condition", {}), where),
    )
    if kind is not None:
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
        _refuse(f"{where} has no `{needed}`, which {kind} policies need")
    if present[prohibited]:
        _refuse(f"{where} has a `{prohibited}`, which {kind} policies must not have")
    if kind is PolicyKind.TRUST:
        for action in statement.actions.patterns:
            if action != "*" and not action.lower().startswith("sts:"):
                _refuse(
                    f"action `{action}` of {where}: a role trust policy allows STS actions only"
                )


def _parse_patterns(fields: Mapping[str, object], name: str, where: str) -> Patterns | None:
    key = _one_of(fields, name, where)
    if key is None:
        return None
    patterns = _texts(fields[key], f"`{key}` of {where}")
    if not patterns:
        _refuse(f"`{key}` of {where} is empty")
    return Patterns(patterns=patterns, negated=key != name)


def _parse_principals(fields: Mapping[str, object], where: str) -> NamedPrincipals | None:
    if "NotPrincipal" in fields:
        _refuse(
            f"{where} has a `NotPrincipal`, which {' and '.join(PolicyKind)} policies must not have"
        )
    if "Principal" not in fields:
        return None
    place = f"`Principal` of {where}"
    value = fields["Principal"]
    if isinstance(value, str):
        if value != "*":
            _refuse(f'{place} must be `*` or an object such as `{{"AWS": …}}`')
        return NamedPrincipals(aws=("*",))
    named = _object(value, place)
    _only(named, set(_PRINCIPAL_KINDS), place)
    aws, services, federated, canonical_users = (
        _texts(named.get(kind, ()), f"`{kind}` in {place}") for kind in _PRINCIPAL_KINDS
    )
    if not named:
        _refuse(f"{place} names no one")
    for name in aws:
        if not _is_principal(name):
            _refuse(f"`{name}` in {place} is not an account, a user, a role or a session")
    return NamedPrincipals(
        aws=aws,
        services=services,
        federated=federated,
        canonical_users=canonical_users,
    )


def _is_principal(text: str) -> bool:
    """Return whether text is valid under `AWS`; a wildcard must be the whole text."""
    if text == "*" or is_account_id(text) or _UNIQUE_ID.fullmatch(text):
        return True
    arn = parse_arn(text)
    if arn is None or arn.region or not is_account_id(arn.account_id):
        return False
    resource = _PRINCIPAL_RESOURCES.get(arn.service)
    return resource is not None and resource.fullmatch(arn.resource) is not None


def _parse_conditions(value: object, where: str) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for name, block in _object(value, f"`Condition` of {where}").items():
        operator = parse_operator(name)
        if operator is None:
            _refuse(f"`{name}` of {where} is not a condition operator")
        for key, wanted in _object(block, f"`{name}` of {where}").items():
            values = _texts(wanted, f"`{key}` under `{name}` of {where}")
            conditions.append(Condition(operator=operator, key=key, values=values))
    return tuple(conditions)


def _one_of(fields: Mapping[str, object], name: str, where: str) -> str | None:
    """Return which of `name` and `Not…` is present, None if neither is; both are an error."""
    present = [key for key in (name, f"Not{name}") if key in fields]
    if len(present) > 1:
        _refuse(f"{where} has both `{present[0]}` and `{present[1]}`")
    return present[0] if present else None


def _texts(value: object, place: str) -> tuple[str, ...]:
    """Return one or several texts; JSON's booleans and numbers are converted to text."""
    texts: list[str] = []
    for item in value if isinstance(value, list | tuple) else [value]:
        if isinstance(item, str):
            texts.append(item)
        elif isinstance(item, bool | int | float) and abs(item) < _NO_SUCH_NUMBER:
            texts.append(json.dumps(item))
        else:
            _refuse(f"{place} must be text or a list of texts")
    return tuple(texts)


def _object(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        _refuse(f"{place} must be an object")
    return value


def _only(fields: Mapping[str, object], allowed: set[str], place: str) -> None:
    unknown = sorted(set(fields) - allowed)
    if unknown:
        _refuse(f"{place} has an element `{unknown[0]}`, which policies do not have")


def _load(text: str) -> object:
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise PolicyInvalid(
            f"the policy is not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        ) from None
    except RecursionError:
        raise PolicyInvalid("the policy is nested too deeply") from None
    except ValueError as error:
        raise PolicyInvalid(f"the policy is not JSON: {error}") from None


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for key, value in pairs:
        if key in fields:
            raise PolicyInvalid(f"`{key}` appears twice in one object")
        fields[key] = value
    return fields


def _no_constant(name: str) -> NoReturn:
    raise PolicyInvalid(f"the policy is not JSON: {name} is not a JSON number")


def _refuse(message: str) -> NoReturn:
    raise PolicyInvalid(message)
