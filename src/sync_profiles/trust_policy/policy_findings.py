"""Findings about a policy as values, and how a corrected statement takes the place of a wrong one.

A policy is handled here as JSON has it, since it may be none that IAM would take.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sync_profiles.trust_policy.pasted import Path

#: finds what is wrong with a policy, as JSON has it
Check = Callable[[object], Iterator["PolicyFinding"]]

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
    Code.ANYONE_ADMITTED: "callers of any account get in, or all customers of an identity provider",
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
    admit. `is_hidden` means that it is true only once another finding is corrected. `line` is that
    of a text that is checked, and there is a `column` if the text is not JSON there.
    """

    code: Code
    path: Path
    message: str
    fixed: object = None
    is_hidden: bool = False
    line: int = 1
    column: int | None = None

    def is_around(self, place: Path) -> bool:
        """Return whether it is about a place, or about what is around it."""
        return place[: len(self.path)] == self.path


def not_taken(path: Path, message: str, *, fixed: object = None) -> PolicyFinding:
    """Return the finding about what IAM does not take."""
    return PolicyFinding(code=Code.NOT_A_POLICY, path=path, message=message, fixed=fixed)


def of_each_statement(check: Callable[[Fields], Iterator[PolicyFinding]]) -> Check:
    """Return a check of the statements of a policy; the paths of what it finds begin in one."""

    def check_all(policy: object) -> Iterator[PolicyFinding]:
        for path, statement in statements_of(policy):
            for finding in check(statement):
                yield replace(finding, path=(*path, *finding.path))

    return check_all


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


def replaced(fields: Fields, path: Path, new: object) -> dict[str, object]:
    """Return an object whose part at a path is another one, made if need be; or `DROPPED`."""
    key = str(path[0])
    changed = {**fields, key: _replaced_in(fields.get(key), path[1:], new)}
    return {name: item for name, item in changed.items() if item is not DROPPED}


def _replaced_in(value: object, path: Path, new: object) -> object:
    if not path:
        return new
    if isinstance(path[0], str):
        return replaced(value if isinstance(value, Mapping) else {}, path, new)
    items = value if isinstance(value, list) else []
    return [
        _replaced_in(item, path[1:], new) if number == path[0] else item
        for number, item in enumerate(items)
    ]


#: in place of a part that is to be removed
DROPPED = object()


def with_fix(policy: object, finding: PolicyFinding) -> object:
    """Return a policy with a finding's correction applied."""
    fixed = finding.fixed
    if isinstance(policy, Mapping) and not is_of_policy(finding):
        for path, _ in statements_of(policy):
            if finding.path[: len(path)] == path:
                return replaced(policy, path, fixed)
    return fixed


def is_of_policy(finding: PolicyFinding) -> bool:
    """Return whether a finding's correction is a whole policy, not a statement."""
    return isinstance(finding.fixed, Mapping) and "Statement" in finding.fixed


def with_condition(statement: Fields, operator: str, key: str, value: object) -> dict[str, object]:
    """Return a statement with a condition added, or in place of the same one."""
    return replaced(statement, ("Condition", operator, key), value)


def without_condition(statement: Fields, operator: str, key: str) -> dict[str, object]:
    """Return a statement without a condition, and without the blocks that it leaves empty."""
    found = replaced(statement, ("Condition", operator, key), DROPPED)
    block = found["Condition"]
    if isinstance(block, Mapping) and block[operator] == {}:
        path = ("Condition", operator) if len(block) > 1 else ("Condition",)
        found = replaced(found, path, DROPPED)
    return found


def with_fixes(policy: object, findings: Sequence[PolicyFinding]) -> object:
    """Return a policy in which corrections have been followed: one for each statement.

    A correction of the whole policy is followed alone, as the others would not know of it.
    """
    fixable = [finding for finding in findings if finding.fixed is not None]
    whole = next(filter(is_of_policy, fixable), None)
    if whole is not None:
        return whole.fixed
    first: dict[Path, PolicyFinding] = {}
    for finding in fixable:
        first.setdefault(finding.path[:2], finding)
    for finding in first.values():
        policy = with_fix(policy, finding)
    return policy


def fixed_in_turn(
    policy: object, find: Callable[[object], list[PolicyFinding]]
) -> list[tuple[object, list[PolicyFinding]]]:
    """Return a policy with its findings, then the policy after each round of corrections with its.

    No finding about the last one has a correction.
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
