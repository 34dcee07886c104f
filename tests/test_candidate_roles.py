"""Which other roles `explain` tries in place of the one that a profile has.

`data/candidate_roles.txt` has the profiles, and the roles that are tried or not.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase

import pytest

from examples import table
from hint_cases import keys, knowing, profile, refused_beside
from sync_profiles.explain.candidate_roles import role_arns
from sync_profiles.explain.candidates import Candidate
from time_bounds import HAS_CPU_CLOCK, cpu_seconds


def arn(role: str) -> str:
    """Return the ARN of `ROLE`, or of `ROLE@3` in the account of threes."""
    name, _, digits = role.partition("@")
    return f"arn:aws:iam::{digits if len(digits) > 1 else (digits or '2') * 12}:role/{name}"


def candidates(refused: str, *others: str) -> list[Candidate]:
    """Return the roles that are tried for a profile beside others, which are accepted."""
    (it, *works) = (
        profile(name, role_arn=arn(role), source_profile="default")
        for name, _, role in (each.partition("=") for each in (refused, *others))
    )
    names = [each.name for each in works]
    of = refused_beside(keys("default"), *works, accepted=names, source_profile="default")
    profiles = {each.name: each for each in (keys("default"), it, *works)}
    known = replace(of.known, background=knowing(profiles))
    return [*role_arns(replace(of, call=replace(of.call, profile=it), known=known))]


@pytest.mark.parametrize("row", table("candidate_roles.txt"))
def test_a_role_is_tried_or_not(row: str) -> None:
    refused, others, expected, _ = row.split(" | ")
    found = candidates(refused, *(others.split() if others != "-" else ()))
    for fact, role in (each.split() for each in expected.split(", ")):
        tried = [each for each in found if fnmatchcase(each.value or "", arn(role))]
        match fact:
            case "first":
                assert max(found, key=lambda each: each.likelihood) in tried
            case "never":
                assert tried == []
            case "tried":
                assert tried
            case _:
                assert {each.is_taken for each in tried} == {fact == "taken"}


@pytest.mark.skipif(not HAS_CPU_CLOCK, reason="the bound is on CPU time")
def test_a_long_name_is_compared_quickly() -> None:
    with cpu_seconds(5):  # each end of it, with all of it, takes minutes
        assert candidates(f"{'aB' * 16_000}={'Ab' * 30}")
