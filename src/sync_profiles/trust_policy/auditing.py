"""Audit the trust policies of an account's roles: which of them admit people without their name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from sync_profiles.policy.elements import PolicyInvalid
from sync_profiles.policy.grammar import PolicyKind, parse_policy
from sync_profiles.trust_policy.access import Access, accesses_of
from sync_profiles.trust_policy.admission import NO_ONE, describe_access
from sync_profiles.trust_policy.checking import find_faults
from sync_profiles.trust_policy.policy_findings import Code

#: policies that are kept with what they say: most roles of an account share a few
_KEPT = 4096


class Standing(StrEnum):
    """What a role asks of the people who assume it."""

    OPEN = "open"
    NAMED = "named"
    CLOSED = "closed"
    NOT_FOR_PEOPLE = "not-for-people"


#: what each standing means, as the reference has it
STANDINGS: Mapping[Standing, str] = {
    Standing.OPEN: "people get in without their name",
    Standing.NAMED: "people get in under required names only",
    Standing.CLOSED: "no one gets in",
    Standing.NOT_FOR_PEOPLE: "for services, roles and identity providers",
}


@dataclass(frozen=True, slots=True)
class AuditedRole:
    """A role with its standing: who gets in, and the findings."""

    arn: str
    standing: Standing
    admits: tuple[str, ...]
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAudit:
    """The roles of an account: those to look at, and how many there are of each standing.

    `profiles` are those that lead into the account. `failure` says why it could not be read.
    """

    account_id: str
    profiles: tuple[str, ...]
    roles: tuple[AuditedRole, ...] = ()
    counts: Mapping[Standing, int] = field(default_factory=dict)
    failure: str | None = None


def audit_role(arn: str, document: object, at: datetime | None = None) -> AuditedRole:
    """Judge a role by its trust policy, as JSON has it, at a time if it is known."""
    text = document if isinstance(document, str) else json.dumps(document, sort_keys=True)
    return AuditedRole(arn, *_audit(text, at))


@lru_cache(maxsize=_KEPT)
def _audit(text: str, at: datetime | None) -> tuple[Standing, tuple[str, ...], tuple[Code, ...]]:
    """Return the standing of any role with a policy, who gets in, and the findings."""
    try:
        value = json.loads(text)
        parse_policy(value, kind=PolicyKind.TRUST)
    except (ValueError, PolicyInvalid) as error:
        not_understood = (f"this policy is not understood: {error}",)
        return Standing.OPEN, not_understood, (Code.NOT_A_POLICY,)
    accesses = accesses_of(value, at)
    findings = [one for one in find_faults(value, at) if not one.is_hidden]
    codes = tuple(dict.fromkeys(finding.code for finding in findings))
    admits = describe_access(accesses)
    return _standing(accesses, admits, codes), admits, codes


def _standing(
    accesses: tuple[Access, ...], admits: tuple[str, ...], codes: tuple[Code, ...]
) -> Standing:
    if accesses and admits == (NO_ONE,):
        return Standing.CLOSED
    if any(access.impostors for access in accesses) or Code.ANYONE_ADMITTED in codes:
        return Standing.OPEN
    if any(one.user_name is not None for access in accesses for one in access.entering):
        return Standing.NAMED
    return Standing.NOT_FOR_PEOPLE
