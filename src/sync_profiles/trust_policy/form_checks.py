"""Find what keeps a text from being a trust policy: elements and values that IAM does not take.

Each check takes a policy as JSON has it. What follows from a policy's meaning is in
`access_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sync_profiles.arn import is_account_id, parse_arn
from sync_profiles.policy.elements import PolicyInvalid
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from sync_profiles.policy.matching import VARIABLES_VERSION
from sync_profiles.text import quote
from sync_profiles.trust_policy.key_checks import KEY_CHECKS
from sync_profiles.trust_policy.policy_findings import (
    Code,
    Fields,
    Finding,
    replaced,
    statements_of,
    with_all_fixes,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_profiles.trust_policy.pasted import Path

_ELEMENTS = ("Sid", "Effect", "Principal", "Action", "NotAction", "Condition")
_OTHER_ELEMENTS = ("NotPrincipal", "Resource", "NotResource")
_SERVICE = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?", re.ASCII)
#: what tools print has the policy below two keys at most: `Role`, `AssumeRolePolicyDocument`
_DEEPEST_INNER = 3


def find_form_faults(policy: object) -> list[Finding]:
    """Return the findings of all checks of the form, in the order of the checks."""
    found = _found(policy)
    if any(finding.code is Code.NOT_A_POLICY for finding in found):
        return found
    return [*found, *_refused_by_iam(policy, found)]


def corrected_form(policy: object) -> object:
    """Return a policy with everything corrected whose correction is known."""
    return with_all_fixes(policy, _found)


def _found(policy: object) -> list[Finding]:
    return [finding for check in _CHECKS for finding in check(policy)]


def _not_an_object(policy: object) -> Iterator[Finding]:
    if isinstance(policy, Mapping) and "Statement" in policy:
        return
    inner = _inner_policy(policy)
    message = "there is a policy inside" if inner else "the policy must be an object"
    if isinstance(policy, Mapping) and not inner:
        if _renamed(policy, ("Version", "Id", "Statement")):
            return
        if "Effect" in policy:
            message, inner = "a statement is not a policy yet", _policy_of(policy)
        else:
            message = "the policy has no `Statement`"
    yield Finding(code=Code.NOT_A_POLICY, path=(), message=message, fixed=inner)


def _inner_policy(value: object, depth: int = 0) -> object:
    """Return the policy inside what a tool prints, as `aws iam get-role` does."""
    if isinstance(value, Mapping) and depth and "Statement" in value:
        return value
    if isinstance(value, Mapping) and depth < _DEEPEST_INNER:
        return next(
            (found for item in value.values() if (found := _inner_policy(item, depth + 1))), None
        )
    return None


def _policy_of(statement: Fields) -> dict[str, object]:
    return {"Version": VARIABLES_VERSION, "Statement": [statement]}


def _renamed(fields: Fields, names: tuple[str, ...]) -> dict[str, str]:
    """Return the elements that are misspelled, each with the name that was meant."""
    lower = {name.lower(): name for name in names}
    found = {}
    for key in fields:
        if key not in names and key not in _OTHER_ELEMENTS:
            near = get_close_matches(key.lower(), [n for n in lower if lower[n] not in fields], n=1)
            if near:
                found[key] = lower[near[0]]
    return found


def _elements(policy: object) -> Iterator[Finding]:
    """Find elements that policies do not have."""
    if not isinstance(policy, Mapping):
        return
    top = ("Version", "Id", "Statement")
    for path, fields, names in [
        ((), policy, top),
        *((path, statement, _ELEMENTS) for path, statement in statements_of(policy)),
    ]:
        meant = _renamed(fields, names)
        for key in fields:
            if key in names or (path and key in _OTHER_ELEMENTS):
                continue
            message = f"policies have no element {quote(key)}"
            fixed = {name: value for name, value in fields.items() if name != key}
            if key in meant:
                message += f": {quote(meant[key])} is meant"
                fixed = {
                    meant.get(name, name) if name == key else name: value
                    for name, value in fields.items()
                }
            elif not path and "Statement" not in fields:
                continue
            yield Finding(code=Code.NOT_A_POLICY, path=(*path, key), message=message, fixed=fixed)


def _values(policy: object) -> Iterator[Finding]:
    """Find values of `Effect`, `Action` and `Principal` that IAM does not take."""
    for path, statement in statements_of(policy):
        effect = statement.get("Effect")
        if isinstance(effect, str) and effect not in {"Allow", "Deny"}:
            meant = effect.strip().capitalize()
            yield Finding(
                code=Code.NOT_A_POLICY,
                path=(*path, "Effect"),
                message="`Effect` must be `Allow` or `Deny`, in this case",
                fixed={**statement, "Effect": meant} if meant in {"Allow", "Deny"} else None,
            )
        for name in ("Action", "NotAction"):
            actions = statement.get(name)
            listed = actions if isinstance(actions, list) else [actions]
            short = [a for a in listed if isinstance(a, str) and a != "*" and ":" not in a]
            if short:
                longer = [f"sts:{a}" if a in short else a for a in listed]
                yield Finding(
                    code=Code.NOT_A_POLICY,
                    path=(*path, name),
                    message=f"{quote(short[0])} lacks its service: `sts:{short[0]}`",
                    fixed={**statement, name: longer if isinstance(actions, list) else longer[0]},
                )
        yield from _principal(path, statement)


def _principal(path: Path, statement: Fields) -> Iterator[Finding]:
    principal = statement.get("Principal")
    place = (*path, "Principal")
    if isinstance(principal, str | list) and principal != "*":
        yield Finding(
            code=Code.NOT_A_POLICY,
            path=place,
            message='`Principal` must be an object, as in `{"AWS": …}`',
            fixed={**statement, "Principal": {"AWS": principal}},
        )
    if not isinstance(principal, Mapping):
        return
    named = principal.get("AWS", ())
    for text in named if isinstance(named, list) else [named]:
        if not isinstance(text, str):
            continue
        others = [one for one in (named if isinstance(named, list) else [named]) if one != text]
        if _SERVICE.fullmatch(text):
            services = principal.get("Service", [])
            services = services if isinstance(services, list) else [services]
            kept = {key: value for key, value in principal.items() if key != "AWS"}
            kept |= {"AWS": others} if others else {}
            yield Finding(
                code=Code.NOT_A_POLICY,
                path=(*place, "AWS"),
                message=f"{quote(text)} is a service, and belongs under `Service`",
                fixed={**statement, "Principal": {**kept, "Service": [*services, text]}},
            )
        arn = parse_arn(text)
        if arn is not None and is_account_id(arn.account_id) and re.search(r"[*?]", arn.resource):
            root = f"arn:{arn.partition}:iam::{arn.account_id}:root"
            fixed = {
                **statement,
                "Principal": {**principal, "AWS": [*others, root] if others else root},
            }
            yield Finding(
                code=Code.NOT_A_POLICY,
                path=(*place, "AWS"),
                message=f"a principal has no wildcards: {quote(text)} must be a condition on "
                "`aws:PrincipalArn`",
                fixed=replaced(fixed, ("Condition", "ArnLike", "aws:PrincipalArn"), text)
                if not others
                else None,
            )


def _not_principal(policy: object) -> Iterator[Finding]:
    """Find `NotPrincipal`, which trust policies cannot have, and say it by conditions."""
    for path, statement in statements_of(policy):
        if "NotPrincipal" not in statement:
            continue
        named = statement["NotPrincipal"]
        texts = named.get("AWS") if isinstance(named, Mapping) and len(named) == 1 else None
        texts = texts if isinstance(texts, list) else [texts]
        arns = [text for text in texts if isinstance(text, str) and not _account_of(text)]
        accounts = [a for text in texts if isinstance(text, str) and (a := _account_of(text))]
        fixed: object = None
        if statement.get("Effect") == "Deny" and len(arns) + len(accounts) == len(texts):
            fixed = {key: value for key, value in statement.items() if key != "NotPrincipal"}
            fixed = {**fixed, "Principal": "*"}
            if arns:
                fixed = replaced(fixed, ("Condition", "ArnNotEquals", "aws:PrincipalArn"), arns)
            else:
                block = ("Condition", "StringNotEquals", "aws:PrincipalAccount")
                fixed = replaced(fixed, block, accounts)
        yield Finding(
            code=Code.NOT_A_POLICY,
            path=(*path, "NotPrincipal"),
            message="a trust policy has no `NotPrincipal`: say it by a condition",
            fixed=fixed,
        )


def _account_of(text: str) -> str | None:
    """Return the account that a principal names as a whole."""
    if is_account_id(text):
        return text
    arn = parse_arn(text)
    return arn.account_id if arn is not None and arn.resource == "root" else None


def _resource(policy: object) -> Iterator[Finding]:
    for path, statement in statements_of(policy):
        for name in ("Resource", "NotResource"):
            if name in statement and "Principal" in statement:
                yield Finding(
                    code=Code.RESOURCE_IN_TRUST_POLICY,
                    path=(*path, name),
                    message=f"IAM takes no `{name}` in a trust policy: it belongs to its role",
                    fixed={key: value for key, value in statement.items() if key != name},
                )


def _refused_by_iam(policy: object, found: list[Finding]) -> Iterator[Finding]:
    """Find what the grammar does not take, statement by statement; what was found is corrected."""
    policy = corrected_form(policy) if found else policy
    if _found(policy) or not isinstance(policy, Mapping):
        return
    for number, (path, statement) in enumerate(statements_of(policy), start=1):
        try:
            parse_policy(_policy_of(statement), kind=PolicyKind.TRUST)
        except PolicyInvalid as error:
            message = str(error).replace("statement 1", f"statement {number}")
            yield Finding(code=Code.NOT_A_POLICY, path=path, message=message)
            return
    try:
        parse_policy(policy, kind=PolicyKind.TRUST)
    except PolicyInvalid as error:
        yield Finding(code=Code.NOT_A_POLICY, path=(), message=str(error))


_CHECKS: tuple[Callable[[object], Iterator[Finding]], ...] = (
    _not_an_object,
    _elements,
    _values,
    _not_principal,
    *KEY_CHECKS,
    _resource,
)
