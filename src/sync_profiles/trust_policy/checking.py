"""Check a trust policy: who gets in under which names, and what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sync_profiles.policy.elements import PolicyInvalid
from sync_profiles.policy.grammar import Policy, PolicyKind, parse_policy
from sync_profiles.trust_policy.access import Access, accesses_of
from sync_profiles.trust_policy.access_checks import find_access_faults
from sync_profiles.trust_policy.admission import NO_ONE, describe_access, describe_refused_tools
from sync_profiles.trust_policy.form_checks import find_form_faults, too_long
from sync_profiles.trust_policy.key_checks import find_old_version
from sync_profiles.trust_policy.offering import shuts_out, with_offers
from sync_profiles.trust_policy.pasted import Pasted, read_pasted
from sync_profiles.trust_policy.policy_findings import (
    Code,
    PolicyFinding,
    fixed_in_turn,
    statements_of,
    with_all_fixes,
    with_fix,
)

_NO_JSON = "this is not JSON: IAM does not take it"

#: a policy and what is found in it, then as corrected once and what is found there, and so on
Rounds = Sequence[tuple[object, list[PolicyFinding]]]

#: finds what is wrong with a policy as JSON has it
Find = Callable[[object], list[PolicyFinding]]

#: what follows from requiring a name, where that is the correction
_OF_A_REQUIRED_NAME = {Code.OTHER_ACTIONS_IN_STATEMENT, Code.PRINCIPAL_WITHOUT_USER_NAME}

#: the findings that say of a statement who gets in
_OF_WHO_GETS_IN = {
    Code.NO_SESSION_NAME_CONDITION,
    Code.CONDITION_OPTIONAL,
    Code.OTHER_NAMES_ADMITTED,
    Code.ANYONE_ADMITTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedPolicy:
    """What a policy does, and what is wrong with it.

    `policy` is the policy if IAM would take it. `corrected` is the policy in which all corrections
    have been followed, None if there is nothing to correct or IAM would not take it either.
    """

    admits: tuple[str, ...]
    findings: tuple[PolicyFinding, ...]
    refuses: tuple[str, ...] = ()
    policy: Policy | None = None
    corrected: object = None
    at: datetime | None = None

    @property
    def is_sound(self) -> bool:
        """Whether someone gets in, and nothing was found."""
        return not self.findings and self.admits != (NO_ONE,)

    @property
    def corrected_admits(self) -> tuple[str, ...]:
        """Who gets in by the corrected policy, which there must be."""
        return describe_access(accesses_of(self.corrected, self.at))


def check_policy(text: str, at: datetime | None = None) -> CheckedPolicy:
    """Check the text of a trust policy, at a time if it is known; any text has a result."""
    is_encoded = text.lstrip().startswith("%7B")  # as IAM's own answers have it
    pasted = read_pasted(json.dumps(text) if is_encoded else text)
    if not pasted.is_whole:
        return CheckedPolicy(admits=(_NO_JSON,), findings=tuple(_not_json(pasted)))
    found = _parse(pasted.value)
    refused = _NO_JSON if pasted.faults else None
    if isinstance(found, str):
        refused = f"IAM does not take this policy: {found}"
    policy = found if isinstance(found, Policy) and refused is None else None
    accesses = () if policy is None else accesses_of(pasted.value, at)
    find = partial(find_faults, at=at)
    rounds = fixed_in_turn(pasted.value, find)
    corrected = _corrected(pasted, _in_turn(rounds, find, at), at)
    left = [] if corrected is None else find(corrected)
    offered = with_offers(pasted.value, rounds[0][1], at, whole=corrected, left=left)
    findings = _not_json(pasted)
    for finding in (*offered, *_revealed(rounds, corrected, left)):
        once = "once the others are corrected: " if finding.is_hidden else ""
        line = pasted.line_of(finding.path)
        findings.append(replace(finding, message=f"{once}{finding.message}", line=line))
    return CheckedPolicy(
        admits=describe_access(accesses) if refused is None else (refused,),
        findings=tuple(sorted(findings, key=_order)),
        refuses=describe_refused_tools(accesses),
        policy=policy,
        corrected=corrected,
        at=at,
    )


def _order(finding: PolicyFinding) -> tuple[bool, int, int]:
    """Return the place of a finding among others: what is wrong with the text comes first."""
    return finding.code is not Code.NOT_JSON, finding.line, finding.column or 0


def find_faults(value: object, at: datetime | None = None) -> list[PolicyFinding]:
    """Return the findings about a policy as JSON has it, at a time if it is known.

    Who gets in is asked of the policy whose form is corrected: what no one can read says nothing.
    """
    accesses = accesses_of(value, at)
    found = find_form_faults(value)
    if accesses and not found:
        return find_access_faults(accesses)
    formed = value
    if found:
        formed = _in_turn(fixed_in_turn(value, find_form_faults), find_form_faults, at)
    policy = _parse(formed)
    if isinstance(policy, str):
        return found
    unfilled = [one.path for one in found if one.code is Code.TEMPLATE_ESCAPE]
    faults = [
        one
        for one in find_access_faults(accesses_of(formed, at))
        if one.code is not Code.CONDITION_NEVER_MET or not any(map(one.is_around, unfilled))
    ]
    if isinstance(value, dict) and value.get("Version") != policy.version:
        # without the version, a variable in a corrected statement is plain text
        faults = [
            one if one.fixed is None else replace(one, fixed=with_fix(formed, one))
            for one in faults
        ]
    return [*found, *(_as_it_is(one, accesses) for one in faults)]


def _as_it_is(finding: PolicyFinding, accesses: Sequence[Access]) -> PolicyFinding:
    """Return a finding of a corrected form as hidden, if the statement as it is lets no one in."""
    is_closed = finding.code in _OF_WHO_GETS_IN and any(
        finding.path[: len(one.path)] == one.path and not one.entering for one in accesses
    )
    return replace(finding, is_hidden=finding.is_hidden or is_closed)


def _in_turn(rounds: Rounds, find: Find, at: datetime | None) -> object:
    """Return a policy with all corrections, or with those that each shut no one out."""
    value, corrected = rounds[0][0], rounds[-1][0]
    if len(rounds) == 1 or not shuts_out(value, corrected, at):
        return corrected
    return with_all_fixes(value, lambda each: with_offers(each, find(each), at))


def _corrected(pasted: Pasted, corrected: object, at: datetime | None) -> object:
    """Return a corrected policy; None if it is the same, IAM does not take it, or no one gets in.

    Each correction may shut no one out, and all of them do.
    """
    is_policy = isinstance(_parse(corrected), Policy)
    is_other = bool(pasted.faults) or corrected != pasted.value
    is_fine = is_policy and is_other and not shuts_out(pasted.value, corrected, at)
    return corrected if is_fine else None


def _revealed(
    rounds: Rounds, corrected: object, left: Sequence[PolicyFinding]
) -> Iterator[PolicyFinding]:
    """Yield what is found only after other corrections, so that one run of the check shows all."""
    (value, found), *later = rounds if rounds[-1][0] == corrected else rounds[:1]
    if isinstance(value, dict) and "Statement" in value and isinstance(corrected, dict):
        # a correction with a variable has the version that it needs
        with_own_version = {**corrected, "Version": value.get("Version")}
        later.append((value, list(find_old_version(with_own_version))))
    seen = {(one.code, one.message) for one in found}
    unsolved = {(one.code, one.message) for one in left}
    places = [path for path, _ in statements_of(value)]
    for fixed, revealed in later:
        is_alike = [path for path, _ in statements_of(fixed)] == places
        for finding in revealed:
            key = (finding.code, finding.message)
            if key not in seen and finding.code not in _OF_A_REQUIRED_NAME:
                seen.add(key)
                yield replace(
                    finding,
                    path=finding.path if is_alike else finding.path[:1],
                    fixed=None if key in unsolved else corrected,
                    is_hidden=True,
                )


def _not_json(pasted: Pasted) -> list[PolicyFinding]:
    fixed = pasted.value if isinstance(pasted.value, dict) else None
    return [
        PolicyFinding(
            code=Code.NOT_JSON,
            path=(),
            message=message,
            fixed=fixed,
            line=line,
            column=column,
        )
        for line, column, message in pasted.faults
    ]


def _parse(value: object) -> Policy | str:
    """Return the policy, or why IAM does not take it."""
    try:
        policy = parse_policy(value if isinstance(value, dict) else {}, kind=PolicyKind.TRUST)
    except PolicyInvalid as error:
        return str(error)
    return too_long(value) or policy
