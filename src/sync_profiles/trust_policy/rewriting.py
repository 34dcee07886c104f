"""Correct statements so that they require what was meant; a policy is as JSON has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync_profiles.planning.session_name import USER_NAME_VARIABLE
from sync_profiles.policy.conditions import Condition, parse_operator
from sync_profiles.policy.matching import USER_NAME_KEY, VARIABLES_VERSION
from sync_profiles.trust_policy.access import Access
from sync_profiles.trust_policy.condition_keys import AUDIENCE_KEYS, is_of_provider
from sync_profiles.trust_policy.name_values import (
    SESSION_NAME_VARIABLE,
    has_wildcard,
    is_wide,
    with_variable,
)
from sync_profiles.trust_policy.policy_findings import (
    Fields,
    conditions_of,
    listed_values,
    replaced,
    statements_of,
    with_condition,
    without_condition,
)
from sync_profiles.trust_policy.writing import NAMELESS_ACTIONS, one_or_all

_SESSION_NAME = "sts:RoleSessionName"
#: the tag by which a role's session can be recognized, as Identity Center can pass it on
USER_TAG_VARIABLE = "${aws:PrincipalTag/UserName}"
_TRUTHS = {"yes": "true", "1": "true", "on": "true", "no": "false", "0": "false", "off": "false"}


def _in_place(access: Access, parts: Sequence[Fields], *, has_variable: bool = False) -> object:
    """Return the part of a statement if it is one, else a policy with the parts in its place.

    In that policy, variables have a meaning; a part with a variable needs it if it has none yet.
    """
    policy = access.value
    fields = dict(policy) if isinstance(policy, Mapping) else {}
    is_old = fields.get("Version") != VARIABLES_VERSION
    if len(parts) == 1 and not (has_variable and is_old):
        return parts[0]
    listed: list[object] = []
    for place, statement in statements_of(policy):
        # two statements cannot share a Sid
        listed += [parts[0], *map(_without_sid, parts[1:])] if place == access.path else [statement]
    version = {"Version": VARIABLES_VERSION}
    return {**version, **fields, **version, "Statement": listed}


def _without_sid(statement: Fields) -> Fields:
    return {key: value for key, value in statement.items() if key != "Sid"}


def require_own_name(access: Access) -> object:
    """Return a policy in which the users whom a statement names get in under their own name only.

    Roles, services and identity providers keep a statement without the condition, as they have no
    user name; so do the actions whose requests have no session name.
    """
    statement = access.fields
    people, rest = _split_principal(statement)
    parts: list[Fields] = []
    for actions, is_assuming in _split_actions(statement):
        both = {**statement, "Action": actions} if actions is not None else statement
        if not is_assuming:
            parts.append(both)
            continue
        named = {**both, "Principal": people} if rest else both
        parts.append(with_condition(named, "StringLike", _SESSION_NAME, USER_NAME_VARIABLE))
        if rest:
            parts.append({**both, "Principal": rest})
    return _in_place(access, parts, has_variable=True)


def without_principal(statement: Fields, text: str) -> object:
    """Return a statement that does not name a principal of `AWS`, or None if it names no other."""
    listed, kept = _named_by(statement)
    left = [each for each in listed if each != text]
    kept |= {"AWS": one_or_all(left)} if left else {}
    return {**statement, "Principal": kept} if kept else None


def split_actions(access: Access) -> object:
    """Return a policy in which the actions without a session name have a statement of their own."""
    statement = access.fields
    parts: list[Fields] = []
    for actions, is_assuming in _split_actions(statement):
        part = {**statement, "Action": actions} if actions is not None else statement
        if not is_assuming:
            for _, operator, key, values in conditions_of(statement):
                is_on_name = key.lower() == _SESSION_NAME.lower()
                if is_on_name or SESSION_NAME_VARIABLE.search(str(values)):
                    part = without_condition(part, operator, key)
        parts.append(part)
    return _in_place(access, parts)


def without_user_name(access: Access, roles: Sequence[str], others: Sequence[str]) -> object:
    """Return a policy that asks of each principal what it can have.

    A session of a role is recognized by a tag; services and identity providers give names of their
    own, so nothing is required of them. It is None if everyone whom a provider of web identities
    knows, or who uses an application of it, would get in.
    """
    statement = access.fields
    listed, kept = _named_by(statement)
    people = [text for text in listed if text not in roles]
    parts: list[Fields] = []
    if people:
        parts.append({**statement, "Principal": {"AWS": one_or_all(people)}})
    if roles:
        tagged = _with_variable(statement, USER_TAG_VARIABLE)
        parts.append({**tagged, "Principal": {"AWS": one_or_all(list(roles))}})
    if others:
        part: Fields = statement
        for _, operator, key, values in conditions_of(statement):
            if USER_NAME_VARIABLE.lower() in str(values).lower() or key.lower() == USER_NAME_KEY:
                part = without_condition(part, operator, key)
        keys = [key.lower() for _, _, key, _ in conditions_of(part) if is_of_provider(key)]
        is_of_web = "Federated" in kept and ":saml-provider/" not in str(kept)
        if is_of_web and all(key.endswith(AUDIENCE_KEYS) for key in keys):
            return None
        parts.append({**part, "Principal": kept})
    return _in_place(access, parts)


def limit_to_organization(access: Access) -> object:
    """Return a policy whose statement is for the organization of the role's account only."""
    limited = with_condition(
        access.fields, "StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}"
    )
    return _in_place(access, [limited], has_variable=True)


def keep_roles(access: Access, corrected: object) -> object:
    """Return a corrected statement for all but the roles that get in, which keep it as it is."""
    statement = access.fields
    roles = {text for one in access.named_roles for text in (one.arn, one.principal_arn)}
    principal = statement["Principal"]
    if not isinstance(principal, Mapping) or not isinstance(corrected, Mapping):
        return corrected
    listed, _ = _named_by(statement)
    others, kept = [t for t in listed if t not in roles], [t for t in listed if t in roles]
    if not others or not kept or "Statement" in corrected:
        return corrected
    first = {**corrected, "Principal": {**principal, "AWS": one_or_all(others)}}
    second = {**statement, "Principal": {"AWS": one_or_all(kept)}}
    return _in_place(access, [first, second])


def require_name_plainly(statement: Fields, condition: Condition) -> object:
    """Return a statement whose condition on the name is required, and on no other name."""
    name, key = condition.operator.name, condition.key
    rest, values = _taken_out(statement, condition)
    own = _own(key).lower()
    is_own = {str(value).lower() for value in values} == {own}
    if not name.startswith("String") or ("Not" in name and not is_own):
        return _beside(rest, "StringLike", _SESSION_NAME, [USER_NAME_VARIABLE])
    return _beside(rest, name.replace("Not", ""), key, values)


def _beside(statement: Fields, operator: str, key: str, values: Sequence[object]) -> object:
    """Return a statement with one more condition, or None where another one has its place.

    Without wildcards, `StringEquals` and `StringLike` compare alike.
    """
    alike = {"StringLike", "StringEquals"}
    places = [operator]
    if operator in alike and not any(has_wildcard(str(value)) for value in values):
        places += sorted(alike - {operator})
    taken = {(one, other.lower()) for _, one, other, _ in conditions_of(statement)}
    free = next((place for place in places if (place, key.lower()) not in taken), None)
    return None if free is None else with_condition(statement, free, key, one_or_all(values))


def with_operator(
    statement: Fields,
    condition: Condition,
    operator: str,
    values: Sequence[object] = (),
    key: str | None = None,
) -> object:
    """Return a statement with another operator, and other values and key if given."""
    rest, own = _taken_out(statement, condition)
    return _beside(rest, operator, key or condition.key, values or own)


def with_values_of_key(statement: Fields, condition: Condition) -> object:
    """Return a statement whose condition has values that its key can have, or None if unknown.

    An address that is written as a network is compared by `IpAddress`; `yes` and `1` are true.
    """
    operator, key = condition.operator, condition.key
    if key.lower() in {"aws:sourceip", "aws:vpcsourceip"} and operator.written.startswith("String"):
        return with_operator(statement, condition, "IpAddress")
    values = [value.lower() for value in condition.values]
    truths = [_TRUTHS[value] for value in values if value in _TRUTHS]
    if operator != parse_operator("Bool") or len(truths) != len(values):
        return None
    return replaced(statement, condition.path, one_or_all(truths))


def replace_values(
    statement: Fields, condition: Condition, wide: Sequence[str], names: Sequence[str] = ()
) -> object:
    """Return a statement with names in place of patterns that admit others.

    Without names, and in place of a pattern of everyone, it is the variable of the user's own.
    """
    kept = [value for value in condition.values if value not in wide]
    own = [_own(condition.key)] if not names or any(map(is_wide, wide)) else []
    new = list(dict.fromkeys([*kept, *names, *own]))
    return replaced(statement, condition.path, one_or_all(new))


def _taken_out(statement: Fields, condition: Condition) -> tuple[Fields, list[object]]:
    """Return a statement without a condition, and the condition's values as they are there."""
    values = next(found for path, *_, found in conditions_of(statement) if path == condition.path)
    return without_condition(statement, condition.operator.written, condition.key), values


def _own(key: str) -> str:
    return "${sts:RoleSessionName}" if key.lower() == USER_NAME_KEY else USER_NAME_VARIABLE


def _named_by(statement: Fields) -> tuple[list[object], dict[str, object]]:
    """Return the principals of `AWS`, and those of other kinds."""
    principal = statement["Principal"]
    fields = principal if isinstance(principal, Mapping) else {"AWS": principal}
    others = {kind: texts for kind, texts in fields.items() if kind != "AWS"}
    return listed_values(fields.get("AWS", [])), others


def _split_principal(statement: Fields) -> tuple[object, dict[str, object]]:
    """Return who has user names, and who has none."""
    listed, rest = _named_by(statement)
    roles = [text for text in listed if ":role/" in str(text) or ":assumed-role/" in str(text)]
    people = [text for text in listed if text not in roles]
    if roles:
        rest["AWS"] = one_or_all(roles)
    return {"AWS": one_or_all(people)}, rest


def _split_actions(statement: Fields) -> list[tuple[object, bool]]:
    """Return the actions that assume the role, and the others; None if all are of one kind."""
    listed = listed_values(statement.get("Action", []))
    lower = {action.lower() for action in NAMELESS_ACTIONS}
    others = [action for action in listed if str(action).lower() in lower]
    assuming = [action for action in listed if action not in others]
    if not others or not assuming:
        return [(None, not others)]
    return [(one_or_all(assuming), True), (one_or_all(others), False)]


def _with_variable(statement: Fields, variable: str) -> Fields:
    """Return a statement that compares with another variable than the user's name."""
    found = statement
    for _, operator, key, values in conditions_of(statement):
        new = [with_variable(str(value), variable) for value in values]
        if key.lower() == USER_NAME_KEY:
            found = without_condition(found, operator, key)
            named = "StringLike" if operator == "Null" else operator
            found = with_condition(found, named, _SESSION_NAME, variable)
        elif new != values:
            found = with_condition(found, operator, key, one_or_all(new))
    return found
