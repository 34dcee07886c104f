"""Findings about a policy as values, and how a corrected statement takes the place of a wrong one.

A policy is handled here as JSON has it, since it may be none that IAM would take.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync_profiles.trust_policy.pasted import Path

_PLAIN_KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)
Fields = Mapping[str, object]
#: more rounds than a policy has findings
_ROUNDS = 100


class Code(StrEnum):
    """The kinds of findings; their names never change."""

    NOT_JSON = "not-json"
    NOT_A_POLICY = "not-a-policy"
    VERSION_MISSING = "version-missing"
    TEMPLATE_ESCAPE = "template-escape"
    NO_SESSION_NAME_CONDITION = "no-session-name-condition"
    PRINCIPAL_WITHOUT_USER_NAME = "principal-without-user-name"
    OTHER_ACTIONS_IN_STATEMENT = "other-actions-in-statement"
    CONDITION_OPTIONAL = "condition-optional"
    OTHER_NAMES_ADMITTED = "other-names-admitted"
    ANYONE_ADMITTED = "anyone-admitted"
    DENIED_TO_EVERYONE = "denied-to-everyone"
    UNKNOWN_CONDITION_KEY = "unknown-condition-key"
    RESOURCE_IN_TRUST_POLICY = "resource-in-trust-policy"
    CONDITION_NEVER_MET = "condition-never-met"
    PRINCIPAL_NEVER_ENTERS = "principal-never-enters"


#: what each finding means, as the reference has it
MEANINGS: Mapping[Code, str] = {
    Code.NOT_JSON: "the text is not JSON: a quote, a comma or a comment, with line and column",
    Code.NOT_A_POLICY: "IAM does not take this as a trust policy",
    Code.VERSION_MISSING: "without `Version` `2012-10-17` a variable is plain text, which no "
    "session name is",
    Code.TEMPLATE_ESCAPE: "an escape, a variable or a placeholder of a template is left over",
    Code.NO_SESSION_NAME_CONDITION: "people get in under any name",
    Code.PRINCIPAL_WITHOUT_USER_NAME: "the name of a user is required of a principal that has none",
    Code.OTHER_ACTIONS_IN_STATEMENT: "the condition also refuses `sts:TagSession` or "
    "`sts:SetSourceIdentity`, whose requests have no session name",
    Code.CONDITION_OPTIONAL: "the operator also holds for a request without the name, or for any "
    "other name",
    Code.OTHER_NAMES_ADMITTED: "a wildcard admits names of others",
    Code.ANYONE_ADMITTED: "callers of any account get in",
    Code.DENIED_TO_EVERYONE: "a Deny applies to everyone whom the policy, or one of its "
    "statements, allows, or no Allow is about assuming the role",
    Code.UNKNOWN_CONDITION_KEY: "AWS has no such condition key or operator",
    Code.RESOURCE_IN_TRUST_POLICY: "a trust policy has no `Resource`: it belongs to its role",
    Code.CONDITION_NEVER_MET: "no one whom the statement names can meet its conditions, at least "
    "not now",
    Code.PRINCIPAL_NEVER_ENTERS: "a principal was deleted, assumes no roles, or does so by another "
    "action than the statement's",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFinding:
    """A finding at a place of a policy.

    `fixed` is the corrected statement, in place of the one that `path` leads into, or the corrected
    policy, if it has a `Statement`. It is None if only its author knows what was meant, or whom to
    admit. `is_hidden` means that it is true only once another finding is corrected.
    """

    code: Code
    path: Path
    message: str
    fixed: object = None
    is_hidden: bool = False


def path_text(path: Path) -> str:
    """Return a path as JSONPath: `$.Statement[0].Condition.StringLike["sts:RoleSessionName"]`."""
    parts = ["$"]
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN_KEY.fullmatch(step):
            parts.append(f".{step}")
        else:
            parts.append(f'["{step}"]')
    return "".join(parts)


def statements_of(policy: object) -> list[tuple[Path, Fields]]:
    """Return the statements of a policy that are objects, each with its path."""
    if not isinstance(policy, Mapping):
        return []
    listed = policy.get("Statement")
    if isinstance(listed, Mapping):
        return [(("Statement",), listed)]
    items = listed if isinstance(listed, list) else []
    return [
        (("Statement", number), item)
        for number, item in enumerate(items)
        if isinstance(item, Mapping)
    ]


def conditions_of(statement: Fields) -> list[tuple[Path, str, str, list[object]]]:
    """Return the conditions of a statement: path, operator, key and values."""
    block = statement.get("Condition")
    return [
        (
            ("Condition", operator, key),
            operator,
            key,
            listed_values(values),
        )
        for operator, keys in (block.items() if isinstance(block, Mapping) else ())
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    ]


def listed_values(value: object) -> list[object]:
    """Return several values, or the one, as a list."""
    return value if isinstance(value, list) else [value]


def replaced(value: object, path: Path, new: object) -> object:
    """Return a value in which the part at a path is another one, made if need be; or `DROPPED`."""
    if not path:
        return new
    step, *rest = path
    if isinstance(step, int):
        listed = value if isinstance(value, list) else []
        items = [
            replaced(item, tuple(rest), new) if number == step else item
            for number, item in enumerate(listed)
        ]
        return [item for item in items if item is not DROPPED]
    fields = value if isinstance(value, Mapping) else {}
    inner = replaced(fields.get(step), tuple(rest), new)
    return {key: item for key, item in {**fields, step: inner}.items() if item is not DROPPED}


#: in place of a part that is to be removed
DROPPED = object()


def with_fix(policy: object, finding: PolicyFinding) -> object:
    """Return a policy in which a finding's correction has been followed."""
    fixed = finding.fixed
    if isinstance(fixed, Mapping) and "Statement" in fixed:
        return fixed
    for path, _ in statements_of(policy):
        if finding.path[: len(path)] == path:
            return replaced(policy, path, fixed)
    return fixed


def with_condition(statement: Fields, operator: str, key: str, value: object) -> dict[str, object]:
    """Return a statement with a condition added, or in place of the same one."""
    found = replaced(statement, ("Condition", operator, key), value)
    return dict(found) if isinstance(found, Mapping) else {}


def without_condition(statement: Fields, operator: str, key: str) -> dict[str, object]:
    """Return a statement without a condition, and without the blocks that it leaves empty."""
    found: object = replaced(statement, ("Condition", operator, key), DROPPED)
    for path in (("Condition", operator), ("Condition",)):
        found = _without_empty(found, path)
    return dict(found) if isinstance(found, Mapping) else {}


def _without_empty(value: object, path: Path) -> object:
    inner: object = value
    for step in path:
        inner = inner.get(str(step)) if isinstance(inner, Mapping) else None
    return replaced(value, path, DROPPED) if inner == {} else value


def with_fixes(policy: object, findings: Sequence[PolicyFinding]) -> object:
    """Return a policy in which corrections have been followed: one for each statement.

    A correction of the whole policy is followed alone, as the others would not know of it.
    """
    fixable = [finding for finding in findings if finding.fixed is not None]
    for finding in fixable:
        if isinstance(finding.fixed, Mapping) and "Statement" in finding.fixed:
            return finding.fixed
    first: dict[Path, PolicyFinding] = {}
    for finding in fixable:
        first.setdefault(finding.path[:2], finding)
    for finding in first.values():
        policy = with_fix(policy, finding)
    return policy


def fixed_in_turn(
    policy: object, find: Callable[[object], list[PolicyFinding]]
) -> list[tuple[object, list[PolicyFinding]]]:
    """Return a policy with what is found, and so each that comes of following the corrections.

    Nothing that is found in the last one has a correction.
    """
    rounds = [(policy, find(policy))]
    for _ in range(_ROUNDS):  # pragma: no branch - corrections that undo each other are a mistake
        policy, found = rounds[-1]
        if all(finding.fixed is None for finding in found):
            break
        policy = with_fixes(policy, found)
        rounds.append((policy, find(policy)))
    return rounds


def with_all_fixes(policy: object, find: Callable[[object], list[PolicyFinding]]) -> object:
    """Return a policy in which the corrections of all that is found have been followed in turn."""
    return fixed_in_turn(policy, find)[-1][0]
