"""Find condition keys, operators and variables that say nothing to AWS: typos, left-over escapes.

Each check takes a policy, or a statement, as JSON has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from sync_profiles.policy.conditions import OPERATOR_NAMES, parse_operator
from sync_profiles.policy.matching import VARIABLES_VERSION, variables_of
from sync_profiles.text import is_invisible, quote
from sync_profiles.trust_policy.condition_keys import is_misspelled, suggest_key
from sync_profiles.trust_policy.pasted import Path
from sync_profiles.trust_policy.policy_findings import (
    DROPPED,
    Check,
    Code,
    Fields,
    PolicyFinding,
    conditions_of,
    not_taken,
    of_each_statement,
    replaced,
    statements_of,
    with_condition,
    without_condition,
)
from sync_profiles.trust_policy.writing import one_or_all

#: a key that is no variable, as it lacks a brace, or has others or too much around it
_BARE = re.compile(r"[\s$%{(\[\"']*(aws:username|sts:RoleSessionName)[\s})\]\"']*", re.IGNORECASE)
_ESCAPE = re.compile(r"(?<!\$)\$\$+\{|\$\{!|&\{|(?<!\\)\\+\$\{")
#: what a tool, or who copied the policy, would have filled in
_UNFILLED = re.compile(
    r"\$\{(?:AWS::|(?:var|local|data|module|each|self)\.)[^{}]*\}|\{\{(?:(?!\{\{).)*?\}\}"
    r"|<[A-Za-z][\w .:'-]*>"
)


def _escapes(statement: Fields) -> Iterator[PolicyFinding]:
    """Find what a template tool should have replaced, and what was meant as a variable."""
    for place, leaf in _leaves(statement, ()):
        found = _of_template(leaf) if isinstance(leaf, str) else _of_function(leaf)
        if found is not None:
            message, meant = found
            fixed = None if meant is None else replaced(statement, place, meant)
            yield PolicyFinding(code=Code.TEMPLATE_ESCAPE, path=place, message=message, fixed=fixed)


def _of_template(text: str) -> tuple[str, str | None] | None:
    """Return what is wrong with a text, and what was meant if that is certain."""
    seen = text if text.isascii() else "".join(each for each in text if not is_invisible(each))
    escape, bare, unfilled = _ESCAPE.search(text), _BARE.fullmatch(seen), _UNFILLED.search(text)
    if escape is not None:
        said = f"{quote(escape[0])} is an escape of a template, and plain text here"
        return f"{said}: no name is like it", _ESCAPE.sub("${", text)
    if bare is not None and text != (variable := f"${{{bare[1]}}}"):
        what = "it is plain text"
        if text.strip() == variable:
            what = "the space beside it is part of the name"
        elif seen.strip() == variable:
            what = "it has a character that shows nothing"
        elif "".join(seen.split()) == variable:
            what = "AWS does not document spaces inside"
        elif variables_of(seen):
            what = "what is beside it is part of the name"
        return f"{quote(text)} must be {quote(variable)}: {what}", variable
    if unfilled is not None:
        return f"{quote(unfilled[0])} was to be filled in", None
    return None


def _of_function(function: Mapping[str, object]) -> tuple[str, str | None]:
    """Return the same of a function of CloudFormation."""
    ((name, argument),) = function.items()
    text = argument if isinstance(argument, str) else ""
    is_text = name == "Fn::Sub" and text.count("${") == len(_ESCAPE.findall(text))
    message = f"{quote(name)} is filled in by CloudFormation: a policy must have text here"
    return message, _ESCAPE.sub("${", text) if is_text else None


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, str | Mapping[str, object]]]:
    """Yield the texts of a value and the functions of CloudFormation, each with its path."""
    match value:
        case str():
            yield path, value
        case Mapping() if [*value] == ["Ref"] or [key[:4] for key in value] == ["Fn::"]:
            yield path, value
        case list():
            for number, item in enumerate(value):
                yield from _leaves(item, (*path, number))
        case Mapping():
            for key, item in value.items():
                yield from _leaves(item, (*path, key))
        case _:
            pass


def find_old_version(policy: object) -> Iterator[PolicyFinding]:
    """Find a version by which a variable of the policy is plain text, or that IAM does not take."""
    if not isinstance(policy, Mapping) or policy.get("Version") == VARIABLES_VERSION:
        return
    leaves = [leaf for _, each in statements_of(policy) for _, leaf in _leaves(each, ())]
    version = policy.get("Version")
    is_old = version is None or version == "2008-10-17"
    if is_old and not any(variables_of(_ESCAPE.sub("${", text)) for text in map(str, leaves)):
        return
    others = {key: value for key, value in policy.items() if key != "Version"}
    said = f"with {quote(str(version))}" if version is not None else "without it"
    effect = (
        "`${…}` is plain text, and matches no name" if is_old else "IAM does not take the policy"
    )
    yield PolicyFinding(
        code=Code.VERSION_MISSING,
        path=("Version",),
        message=f"`Version` must be `{VARIABLES_VERSION}`: {said}, {effect}",
        fixed={"Version": VARIABLES_VERSION, **others},
    )


def _operators(statement: Fields) -> Iterator[PolicyFinding]:
    """Find operators that do not exist."""
    for name, keys in _items(statement.get("Condition")):
        if parse_operator(name) is not None:
            continue
        meant = _meant_operator(name, keys)
        if isinstance(keys, Mapping):
            message, moved = f"{quote(name)} is not a condition operator", dict(keys)
        else:
            message, moved = f"{quote(name)} has no operator", {name: keys}
        fixed = None
        if meant is not None:
            message += f": `{meant}` is meant"
            fixed = replaced(statement, ("Condition", name), DROPPED)
            for key, value in moved.items():
                fixed = with_condition(fixed, meant, key, value)
        yield PolicyFinding(
            code=Code.UNKNOWN_CONDITION_KEY,
            path=("Condition", name),
            message=message,
            fixed=fixed,
        )


def _meant_operator(name: str, keys: object) -> str | None:
    if not isinstance(keys, Mapping):
        return "StringLike" if ":" in name and isinstance(keys, str | list) else None
    prefix = next((p for p in ("ForAnyValue:", "ForAllValues:") if name.startswith(p)), "")
    names = [f"{each}{suffix}" for each in OPERATOR_NAMES for suffix in ("", "IfExists")]
    bare = name.removeprefix(prefix)
    of_texts = [each for each in names if each == f"String{bare}"]  # which most keys have
    near = of_texts or get_close_matches(bare, names, n=1, cutoff=0.7)
    found = f"{prefix}{near[0]}" if near else None
    # `Null` has no such ends
    return found if found is None or parse_operator(found) is not None else "Null"


def _repeated(statement: Fields) -> Iterator[PolicyFinding]:
    """Find operators, and keys of one operator, that appear twice, in upper and lower case."""
    condition = statement.get("Condition")
    blocks: list[tuple[Path, object]] = [(("Condition",), condition)]
    blocks += [(("Condition", name), keys) for name, keys in _items(condition)]
    for place, block in blocks:
        names = [name.lower() for name, _ in _items(block)]
        for number, (name, _) in enumerate(_items(block)):
            if name.lower() in names[:number]:
                message = f"{quote(name)} is here twice, in upper and lower case"
                yield not_taken((*place, name), message)


def _items(block: object) -> list[tuple[str, object]]:
    return list(block.items()) if isinstance(block, Mapping) else []


def _keys(statement: Fields) -> Iterator[PolicyFinding]:
    """Find condition keys and variables that AWS does not have."""
    for place, operator, key, values in conditions_of(statement):
        if parse_operator(operator) is None:
            continue
        if is_misspelled(key):
            meant = suggest_key(key)
            fixed = None
            if meant is not None:
                rest = without_condition(statement, operator, key)
                fixed = with_condition(rest, operator, meant, one_or_all(values))
            space = " with a space beside it" if key != key.strip() else ""
            yield _unknown(place, f"condition key {quote(key.strip())}{space}", meant, fixed)
        for number, value in enumerate(values):
            for variable in variables_of(value) if isinstance(value, str) else ():
                if is_misspelled(variable.key) and not _UNFILLED.search(str(value)):
                    meant = suggest_key(variable.key)
                    fixed = None
                    if meant is not None:
                        new = str(value).replace(variable.key, meant)
                        corrected = [*values[:number], new, *values[number + 1 :]]
                        fixed = replaced(statement, place, one_or_all(corrected))
                    what = f"variable {quote(f'${{{variable.key}}}')}"
                    yield _unknown(place, what, meant, fixed)


def _unknown(place: Path, what: str, meant: str | None, fixed: object) -> PolicyFinding:
    more = f": {quote(meant)} is meant" if meant is not None else ""
    return PolicyFinding(
        code=Code.UNKNOWN_CONDITION_KEY, path=place, message=f"AWS has no {what}{more}", fixed=fixed
    )


KEY_CHECKS: tuple[Check, ...] = (
    find_old_version,
    *map(of_each_statement, (_escapes, _operators, _repeated, _keys)),
)
