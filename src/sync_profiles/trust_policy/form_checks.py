"""Find what keeps a text from being a trust policy: elements and values that IAM does not take.

Each check takes a policy, or a statement, as JSON has it. What follows from a policy's meaning is
in `access_checks`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from sync_profiles.policy.conditions import parse_operator
from sync_profiles.policy.elements import PolicyInvalid
from sync_profiles.policy.grammar import Effect, Patterns, PolicyKind, parse_policy
from sync_profiles.policy.judge import covers_action
from sync_profiles.text import closest, quote
from sync_profiles.trust_policy.key_checks import KEY_CHECKS
from sync_profiles.trust_policy.pasted import read_pasted
from sync_profiles.trust_policy.policy_findings import (
    Check,
    Code,
    Fields,
    PolicyFinding,
    listed_values,
    not_taken,
    of_each_statement,
    statements_of,
    with_all_fixes,
    with_condition,
)
from sync_profiles.trust_policy.principal_checks import find_principal_faults
from sync_profiles.trust_policy.writing import (
    ASSUMING,
    HIGHEST_QUOTA,
    LONGEST_TRUST_POLICY,
    NAMELESS_ACTIONS,
    length_of,
    one_or_all,
    policy_of,
)

_ELEMENTS = ("Sid", "Effect", "Principal", "Action", "NotAction", "Condition")
_OTHER_ELEMENTS = ("NotPrincipal", "Resource", "NotResource")
_ACTIONS = (*ASSUMING, *NAMELESS_ACTIONS)
#: what tools print has the policy below some keys: `requestParameters`, `policyDocument`; and
#: `terraform show` also below a key and a list for each module around the role
_DEEPEST_INNER = 20
#: how IAM and CloudFormation, and Terraform, name the trust policy of a role
_TRUST = re.compile(r"assume_?role_?policy(?:_?document)?", re.IGNORECASE)


def find_form_faults(policy: object) -> list[PolicyFinding]:
    """Return the findings of all checks of the form, in the order of the checks."""
    found = _found(policy)
    if any(finding.code is Code.NOT_A_POLICY for finding in found):
        return found
    return [*found, *_refused_by_iam(policy, found)]


def _found(policy: object) -> list[PolicyFinding]:
    return [finding for check in _CHECKS for finding in check(policy)]


def _not_an_object(policy: object) -> Iterator[PolicyFinding]:
    if isinstance(policy, Mapping) and "Statement" in policy:
        return
    found = _inner_policies(policy)
    inner = found[0] if len(found) == 1 else None
    message = "there is a policy inside" if inner else "the policy must be an object"
    if len(found) > 1:
        yield not_taken((), f"there are {len(found)} policies inside: check one at a time")
        return
    if isinstance(policy, list) and policy and all(map(_is_statement, policy)):
        message, inner = "statements are not a policy yet", policy_of(policy)
    if isinstance(policy, Mapping) and not inner:
        if _renamed(policy, ("Version", "Id", "Statement")):
            return
        if _is_statement(policy):
            message, inner = "a statement is not a policy yet", policy_of([dict(policy)])
        else:
            message = "the policy has no `Statement`"
    yield not_taken((), message, fixed=inner)


def _is_statement(value: object) -> bool:
    return isinstance(value, Mapping) and "Effect" in value


def _inner_policies(policy: object) -> list[object]:
    """Return the policies inside what a tool prints or a template has, each once.

    They are trust policies alone, if some of them are called so.
    """
    found = list(_inside(policy))
    trusting = [value for key, value in found if _TRUST.fullmatch(key)]
    different: list[object] = []
    for value in trusting or [value for _, value in found]:
        if value not in different:
            different.append(value)
    return different


def _inside(value: object, depth: int = 0, key: str = "") -> Iterator[tuple[str, object]]:
    """Yield the policies inside a value, as `aws iam get-role` prints one, or in a text."""
    if isinstance(value, Mapping) and depth and "Statement" in value:
        yield key, value
    elif depth < _DEEPEST_INNER:
        if isinstance(value, str):
            read = read_pasted(unquote(value) if value.lstrip().startswith("%7B") else value)
            yield from () if read.faults else _inside(read.value, depth + 1, key)
        elif isinstance(value, Mapping):
            for name, item in value.items():
                yield from _inside(item, depth + 1, str(name))
        elif isinstance(value, list):
            for item in value:
                yield from _inside(item, depth + 1, key)


def _renamed(fields: Fields, names: tuple[str, ...]) -> dict[str, str]:
    """Return the elements that are misspelled, each with the name that was meant."""
    missing = [name for name in names if name not in fields]
    others = (key for key in fields if key not in names and key not in _OTHER_ELEMENTS)
    meant = {key: closest(key, missing, cutoff=0.6) for key in others}
    return {key: name for key, name in meant.items() if name is not None}


def _elements(policy: object) -> Iterator[PolicyFinding]:
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
            elif path and _is_operator(key, fields[key]):
                message += ": it belongs into `Condition`"
                for inner, value in fields[key].items():
                    fixed = with_condition(fixed, key, inner, value)
            elif not path and "Statement" not in fields:
                continue
            yield not_taken((*path, key), message, fixed=fixed)


def _is_operator(name: str, keys: object) -> bool:
    """Return whether an element is an operator with its condition keys, misspelled or not."""
    return isinstance(keys, Mapping) and (
        parse_operator(name) is not None or (bool(keys) and all(":" in key for key in keys))
    )


def _values(statement: Fields) -> Iterator[PolicyFinding]:
    """Find values of `Sid`, `Effect` and `Action` that IAM does not take."""
    sid = statement.get("Sid")
    if isinstance(sid, str) and (plain := re.sub(r"[^0-9A-Za-z]", "", sid)) != sid:
        message = f"a `Sid` has letters and digits only: {quote(plain)}"
        yield not_taken(("Sid",), message, fixed={**statement, "Sid": plain})
    effect = statement.get("Effect")
    if isinstance(effect, str) and effect not in set(Effect):
        meant = effect.strip().capitalize()
        fixed = {**statement, "Effect": meant} if meant in set(Effect) else None
        message = "`Effect` must be `Allow` or `Deny`, in this case"
        yield not_taken(("Effect",), message, fixed=fixed)
    for name in ("Action", "NotAction"):
        actions = listed_values(statement.get(name, []))
        for action in actions:
            action_meant = _meant_action(action)
            if action_meant is None:
                continue
            message, fixed = f"trust policies have no action {quote(str(action))}", None
            if action_meant:
                message += f": {quote(action_meant)} is meant"
                corrected = [action_meant if one == action else one for one in actions]
                fixed = {**statement, name: one_or_all(corrected)}
            yield not_taken((name,), message, fixed=fixed)


def _meant_action(text: object) -> str | None:
    """Return the action that a text was meant to be, empty if that is unknown, None if it is one.

    IAM takes the actions of STS that assume a role, or add to its session.
    """
    if not isinstance(text, str) or text == "*":
        return None
    service, colon, name = text.rpartition(":")
    if colon and service.lower() != "sts":
        return None
    pattern = Patterns(patterns=(text,), negated=False)
    if colon and any(covers_action(pattern, action) for action in _ACTIONS):
        return None
    return closest(f"sts:{name.strip()}", _ACTIONS, cutoff=0.8) or ""


def _resource(statement: Fields) -> Iterator[PolicyFinding]:
    for name in ("Resource", "NotResource"):
        if name in statement and "Principal" in statement:
            yield PolicyFinding(
                code=Code.RESOURCE_IN_TRUST_POLICY,
                path=(name,),
                message=f"IAM takes no `{name}` in a trust policy: it belongs to its role",
                fixed={key: value for key, value in statement.items() if key != name},
            )


def _of_callers(policy: object) -> Iterator[PolicyFinding]:
    """Find statements of another kind of policy: all at once if the policy has no other."""
    statements = list(statements_of(policy))
    found = [
        (path, name)
        for path, statement in statements
        for name in ("Resource", "NotResource")
        if name in statement and not {"Principal", "NotPrincipal"} & statement.keys()
    ]
    is_whole = len(found) == len(statements) > 1
    for path, name in found[:1] if is_whole else found:
        this, are = ("these statements", "are") if is_whole else ("this statement", "is")
        message = (
            f"{this}, with a `{name}` and no `Principal`, {are} for a policy of the callers, "
            "not for the trust policy of a role"
        )
        yield not_taken(() if is_whole else path, message)


def _refused_by_iam(policy: object, found: list[PolicyFinding]) -> Iterator[PolicyFinding]:
    """Find what the grammar does not take, statement by statement; what was found is corrected."""
    if found:
        policy = with_all_fixes(policy, _found)
        found = _found(policy)
    if found or not isinstance(policy, Mapping):
        return
    try:
        parse_policy(policy, kind=PolicyKind.TRUST)
    except PolicyInvalid as refused:
        for number, (path, statement) in enumerate(statements_of(policy), start=1):
            try:
                parse_policy(policy_of([dict(statement)]), kind=PolicyKind.TRUST)
            except PolicyInvalid as error:
                yield not_taken(path, str(error).replace("statement 1", f"statement {number}"))
                return
        yield not_taken((), str(refused))


def _too_long(policy: object) -> Iterator[PolicyFinding]:
    reason = too_long(policy)
    if reason is not None:
        yield not_taken((), reason)


def too_long(policy: object) -> str | None:
    """Return why IAM refuses a policy that is too long; None if it is short enough."""
    length = length_of(policy)
    if length <= HIGHEST_QUOTA:
        return None
    return (
        f"the policy has {length} characters without white space, of which IAM takes "
        f"{LONGEST_TRUST_POLICY}, and never more than {HIGHEST_QUOTA}"
    )


_CHECKS: tuple[Check, ...] = (
    _not_an_object,
    _elements,
    of_each_statement(_values),
    of_each_statement(find_principal_faults),
    *KEY_CHECKS,
    of_each_statement(_resource),
    _of_callers,
    _too_long,
)
